"""Sentences on the exponents claimed at low temperature."""

import numpy as np
import xarray as xr
from scipy.special import chdtrc, ndtri

from sims.figure6.sentences import UNLIKELY, confidence, divided, interval, word


def on_exponent(series: xr.Dataset) -> str:
    """Return the sentence on one optimizer's exponent."""
    claimed, name = float(series.claimed), series.series.item()
    text = f"log({divided(claimed)}) = a + b k^-p has p = {interval(series, 3)}"
    if np.isnan(claimed):
        return f"{name}: {text}; no exponent is claimed for it."
    text = (
        f"{name}, {word(name)} p = {claimed:g}: {text}, which {'includes' if holds(series) else 'excludes'} {claimed:g}. "
        f"With p = {claimed:g}, b = {float(series.b):.2f} +- {float(series.b_stderr):.2f}"
    )
    text += f"; barrier / kT is {float(series.kramers_b):.2f}." if np.isfinite(series.kramers_b) else "."
    if not holds(series):
        text += f" {reason(series)}"
    if float(series.fit_probability) < UNLIKELY:
        text += f" A straight line misses the points by more than chance (p = {float(series.fit_probability):.0e})."
    return text


def holds(series: xr.Dataset, exponent: str = "claimed") -> bool:
    """Return whether one optimizer's interval includes an exponent."""
    return bool(series.exponent_low <= series[exponent] <= series.exponent_high)


def reason(series: xr.Dataset) -> str:
    """Explain by theory why an interval excludes the claimed exponent."""
    exact, kramers = float(series.exact_exponent), float(series.kramers_exponent)
    not_chance = (
        f"not {float(series.claimed):g}, so this is not chance alone: the prefactor is not exactly k^-p"
    )
    if holds(series, "exact_exponent"):
        return f"The exact times at these k have p = {exact:.3f}, {not_chance}, and still bends the line."
    if holds(series, "kramers_exponent"):
        return (
            f"Kramers' formula at these k has p = {kramers:.3f}, {not_chance} where friction is not strong."
        )
    known = {"Kramers' formula at these k has": kramers, "the exact times have": exact}
    told = [f"{words} p = {p:.3f}" for words, p in known.items() if np.isfinite(p)]
    missing = {
        0: "No theory explains it.",
        1: ": that does not explain it.",
        2: ": neither explains it.",
    }
    return " and ".join(told) + missing[len(told)]


def on_exact(dataset: xr.Dataset) -> str | None:
    """Compare the measured times with the exact ones, if any."""
    points = dataset.isel(point=np.flatnonzero(np.isfinite(dataset.log_exact.values)))
    if not points.sizes["point"]:
        return None
    miss, half = points.log_tau - points.log_exact, (points.log_tau_high - points.log_tau_low) / 2
    normal = ndtri((1 + dataset.attrs.get("level", 0.95)) / 2)
    covered = int((np.abs(miss) <= half).sum())
    deviance, n = float(((miss / (half / normal)) ** 2).sum()), points.sizes["point"]
    worst = int(np.argmax(np.abs(miss / half).values))
    text = (
        f"Exact times of SGD and Momentum: {covered} of {n} intervals contain them, the worst miss is "
        f"{float(miss[worst]):+.2f} in log at {points.optimizer.values[worst]}, k = {points.k.values[worst]:g}."
    )
    chance = chdtrc(n, deviance)
    return text + (f" That is more than chance (p = {chance:.0e})." if chance < UNLIKELY else "")


def on_cost(dataset: xr.Dataset) -> str:
    """Compare the points' cost with direct simulation's."""
    best = int(np.argmax(dataset.log_gain.values))
    return (
        f"{float(dataset.steps.sum()):.2g} walker-steps for all points; at {dataset.optimizer.values[best]}, "
        f"k = {dataset.k.values[best]:g} direct simulation would take 1e{dataset.log_gain.values[best] / np.log(10):.0f} "
        "times as many for the same error."
    )


def verdict(dataset: xr.Dataset) -> list[str]:
    """Return the verdict as sentences, the shortest answer first."""
    told = [dataset.isel(series=i) for i in range(dataset.sizes.get("series", 0))]
    judged = [one for one in told if np.isfinite(one.claimed)]
    missed = [one for one in judged if not holds(one)]
    low, high = float(dataset.log_tau.min()), float(dataset.log_tau.max())
    first = f"Low temperature, log tau from {low:.0f} to {high:.0f}: "
    first += (
        f"{len(judged) - len(missed)} of {len(judged)} optimizers have the claimed exponent within its "
        f"{confidence(dataset)} interval."
        if judged
        else "too few points were finished for any exponent."
    )
    explained = [one for one in missed if holds(one, "exact_exponent") or holds(one, "kramers_exponent")]
    if len(explained) < len(missed):
        chance = 1 - float(dataset.attrs.get("level", 0.95)) ** len(judged)
        first += f" (By chance at least one of {len(judged)} misses in {chance:.0%} of all runs.)"
    elif explained:
        names = " and ".join(one.series.item() for one in explained)
        first += f" Theory has the same exponent at these k for {names}, not exactly the claimed one."
    lines = [first, *map(on_exponent, told)]
    if int(dataset.extinct.sum()):
        lines.append(f"{int(dataset.extinct.sum())} replicas died out: their intervals are wide.")
    return [*lines, *(text for text in (on_exact(dataset), on_cost(dataset)) if text)]
