"""The process in phase space of Eq. (7)."""

from dataclasses import dataclass

import numpy as np

from diffusion.checks import row


@dataclass(frozen=True, eq=False)
class PhaseSpace:
    """``d theta = r dt``, ``M dr = -gamma M r dt - grad L dt + sqrt(2 D) dW`` (Eq. 7).

    Parameters
    ----------
    mass, damping : float or array_like, shape (dim,)
        M, positive, and gamma, 0 or more (1 / time).
    D : float or array_like, shape (dim,)
        Diffusion coefficient; 0 or more. The temperature is kT = D / (gamma M).
    """

    mass: np.ndarray
    damping: np.ndarray
    D: np.ndarray

    def __post_init__(self):
        for name, rule in (("mass", "positive"), ("damping", "0 or more"), ("D", "0 or more")):
            object.__setattr__(self, name, row(getattr(self, name), name, rule))
