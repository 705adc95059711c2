"""The overdamped process of Eq. (1)."""

from dataclasses import dataclass

import numpy as np

from diffusion.checks import row


@dataclass(frozen=True, eq=False)
class Overdamped:
    """``d theta = -grad L dt + sqrt(2 D) dW`` (Eq. 1, with D = eta C / 2).

    Parameters
    ----------
    D : float or array_like, shape (dim,)
        Diffusion coefficient, theta^2 / time; 0 or more.
    """

    D: np.ndarray

    def __post_init__(self):
        object.__setattr__(self, "D", row(self.D, "D"))
