r"""Exact mean escape iterations of heavy ball.

Heavy ball is a Markov chain.
"""

import numpy as np
from scipy.integrate import cumulative_trapezoid
from scipy.sparse import csc_array, csr_array, eye_array
from scipy.sparse.linalg import splu

from theory.checks import finite_answer, number, one_positive, require
from theory.exact.domain import Function
from theory.exact.nystrom import Line, answer

SPACING = 0.8  # of one step's noise: 6e-9 of every step's chances
TAIL = 6.5  # deviations of one step that are kept: 4e-11 lies beyond, on either side
THERMAL = 6.0  # thermal deviations of the speed that are kept: 1e-9 lies beyond, on either side
RISE = 40.0  # kT at the cut of an unbounded landscape: its weight is e^-40 = 4e-18
# The window reaches 6.5 + 2 * 14 deviations; beyond 38.6 a normal density is 0 in floats.
STEEPEST = 14.0
ORDERING = "NATURAL"  # a narrow band already: minimum degree is ten times slower here
MOST_STATES = 100_000
MOST_WORK = 1e13  # bound on the multiplications of the elimination: a minute


@finite_answer
def momentum_mean_escape_iterations(
    slope: Function,
    start: float,
    boundary: float,
    *,
    eta: float,
    beta1: float,
    beta3: float = 1.0,
    C: float | Function,
    lower: float | None = None,
    jumps: tuple[float, ...] = (),
    log: bool = False,
) -> float:
    r"""Mean number of heavy-ball iterations until escape.

    A walker has escaped when it is at or past ``boundary``.

    .. math:: \tau(x, u) = 1 + \int_{lower}^b p(x, u \to y)\, \tau(y, x)\, dy, \qquad
              x' = x + \beta_1 (x - u) - \eta \beta_3 [L'(x) + C(x)^{1/2} N(0, 1)]

    with u the previous position: both positions live on one set of Gauss-Legendre nodes. The sparse system is
    solved relative to one state in the valley, with that state absorbing: all other states leave quickly, so that
    no digit is lost however long the escape takes.

    Parameters
    ----------
    slope : callable
        L'(x), [L/theta], vectorised.
    start, boundary : float
        Where the walker starts, at rest, and stops, [theta]; start < boundary. A boundary well past the saddle
        counts committed walkers only.
    eta : float
        Learning rate, [theta^2/L], positive.
    beta1 : float
        Momentum, 0 <= beta1 < 1.
    beta3 : float
        Weight of a gradient: 1 (heavy ball) or 1 - beta1 (moving average), positive.
    C : float or callable
        Variance of the gradient noise, [L^2/theta^2], positive.
    lower : float, optional
        A reflecting wall: behind it position and momentum are those of the mirror image. Without it the landscape is
        cut 40 kT above its minimum.
    jumps : sequence of float
        Points where C or the slope jumps or has a kink.
    log : bool
        Return the logarithm.

    Returns
    -------
    float
        Mean iterations T, at least 1; ``eta T`` is the mean time. Relative error about 1e-6 while eta beta3 L'' < 1.

    Raises
    ------
    ValueError
        If an argument is out of its range, or the noise of one step is so small beside the interval that more
        than 100,000 states are needed.
    """
    require(0 <= number(beta1, "beta1") < 1, "beta1", "at least 0 and below 1", beta1)
    kick = one_positive(eta, "eta") * one_positive(beta3, "beta3")
    line = Line(
        slope, start, boundary, C, lower, jumps, temperature=kick / (1 - beta1) / 2, step=kick, rise=RISE
    )
    pairs = _Pairs(line, kick, beta1)
    chain, out, valley = pairs.chain()
    others = np.delete(np.arange(out.size), valley)
    home = chain[others][:, [valley]].toarray()[:, 0]
    solve = splu(
        csc_array(eye_array(others.size) - chain[others][:, others]),
        permc_spec=ORDERING,
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    ).solve
    # From every other state: mean iterations until the valley state or the boundary, and the chance of each.
    spent, leave, back = solve(np.ones(others.size)), solve(out[others]), solve(home)
    visit = chain[[valley]][:, others].toarray()[0]
    escape = out[valley] + visit @ leave
    require(
        escape > 0, "chance to escape from the valley", "above the smallest float (lower the barrier)", escape
    )
    at_valley = (1.0 + visit @ spent) / escape
    mean = np.insert(spent + back * at_valley, valley, at_valley)
    return answer(np.log(pairs.from_rest(mean)), log, "mean escape iterations")


class _Pairs:
    """States (x, u): position and previous position.

    They live on the nodes of a line and of its mirror image.

    The wall is a mirror: x lies before it, u may lie behind. A pair is kept if a walker can be moving that fast: six
    thermal deviations beyond the steady climb, or beyond the speed of free fall over the barrier where that is less.
    """

    def __init__(self, line: Line, kick: float, beta1: float):
        self.line, self.kick, self.beta1 = line, kick, beta1
        x, w = line.nodes(SPACING, MOST_STATES // 4)
        self.n = x.size  # node i of the line is node n + i here, and its mirror image n - 1 - i
        self.x, self.w = np.concatenate([line.mirrored(x[::-1]), x]), np.concatenate([w[::-1], w])
        slope, noise = line.slope(x), line.noise(x)
        heights = cumulative_trapezoid(slope / noise**2, x, initial=0.0) * 2 * (1 - beta1) * kick
        lowest = int(heights.argmin())
        self.bottom = self.n + lowest
        thermal = noise.max() / np.sqrt(1 - beta1**2)
        climb = np.abs(slope[lowest:]).max() * kick / (1 - beta1)
        fall = np.sqrt(2 * (heights[lowest:].max() - heights[lowest])) * thermal
        cut = THERMAL * thermal + min(climb, fall)
        drift = max(0.0, float(np.max(slope * kick / noise)))
        require(
            drift < STEEPEST,
            "drift of one step",
            f"within {STEEPEST} standard deviations of its noise",
            drift,
        )
        self.tail = TAIL + 2 * drift
        self.low = np.searchsorted(self.x, x - cut)
        self.high = np.searchsorted(self.x, x + cut)
        self.begin = np.concatenate([[0], np.cumsum(self.high - self.low)])
        require(
            self.begin[-1] <= MOST_STATES,
            "noise of one step",
            f"large enough beside the interval for {MOST_STATES} pairs of positions (use the phase-space process)",
            float(noise.min()),
        )
        far = cut + self.tail * noise.max()
        reach = int(np.max(np.searchsorted(x, x + far) - np.searchsorted(x, x - far)))
        work = float(self.begin[-1]) * float(reach * np.max(self.high - self.low)) ** 2
        rule = "more even along the path (one step reaches over too many nodes)"
        require(work <= MOST_WORK, "noise of one step", rule, f"a reach of {reach} of {x.size} nodes")

    def chain(self) -> tuple[csr_array, np.ndarray, int]:
        """Transition matrix between pairs.

        Returned with it are the chance to leave from each pair, and the pair at rest in the valley.
        """
        now, before = _ranges(self.low, self.high)
        row, to, chance, out = self.arrivals(self.x[self.n + now], self.x[before])
        chain = csr_array((chance, (row, self.index(to, self.n + now[row]))), shape=(out.size, out.size))
        return chain, out, int(self.index(self.bottom, self.bottom))

    def from_rest(self, mean: np.ndarray) -> float:
        """Mean iterations from rest at the start.

        The first two steps lead to the pairs, whose values are known.
        """
        rest = np.array([self.line.start])
        _, to, chance, _ = self.arrivals(rest, rest)
        before_wall, u = self.seen(self.x[to], np.repeat(rest, to.size))
        row, then, chance2, _ = self.arrivals(before_wall, u)
        seen = np.where(to < self.n, 2 * self.n - 1 - to, to)
        second = 1.0 + np.bincount(row, chance2 * mean[self.index(then, seen[row])], to.size)
        return float(1.0 + chance @ second)

    def seen(self, x, u):
        """Return both positions in front of the wall.

        They stay as they are, or are both mirrored if the walker is behind the wall.
        """
        behind = x < self.line.lower
        return (np.where(behind, self.line.mirrored(position), position) for position in (x, u))

    def arrivals(self, x, u):
        """Landing places of walkers and their chances.

        Walkers are at ``x`` and were at ``u`` before. The answers are rows, nodes and chances, and the chance
        to leave.
        """
        landing = x + self.beta1 * (x - u) - self.kick * self.line.slope(x)
        deviation = self.line.noise(x)
        low = np.searchsorted(self.x, landing - self.tail * deviation)
        row, to = _ranges(low, np.searchsorted(self.x, landing + self.tail * deviation))
        chance = self.w[to] * self.line.density(self.x[to], landing[row], deviation[row])
        return row, to, chance, self.line.leaving(landing, deviation)

    def index(self, now, before):
        """Return the number of the pair (now, before).

        Both are mirrored if ``now`` is behind the wall.

        A pair too fast to be kept is slowed to the fastest that is.
        """
        behind = now < self.n
        now, before = (np.where(behind, 2 * self.n - 1 - node, node) for node in (now, before))
        now = now - self.n
        return self.begin[now] + np.clip(before, self.low[now], self.high[now] - 1) - self.low[now]


def _ranges(low, high):
    """Rows and members of index ranges.

    The ranges are ``low[row] <= member < high[row]``, one after the other.
    """
    count = high - low
    row = np.repeat(np.arange(count.size), count)
    first = np.cumsum(count) - count
    return row, np.arange(count.sum()) - first[row] + low[row]
