"""What Figure 6 at low temperature says of the claimed exponents, in sentences computed from the numbers."""

import numpy as np
import xarray as xr
from scipy.special import chdtrc, ndtri

UNLIKELY = 1e-3  # probability by chance below which a misfit is told
DIVIDED = {1.0: "tau k", 0.5: "tau k^1/2"}


def on_exponent(series: xr.Dataset) -> tuple[bool, str]:
    """Return whether one optimizer's interval includes the claimed exponent, and the sentence on it."""
    p, low, high, claimed, exact, kramers = (
        float(series[name])
        for name in (
            "exponent",
            "exponent_low",
            "exponent_high",
            "claimed",
            "exact_exponent",
            "kramers_exponent",
        )
    )
    inside = low <= claimed <= high
    text = (
        f"{series.series.item()}, claimed p = {claimed:g}: log({DIVIDED[claimed]}) = a + b k^-p has p = {p:.3f} "
        f"[{low:.3f}, {high:.3f}], which {'includes' if inside else 'excludes'} {claimed:g}. With p = {claimed:g}, "
        f"b = {float(series.b):.2f} +- {float(series.b_stderr):.2f}; barrier / kT is {float(series.kramers_b):.2f}."
    )
    if not inside:
        text += f" {reason(low, high, exact, kramers)}"
    if float(series.fit_probability) < UNLIKELY:
        text += f" A straight line misses the points by more than chance (p = {float(series.fit_probability):.0e})."
    return inside, text


def reason(low: float, high: float, exact: float, kramers: float) -> str:
    """Return why an interval may exclude the claimed exponent: what theory has at the same k."""
    if low <= exact <= high:
        return (
            f"The exact times at these k have p = {exact:.3f}: what is before the exponential is not just k^-p, "
            "and it still bends the line."
        )
    if low <= kramers <= high:
        return (
            f"Kramers' formula at these k has p = {kramers:.3f}: what is before the exponential is not just k^-p "
            "where friction is not strong."
        )
    stated = f"Kramers' formula at these k has p = {kramers:.3f}"
    stated += f" and the exact times p = {exact:.3f}" if np.isfinite(exact) else ""
    return f"{stated}: neither explains it." if np.isfinite(exact) else f"{stated}: it does not explain it."


def on_exact(dataset: xr.Dataset) -> str | None:
    """Return how the measured times compare with the exact ones; None if no point has one."""
    points = dataset.isel(point=np.flatnonzero(np.isfinite(dataset.log_exact.values)))
    if not points.sizes["point"]:
        return None
    miss, half = points.log_tau - points.log_exact, (points.log_tau_high - points.log_tau_low) / 2
    covered = int((np.abs(miss) <= half).sum())
    deviance, n = float(((miss / (half / ndtri(0.975))) ** 2).sum()), points.sizes["point"]
    worst = int(np.argmax(np.abs(miss / half).values))
    text = (
        f"Exact times of SGD and Momentum: {covered} of {n} intervals contain them, the worst miss is "
        f"{float(miss[worst]):+.2f} in log at {points.optimizer.values[worst]}, k = {points.k.values[worst]:g}."
    )
    chance = chdtrc(n, deviance)
    return text + (f" That is more than chance (p = {chance:.0e})." if chance < UNLIKELY else "")


def on_cost(dataset: xr.Dataset) -> str:
    """Return what the points cost, and what direct simulation would have."""
    best = int(np.argmax(dataset.log_gain.values))
    return (
        f"{float(dataset.steps.sum()):.2g} walker-steps for all points; at {dataset.optimizer.values[best]}, "
        f"k = {dataset.k.values[best]:g} direct simulation would take 1e{dataset.log_gain.values[best] / np.log(10):.0f} "
        "times as many for the same error."
    )


def verdict(dataset: xr.Dataset) -> list[str]:
    """Return the verdict in plain sentences, the shortest answer first."""
    told = [on_exponent(dataset.isel(series=i)) for i in range(dataset.sizes.get("series", 0))]
    lines = ["Too few points were finished for any exponent."]
    if told:
        inside = sum(ok for ok, _ in told)
        low, high = float(dataset.log_tau.min()), float(dataset.log_tau.max())
        lines[0] = (
            f"Low temperature, log tau from {low:.0f} to {high:.0f}: {inside} of {len(told)} optimizers have the "
            "claimed exponent within its 95 % interval."
        )
        if inside < len(told):
            lines[0] += (
                f" (By chance at least one of {len(told)} misses in {1 - 0.95 ** len(told):.0%} of all runs.)"
            )
    lines += [text for _, text in told]
    if int(dataset.extinct.sum()):
        lines.append(f"{int(dataset.extinct.sum())} replicas died out: their intervals are wide.")
    return [*lines, *(text for text in (on_exact(dataset), on_cost(dataset)) if text)]
