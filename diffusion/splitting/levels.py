"""One replica of adaptive multilevel splitting.

It estimates the chance that a climb leads out.
Of ``n`` climbs the lowest are dropped, level by level, and each is replaced by a clone of one that came higher,
from where that one first stood above the level. A level multiplies the chance by the share of the climbs that came
above it. The estimate has no bias (Brehier, Gazeau, Goudenege, Lelievre and Rousset 2016), in discrete time and with
ties, because every climb that came up to the level at most is dropped, and those kept came strictly above.
"""

import numpy as np

from diffusion.splitting.walkers import STAGE, Stuck, stream_ids


def log_chance_out(walkers, starts, valley, fewest, replica, seed):
    """Return the log chance that a climb leads out.

    It gets out before it comes back. The log is minus infinity where every climb died out.

    Parameters
    ----------
    walkers : Walkers
    starts : ndarray, shape (n, 1 + slots, dim)
        States in which climbs begin; overwritten.
    valley : float
        Reaction coordinate below which a walker is back.
    fewest : int
        Smallest number of climbs to drop at each level.
    replica, seed : int
        Key of the streams.

    Returns
    -------
    log_chance : float
    levels : int
        Number of levels.
    """
    everyone = np.arange(len(starts))
    ids = stream_ids(replica, 1, everyone)
    top, _ = walkers.climb(starts, everyone, ids, valley)
    log_chance, stage = 0.0, 1
    while not walkers.watch.stopped:
        # The smallest level that drops at least `fewest` climbs; ties at it drop more.
        level = np.partition(top, fewest - 1)[fewest - 1]
        # Fewer than `fewest` climbs are still inside: those that are out are counted, and no level is left.
        if level == np.inf:
            return log_chance + np.log(np.mean(top == np.inf)), stage - 1
        lost, kept = np.flatnonzero(top <= level), np.flatnonzero(top > level)
        # All climbs came exactly as high, so that none is left to clone: the replica estimates zero.
        if not kept.size:
            return -np.inf, stage - 1
        stage += 1
        # A stream's id has `STAGE` bits for it: one more would use another replica's numbers.
        if stage == 2**STAGE:
            raise Stuck(
                f"the walkers climb past {stage} levels without getting out; choose another reaction coordinate"
            )
        # In logs, since the product of many shares underflows.
        log_chance += np.log(kept.size / top.size)
        donors = kept[shuffled(kept.size, lost.size, seed, stream_ids(replica, stage, 0))]
        # a donor's climb, run again with its own numbers, up to where it was first above the level
        _, starts[lost] = walkers.climb(starts, donors, ids[donors], valley, level)
        # Fresh streams: with its donor's numbers a clone would only repeat the donor's climb.
        ids[lost] = stream_ids(replica, stage, lost)
        top[lost], _ = walkers.climb(starts, lost, ids[lost], valley)
    return -np.inf, stage - 1


def shuffled(n, wanted, seed, key):
    """Return ``wanted`` of the numbers below ``n`` at random.

    None is chosen again before all others were, which scatters less than independent choices.
    """
    # Keyed as the walkers' streams are, so that the choice depends on no thread and no global state.
    order = np.random.Philox(key=np.array([seed, key], np.uint64)).random_raw(n).argsort(kind="stable")
    return np.resize(order, wanted)
