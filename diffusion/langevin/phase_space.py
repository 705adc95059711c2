"""The process in phase space of Eq. (7)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from diffusion.langevin.coefficients import coefficient, diffusion_coefficient


@dataclass(frozen=True, eq=False)
class PhaseSpace:
    """``d theta = r dt``, ``M dr = -gamma M r dt - grad L dt + sqrt(2 D) dW`` (Eq. 7).

    Parameters
    ----------
    mass, damping : float or array_like, shape (dim,) or (dim, dim)
        M, positive, and gamma, 0 or more (1 / time). With matrices the friction is M gamma; they are for
        quadratic landscapes.
    D : float, array_like of shape (dim,) or (dim, dim), or part
        Diffusion coefficient; 0 or more. The temperature is kT = D / (gamma M). A part has a kernel
        ``diffusion(self, x, i)``; all readings of the noise agree, since theta is smooth.
    """

    mass: Any
    damping: Any
    D: Any

    coefficients: ClassVar[tuple] = ("mass", "damping", "D")

    def __post_init__(self):
        object.__setattr__(self, "mass", coefficient(self.mass, "mass", "positive"))
        object.__setattr__(self, "damping", coefficient(self.damping, "damping"))
        object.__setattr__(self, "D", diffusion_coefficient(self.D))
