"""Rprop: step sizes adapted by the gradient's sign."""

from typing import ClassVar

from diffusion.checks import positive, require_number
from diffusion.jit import part
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import sign


@part
class Rprop:
    r"""Resilient propagation (Riedmiller & Braun 1993).

    Each coordinate has its own step size.

    .. math::
        \Delta \leftarrow \operatorname{clip}(a \Delta, \Delta_{\min}, \Delta_{\max}), \quad
        a = a_+ \text{ if } g \, g_{\text{before}} > 0, \; a_- \text{ if } < 0, \text{ else } 1; \qquad
        \theta \leftarrow \theta - \Delta \operatorname{sign} g

    Parameters
    ----------
    eta : float
        First step size, positive.
    shrink, grow : float
        Factors of the step size after a change of sign, in (0, 1), and without one, above 1.
    smallest, largest : float
        Bounds of the step size, positive.

    Notes
    -----
    After a change of sign the coordinate waits for one iteration. Degrees h = 0, d = 0. On a loss sharper by k, eta,
    smallest and largest take a factor k^(-1/2). A first gradient of zero moves nothing. torch is the same.

    Examples
    --------
    >>> from diffusion import Rprop, replay
    >>> replay(Rprop(0.1), [1.0], [[4.0], [1.0], [-1.0]]).ravel().round(6).tolist()
    [1.0, 0.9, 0.78, 0.78]
    """

    eta: float
    # the paper's factors, and torch's bounds
    shrink: float = 0.5
    grow: float = 1.2
    smallest: float = 1e-6
    largest: float = 50.0

    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # step sizes are lengths of theta, which shrink as k^(-1/2)
    powers_of_k: ClassVar[dict] = {"smallest": -1 / 2, "largest": -1 / 2}
    stationarity: ClassVar[str] = RENEWAL

    # a property, since the step size starts at eta
    @property
    def slots(self):
        """Initial step size, and the gradient before."""
        return self.eta, 0.0

    def __post_init__(self):
        positive(self.eta, "eta")
        require_number(self.shrink, "shrink", "in (0, 1)", 0, 1, strict=True)
        require_number(self.grow, "grow", "above 1 and finite", 1, strict=True)
        positive(self.smallest, "smallest")
        require_number(self.largest, "largest", f"at least {self.smallest} and finite", self.smallest)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        size, last = state
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            agrees = sign(g) * sign(last[i])  # a product of gradients could fall below every number
            factor = self.grow if agrees > 0 else (self.shrink if agrees < 0 else 1.0)
            # at the first gradient nothing agrees or disagrees yet, and the factor is 1
            size[i] = min(max(factor * size[i], self.smallest), self.largest)
            # a zero makes the next comparison neutral: after an overshoot the size shrinks once, not twice
            last[i] = 0.0 if agrees < 0 else g
            # last, not g: after a change of sign it is zero, and the coordinate waits for one iteration
            theta[i] -= size[i] * sign(last[i])
