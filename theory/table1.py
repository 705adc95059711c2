"""Table 1 of the paper in numbers."""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import elementwise, finite, positive


@elementwise
def leaving_ratio_printed(H_steep: ArrayLike, H_flat: ArrayLike, *, power: ArrayLike) -> np.ndarray:
    r"""Ratio of leaving times at a saddle (Table 1).

    It is the time along the flat direction over the time along the steep one.

    .. math:: \frac{T_\mathrm{flat}}{T_\mathrm{steep}} = \left|\frac{H_\mathrm{steep}}{H_\mathrm{flat}}\right|^{p},
        \qquad p = 1\ \mathrm{(slow: SGD)}, \quad p = 0\ \mathrm{(fast: Adam, Adai)}

    Slow is Theorem 1, whose displacement is proportional to \|H\|; fast are Propositions 1 and 3, whose displacements
    do not depend on H.

    Parameters
    ----------
    H_steep, H_flat : array_like
        Curvatures along the two ways out, not zero.
    power : array_like
        1 for slow, 0 for fast.

    Returns
    -------
    ndarray, broadcast shape

    References
    ----------
    Table 1; Theorem 1, Propositions 1 and 3.
    """
    ratio = positive(np.abs(finite(H_steep, "H_steep")), "|H_steep|") / positive(
        np.abs(finite(H_flat, "H_flat")), "|H_flat|"
    )
    return ratio ** finite(power, "power")
