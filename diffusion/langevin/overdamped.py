"""Overdamped process of Eq. (1)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from diffusion.checks import one_of
from diffusion.langevin.coefficients import function_or_coefficient
from diffusion.values import value


@value
@dataclass(frozen=True, eq=False, repr=False)
class Overdamped:
    """Overdamped process of Eq. (1).

    ``d theta = -grad L dt + sqrt(2 D) dW``, with D = eta C / 2 for an optimizer.

    Parameters
    ----------
    D : float, array_like of shape (dim,) or (dim, dim), or part
        Diffusion coefficient, theta^2 / time; 0 or more. A matrix is for quadratic landscapes. A part has a
        kernel ``diffusion(self, x, i)``: D of coordinate i where that coordinate is x; and, if that jumps
        somewhere, ``jumps = True``.
    interpretation : {"ito", "stratonovich", "fick"}
        Reading of the noise where D varies. In Ito's terms the drift gains 0, dD/dx / 2, or dD/dx: the last is
        the process whose current is -D grad P, as in Eqs. (8), (33) and (43); the paper's Eq. (2) is Ito's.
    """

    D: Any
    interpretation: str = "ito"  # of the paper's Eq. (2); without effect where D is constant

    # Fields whose shape must fit the landscape, and that may be matrices.
    coefficients: ClassVar[tuple] = ("D",)

    def __post_init__(self):
        object.__setattr__(self, "D", function_or_coefficient(self.D, "D", "diffusion"))
        one_of(self.interpretation, "interpretation", ("ito", "stratonovich", "fick"))
