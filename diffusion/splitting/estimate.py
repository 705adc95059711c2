"""The mean escape time that splitting finds, with an interval that covers, what it cost and what it saved."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from diffusion.checks import confidence
from diffusion.values import value


class Extinct(ArithmeticError):
    """Every climb died out: nothing is known but that the chance is small."""


@value
@dataclass(frozen=True, eq=False, repr=False)
class SplittingEstimate:
    """Log of the mean number of iterations until a walker is out, from independent replicas.

    Attributes
    ----------
    log_chance : ndarray, shape (replicas,)
        Log of the chance that a climb leads out; minus infinity where every climb of a replica died out.
    loop_time : ndarray, shape (replicas,)
        Mean number of iterations from one climb to the next.
    levels : ndarray of int, shape (replicas,)
        Levels on the way out.
    particles : int
        Climbs in each replica.
    eta : float
        Learning rate, or time step: the mean time is ``eta`` times the mean number of iterations.
    steps : int
        Walker-steps that all of it took.
    valley, begin : float
        Reaction coordinates below which a walker is back, and from which on it climbs.
    seed : int
    stop : str
        "first": first passage of the boundary; "committed": of the other minimum.
    """

    log_chance: np.ndarray
    loop_time: np.ndarray
    levels: np.ndarray
    particles: int
    eta: float
    steps: int
    valley: float
    begin: float
    seed: int
    stop: str = "first"

    @property
    def replicas(self) -> int:
        """How many independent replicas there are."""
        return self.log_chance.size

    @property
    def extinct(self) -> int:
        """How many replicas died out; each counts as a rate of zero."""
        return int(np.sum(self.log_chance == -np.inf))

    @property
    def log_tau(self) -> float:
        """Log of the mean number of iterations: minus the log of the mean rate, which has no bias."""
        log_rate = self.log_chance - np.log(self.loop_time)
        return float(np.log(self.replicas) - np.logaddexp.reduce(log_rate))

    def summary(self):
        """Return what is worth showing."""
        low, high = self.interval()
        return {
            "log_tau": f"{self.log_tau:.4f} ({low:.4f} to {high:.4f} at 0.95)",
            "replicas": f"{self.replicas} of {self.particles} particles, {self.extinct} died out",
            "log_gain": f"{self.log_gain:.2f}",
            "eta": f"{self.eta:g}",
            "seed": str(self.seed),
            "stop": self.stop,
        }

    @property
    def spread(self) -> float:
        """Standard deviation of log rate from replica to replica, at least that of ideal splitting.

        With n particles ideal splitting has a variance of log(1 / p) / n; a few replicas may agree by luck. Where
        some died out, the standard deviation of the rate over its mean.
        """
        log_rate = self.log_chance - np.log(self.loop_time)
        if self.extinct:
            rate = np.exp(log_rate - log_rate.max())
            return float(rate.std(ddof=1) / rate.mean())
        return float(np.sqrt(max(log_rate.var(ddof=1), -self.log_chance.mean() / self.particles)))

    @property
    def stderr(self) -> float:
        """Standard error of ``log_tau``: that of the log mean of lognormal rates (Cox)."""
        s, n = self.spread, self.replicas
        return float(s / np.sqrt(n) if self.extinct else np.sqrt(s**2 / n + s**4 / (2 * (n - 1))))

    def interval(self, level=0.95) -> tuple[float, float]:
        """Return (low, high) of ``log_tau`` at confidence ``level``, in (0, 1).

        Student's, since the spread is estimated. Where a replica died out the interval is that of the rate, and
        ``high`` is infinite unless it excludes a rate of zero.
        """
        confidence(level)
        half = float(stdtrit(self.replicas - 1, (1 + level) / 2)) * self.stderr
        if self.extinct:
            high = self.log_tau - np.log1p(-half) if half < 1 else np.inf
            return float(self.log_tau - np.log1p(half)), float(high)
        return self.log_tau - half, self.log_tau + half

    @property
    def log_gain(self) -> float:
        """Log of how many times the walker-steps direct simulation needs for the same standard error."""
        return self.log_tau - 2 * float(np.log(self.stderr)) - float(np.log(self.steps))
