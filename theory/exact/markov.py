r"""Distribution of a Markov chain in continuous time.

Powers of the chain are made from sums and products of positive numbers alone.

Eigenvectors lose a relaxation that is slower than 1e-13 of the fastest rate. Sums and products of positive numbers do not:
every entry keeps its digits, none is negative, and the rows of each matrix are scaled to sum to 1.
"""

import numpy as np
from scipy.sparse import csr_array, diags_array

TERMS = 20  # of the exponential series over the fastest dwell time: 1 / 20! = 4e-19
SMALLEST = (
    1e-150  # entries below it become 0: products of two stay above the smallest float, where sums are slow
)
MOST_DOUBLINGS = 1200  # floats end at 2^1024


def distributions(rates: csr_array, start: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Chances to be in each state at each time.

    Parameters
    ----------
    rates : csr_array, shape (n, n)
        Rate of each jump, from row to column, [1/time]; the diagonal is empty. A row without entries is a state that is
        never left.
    start : array, shape (n,)
        Chances at time 0; they sum to 1.
    times : array, shape (m,)
        [time], not negative.

    Returns
    -------
    array, shape (m, n)
        Each row sums to 1 to rounding. Relative error of every entry about 1e-14 a doubling of time.
    """
    leaving = np.asarray(rates.sum(axis=1)).ravel()
    fastest = leaving.max(initial=0.0)
    if fastest == 0:
        return np.tile(start, (times.size, 1))
    hop = csr_array(rates / fastest + diags_array(1 - leaving / fastest))
    dwells = times * fastest
    whole = np.floor(dwells)
    chances = _series(hop, np.tile(start, (times.size, 1)), (dwells - whole)[:, None])
    steps = [int(count) for count in whole]
    power = _normalised(_series(hop, np.eye(start.size), 1.0))
    for bit in range(MOST_DOUBLINGS):
        if not any(count >> bit for count in steps):
            break
        rows = np.array([(count >> bit) & 1 for count in steps], dtype=bool)
        chances[rows] = chances[rows] @ power
        doubled = _normalised(power @ power)
        settled = np.array_equal(doubled, power) or np.allclose(doubled, power, rtol=1e-13, atol=0.0)
        if settled:
            late = np.array([bool(count >> (bit + 1)) for count in steps])
            chances[late] = chances[late] @ doubled
            break
        power = doubled
    return _normalised(chances)


def _series(hop: csr_array, rows: np.ndarray, dwells) -> np.ndarray:
    """Rows times the exponential of the generator.

    The factor is exp(dwells (hop - 1)), for at most one dwell time.
    """
    term = rows * np.exp(-dwells)
    total = term.copy()
    for k in range(1, TERMS + 1):
        term = (term @ hop) * (dwells / k)
        total += term
    return total


def _normalised(rows: np.ndarray) -> np.ndarray:
    """Rows scaled to sum to 1.

    Entries too small to matter are left out.
    """
    rows[rows < SMALLEST] = 0.0
    return rows / rows.sum(axis=1, keepdims=True)
