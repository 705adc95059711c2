"""Gradient noise of a model.

The probe measures its variance along directions, its size, and its distribution across minibatches.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import linregress
from scipy.stats import t as student

from sims.probe.model import Model

FALSE_ALARM = 1e-3  # of the tail test, each direction
QUIET = 1e-8  # relative to the largest variance: along such a direction no sample pulls, and nothing can be compared


@dataclass(frozen=True)
class Noise:
    """Noise of one sample's gradient, over all rows.

    Attributes
    ----------
    variance, stderr : ndarray, shape (k,)
        Variance C_i along each direction, and its standard error were the rows a random sample.
    kurtosis : ndarray, shape (k,)
        Excess kurtosis along each direction: 0 for a normal law, divided by B for the mean of B samples.
    kurtosis_limit : float
        What normal noise of as many rows exceeds in one of 1000 cases.
    trace : float
        Trace of the covariance: the sum of the variances of all P coordinates.
    gradient : ndarray, shape (P,)
        Mean over all rows.
    second_moment : ndarray, shape (P,)
        Mean square of each coordinate of one sample's gradient.
    """

    variance: np.ndarray
    stderr: np.ndarray
    kurtosis: np.ndarray
    kurtosis_limit: float
    trace: float
    gradient: np.ndarray
    second_moment: np.ndarray

    @property
    def loud(self) -> np.ndarray:
        """Directions that have noise, as a bool each."""
        return self.variance > QUIET * np.max(self.variance, initial=0.0)

    @property
    def critical_batch(self) -> float:
        """Critical batch size tr C / |g|^2.

        Larger batches pay in full up to this size (McCandlish et al. 2018).
        """
        square = float(self.gradient @ self.gradient)
        return self.trace / square if square > 0 else np.inf


def gradient_noise(model: Model, directions: np.ndarray, *, seed=0, told=lambda done: None) -> Noise:
    """Return the noise along ``directions``, shape (P, k).

    It comes from the gradients of all rows, a chunk at a time.
    """
    along, total, squares, done = [], np.zeros(model.dim), np.zeros(model.dim), 0
    for chunk in model.chunks():
        along.append(chunk @ directions)
        total += chunk.sum(axis=0)
        squares += np.einsum("ij,ij->j", chunk, chunk)
        done += len(chunk)
        told(done)
    projected, n = np.concatenate(along), model.rows
    gradient, second = total / n, squares / n
    apart = projected - projected.mean(axis=0)
    variance = np.mean(apart**2, axis=0)
    fourth = np.mean(apart**4, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        kurtosis = fourth / variance**2 - 3
    stderr = np.sqrt(np.maximum(fourth - variance**2, 0) / n)
    trace = float(np.sum(np.maximum(second - gradient**2, 0)))
    return Noise(variance, stderr, kurtosis, kurtosis_limit(n, seed), trace, gradient, second)


def kurtosis_limit(n: int, seed=0) -> float:
    """Return the tail test's limit on excess kurtosis.

    The excess kurtosis of n normal numbers exceeds it with probability 1e-3.
    """
    rng = np.random.default_rng(seed)
    if n > 10_000:  # normal by then: the variance of the sample's kurtosis is 24 / n
        # 3.09 standard deviations of a normal number are exceeded with probability FALSE_ALARM
        return float(3.09 * np.sqrt(24 / n))
    # at most 1e7 numbers, 80 MB
    numbers = rng.normal(size=(4000, n)) if n <= 1000 else rng.normal(size=(1000, n))
    numbers -= numbers.mean(axis=1, keepdims=True)
    found = np.mean(numbers**4, axis=1) / np.mean(numbers**2, axis=1) ** 2 - 3
    return float(np.quantile(found, 1 - FALSE_ALARM))


@dataclass(frozen=True)
class Power:
    """Fit of C_i ~ H_i^gamma over directions.

    The exponent gamma has a 95 % interval.
    """

    gamma: float
    low: float
    high: float
    correlation: float
    directions: int


def power_of_curvature(H, C) -> Power | None:
    """Return gamma of C ~ H^gamma.

    It comes from the directions with positive H and C; None if there are fewer than 3.

    The interval is that of a straight line in logs, from the scatter of the directions about it. The paper has 1.
    """
    good = (np.asarray(H) > 0) & (np.asarray(C) > 0)
    n = int(good.sum())
    if n < 3:
        return None
    line = linregress(np.log(np.asarray(H)[good]), np.log(np.asarray(C)[good]))
    half = float(student.ppf(0.975, n - 2)) * line.stderr
    return Power(float(line.slope), float(line.slope - half), float(line.slope + half), float(line.rvalue), n)
