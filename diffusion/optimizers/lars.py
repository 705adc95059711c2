"""LARS: momentum with steps proportional to the norm of theta."""

from dataclasses import field
from typing import ClassVar

from diffusion.checks import flag, fraction, not_negative, one_of, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates, norms
from diffusion.optimizers.degree import EXPONENT, RENEWAL


@part
class LARS:
    r"""Layer-wise momentum (You, Gitman & Ginsburg 2017).

    Every step is a fixed share of the norm of theta.

    .. math::
        u = \eta c \frac{|\theta|}{|g| + \lambda |\theta| + \epsilon} (g + \lambda \theta), \quad
        m = \beta_1 m + u, \quad \theta \leftarrow \theta - m

    Parameters
    ----------
    eta : float
        Learning rate, positive; without dimension.
    beta1 : float
        Inertia, in [0, 1).
    trust : float
        Share c of the norm of theta that a step has at eta = 1, positive.
    weight_decay : float
        Weight decay :math:`\lambda` added to the gradient, 0 or more.
    eps : float
        Constant added to the norm of the gradient, 0 or more.
    nesterov : bool
        Move by u + beta1 m in place of m.
    norm_of : {"parts", "sum"}
        Whether the norm below is that of g plus that of lambda theta, as in the paper and pytorch_optimizer, or that of
        their sum, as in optax.

    Notes
    -----
    The norms are those of the walker: one layer. pytorch_optimizer leaves out the ratio where parameters are not
    matrices: heavy ball. Where theta or the gradient is zero the ratio counts as 1; a first gradient of zero moves
    nothing but by decay. Degrees h = 0, d = 1, so p = 0: it takes no notice of sharpness. On a loss sharper by k, eta
    stays, eps takes a factor k^(1/2), weight_decay k. Norms are sums over coordinates, and so slower than Adam's step.

    Examples
    --------
    >>> from diffusion import LARS, replay
    >>> replay(LARS(1.0, trust=0.1), [3.0, 4.0], [[1.0, 0.0]]).round(6).tolist()
    [[3.0, 4.0], [2.5, 4.0]]
    """

    eta: float
    beta1: float = 0.9
    # the usual trust coefficient: at eta = 1 a step of one thousandth of theta's norm
    trust: float = 1e-3
    weight_decay: float = 0.0
    eps: float = 0.0
    nesterov: bool = False
    norm_of: str = "parts"
    parts: float = field(init=False, repr=False)

    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 0.0, 0.0)  # initial m; scratch: g, g + lambda theta, norms
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 1.0
    exponent = EXPONENT
    # lambda theta is added to a gradient: theta shrinks as k^(-1/2), g grows as k^(1/2)
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "weight_decay": 1}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        positive(self.trust, "trust")
        not_negative(self.weight_decay, "weight_decay")
        not_negative(self.eps, "eps")
        flag(self.nesterov, "nesterov")
        one_of(self.norm_of, "norm_of", ("parts", "sum"))
        object.__setattr__(self, "parts", float(self.norm_of == "parts"))

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, g, u, size, ratio = state
        for i in range(theta.size):
            g[i] = gradient.draw(theta[i], i)
            u[i] = g[i] + self.weight_decay * theta[i]
        # one norm per walker, in the first row; the whole walker counts as one layer
        norms(theta, size)
        if self.parts:
            norms(g, ratio)
        else:
            norms(u, ratio)
        for l in range(LANES):
            # |g| + lambda |theta| as the paper prints it; the norm of the sum (optax) is smaller unless they
            # align
            below = ratio[l] + (self.weight_decay * size[l] if self.parts else 0.0)
            # at theta = 0 a share of the norm would never move; without a gradient it would be x / 0
            defined = size[l] > 0 and below > 0
            ratio[l] = self.eta * (self.trust * size[l] / (below + self.eps) if defined else 1.0)
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(ratio)
        for i in range(theta.size):
            step = ratio[i] * u[i]
            # the rate is inside m: a changed ratio acts on new gradients only
            m[i] = self.beta1 * m[i] + step
            theta[i] -= step + self.beta1 * m[i] if self.nesterov else m[i]

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``."""
        # m becomes beta1 m, beta1^2 m, ...; Nesterov's theta is one beta1 further down the series
        ahead = self.beta1 / (1 - self.beta1) * state[0][i]
        return -(self.beta1 * ahead if self.nesterov else ahead)
