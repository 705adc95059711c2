"""Sentences on Figure 6's claim, computed from the numbers."""

import numpy as np
import xarray as xr

from sims.figure6.fits import FEWEST, LAWS

PAPER = ("SGD", "Momentum", "Adai", "Adam")  # whose laws the paper claims
DECISIVE, CLEAR = 10.0, 4.0  # differences of AIC
DIVIDED = {0.5: "1/2"}  # exponents that are written as fractions
UNLIKELY = 1e-3  # probability of a misfit by chance below which the sentence mentions it


def preference(favour: float) -> str:
    """State which law the AIC prefers, from AIC(k^-1/2) - AIC(1/k)."""
    law, other = ("1/k", "k^-1/2") if favour > 0 else ("k^-1/2", "1/k")
    if abs(favour) < CLEAR:
        return f"AIC does not tell 1/k from k^-1/2 (by {abs(favour):.1f})"
    strength = "decisively" if abs(favour) >= DECISIVE else "moderately"
    return f"AIC {strength} prefers {law} to {other} (by {abs(favour):.1f})"


def law_of(p: float) -> str | None:
    """Return the name of the law with an exponent, or None."""
    return next((law for law, own in LAWS.items() if own == p), None)


def divided(p: float) -> str:
    """Return "tau k^p", the quantity that the law makes straight."""
    return "tau k" if p == 1 or np.isnan(p) else f"tau k^{DIVIDED.get(p, format(p, 'g'))}"


def word(name: str) -> str:
    """Return who states an optimizer's law: the paper or the degree law."""
    return "claimed" if name.partition(",")[0] in PAPER else "by the degree law"


def outcome(series: xr.Dataset) -> str:
    """Return whether the claimed law "holds", "fails" or is "undecided".

    It has to win, or lose, both as the figure's axes have it and with the prefactors of both laws.
    """
    favour = series.aic_in_favour_of_inverse.values * (1 if series.claimed == LAWS["1/k"] else -1)
    return "holds" if np.all(favour >= CLEAR) else "fails" if np.all(favour <= -CLEAR) else "undecided"


def confidence(dataset: xr.Dataset) -> str:
    """Return the confidence of a dataset's intervals: "95 %"."""
    return f"{100 * dataset.attrs.get('level', 0.95):g} %"


def interval(exponent: xr.Dataset, digits: int = 2) -> str:
    """Return the free exponent as "1.02 [0.97, 1.07]"."""
    names = ("exponent", "exponent_low", "exponent_high")
    value, low, high = (f"{float(exponent[name]):.{digits}f}" for name in names)
    return "undetermined" if np.isnan(exponent.exponent) else f"{value} [{low}, {high}]"


def membership(exponent: xr.Dataset, p: float) -> str:
    """Return "which includes 1", with "just" where the digits hide it."""
    low, high = float(exponent.exponent_low), float(exponent.exponent_high)
    if np.isnan(exponent.exponent):
        return "which excludes nothing"
    just = "just " if f"{p:.2f}" in (f"{low:.2f}", f"{high:.2f}") else ""
    return f"which {just}{'includes' if low <= p <= high else 'excludes'} {p:g}"


def span(values, form: str) -> str:
    """Return a range as "0.62 to 0.80", or as one number."""
    low, high = (format(float(end), form) for end in (np.min(values), np.max(values)))
    return low if low == high else f"{low} to {high}"


def on_law(series: xr.Dataset) -> str:
    """Return the verdict on one optimizer's claimed law."""
    name, p = series.series.item(), float(series.claimed)
    law = law_of(p)
    plain, prefactor = series.sel(prefactor="without"), series.sel(prefactor="with")
    free = f"The free exponent is p = {interval(plain)} for tau alone"
    if np.isnan(p):
        return f"{name}: no law is claimed for it. {free}, and p = {interval(prefactor)} for {divided(p)}."
    free += f", {membership(plain, p)}, and p = {interval(prefactor)} for {divided(p)}, {membership(prefactor, p)}."
    if law is None:
        return f"{name}, {word(name)} k^-{p:g}. {free}"
    aic = [preference(float(one.aic_in_favour_of_inverse)) for one in (plain, prefactor)]
    inside = [bool(one.exponent_low <= p <= one.exponent_high) for one in (plain, prefactor)]
    text = f"{name}, {word(name)} {law}: {outcome(series)}. For tau alone {aic[0]}, with the prefactor {aic[1]}. {free}"
    if inside == [False, True]:
        text += f" So tau alone does not follow {law} exactly: the prefactor bends it."
    elif not inside[1]:
        text += f" So {'only tau alone has' if inside[0] else 'neither has'} the claimed exponent."
    chance = float(prefactor.fit_probability.sel(law=law))
    if chance < UNLIKELY:
        text += f" Even so a straight line misses the points by more than chance (p = {chance:.0e})."
    return text


def on_shape(dataset: xr.Dataset) -> list[str]:
    """Name the optimizers whose times are not exponential."""
    lines = []
    main = (dataset.panel.values == "main") & np.isfinite(dataset.anderson_darling_p.values)
    for name in dict.fromkeys(dataset.optimizer.values.tolist()):
        here = main & (dataset.optimizer.values == name)
        rejected = here & (dataset.anderson_darling_p.values < UNLIKELY)
        if rejected.any():
            cv = dataset.cv.values[rejected]
            lines.append(
                f"{name}'s times are not exponential at {rejected.sum()} of {here.sum()} k "
                f"(standard deviation / mean {span(cv, '.2f')}): "
                "take its intervals and exponents with care."
            )
    return lines


def on_breakdown(dataset: xr.Dataset) -> list[str]:
    """State what the sharpest minima do to the claim."""
    lines = []
    for name in dict.fromkeys(dataset.optimizer.values[dataset.panel.values == "breakdown"]):
        if name not in dataset.series or "extended" not in dataset.points_used:
            continue
        series = dataset.sel(series=name)
        texts = []
        for used, words in (
            ("extended, uncut", "counted from the first iteration, as printed"),
            ("extended", "without the start-up"),
        ):
            one = series.sel(points_used=used)
            plain = one.sel(prefactor="without")
            favour = preference(float(plain.aic_in_favour_of_inverse))
            texts.append(f"{words}, {favour}, p = {interval(plain)}")
        lines.append(f"{name} with its sharpest minima added, for tau alone: {'; '.join(texts)}.")
    return lines


def on_speed(dataset: xr.Dataset, name: str, other: str) -> str | None:
    """Compare the times of two optimizers over their common k, if any."""
    inside = (dataset.panel.values == "main") & np.isfinite(dataset.events.values)
    one, two = (
        {float(k): (tau, 1 / events) for k, tau, events in zip(*columns, strict=True)}
        for columns in (
            [dataset[v].values[inside & (dataset.optimizer.values == n)] for v in ("k", "tau", "events")]
            for n in (name, other)
        )
    )
    common = sorted(one.keys() & two.keys())
    if not common:
        return None
    mean = np.mean([np.log(one[k][0] / two[k][0]) for k in common])
    stderr = np.sqrt(sum(one[k][1] + two[k][1] for k in common)) / len(common)
    word = "about as fast as" if abs(mean) < 2 * stderr else "faster than" if mean < 0 else "slower than"
    times = f"{np.exp(mean):.2f} +- {np.exp(mean) * stderr:.2f}"
    return f"{name} leaves {word} {other}: its time is {times} times as long (mean over {len(common)} k)."


def on_data_sets(dataset: xr.Dataset) -> str | None:
    """Compare the scatter of log tau between data sets with chance."""
    texts, ratios, counts = [], [], []
    spread = dataset.panel.values == "spread"
    for name in dict.fromkeys(dataset.optimizer.values[spread]):
        here = dataset.optimizer.values == name
        own = []
        for k in np.unique(dataset.k.values[here & spread]):
            cells = here & (dataset.k.values == k) & np.isfinite(dataset.events.values)
            if cells.sum() < 2:
                continue
            scatter = np.log(dataset.tau.values[cells]).std(ddof=1)
            ratios.append(scatter / np.sqrt(np.mean(1 / dataset.events.values[cells])))
            counts.append(cells.sum())
            own.append(f"{ratios[-1]:.1f} at k = {k:g}")
        if own:
            texts.append(f"{name} {', '.join(own)}")
    if not texts:
        return None
    return (
        f"Over {span(counts, '.0f')} data sets log tau scatters {span(ratios, '.1f')} times as much as chance "
        f"does: {'; '.join(texts)}."
    )


def on_missing(dataset: xr.Dataset) -> list[str]:
    """Name the optimizers with too few points for a fit, and say why."""
    lines = []
    main = dataset.panel.values == "main"
    gone = (dataset.escaped & (dataset.iterations <= dataset.cut)).mean("walker").values > 0.5
    for name in dict.fromkeys(dataset.optimizer.values[main].tolist()):
        here = main & (dataset.optimizer.values == name)
        used = here & np.isfinite(dataset.events.values)
        if used.sum() >= FEWEST:
            continue
        text = f"{name}: {used.sum()} of {here.sum()} k can be used, and a fit needs {FEWEST}."
        early = here & ~used & gone
        if early.any():
            sharp = ", ".join(f"{k:g}" for k in dataset.k.values[early])
            text += f" At k = {sharp} most walkers left during the start-up, which is cut: take a smaller learning rate."
        lines.append(text)
    return lines


def verdict(dataset: xr.Dataset) -> list[str]:
    """Return the verdict as sentences, the shortest answer first."""
    missing = on_missing(dataset)
    if not dataset.sizes.get("series", 0):
        return missing or ["No point was finished."]
    main = dataset.sel(points_used="main")
    series = [main.isel(series=i) for i in range(main.sizes["series"])]
    outcomes = [outcome(one) for one in series if law_of(float(one.claimed))]
    counts = ", ".join(
        f"{word} for {outcomes.count(word)}" for word in ("holds", "undecided", "fails") if word in outcomes
    )
    lines = (
        [f"The claimed law against its rival: {counts} of {len(outcomes)} optimizers."] if outcomes else []
    )
    lines += [*map(on_law, series), *missing]
    lines += on_breakdown(dataset)
    lines += on_shape(dataset)
    return lines + [text for text in (on_speed(dataset, "Adai", "Momentum"), on_data_sets(dataset)) if text]
