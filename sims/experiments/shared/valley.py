"""One valley of Styblinski-Tang in one coordinate: how long walkers stay in it, and how long they exactly should."""

from dataclasses import dataclass

import numpy as np

from diffusion import (
    SGD,
    Estimate,
    FrozenNoise,
    Momentum,
    StyblinskiTang,
    TwoTemperatureNoise,
    escape_times,
    passage_times,
)
from diffusion.checks import one_of, require
from sims.judging.claims import At
from sims.judging.points import NAN, Point, as_dataset
from sims.storage.seeds import derived_seed
from theory.exact import momentum_mean_escape_iterations, sgd_mean_escape_iterations

VALLEY = StyblinskiTang(dim=1)
H_A, H_B, BARRIER = VALLEY.H_a, VALLEY.H_b, VALLEY.barrier
WAY_OUT = H_A, H_B, BARRIER  # the first arguments of every escape time of `theory.escape`
STOPS = {"first": VALLEY.boundary, "committed": float(VALLEY.other_minimum[0])}
START = float(VALLEY.minimum[0])
FOR_EVER = 10**9  # iterations; nobody is censored
BARRIER_AXES = r"barrier $E = \Delta L / kT$", r"mean escape time $\tau\,/\,\eta$"
CONVENTIONS = {
    "stop": "the other minimum, where not said otherwise",
    "noise": "C = H_a / B, and |H_b| / B above the height s",
    "interpretation": "Ito",
    "time_unit": "iterations T; t = eta T",
}
# tolerances: the law is for higher barriers than those that walkers cross here, at which Kramers' own error is 7 %
SLOPE, TWO_SLOPES, PREFACTOR = 0.05, 0.1, 0.15


@dataclass(frozen=True)
class Climb:
    """Gradient noise H_a / B up to s, |H_b| / B above.

    Attributes
    ----------
    B : float
        Batch size. Barriers of a few temperatures need B far below 1: a noise that much stronger than Eq. (3)'s.
    s : float
        In (0, 1]; with 1 the noise is that of the valley everywhere.
    """

    B: float
    s: float = 1.0

    @property
    def constant(self) -> bool:
        """Whether the noise is the same everywhere."""
        return self.s == 1.0

    @property
    def C_a(self) -> float:
        """Covariance in the valley."""
        return H_A / self.B

    @property
    def C_b(self) -> float:
        """Covariance at the saddle."""
        return (H_A if self.constant else abs(H_B)) / self.B

    @property
    def split(self) -> float:
        """Where the noise changes; never, if it is constant."""
        return np.inf if self.constant else VALLEY.split(self.s)

    @property
    def jumps(self) -> tuple[float, ...]:
        """Where C jumps."""
        return () if self.constant else (self.split,)

    @property
    def noise(self):
        """As a part of the simulator."""
        return FrozenNoise(self.C_a) if self.constant else TwoTemperatureNoise(self.C_a, self.C_b, self.split)

    def covariance(self, x):
        """Return C at x, as the exact references take it."""
        return np.where(np.asarray(x) < self.split, self.C_a, self.C_b)


def slope(x):
    """Return L'(x)."""
    return VALLEY.slope(x, 0)


def climb(E, s=1.0, *, eta, friction=1.0) -> Climb:
    """Return the noise for a barrier of E temperatures, each side's own.

    Parameters
    ----------
    E : float
        The exponent of Theorem 3, 2 gamma M B dL / eta (s / H_a + (1 - s) / |H_b|).
    s : float
        Share of the barrier in front of the split.
    eta, friction : float
        Learning rate and gamma M.
    """
    return Climb(E * eta / (2 * friction * BARRIER * (s / H_A + (1 - s) / abs(H_B))), s)


def mean_iterations(
    optimizer, noise, *, landscape=VALLEY, stop="committed", walkers, seed, workers=None, watch=None
) -> Estimate:
    """Return the measured mean iterations until walkers have left.

    Parameters
    ----------
    optimizer, noise : part
    landscape : StyblinskiTang
        Of one coordinate; a sharper one too.
    stop : {"committed", "first"}
        At the other minimum, or at the barrier's top.
    walkers, seed, workers, watch
        As for `diffusion.escape_times`.
    """
    run = escape_times(
        landscape, noise, optimizer, start=landscape.minimum, boundary=landscape.boundary, max_iterations=FOR_EVER, stop=stop,
        walkers=walkers, seed=seed, workers=workers, watch=watch,
    )  # fmt: skip
    require(bool(run.escaped.all()), "max_iterations", "long enough for all to leave", FOR_EVER)
    return Estimate.of(run.iterations)


def process_iterations(process, eta, *, dt, scheme=None, max_time=1e9, **size) -> Estimate:
    """Return a process's mean time to the other minimum, in iterations."""
    times = passage_times(
        VALLEY,
        process,
        start=START,
        above=STOPS["committed"],
        dt=dt,
        max_time=max_time,
        scheme=scheme,
        **size,
    ).mean()
    return Estimate(times.mean / eta, times.stderr / eta, times.n)


def exact_iterations(optimizer, noise: Climb, *, stop="committed") -> float:
    """Return the exact mean iterations of SGD's or heavy ball's iteration."""
    one_of(stop, "stop", tuple(STOPS))
    require(isinstance(optimizer, SGD | Momentum), "optimizer", "SGD or Momentum", optimizer)
    way, eta, C, jumps = (slope, START, STOPS[stop]), optimizer.eta, noise.covariance, noise.jumps
    if isinstance(optimizer, SGD):
        return sgd_mean_escape_iterations(*way, eta=eta, C=C, jumps=jumps)
    beta1, beta3 = optimizer.beta1, optimizer.beta3
    return momentum_mean_escape_iterations(*way, eta=eta, beta1=beta1, beta3=beta3, C=C, jumps=jumps)


@dataclass(frozen=True)
class Regime:
    """Runs of one optimizer over several barriers.

    Attributes
    ----------
    stream : str
        Name of the random numbers. It is part of their seed: another name gives other numbers.
    at : dict of str to str or float
        Coordinates of the points.
    optimizer : SGD or Momentum
    barriers : tuple of float
        Values of E.
    s : float
        Share of the barrier that is climbed in the valley's noise.
    stop : {"committed", "first"}
    """

    stream: str
    at: At
    optimizer: SGD | Momentum
    barriers: tuple[float, ...]
    s: float = 1.0
    stop: str = "committed"

    def times(self, config, **size):
        """Yield E, the noise, and measured mean iterations."""
        rule = self.optimizer
        friction = (1 - rule.beta1) / rule.beta3 if isinstance(rule, Momentum) else 1.0
        for E in self.barriers:
            noise = climb(E, self.s, eta=rule.eta, friction=friction)
            seed = derived_seed(config.seed, self.stream, E)
            yield E, noise, mean_iterations(rule, noise.noise, stop=self.stop, seed=seed, **size)


def as_points(points: list[Point], panels, config, **conventions):
    """Return mean escape times as a dataset, with what they cost."""
    measured = [one.measured for one in points if np.isfinite(one.measured)]
    return as_dataset(
        points, panels, config, walkers=config.walkers * len(measured), work=sum(measured) * config.walkers,
        **(CONVENTIONS | conventions),
    )  # fmt: skip


def escape_point(panel, at, E, measured: Estimate | None, optimizer="", exact=NAN, **logs) -> Point:
    """Return a mean escape time beside its predictions, given as logs."""
    mean, stderr = (NAN, NAN) if measured is None else (float(measured.mean), float(measured.stderr))
    forms = {form: float(np.exp(log)) for form, log in logs.items()}
    return Point(panel, at, E, mean, stderr, optimizer, exact=exact, **forms)
