"""Muon: momentum with singular values near one."""

import math
from typing import ClassVar

from diffusion.checks import flag, fraction, not_negative, one_of, positive, require, whole
from diffusion.jit import LANES, helper, part
from diffusion.lane_loops import copy_to_coordinates, norms
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST, bfloat16, single

A, B, C = 3.4445, -4.775, 2.0315  # steepest at small singular values, where Newton-Schulz is slowest (Jordan)


@helper
def multiply(a, b, c, rows, inner, columns, transposed):
    """Write a times b into c, for every lane.

    Matrices are stored row by row; ``transposed`` takes the transpose of b.
    """
    for r in range(rows):
        for s in range(columns):
            at = (r * columns + s) * LANES
            for l in range(LANES):
                c[at + l] = 0.0
            for q in range(inner):
                of_a, of_b = (
                    (r * inner + q) * LANES,
                    ((s * inner + q) if transposed else (q * columns + s)) * LANES,
                )
                # lanes innermost: they are neighbours in memory, so that this loop becomes vector
                # instructions
                for l in range(LANES):
                    c[at + l] += a[of_a + l] * b[of_b + l]


def orthogonalised(self, theta, state, gradient):
    """Advance the block by one iteration."""
    m, x, gram, poly, y = state
    rows, columns = int(self.rows), int(self.columns)
    few, many = min(rows, columns), max(rows, columns)
    for r in range(rows):
        for s in range(columns):
            at = (r * columns + s) * LANES
            # x is wide: a tall matrix is transposed, so that the square matrices are small
            to = (r * columns + s if rows <= columns else s * rows + r) * LANES
            for l in range(LANES):
                g = gradient.draw(theta[at + l], at + l)
                m[at + l] += (1 - self.beta1) * (g - m[at + l])
                x[to + l] = g + self.beta1 * (m[at + l] - g) if self.nesterov else m[at + l]
    for i in range(theta.size):
        # x first, then its norm, then the quotient: torch rounds each of the three
        x[i] = bfloat16(x[i]) if self.short else x[i]
    # the Frobenius norm is at least the largest singular value: after the division none is above 1
    norms(x, y)
    for l in range(LANES):
        size = bfloat16(y[l]) if self.short else y[l]
        # a zero momentum would be 0 / 0 with eps = 0
        y[l] = max(size, bfloat16(self.eps) if self.short else self.eps, SMALLEST)
    copy_to_coordinates(y)
    for i in range(theta.size):
        x[i] = bfloat16(x[i] / y[i]) if self.short else x[i] / y[i]
    for _ in range(int(self.steps)):
        # x x' has the smaller of the two sides, which makes every product below cheaper
        multiply(x, x, gram, few, many, few, True)
        if self.short:
            for i in range(few * few * LANES):
                gram[i] = bfloat16(gram[i])
        multiply(gram, gram, poly, few, few, few, False)
        for i in range(few * few * LANES):
            if self.short:
                # products in single precision, their sum rounded to bfloat16 once, as torch does
                poly[i] = bfloat16(single(single(B) * gram[i]) + single(single(C) * single(poly[i])))
            else:
                poly[i] = B * gram[i] + C * poly[i]
        multiply(poly, x, y, few, few, many, False)
        for i in range(theta.size):
            if self.short:
                x[i] = bfloat16(single(single(A) * x[i]) + single(y[i]))
            else:
                x[i] = A * x[i] + y[i]
    for r in range(rows):
        for s in range(columns):
            at = (r * columns + s) * LANES
            to = (r * columns + s if rows <= columns else s * rows + r) * LANES
            for l in range(LANES):
                theta[at + l] -= self.rate * x[to + l] + self.eta * self.weight_decay * theta[at + l]


@part
class MatrixMuon:
    """Compiled form of `Muon`: the shape as two numbers."""

    eta: float
    rows: float
    columns: float
    rate: float
    beta1: float
    nesterov: bool
    steps: float
    eps: float
    weight_decay: float
    short: float

    # scratch rows are as large as theta, which is enough for the square matrices of the smaller side
    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 0.0, 0.0)  # initial m; scratch: x, x x', polynomial, product

    update = orthogonalised


@part
class Muon:
    r"""Momentum orthogonalised by Newton-Schulz steps (Jordan et al. 2024).

    Theta is a matrix, stored row by row.

    .. math::
        M &= \beta_1 M + (1 - \beta_1) G, \quad X = \beta_1 M + (1 - \beta_1) G, \quad X \leftarrow X / |X| \\
        X &\leftarrow a X + (b X X^T + c (X X^T)^2) X \quad \text{(five times)}, \qquad
        \theta \leftarrow \theta - \eta \sqrt{\max(1, n / m)} X - \eta \lambda \theta

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    shape : tuple of int
        Rows n and columns m of the matrix; their product is the dimension of the landscape.
    beta1 : float
        Memory of the gradient, in [0, 1).
    nesterov : bool
        Look ahead, as above; without it X = M.
    steps : int
        Newton-Schulz steps, 1 or more.
    eps : float
        Smallest norm of X that counts, 0 or more.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    adjust : {"original", "match_rms_adamw"}
        Factor of the learning rate: the root above, or 0.2 sqrt(max(n, m)).
    precision : {"double", "bfloat16"}
        Numbers that the matrix products are rounded to; torch and pytorch_optimizer have bfloat16.

    Notes
    -----
    The steps, with a = 3.4445, b = -4.775, c = 2.0315, bring singular values into 0.7 to 1.2, not to 1. Degrees h = 0,
    d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), eps and weight_decay k^(1/2). A first gradient of zero
    only decays theta. Products of matrices make it slower than Adam.

    Examples
    --------
    >>> from diffusion import Muon, replay
    >>> replay(Muon(0.1, (1, 2)), [1.0, 1.0], [[3.0, 4.0]]).round(4).tolist()
    [[1.0, 1.0], [0.9582, 0.9443]]
    """

    eta: float
    shape: tuple
    beta1: float = 0.95
    nesterov: bool = True
    steps: int = 5
    eps: float = 1e-7
    weight_decay: float = 0.0
    adjust: str = "original"
    precision: str = "double"

    slots: ClassVar[tuple] = MatrixMuon.slots
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eps stands beside the size of a gradient, which grows as sqrt(k); eta falls as 1 / sqrt(k), and the
    # share of theta that decays, eta weight_decay, must not change
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "weight_decay": 1 / 2}
    stationarity: ClassVar[str] = RENEWAL

    update = orthogonalised  # of the variant, which runs

    def __post_init__(self):
        positive(self.eta, "eta")
        ok = isinstance(self.shape, tuple | list) and len(self.shape) == 2
        require(ok, "shape", "the rows and columns of a matrix, such as (5, 4)", self.shape)
        for side in self.shape:
            whole(side, "shape", 1)
        object.__setattr__(self, "shape", tuple(self.shape))
        fraction(self.beta1, "beta1")
        flag(self.nesterov, "nesterov")
        whole(self.steps, "steps", 1)
        not_negative(self.eps, "eps")
        not_negative(self.weight_decay, "weight_decay")
        one_of(self.adjust, "adjust", ("original", "match_rms_adamw"))
        one_of(self.precision, "precision", ("double", "bfloat16"))

    def variant(self):
        """Return the part whose kernels run."""
        rows, columns = self.shape
        # a tall matrix gets longer steps (Jordan); a wide one keeps eta
        original = math.sqrt(max(1, rows / columns))
        # 0.2 is the usual root mean square of AdamW's steps, so that its learning rates carry over;
        # an orthogonal n x m matrix has the root mean square 1 / sqrt(max(n, m))
        factor = original if self.adjust == "original" else 0.2 * math.sqrt(max(rows, columns))
        return MatrixMuon(
            self.eta, rows, columns, self.eta * factor, self.beta1, self.nesterov, self.steps, self.eps,
            self.weight_decay, float(self.precision == "bfloat16"),
        )  # fmt: skip
