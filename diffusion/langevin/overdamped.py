"""The overdamped process of Eq. (1)."""

from dataclasses import dataclass

import numpy as np

from diffusion.checks import finite_array, require


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
        D = finite_array(self.D, "D")
        require(D.ndim < 2 and np.all(D >= 0), "D", "0 or more, one or one per coordinate", D.tolist())
        object.__setattr__(self, "D", np.atleast_1d(D))
