"""What the paper says of trained networks, as bounds.

Its figures and tables say that one optimizer's number is below another's; so a bound is the other's number.
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import elementwise, positive


@elementwise
def below_the_other_printed(other: ArrayLike) -> np.ndarray:
    r"""Bound that the paper sets on an optimizer's number: that of another optimizer.

    .. math:: E_\mathrm{Adai} < E_\mathrm{other}

    Parameters
    ----------
    other : array_like
        Test error, perplexity, training loss or number of epochs of the other optimizer, positive.

    Returns
    -------
    ndarray, shape of other

    References
    ----------
    Section 6 and Appendix F: Figures 2, 3, 5, 10 to 13 and Tables 2, 3.
    """
    return positive(other, "other")


@elementwise
def above_the_other_printed(other: ArrayLike) -> np.ndarray:
    r"""Bound from below that the paper sets on the width of Adai's basin.

    .. math:: A_\mathrm{Adai} > A_\mathrm{other}

    Parameters
    ----------
    other : array_like
        Width of the other optimizer's basin, in decades of rate times decades of weight decay; positive.

    Returns
    -------
    ndarray, shape of other

    References
    ----------
    Figure 5.
    """
    return positive(other, "other")
