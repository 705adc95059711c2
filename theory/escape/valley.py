"""Arguments that all escape statements share.

They are the curvatures, the split of the barrier and the unit of time.
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import finite, one_of, positive, require, require_all


def curvatures(
    H_a: ArrayLike, H_b: ArrayLike, barrier: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return H_a, |H_b| and the barrier.

    Values that do not describe a valley and its exit raise ``ValueError``.
    """
    H_b = finite(H_b, "H_b")
    require_all(H_b != 0, "H_b", "different from 0 (its sign is not used, |H_b| is)", H_b)
    barrier = finite(barrier, "barrier")
    require_all(barrier >= 0, "barrier", "not negative", barrier)
    return positive(H_a, "H_a"), np.abs(H_b), barrier


def split(s: ArrayLike) -> np.ndarray:
    """Return the share s of the barrier.

    The share is climbed at the temperature of a; 0 <= s <= 1.
    """
    s = finite(s, "s")
    require_all((s >= 0) & (s <= 1), "s", "in [0, 1]", s)
    return s


def in_unit(log_time: np.ndarray, unit: str, step: ArrayLike | None) -> np.ndarray:
    """Return the log of a time in ``unit``.

    The unit is dynamical time, or iterations of length ``step`` each.
    """
    one_of(unit, ("time", "iterations"), "unit")
    if unit == "time":
        return log_time
    require(step is not None, "eta", "given for unit='iterations' (one iteration lasts eta)", step)
    return log_time - np.log(positive(step, "eta"))  # type: ignore[arg-type]
