"""Measured over stated: a ratio, its error, and words for it."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

COMPARISONS = 1200  # more than a full run of all experiments makes (a test counts them)
FALSE_ALARM = 1e-5  # chance that a run of that many sees a deviation where there is none
Z = float(norm.isf(FALSE_ALARM / COMPARISONS / 2))  # 5.8 standard errors
POWER = float(norm.ppf(0.95))  # a deviation of (Z + POWER) standard errors is seen with probability .95
NINETY_FIVE = 1.96  # standard errors from the value to each end of its 95 % interval


@dataclass(frozen=True)
class Ratio:
    """Measured over stated, with its standard error."""

    value: float
    error: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval."""
        return self.value - NINETY_FIVE * self.error, self.value + NINETY_FIVE * self.error

    @property
    def z(self) -> float:
        """Deviation from 1 in standard errors."""
        return (self.value - 1) / self.error

    @property
    def detectable(self) -> float:
        """Deviation that stands out of chance with probability .95."""
        return (Z + POWER) * self.error

    def off(self, tolerance: float) -> bool:
        """Return whether it differs from 1 beyond tolerance and chance."""
        return abs(self.value - 1) - tolerance > Z * self.error

    def text(self) -> str:
        """Return value and interval as "1.003 [0.998, 1.008]"."""
        low, high = self.interval
        # below, a fixed number of decimals hides the digits; above, it shows more than are known
        if not 0.01 <= max(abs(low), abs(high)) < 100:
            return f"{self.value:.4g} [{low:.4g}, {high:.4g}]"
        digits = int(np.clip(1 - np.floor(np.log10(max(high - low, 1e-12))), 1, 5))
        return f"{self.value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def amount(ratio: float) -> str:
    """Return how far a stated value is off: "27 % too low"."""
    if ratio <= 0:
        return "wrong in sign"
    times, way = (1 / ratio, "too high") if ratio < 1 else (ratio, "too low")
    return f"{times:.3g} times {way}" if times > 1.5 else f"{percent(abs(1 - 1 / ratio))} {way}"


def percent(fraction: float) -> str:
    """Return a fraction as "0.63 %" or "120 %"."""
    # from 99.5 % on, two digits would be written as 1e+02
    return f"{100 * fraction:.2g} %" if fraction < 0.995 else f"{100 * fraction:.0f} %"
