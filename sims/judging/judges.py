"""Judges of measured against stated values.

Outcomes are computed from the numbers. ``judge`` compares values, ``judge_escape`` keeps the exponent of an escape
time apart from its prefactor, ``judge_bound`` looks at an upper bound, ``judge_identity`` at runs that must be the
same, and ``control`` makes sure that a wrong prediction is noticed. `sims.judging.order` asks whether a deviation vanishes.

One rule decides everywhere: chance may explain Z standard errors. A value misses if it is beyond the tolerance by
more than that; a value that is so uncertain that a miss could have gone unseen is undecided.
"""

from dataclasses import replace

import numpy as np

from diffusion import Estimate
from diffusion.checks import flag, largest, not_negative, require, whole
from sims.judging.ratio import Ratio, Z, amount, percent
from sims.judging.verdict import VACUOUS, Verdict, verdict_of

REACHED = 0.05  # a bound is reached if what is measured is that well known beside it


def judge(estimate: Estimate, stated, *, tolerance=0.01, power=0.05) -> Verdict:
    """Return whether stated values are those that were measured.

    Parameters
    ----------
    estimate : Estimate
        What was measured, with standard errors; any shape. `Estimate.of` makes one of samples.
    stated : array_like
        Stated values, of the same shape, not zero.
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

    Examples
    --------
    Numbers of your own, beside what you expect of them:

    >>> import numpy as np
    >>> from diffusion import Estimate
    >>> from sims.judging import judge
    >>> verdict = judge(Estimate(np.array([1.02, 2.5]), np.array([0.004, 0.01]), 1000), [1.0, 2.0], tolerance=0.05)
    >>> verdict.outcome, verdict.short
    ('fails', 'fails: 20 % too low')
    >>> verdict.sentence
    'The stated value is 20 % too low: measured over stated is 1.250 [1.240, 1.260].'
    >>> judge(Estimate(np.array(1.02), np.array(0.004), 1000), 1.0, tolerance=0.05).outcome
    'holds'
    >>> judge(Estimate(np.array(1.02), np.array(0.4), 10), 1.0, tolerance=0.05).sentence
    'Measured over stated is 1.0 [0.2, 1.8]: too few walkers, 296 % could go unseen.'
    """
    ratios = ratios_of(estimate, stated)
    not_negative(tolerance, "tolerance")
    largest(power, "power")
    off = [one for one in ratios if one.off(tolerance)]
    worst = max(off, key=lambda one: abs(one.value - 1)) if off else max(ratios, key=lambda one: abs(one.z))
    detectable = max(
        one.detectable for one in ratios
    )  # the blindest point decides what could have gone unseen
    outcome = "fails" if off else "holds" if detectable <= power else "undecided"
    told = f"Measured over stated is {worst.text()}"
    if outcome == "undecided":
        sentence = f"{told}: too few walkers, {percent(detectable)} could go unseen."
    elif outcome == "holds":
        where = "" if len(ratios) == 1 else f" at the most telling of {len(ratios)} points"
        allowed = f", within the {percent(tolerance)} allowed" if tolerance and abs(worst.z) > Z else ""
        sentence = f"{told}{where}{allowed}; a deviation of {percent(detectable)} would have been seen."
    elif worst.value <= 0:
        sentence = f"Wrong in sign: measured over stated is {worst.text()}."
    else:
        sentence = f"The stated value is {amount(worst.value)}: measured over stated is {worst.text()}."
    return verdict_of(outcome, worst, detectable, len(ratios), sentence)


def judge_exact(estimate: Estimate, exact) -> Verdict:
    """Judge walkers by an exact reference; only chance is allowed."""
    verdict = judge(estimate, exact, tolerance=0.0, power=np.inf)
    met = "meet" if verdict.outcome == "holds" else "MISS"
    n = verdict.comparisons
    worst = f"the largest of {n} deviations is" if n > 1 else "the deviation is"
    sentence = f"Walkers {met} the exact reference: {worst} {abs(verdict.z):.3g} standard errors."
    return replace(verdict, form="exact", sentence=sentence)


def control(estimate: Estimate, wrong) -> Verdict:
    """Judge whether a prediction wrong on purpose is noticed."""
    verdict = judge(estimate, wrong, tolerance=0.0, power=np.inf)
    return _noticed(verdict, verdict.outcome == "fails", f"{abs(verdict.z):.3g} standard errors")


def judge_escape(slope: Estimate, prefactor: Estimate, *, tolerance=0.05, prefactor_tolerance=0.1) -> Verdict:
    """Judge an escape time's exponent, and apart from it the prefactor.

    Parameters
    ----------
    slope, prefactor : Estimate
        Measured over stated, each a single number: of the slope of log tau in the inverse temperature, and of the
        factor before the exponential.
    tolerance, prefactor_tolerance : float
        Relative deviations at which each still holds. Undecided is what could have missed by twice (the prefactor:
        five times) that much without standing out of chance.

    Returns
    -------
    Verdict
        Ratio, interval and z are those of the slope, unless the prefactor decides.
    """
    for name, value in (("tolerance", tolerance), ("prefactor_tolerance", prefactor_tolerance)):
        not_negative(value, name)
    (one,), (two,) = ratios_of(slope, 1.0, "slope"), ratios_of(prefactor, 1.0, "prefactor")
    allowed = percent(tolerance), percent(prefactor_tolerance)
    steep = f"The slope of log tau is {one.text()} times the stated one"
    holds = (
        f"The exponent holds within {allowed[0]} (slope {one.text()} times the stated one), the time is {two.text()} "
        "times as long"
    )
    shown = one
    if one.off(tolerance):
        outcome, text = "fails", steep
    elif one.detectable > 2 * tolerance:
        outcome, text = "undecided", f"{steep}: too uncertain to tell"
    elif two.off(prefactor_tolerance):
        outcome, shown, text = "exponent holds, prefactor off", two, holds
    elif two.detectable > 5 * prefactor_tolerance:
        outcome, shown, text = "undecided", two, f"{holds}: too uncertain to tell"
    else:
        both = f"{one.text()} and {two.text()} times the stated ones"
        outcome, text = "holds", f"Slope and prefactor hold within {allowed[0]} and {allowed[1]}: {both}"
    text += f"; chance alone would hide no more than {percent(one.detectable)} of the slope."
    return verdict_of(outcome, shown, shown.detectable, 2, text)


def judge_bound(estimate: Estimate, bound) -> Verdict:
    """Judge whether a bound holds, and whether it says anything.

    Parameters
    ----------
    estimate : Estimate
        Positive values of any shape.
    bound : array_like
        Bound on each value, of the same shape, positive.

    Returns
    -------
    Verdict
        "fails" if a value is above its bound by more than chance, "vacuous" if all are far below it. Of the value
        that is highest beside its bound.
    """
    bound = numbers_in(bound, "bound")
    require(np.all(bound > 0), "bound", "positive", bound.tolist())
    ratios = ratios_of(estimate, bound)
    require(np.all(np.asarray(estimate.mean) > 0), "measured", "positive", np.asarray(estimate.mean).tolist())
    above = [one for one in ratios if one.value > 1 and one.off(0)]
    tightest = max(above or ratios, key=lambda one: one.value)
    highest = max(one.value + Z * one.error for one in ratios)  # the highest value that chance allows
    times, measured = f"{1 / tightest.value:.3g} times", f"he measured value is {tightest.text()}"
    if above:
        outcome, text = "fails", f"The bound is violated: t{measured} times as large."
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
    elif tightest.detectable <= REACHED:
        outcome, text = "holds", f"The bound holds and is reached: t{measured} of it."
    else:
        outcome, text = "undecided", f"T{measured} of the bound: too few walkers to tell."
    return verdict_of(outcome, tightest, tightest.detectable, len(ratios), text)


def judge_identity(difference: float, rounding: float, numbers: int, *, wrong=False) -> Verdict:
    """Judge whether two runs are the same, number by number.

    Parameters
    ----------
    difference : float
        Largest difference of the two runs over the largest value, 0 or more.
    rounding : float
        What rounding explains of it; 0 where every bit must be the same.
    numbers : int
        How many pairs of numbers were compared.
    wrong : bool
        Whether this is a negative control, whose runs must differ.

    Returns
    -------
    Verdict
        Its ratio is 1 + difference, without an interval's width.
    """
    not_negative(difference, "difference")
    not_negative(rounding, "rounding")
    numbers = whole(numbers, "numbers")
    flag(wrong, "wrong")
    same, by = difference <= rounding, f"{difference:.2g} of the largest value"
    visible = max(rounding, float(np.finfo(float).eps))
    if difference == 0:
        text = f"The same to the last bit, all of {numbers:,} numbers."
    elif same:
        text = f"The same but for rounding: the largest of {numbers:,} differences is {by}."
    else:
        text = f"Not the same: the largest of {numbers:,} differences is {by}."
    one, outcome = 1 + difference, "holds" if same else "fails"
    verdict = Verdict(outcome, one, (one, one), visible, difference / visible, 1, text)
    return _noticed(verdict, not same, f"by {by}") if wrong else verdict


def ratios_of(estimate: Estimate, stated, name="estimate") -> list[Ratio]:
    """Return measured over stated, both checked."""
    require(isinstance(estimate, Estimate), name, "an Estimate (Estimate.of makes one of samples)", estimate)
    stated = numbers_in(stated, "stated")
    mean, stderr = numbers_in(estimate.mean, "measured"), numbers_in(estimate.stderr, "stderr")
    require(mean.shape == stated.shape, "stated", f"of shape {mean.shape}", stated.shape)
    require(stderr.shape == mean.shape, "stderr", f"of shape {mean.shape}", stderr.shape)
    require(mean.size > 0, "measured", "not empty", mean.tolist())
    require(np.all(np.isfinite(mean)), "measured", "finite", mean.tolist())
    require(np.all(np.isfinite(stated)), "stated", "finite", stated.tolist())
    require(np.all(np.isfinite(stderr) & (stderr > 0)), "stderr", "positive and finite", stderr.tolist())
    require(np.all(stated != 0), "stated", "not zero", stated.tolist())
    with np.errstate(over="ignore"):
        ratio, error = (mean / stated).ravel(), (stderr / np.abs(stated)).ravel()
    known = np.all(np.isfinite(ratio)) and np.all(np.isfinite(error)) and np.all(error > 0)
    require(known, "stated", "of a size at which measured over stated is a number", stated.tolist())
    return [Ratio(float(r), float(e)) for r, e in zip(ratio, error, strict=True)]


def numbers_in(value, name) -> np.ndarray:
    """Return ``value`` as floats; ``ValueError`` if it holds anything else."""
    try:
        require(not np.iscomplexobj(value), name, "numbers", value)  # NumPy would drop the imaginary part
        return np.asarray(value, float)
    except (TypeError, ValueError, OverflowError):
        require(False, name, "numbers", value)
        raise


def _noticed(verdict, noticed, by):
    """Return the verdict of a negative control."""
    words = "was rejected, as it must be" if noticed else "was NOT rejected: this experiment cannot see it"
    outcome = "rejected" if noticed else "not rejected"
    return replace(
        verdict, form="control", outcome=outcome, sentence=f"A prediction wrong on purpose {words} ({by})."
    )
