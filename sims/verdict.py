"""Judge a statement: what was measured beside what it says, and what that is worth.

Outcomes are computed from the numbers. ``judge`` compares values, ``judge_order`` asks whether a deviation vanishes
in the limit that a statement is about, ``judge_escape`` keeps the exponent of an escape time apart from its
prefactor, ``judge_bound`` looks at an upper bound, and ``control`` makes sure that a wrong prediction is noticed.
"""

from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import curve_fit
from scipy.stats import norm

from diffusion import Estimate
from diffusion.checks import require

COMPARISONS = 1000  # more than a full run of all experiments makes (a test counts them)
FALSE_ALARM = 1e-5  # chance that a run of that many sees a deviation where there is none
Z = float(norm.isf(FALSE_ALARM / COMPARISONS / 2))  # 5.7 standard errors
POWER = float(norm.ppf(0.95))  # a deviation of (Z + POWER) standard errors is seen with probability .95
NINETY_FIVE = 1.96
VACUOUS = 100.0  # a bound that many times too high says nothing

OUTCOMES = {
    "holds": "no deviation beyond the tolerance, and one would have been seen",
    "holds asymptotically": "the deviation vanishes in the limit that the statement is about, at the order measured",
    "exponent holds, prefactor off": "the exponential law is right, the factor before it is not",
    "fails": "differs by more than the tolerance, and not by chance",
    "vacuous": f"true, but more than {VACUOUS:g} times too weak to say anything",
    "undecided": "too few walkers to tell",
    "rejected": "a prediction that is wrong on purpose was noticed, as it must be",
    "not rejected": "a prediction that is wrong on purpose was not noticed: believe nothing else here",
}


@dataclass(frozen=True)
class Verdict:
    """What became of one statement in one regime.

    Attributes
    ----------
    statement : str
        As the register calls it, "Theorem 1".
    form : str
        What was judged: "printed", "leading", "corrected"; "exact" for the simulator against an exact reference;
        "control" for a prediction that is wrong on purpose.
    regime : str
        Where.
    outcome : str
        A key of ``OUTCOMES``.
    ratio : float
        Measured over stated, at the point that decides.
    interval : tuple of float
        95 % interval of ``ratio``.
    detectable : float
        Relative deviation that would have been seen with probability .95.
    z : float
        Deviation from the statement in standard errors.
    comparisons : int
        How many numbers were compared.
    sentence : str
        In plain words.
    """

    statement: str
    form: str
    regime: str
    outcome: str
    ratio: float
    interval: tuple[float, float]
    detectable: float
    z: float
    comparisons: int
    sentence: str

    def __post_init__(self):
        require(self.outcome in OUTCOMES, "outcome", f"one of {', '.join(OUTCOMES)}", self.outcome)

    def as_dict(self) -> dict:
        """Return the fields by name."""
        return asdict(self)


def judge(
    measured: Estimate,
    stated,
    *,
    statement: str,
    regime: str,
    form: str = "printed",
    tolerance=0.01,
    power=0.05,
) -> Verdict:
    """Return whether stated values are those that were measured.

    Parameters
    ----------
    measured : Estimate
        Any shape.
    stated : array_like
        Of the same shape, not zero.
    statement, regime, form : str
        See `Verdict`.
    tolerance : float
        Relative deviation at which the statement still holds.
    power : float
        Relative deviation that must be detectable before "holds" is said.

    Returns
    -------
    Verdict
        Of the point that misses most: beyond the tolerance if one is, else in standard errors.

    Raises
    ------
    ValueError
        If the shapes differ, a standard error is not positive, or a stated value is zero.
    """
    mean, stderr, stated = _flat(measured, stated)
    ratio, error = mean / stated, stderr / np.abs(stated)
    z = (ratio - 1) / error
    beyond = np.abs(ratio - 1) - tolerance
    seen = (np.abs(z) > Z) & (beyond > 0)
    worst = int(np.argmax(np.where(seen, beyond, -np.inf)) if seen.any() else np.argmax(np.abs(z)))
    detectable = float((Z + POWER) * error.max())
    outcome = "fails" if seen.any() else "holds" if detectable <= power else "undecided"
    one = _Ratio(float(ratio[worst]), float(error[worst]))
    sentence = _sentence(outcome, one, abs(float(z[worst])), detectable, tolerance)
    return Verdict(
        statement,
        form,
        regime,
        outcome,
        one.value,
        one.interval,
        detectable,
        float(z[worst]),
        mean.size,
        sentence,
    )


def judge_exact(measured: Estimate, exact, *, statement: str, regime: str) -> Verdict:
    """Return whether walkers meet an exact reference: by Monte Carlo error alone, nothing else is allowed."""
    verdict = judge(
        measured, exact, statement=statement, regime=regime, form="exact", tolerance=0.0, power=np.inf
    )
    worst = f"the largest of {verdict.comparisons} deviations is {abs(verdict.z):.1f} standard errors"
    words = (
        "Walkers meet the exact reference"
        if verdict.outcome == "holds"
        else "Walkers MISS the exact reference"
    )
    return Verdict(**verdict.as_dict() | {"sentence": f"{words}: {worst}."})


def control(measured: Estimate, wrong, *, statement: str, regime: str) -> Verdict:
    """Return whether a prediction that is wrong on purpose is noticed, as it must be, at some point."""
    verdict = judge(
        measured, wrong, statement=statement, regime=regime, form="control", tolerance=0.0, power=np.inf
    )
    noticed = verdict.outcome == "fails"
    words = "was rejected, as it must be" if noticed else "was NOT rejected: this experiment cannot see it"
    sentence = f"A prediction wrong on purpose ({regime}) {words} ({abs(verdict.z):.3g} standard errors)."
    outcome = "rejected" if noticed else "not rejected"
    return Verdict(**verdict.as_dict() | {"outcome": outcome, "sentence": sentence})


def judge_order(
    small, measured: Estimate, stated, *, statement: str, regime: str, parameter: str, form: str = "printed",
    power=0.05,
) -> Verdict:  # fmt: skip
    """Return whether the deviation of a statement vanishes with a small number, and at which order.

    The law ratio - 1 = a small^p is fitted to the measured ratios, with their errors.

    Parameters
    ----------
    small : array_like, shape (n,)
        The small number, positive, at least 3 values.
    measured : Estimate
        Shape (n,).
    stated : array_like, shape (n,)
    parameter : str
        What the small number is called.

    Returns
    -------
    Verdict
        "holds asymptotically" if p is positive beyond its error; its ratio is that at the smallest number.
    """
    mean, stderr, stated = _flat(measured, stated)
    small = np.asarray(small, float).ravel()
    require(small.size >= 3, "small", "at least 3 numbers", small.tolist())
    ratio, error = mean / stated, stderr / np.abs(stated)
    order, order_error = _order(small, ratio - 1, error)
    least = int(np.argmin(small))
    one = _Ratio(float(ratio[least]), float(error[least]))
    detectable = float((Z + POWER) * error.max())
    seen = np.abs(ratio - 1) > Z * error
    outcome, note = (
        "holds asymptotically",
        f"the deviation falls as {parameter}^{order:.2f} (+- {1.96 * order_error:.2f})",
    )
    if not seen.any():
        outcome, note = ("holds" if detectable <= power else "undecided"), "no deviation is seen"
    elif order < NINETY_FIVE * order_error or not np.isfinite(order_error):
        outcome, note = "fails", f"the deviation does not vanish with {parameter}"
    biggest = int(np.argmax(small))
    sentence = (
        f"{_capital(note)}: measured over stated is {one.text()} at {parameter} = {small[least]:.3g} "
        f"and {ratio[biggest]:.4g} at {small[biggest]:.3g}."
    )
    z = float((ratio[least] - 1) / error[least])
    return Verdict(
        statement, form, regime, outcome, one.value, one.interval, detectable, z, mean.size, sentence
    )


def judge_escape(
    slope: Estimate, prefactor: Estimate, *, statement: str, regime: str, form: str = "printed", tolerance=0.05,
    prefactor_tolerance=0.1,
) -> Verdict:  # fmt: skip
    """Return whether the exponent of an escape time is the stated one, and apart from it the prefactor.

    Parameters
    ----------
    slope, prefactor : Estimate
        Measured over stated, each a single number: of the slope of log tau in the inverse temperature, and of the
        factor before the exponential.
    tolerance, prefactor_tolerance : float
        Relative deviations at which each still holds.

    Returns
    -------
    Verdict
        Ratio, interval and z are those of the slope, unless only the prefactor is off.
    """
    one, two = (
        _Ratio(float(slope.mean), float(slope.stderr)),
        _Ratio(float(prefactor.mean), float(prefactor.stderr)),
    )
    detectable = (Z + POWER) * one.error
    if one.off(tolerance):
        outcome, shown = "fails", one
        text = f"The slope of log tau is {one.text()} times the stated one"
    elif detectable > 2 * tolerance:
        outcome, shown = "undecided", one
        text = f"The slope of log tau is {one.text()} times the stated one: too uncertain to tell"
    elif two.off(prefactor_tolerance):
        outcome, shown = "exponent holds, prefactor off", two
        text = f"The exponent holds (slope {one.text()} times the stated one), the time is {two.text()} times as long"
    else:
        outcome, shown = "holds", one
        text = f"Slope and prefactor hold: {one.text()} and {two.text()} times the stated ones"
    text += f"; a slope off by {100 * detectable:.2g} % would have been seen."
    return Verdict(
        statement, form, regime, outcome, shown.value, shown.interval, float(detectable), (shown.value - 1) / shown.error,
        1, text,
    )  # fmt: skip


def judge_bound(measured: Estimate, bound, *, statement: str, regime: str, form: str = "printed") -> Verdict:
    """Return whether measured values stay below an upper bound, and whether that says anything.

    Parameters
    ----------
    measured : Estimate
        Positive values of any shape.
    bound : array_like
        Of the same shape.

    Returns
    -------
    Verdict
        "fails" if a value is above its bound by more than chance, "vacuous" if all are far below it.
    """
    mean, stderr, bound = _flat(measured, bound)
    ratio, error = mean / bound, stderr / bound
    z = (ratio - 1) / error
    worst = int(np.argmax(ratio))
    one = _Ratio(float(ratio[worst]), float(error[worst]))
    detectable = float((Z + POWER) * error[worst])
    slack = 1 / one.value
    if np.any(z > Z):
        outcome, text = "fails", f"The bound is violated: the measured value is {one.text()} times as large."
    elif slack > VACUOUS:
        outcome, text = (
            "vacuous",
            f"The bound is true and says nothing: it is {slack:.2g} times too high at its best.",
        )
    else:
        outcome, text = "holds", f"The bound holds: at its tightest it is {slack:.3g} times too high."
    return Verdict(
        statement,
        form,
        regime,
        outcome,
        one.value,
        one.interval,
        detectable,
        float(z[worst]),
        mean.size,
        text,
    )


@dataclass(frozen=True)
class _Ratio:
    """Measured over stated, with its standard error."""

    value: float
    error: float

    @property
    def interval(self) -> tuple[float, float]:
        return self.value - NINETY_FIVE * self.error, self.value + NINETY_FIVE * self.error

    def off(self, tolerance):
        """Return whether it differs from 1 by more than the tolerance, and not by chance."""
        return abs(self.value - 1) > max(tolerance, Z * self.error)

    def text(self):
        low, high = self.interval
        digits = int(np.clip(2 - np.floor(np.log10(max(high - low, 1e-12))), 2, 6))
        if max(abs(low), abs(high)) >= 100:
            return f"{self.value:.4g} [{low:.4g}, {high:.4g}]"
        return f"{self.value:.{digits - 1}f} [{low:.{digits - 1}f}, {high:.{digits - 1}f}]"


def _flat(measured, stated):
    stated = np.asarray(stated, float)
    mean, stderr = np.asarray(measured.mean, float), np.asarray(measured.stderr, float)
    require(mean.shape == stated.shape, "stated", f"of shape {mean.shape}", stated.shape)
    require(mean.size > 0, "measured", "not empty", mean.tolist())
    require(
        np.all(np.isfinite(mean)) and np.all(np.isfinite(stated)),
        "measured and stated",
        "finite",
        stated.tolist(),
    )
    require(np.all(stderr > 0), "stderr", "positive", stderr.tolist())
    require(np.all(stated != 0), "stated", "not zero", stated.tolist())
    return mean.ravel(), stderr.ravel(), stated.ravel()


def _sentence(outcome, one, z, detectable, tolerance):
    power = f"a deviation of {100 * detectable:.2g} % would have been seen"
    if outcome == "holds":
        within = f" (within {100 * tolerance:.2g} %)" if tolerance and z > Z else ""
        return f"Measured over stated is {one.text()} where they differ most{within}; {power}."
    if outcome == "undecided":
        return f"Measured over stated is {one.text()}: too few walkers, only {power}."
    if one.value <= 0:
        return f"Wrong in sign: measured over stated is {one.text()}."
    times = 1 / one.value if one.value < 1 else one.value
    way = "too high" if one.value < 1 else "too low"
    amount = f"{times:.3g} times {way}" if times > 1.5 else f"{100 * abs(1 - 1 / one.value):.2g} % {way}"
    return f"The stated value is {amount}: measured over stated is {one.text()}."


def _order(small, deviation, error):
    """Return p of deviation = a small^p and its standard error, by weighted least squares (infinite if undefined)."""
    scale = float(small.max())
    start = deviation[np.argmax(small)], 1.0

    def law(x, a, p):
        return a * (x / scale) ** p

    (_, p), covariance = curve_fit(law, small, deviation, p0=start, sigma=error, absolute_sigma=True)
    return float(p), float(np.sqrt(covariance[1, 1]))


def _capital(text):
    return text[:1].upper() + text[1:]
