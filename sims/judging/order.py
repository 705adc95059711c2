"""Judge whether a deviation vanishes in its limit, and at which order."""

import warnings

import numpy as np
from scipy.optimize import OptimizeWarning, curve_fit

from diffusion import Estimate
from diffusion.checks import largest, require
from sims.judging.judges import numbers_in, ratios_of
from sims.judging.ratio import NINETY_FIVE, Z
from sims.judging.verdict import Verdict, verdict_of

SLOWEST = 0.5  # an order below this, beyond doubt, is none


def judge_order(small, estimate: Estimate, stated, *, parameter: str, power=0.05) -> Verdict:
    """Judge at which order a deviation vanishes with a small number.

    The law ratio - 1 = a small^p is fitted to the measured ratios, with their errors. The deviation vanishes if p is
    positive beyond chance, not surely below 1/2, and the smallest number follows the law of the others: one that falls
    towards a constant does not.

    Parameters
    ----------
    small : array_like, shape (n,)
        The small number, positive, at least 3 different values.
    estimate : Estimate
        Shape (n,).
    stated : array_like, shape (n,)
    parameter : str
        What the small number is called.
    power : float
        See `judge`: where no deviation is seen at all.

    Returns
    -------
    Verdict
        "holds asymptotically" if the deviation vanishes; its ratio is that at the smallest number.
    """
    ratios, small = ratios_of(estimate, stated), numbers_in(small, "small").ravel()
    require(isinstance(parameter, str), "parameter", "a name", parameter)
    largest(power, "power")
    require(small.size == len(ratios), "small", f"of shape ({len(ratios)},)", small.tolist())
    ok = np.all(small > 0) and np.unique(small).size >= 3
    require(ok, "small", "at least 3 different positive numbers", small.tolist())
    least, biggest = ratios[int(np.argmin(small))], ratios[int(np.argmax(small))]
    detectable = max(one.detectable for one in ratios)
    if not any(one.off(0) for one in ratios):
        outcome, note = ("holds" if detectable <= power else "undecided"), "no deviation is seen"
    else:
        outcome, note = _vanishing(small, ratios, parameter)
    sentence = (
        f"{note[:1].upper() + note[1:]}: measured over stated is {least.text()} at {parameter} = {small.min():.3g} "
        f"and {biggest.text()} at {small.max():.3g}."
    )
    return verdict_of(outcome, least, detectable, len(ratios), sentence)


def _vanishing(small, ratios, parameter):
    """Return outcome and words for deviations that are seen."""
    deviation = np.array([one.value - 1 for one in ratios])
    error = np.array([one.error for one in ratios])
    order, order_error = _law(small, deviation, error)[1:]
    least, rest = int(np.argmin(small)), small > small.min()
    told = f"{parameter}^{order:.2f} (+- {NINETY_FIVE * order_error:.2f})"
    if order + Z * order_error < SLOWEST:  # a constant beside what vanishes looks like a small order
        return "fails", f"the deviation does not vanish with {parameter}: it falls as {told}"
    if order > Z * order_error:
        a, p, _ = _law(small[rest], deviation[rest], error[rest])
        continued = abs(a * small[least] ** p)
        if abs(deviation[least]) > 1.5 * continued + Z * error[least]:
            return "fails", f"the deviation falls at first, but does not vanish with {parameter}"
        return "holds asymptotically", f"the deviation falls as {told}"
    return "undecided", f"there is a deviation; too few walkers to tell whether it vanishes with {parameter}"


def _law(small, deviation, error):
    """Fit deviation = a small^p; return a, p and p's standard error."""
    scale = float(small.max())
    start = deviation[np.argmax(small)], 1.0
    with warnings.catch_warnings(), np.errstate(over="ignore"):
        warnings.simplefilter("ignore", OptimizeWarning)  # p undefined: its error is infinite then
        try:
            (a, p), covariance = curve_fit(
                lambda x, a, p: a * (x / scale) ** p, small, deviation, p0=start, sigma=error, absolute_sigma=True
            )  # fmt: skip
        except RuntimeError:  # no law of this form
            return 0.0, 0.0, np.inf
    return float(a / scale**p), float(p), float(np.sqrt(covariance[1, 1]))
