"""Times between two looks at which a number passes a level."""

import numpy as np


def share_of_way(before, after, level) -> float:
    """Return the share of the way at which a level is passed.

    Losses and distances from a saddle change by factors, so their logs are taken for straight lines between looks.

    Parameters
    ----------
    before, after : float
        Positive numbers at two looks, on either side of the level.
    level : float
        Positive.

    Examples
    --------
    >>> round(share_of_way(1.0, 100.0, 10.0), 6)
    0.5
    """
    first, last = np.log(before), np.log(after)
    return float((np.log(level) - first) / (last - first))


def time_of_passing(times, numbers, place, level) -> float:
    """Return when a number passed a level.

    Parameters
    ----------
    times, numbers : array_like, shape (looks,)
        When it was looked at, and what was seen.
    place : int
        First look beyond the level; if it is the first of all, its time is returned.
    level : float
    """
    if place == 0:
        return float(times[0])
    share = share_of_way(numbers[place - 1], numbers[place], level)
    return float(times[place - 1] + share * (times[place] - times[place - 1]))
