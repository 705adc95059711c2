"""Adadelta: gradients rescaled to the length of recent steps."""

import math
from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive
from diffusion.jit import part
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST


@part
class Adadelta:
    r"""Gradient rescaled by recent steps over recent gradients (Zeiler 2012).

    Both sizes are root mean squares with the memory rho.

    .. math::
        v &= \rho v + (1 - \rho) g^2, \quad
        \Delta = \frac{\sqrt{a + \epsilon_\Delta}}{\sqrt{v + \epsilon}} g, \quad
        a = \rho a + (1 - \rho) \Delta^2 \\
        \theta &\leftarrow \theta - \eta (\Delta + \lambda \theta)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    rho : float
        Memory of squared gradients and steps, in [0, 1).
    eps : float
        Constant added to the squared gradient, 0 or more.
    eps_delta : float, optional
        Constant :math:`\epsilon_\Delta` added to the squared step, positive, or nothing would ever move. Without it, it
        is ``eps``, as with all makers, although the two have different dimensions.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), weight_decay k^(1/2), eps k, and eps_delta
    stays. A first gradient of zero only decays theta.

    Examples
    --------
    >>> from diffusion import Adadelta, replay
    >>> replay(Adadelta(1.0, 0.75, 0.0, 0.25), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.0]
    """

    eta: float = 1.0
    rho: float = 0.9
    eps: float = 1e-6
    eps_delta: float | None = None
    weight_decay: float = 0.0

    slots: ClassVar[tuple] = (0.0, 0.0)  # initial v, a
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # Delta has no dimension of its own: eta alone takes k^(-1/2), hence eps_delta, a squared Delta, stays;
    # eps is added to a squared gradient, which grows as k
    powers_of_k: ClassVar[dict] = {"eps": 1, "weight_decay": 1 / 2}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.rho, "rho")
        not_negative(self.eps, "eps")
        object.__setattr__(self, "eps_delta", self.eps if self.eps_delta is None else self.eps_delta)
        # 0 would be a fixed point: no step, so no memory of steps, so no step
        positive(self.eps_delta, "eps_delta")
        not_negative(self.weight_decay, "weight_decay")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        v, a = state
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            v[i] = self.rho * v[i] + (1 - self.rho) * g * g
            # a is that of earlier steps, since this step is not known yet; it starts at 0, so the first step
            # has the length eta sqrt(eps_delta / (1 - rho)), 3.2e-3 by default
            delta = math.sqrt((a[i] + self.eps_delta) / max(v[i] + self.eps, SMALLEST)) * g
            a[i] = self.rho * a[i] + (1 - self.rho) * delta * delta
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= self.eta * (delta + self.weight_decay * theta[i])
