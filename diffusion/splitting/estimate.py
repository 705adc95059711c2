"""Mean escape time that splitting finds, with its interval.

It also says what the estimate cost and what it saved.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from diffusion.checks import confidence
from diffusion.values import value


class Extinct(ArithmeticError):
    """Every climb died out.

    Nothing is known but that the chance is small.
    """


@value
@dataclass(frozen=True, eq=False, repr=False)
class SplittingEstimate:
    """Log of the mean escape time, from independent replicas.

    The time is the number of iterations until a walker is out.

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
        """Number of independent replicas."""
        return self.log_chance.size

    @property
    def extinct(self) -> int:
        """Number of replicas that died out.

        Each counts as a rate of zero.
        """
        return int(np.sum(self.log_chance == -np.inf))

    @property
    def log_tau(self) -> float:
        """Log of the mean number of iterations.

        It is minus the log of the mean rate, which has no bias.
        """
        log_rate = self.log_chance - np.log(self.loop_time)
        # Added in logs: rates below e^-745 underflow to zero in a double.
        return float(np.log(self.replicas) - np.logaddexp.reduce(log_rate))

    def summary(self):
        """Return the numbers to show, as text by name."""
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
        """Standard deviation of log rate between replicas.

        It is at least that of ideal splitting.
        With n particles ideal splitting has a variance of log(1 / p) / n; a few replicas may agree by luck. Where
        some died out, the standard deviation of the rate over its mean.
        """
        log_rate = self.log_chance - np.log(self.loop_time)
        if self.extinct:
            # A rate of zero has no log. Scaled by the largest rate, which leaves std / mean as it is.
            rate = np.exp(log_rate - log_rate.max())
            return float(rate.std(ddof=1) / rate.mean())
        # log_chance is -log(1 / p): minus its mean over n is the variance of ideal splitting.
        return float(np.sqrt(max(log_rate.var(ddof=1), -self.log_chance.mean() / self.particles)))

    @property
    def stderr(self) -> float:
        """Standard error of ``log_tau``.

        It is that of the log mean of lognormal rates (Cox).
        """
        # The mean of lognormal rates depends on s^2 too, whose own error is the term with s^4.
        s, n = self.spread, self.replicas
        return float(s / np.sqrt(n) if self.extinct else np.sqrt(s**2 / n + s**4 / (2 * (n - 1))))

    def interval(self, level=0.95) -> tuple[float, float]:
        """Return the confidence interval of ``log_tau``.

        It is (low, high), at confidence ``level`` in (0, 1).
        Student's, since the spread is estimated. Where a replica died out the interval is that of the rate, and
        ``high`` is infinite unless it excludes a rate of zero.
        """
        confidence(level)
        half = float(stdtrit(self.replicas - 1, (1 + level) / 2)) * self.stderr
        if self.extinct:
            # The rate is its mean times 1 +- half: from half = 1 on zero is inside, and tau may be infinite.
            high = self.log_tau - np.log1p(-half) if half < 1 else np.inf
            return float(self.log_tau - np.log1p(half)), float(high)
        return self.log_tau - half, self.log_tau + half

    @property
    def log_gain(self) -> float:
        """Log of the saving over direct simulation.

        It is the log of how many times the walker-steps direct simulation needs for the same standard error.
        """
        # Escape times are exponential: 1 / stderr^2 direct walkers of tau steps each give the same error.
        return self.log_tau - 2 * float(np.log(self.stderr)) - float(np.log(self.steps))
