r"""Exact mean escape iterations of SGD, a Markov chain."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from theory.checks import finite_answer, one_positive, require
from theory.exact.domain import Function
from theory.exact.nystrom import Line, answer

SPACING = 0.5  # of one step's noise: at 0.8 every normal density is already integrated to 6e-9
TAIL = 9.0  # deviations of one step that are kept: 1e-19 lies beyond, on either side
RISE = 60.0  # kT at the cut of an unbounded landscape: its weight is e^-60 = 9e-27
# The window reaches 9 + 2 * 14 = 37 deviations; beyond 38.6 a normal density is 0 in floats.
STEEPEST = 14.0
MOST_NODES = 60_000  # with the work below, the band is then at most 707 nodes: 0.7 GB
MOST_WORK = 3e10  # multiplications: half a minute
# Chances to leave are multiplied by the second once all fall below the first, before floats end at 1e-308.
SMALL, RESCALE = 1e-150, 1e150


@finite_answer
def sgd_mean_escape_iterations(
    slope: Function,
    start: float,
    boundary: float,
    *,
    eta: float,
    C: float | Function,
    lower: float | None = None,
    jumps: tuple[float, ...] = (),
    log: bool = False,
) -> float:
    r"""Mean number of SGD iterations until escape.

    A walker has escaped when it is at or past ``boundary``.

    .. math:: \tau(x) = 1 + \int_{lower}^b p(x \to y)\, \tau(y)\, dy, \qquad
              x' = x - \eta L'(x) + \eta\, C(x)^{1/2} N(0, 1)

    on Gauss-Legendre nodes half a step's noise apart, solved by state elimination without
    subtractions (Grassmann, Taksar and Heyman 1985), so that the smallest probability keeps its digits.

    Parameters
    ----------
    slope : callable
        L'(x), [L/theta], vectorised.
    start, boundary : float
        Where the walker starts and stops, [theta]; start < boundary. A boundary well past the saddle counts
        committed walkers only.
    eta : float
        Learning rate, [theta^2/L], positive.
    C : float or callable
        Variance of the gradient noise, [L^2/theta^2], positive.
    lower : float, optional
        A reflecting wall: a walker that lands behind it is put at its mirror image, which may be past the boundary.
        Without it the landscape is cut 60 kT above its minimum.
    jumps : sequence of float
        Points where C or the slope jumps or has a kink.
    log : bool
        Return the logarithm, for times beyond 1e308.

    Returns
    -------
    float
        Mean iterations T, at least 1; ``eta T`` is the mean time. Relative error about 1e-9 while eta L'' < 1 down
        to the wall; on steeper walls the cut matters more (1e-7 where eta L'' reaches 3).

    Raises
    ------
    ValueError
        If the start is not below the boundary, eta or C is not positive, or the noise of one step is so small
        beside the interval that more than 60,000 nodes are needed.
    """
    eta = one_positive(eta, "eta")
    line = Line(slope, start, boundary, C, lower, jumps, temperature=eta / 2, step=eta, rise=RISE)
    x, w = line.nodes(SPACING, MOST_NODES)
    landing, deviation = x - eta * line.slope(x), line.noise(x)
    # The likeliest way up retraces the way down: each step's noise pays for twice the drift of that step.
    drift = max(0.0, float(np.max((x - landing) / deviation)))
    require(
        drift < STEEPEST, "drift of one step", f"within {STEEPEST} standard deviations of its noise", drift
    )
    low, high = line.window(x, landing, deviation, TAIL + 2 * drift)
    here = np.arange(x.size)
    band = int(max(np.max(high - here), np.max(here - low))) + 1
    require(
        x.size * band**2 <= MOST_WORK,
        "noise of one step",
        "more even along the path (one step reaches over too many nodes)",
        f"a reach of {band} of {x.size} nodes",
    )
    step = _banded(x.size, band)
    for i in here:
        near = slice(low[i], high[i])
        step[i, near] = w[near] * _folded(line, x[near], landing[i], deviation[i])
    first = np.array([line.start])
    begin, spread = first - eta * line.slope(first), line.noise(first)
    log_T = _eliminate(
        step,
        band,
        line.leaving(landing, deviation),
        w * _folded(line, x, begin, spread),
    )
    return answer(log_T, log, "mean escape iterations")


def _folded(line: Line, x: np.ndarray, mean, deviation) -> np.ndarray:
    """Density of landing at ``x`` beside a wall.

    The walker lands there directly or by way of the wall.
    """
    return line.density(x, mean, deviation) + line.density(line.mirrored(x), mean, deviation)


def _banded(n: int, band: int) -> np.ndarray:
    """Return a banded matrix.

    Only the entries within ``band`` of the diagonal exist; the others alias them.
    """
    storage = np.zeros(n * (2 * band + 1))
    return as_strided(storage[band:], shape=(n, n), strides=(2 * band * storage.itemsize, storage.itemsize))


def _eliminate(step, band, out, first) -> float:
    """Log of the mean number of steps.

    The steps are counted until the chain leaves by ``out``.

    States go from the boundary downwards. The chance to leave state k at all is summed from its parts, never taken
    as 1 - step[k, k]. ``out`` is stored times exp(scale), since past a high barrier it falls below every float.
    """
    spent, scale = np.ones(len(out)), 0.0
    out = out.copy()
    total = 1.0
    for k in range(len(out) - 1, 0, -1):
        near = slice(max(0, k - band), k)
        onward = step[k, near]
        leave = onward.sum() + out[k] * np.exp(-scale)
        back = step[near, k] / leave
        step[near, near] += np.outer(back, onward)
        out[near] += back * out[k]
        spent[near] += back * spent[k]
        visits = first[k] / leave
        first[near] += visits * onward
        total += visits * spent[k]
        if out[:k].max() < SMALL:
            out *= RESCALE
            scale += np.log(RESCALE)
    # The last state can only leave by `out`; the start feeds it with what is left of `first`.
    return float(np.logaddexp(np.log(total), np.log(first[0] * spent[0]) - np.log(out[0]) + scale))
