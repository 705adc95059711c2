"""Judge a statement: what was measured beside what it says, and what that is worth.

Outcomes are computed from the numbers. ``judge`` compares values, ``judge_escape`` keeps the exponent of an escape
time apart from its prefactor, ``judge_bound`` looks at an upper bound, ``judge_identity`` at runs that must be the
same, and ``control`` makes sure that a wrong prediction is noticed. `sims.judging.order` asks whether a deviation vanishes.

One rule decides everywhere: chance may explain Z standard errors. A value misses if it is beyond the tolerance by
more than that; a value that is so uncertain that a miss could have gone unseen is undecided.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np

from diffusion import Estimate
from diffusion.checks import require, require_number
from sims.judging.ratio import COMPARISONS, FALSE_ALARM, NINETY_FIVE, POWER, Ratio, Z, amount, percent

__all__ = [
    "COMPARISONS",
    "FALSE_ALARM",
    "NINETY_FIVE",
    "OUTCOMES",
    "POWER",
    "Verdict",
    "Z",
    "control",
    "judge",
    "judge_bound",
    "judge_escape",
    "judge_exact",
    "judge_identity",
]

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
        What was judged: "printed", "leading", "corrected", "kramers"; "exact" for the simulator against an exact
        reference; "control" for a prediction that is wrong on purpose.
    regime : str
        Where.
    outcome : str
        A key of ``OUTCOMES``.
    ratio : float
        Measured over stated, at the point that decides.
    interval : tuple of float
        95 % interval of ``ratio``.
    detectable : float
        Relative deviation that would have stood out of chance with probability .95. Where a tolerance is granted, one
        of tolerance + detectable is called a miss with that probability.
    z : float
        Deviation from the statement in standard errors (of an identity: in units of what rounding explains).
    comparisons : int
        How many numbers were compared by chance.
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

    @property
    def short(self) -> str:
        """The outcome in a few words: "fails: 7.1 times too high"."""
        off = self.outcome in ("fails", "exponent holds, prefactor off")
        if off and self.form not in ("exact", "control") and self.interval[0] < self.interval[1]:
            return f"{self.outcome}: {amount(self.ratio)}"
        return f"vacuous: {1 / self.ratio:.3g} times too weak" if self.outcome == "vacuous" else self.outcome


def judge(
    measured: Estimate, stated, *, statement: str, regime: str, form: str = "printed", tolerance=0.01, power=0.05,
) -> Verdict:  # fmt: skip
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
        Deviation from what is measured that must stand out of chance before "holds" is said.

    Returns
    -------
    Verdict
        Of the point that misses most beyond the tolerance, if one does; else of the one least likely by chance.

    Raises
    ------
    ValueError
        If the shapes differ, a standard error is not positive, or a stated value is zero.
    """
    ratios = ratios_of(measured, stated)
    require_number(tolerance, "tolerance", "0 or more", 0)
    off = [one for one in ratios if one.off(tolerance)]
    worst = max(off, key=lambda one: abs(one.value - 1)) if off else max(ratios, key=lambda one: abs(one.z))
    detectable = max(one.detectable for one in ratios)
    outcome = "fails" if off else "holds" if detectable <= power else "undecided"
    sentence = _sentence(outcome, worst, len(ratios), detectable, tolerance)
    return verdict_of(statement, form, regime, outcome, worst, detectable, len(ratios), sentence)


def judge_exact(measured: Estimate, exact, *, statement: str, regime: str) -> Verdict:
    """Return whether walkers meet an exact reference: by Monte Carlo error alone, nothing else is allowed."""
    verdict = judge(
        measured, exact, statement=statement, regime=regime, form="exact", tolerance=0.0, power=np.inf
    )
    met = "meet" if verdict.outcome == "holds" else "MISS"
    n = verdict.comparisons
    worst = f"the largest of {n} deviations is" if n > 1 else "the deviation is"
    sentence = f"Walkers {met} the exact reference: {worst} {abs(verdict.z):.3g} standard errors."
    return replace(verdict, sentence=sentence)


def control(measured: Estimate, wrong, *, statement: str, regime: str) -> Verdict:
    """Return whether a prediction that is wrong on purpose is noticed, as it must be, at some point."""
    verdict = judge(
        measured, wrong, statement=statement, regime=regime, form="control", tolerance=0.0, power=np.inf
    )
    noticed = verdict.outcome == "fails"
    sentence = _noticed(noticed, regime, f"{abs(verdict.z):.3g} standard errors")
    return replace(verdict, outcome="rejected" if noticed else "not rejected", sentence=sentence)


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
    statement, regime, form : str
        See `Verdict`.
    tolerance, prefactor_tolerance : float
        Relative deviations at which each still holds. Undecided is what could have missed by twice (the prefactor:
        five times) that much without standing out of chance.

    Returns
    -------
    Verdict
        Ratio, interval and z are those of the slope, unless the prefactor decides.
    """
    (one,), (two,) = ratios_of(slope, 1.0), ratios_of(prefactor, 1.0)
    times = f"the time is {two.text()} times as long"
    told = f"slope {one.text()} times the stated one"
    holds = f"The exponent holds within {percent(tolerance)} ({told}), {times}"
    shown = one
    if one.off(tolerance):
        outcome, text = "fails", f"The slope of log tau is {one.text()} times the stated one"
    elif one.detectable > 2 * tolerance:
        outcome = "undecided"
        text = f"The slope of log tau is {one.text()} times the stated one: too uncertain to tell"
    elif two.off(prefactor_tolerance):
        outcome, shown, text = "exponent holds, prefactor off", two, holds
    elif two.detectable > 5 * prefactor_tolerance:
        outcome, shown, text = "undecided", two, f"{holds}: too uncertain to tell"
    else:
        outcome = "holds"
        text = (
            f"Slope and prefactor hold within {percent(tolerance)} and {percent(prefactor_tolerance)}: "
            f"{one.text()} and {two.text()} times the stated ones"
        )
    text += f"; chance alone would hide no more than {percent(one.detectable)} of the slope."
    return verdict_of(statement, form, regime, outcome, shown, shown.detectable, 2, text)


def judge_bound(measured: Estimate, bound, *, statement: str, regime: str, form: str = "printed") -> Verdict:
    """Return whether measured values stay below an upper bound, and whether that says anything.

    Parameters
    ----------
    measured : Estimate
        Positive values of any shape.
    bound : array_like
        Of the same shape, positive.
    statement, regime, form : str
        See `Verdict`.

    Returns
    -------
    Verdict
        "fails" if a value is above its bound by more than chance, "vacuous" if all are far below it. Of the value
        that is highest beside its bound.
    """
    require(np.all(np.asarray(bound, float) > 0), "bound", "positive", np.asarray(bound).tolist())
    require(np.all(np.asarray(measured.mean) > 0), "measured", "positive", np.asarray(measured.mean).tolist())
    ratios = ratios_of(measured, bound)
    above = [one for one in ratios if one.value > 1 and one.off(0)]
    tightest = max(above or ratios, key=lambda one: one.value)
    highest = max(one.value + Z * one.error for one in ratios)  # that chance leaves possible
    times = f"{1 / tightest.value:.3g} times"
    if above:
        outcome, text = (
            "fails",
            f"The bound is violated: the measured value is {tightest.text()} times as large.",
        )
    elif highest < 1 / VACUOUS:
        outcome, text = (
            "vacuous",
            f"The bound is true and says nothing: at its tightest it is {times} too high.",
        )
    elif highest < 1:
        outcome, text = (
            "holds",
            f"The bound holds: at its tightest it is {times} as high as what is measured.",
        )
    elif tightest.detectable <= 0.05:
        outcome, text = (
            "holds",
            f"The bound holds and is reached: the measured value is {tightest.text()} of it.",
        )
    else:
        outcome, text = (
            "undecided",
            f"The measured value is {tightest.text()} of the bound: too few walkers to tell.",
        )
    return verdict_of(statement, form, regime, outcome, tightest, tightest.detectable, len(ratios), text)


def judge_identity(
    difference: float, rounding: float, numbers: int, *, statement: str, regime: str, form: str = "printed"
) -> Verdict:
    """Return whether two runs that must be the same are: there is no chance in it.

    Parameters
    ----------
    difference : float
        Largest difference of the two runs over the largest value, 0 or more.
    rounding : float
        What rounding explains of it; 0 where every bit must be the same.
    numbers : int
        How many pairs of numbers were compared.
    statement, regime, form : str
        See `Verdict`; with "control" the runs must differ.

    Returns
    -------
    Verdict
        Its ratio is 1 + difference, without an interval's width.
    """
    require_number(difference, "difference", "0 or more and finite", 0)
    require_number(rounding, "rounding", "0 or more and finite", 0)
    same, by = difference <= rounding, f"{difference:.2g} of the largest value"
    visible = max(rounding, float(np.finfo(float).eps))
    if form == "control":
        outcome, text = "not rejected" if same else "rejected", _noticed(not same, regime, f"by {by}")
    elif difference == 0:
        outcome, text = "holds", f"The same to the last bit, all of {numbers:,} numbers."
    elif same:
        outcome, text = "holds", f"The same but for rounding: the largest of {numbers:,} differences is {by}."
    else:
        outcome, text = "fails", f"Not the same: the largest of {numbers:,} differences is {by}."
    one = 1 + difference
    return Verdict(statement, form, regime, outcome, one, (one, one), visible, difference / visible, 1, text)


def ratios_of(measured: Estimate, stated) -> list[Ratio]:
    """Return measured over stated, one by one, after checks of both."""
    stated = np.asarray(stated, float)
    mean, stderr = np.asarray(measured.mean, float), np.asarray(measured.stderr, float)
    require(mean.shape == stated.shape, "stated", f"of shape {mean.shape}", stated.shape)
    require(stderr.shape == mean.shape, "stderr", f"of shape {mean.shape}", stderr.shape)
    require(mean.size > 0, "measured", "not empty", mean.tolist())
    require(np.all(np.isfinite(mean)), "measured", "finite", mean.tolist())
    require(np.all(np.isfinite(stated)), "stated", "finite", stated.tolist())
    require(np.all(np.isfinite(stderr) & (stderr > 0)), "stderr", "positive and finite", stderr.tolist())
    require(np.all(stated != 0), "stated", "not zero", stated.tolist())
    ratio, error = (mean / stated).ravel(), (stderr / np.abs(stated)).ravel()
    return [Ratio(float(r), float(e)) for r, e in zip(ratio, error, strict=True)]


def verdict_of(statement, form, regime, outcome, one: Ratio, detectable, comparisons, sentence) -> Verdict:
    """Return a verdict on the ratio that decides."""
    return Verdict(
        statement,
        form,
        regime,
        outcome,
        one.value,
        one.interval,
        float(detectable),
        one.z,
        comparisons,
        sentence,
    )


def _sentence(outcome, one, n, detectable, tolerance):
    """Return the verdict of `judge` in words, for the point that decides."""
    told = f"Measured over stated is {one.text()}"
    if outcome == "undecided":
        return f"{told}: too few walkers, {percent(detectable)} could go unseen."
    if outcome == "holds":
        where = "" if n == 1 else f" at the most telling of {n} points"
        allowed = f", within the {percent(tolerance)} allowed" if tolerance and abs(one.z) > Z else ""
        return f"{told}{where}{allowed}; a deviation of {percent(detectable)} would have been seen."
    if one.value <= 0:
        return f"Wrong in sign: measured over stated is {one.text()}."
    return f"The stated value is {amount(one.value)}: measured over stated is {one.text()}."


def _noticed(noticed, regime, by):
    words = "was rejected, as it must be" if noticed else "was NOT rejected: this experiment cannot see it"
    return f"A prediction wrong on purpose ({regime}) {words} ({by})."
