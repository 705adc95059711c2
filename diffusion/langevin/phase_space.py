"""Phase-space process of Eq. (7)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from diffusion.langevin.coefficients import coefficient, function_or_coefficient
from diffusion.values import value


@value
@dataclass(frozen=True, eq=False, repr=False)
class PhaseSpace:
    """Phase-space process of Eq. (7).

    ``d theta = r dt``, ``M dr = -gamma M r dt - grad L dt + sqrt(2 D) dW``.

    Parameters
    ----------
    mass : float, array_like of shape (dim,) or (dim, dim), or part
        M, positive. A part has a kernel ``inertia(self, x, i)``: M of coordinate i where that coordinate is x.
        The equation is then meant as it stands: a walker that coasts keeps its velocity r, not M r.
    damping : float or array_like, shape (dim,) or (dim, dim)
        gamma, 0 or more (1 / time).
    D : float, array_like of shape (dim,) or (dim, dim), or part
        Diffusion coefficient; 0 or more. The temperature is kT = D / (gamma M). A part has a kernel
        ``diffusion(self, x, i)``; all readings of the noise agree, since theta is smooth.

    Notes
    -----
    Matrices are symmetric, need not commute, and are for quadratic landscapes.
    """

    mass: Any
    damping: Any
    D: Any

    # Fields whose shape must fit the landscape, and that may be matrices.
    coefficients: ClassVar[tuple] = ("mass", "damping", "D")

    def __post_init__(self):
        # Positive, not merely 0 or more: every scheme divides by M. A gamma of 0 means no friction.
        mass = function_or_coefficient(self.mass, "mass", "inertia", "positive")
        object.__setattr__(self, "mass", mass)
        object.__setattr__(self, "damping", coefficient(self.damping, "damping"))
        object.__setattr__(self, "D", function_or_coefficient(self.D, "D", "diffusion"))
