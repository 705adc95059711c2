"""The degree law in numbers and sentences.

They give exponents and slopes of every rule, and what a practitioner makes of them.
"""

import numpy as np
import xarray as xr

from sims.degree import cell, exponent, ten_coordinates
from sims.degree.rules import built_in


def summary(rows: list[dict], attrs: dict) -> xr.Dataset:
    """Return the exponents of every finished rule.

    They come from the rows of the sweep.

    Returns
    -------
    xarray.Dataset
        Dimension ``rule``: title, predicted, measured, low, high, slope, slope_low, slope_high of the escapes in one
        coordinate. ``ten``: the same without slopes, in ten coordinates. ``local``: crossover, x, exponent,
        error_bound, exact. ``apart``: title and reason of the rules that are not measured.
        Attributes: ``verdict``, settings, seed, versions, commit, ``partial``.
    """
    lines, unclear = [], []
    for group in _groups(rows, cell.LINE):
        try:
            lines.append(exponent.fit(group))
        except ValueError as reason:  # climbs died out: its points have no interval
            unclear.append({"title": group[0]["title"], "reason": str(reason)})
    tens = [ten_coordinates.fit(group) for group in _groups(rows, cell.TEN)]
    local = [row for row in rows if row["kind"] == cell.LOCAL]
    apart = unclear + [{"title": rule.title, "reason": rule.apart} for rule in built_in() if rule.apart]
    lines.sort(key=lambda one: (-one["predicted"], one["title"]))
    found = xr.Dataset(
        _columns("rule", "", lines)
        | _columns("ten", "ten_", tens)
        | _columns("local", "local_", [{key: row[key] for key in LOCAL_COLUMNS} for row in local])
        | _columns("apart", "apart_", apart),
        attrs=attrs,
    )
    return found.assign_attrs(verdict="\n".join(sentences(found)))


LOCAL_COLUMNS = ("crossover", "x", "exponent", "error_bound", "exact")


def _groups(rows, kind):
    """Group the rows of one kind by rule."""
    names = dict.fromkeys(row["rule"] for row in rows if row["kind"] == kind)
    return [[row for row in rows if row["kind"] == kind and row["rule"] == name] for name in names]


def _columns(dim, prefix, rows):
    return {prefix + name: (dim, [row[name] for row in rows]) for name in rows[0]} if rows else {}


def sentences(found: xr.Dataset) -> list[str]:
    """State what the numbers say of the degree law.

    They also answer the paper's guess about Adam's variants.
    """
    said = []
    if "rule" in found.dims:
        inside = (found.low.values <= found.predicted.values) & (found.predicted.values <= found.high.values)
        off = np.abs(found.measured.values / found.predicted.values - 1)
        worst = int(np.argmax(off))
        said.append(
            f"In one coordinate the predicted exponent lies in the measured 95 % interval for {inside.sum()} of "
            f"{inside.size} rules. The largest difference is {100 * off[worst]:.0f} %, of {found.title.values[worst]}: "
            f"measured {_with_interval(found, '', worst)}, predicted {found.predicted.values[worst]:g}."
        )
        slopes = found.slope.values
        said.append(
            f"Slopes of log tau are {slopes.min():.3f} to {slopes.max():.3f} times those predicted from each rule's "
            "answer to a weak force, without a free parameter."
        )
    if "ten" in found.dims:
        titles = found.ten_title.values
        shown = [f"{title} {_with_interval(found, 'ten_', place)}" for place, title in enumerate(titles)]
        said.append(f"In ten coordinates the exponents are {', '.join(shown)}.")
        said += _guess(found)
    return said


def _with_interval(found, prefix, place):
    """Return a measured exponent with its interval."""
    value, low, high = (float(found[prefix + name][place]) for name in ("measured", "low", "high"))
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"


def _guess(found):
    """Return what the numbers say of the paper's guess.

    It guesses that Adam's variants are poor at selecting flat minima.
    """
    titles = found.ten_title.values.tolist()
    if "SGD" not in titles:
        return []
    least = float(found.ten_low[titles.index("SGD")])
    adaptive = [place for place in range(len(titles)) if float(found.ten_predicted[place]) < 1]
    below = [titles[place] for place in adaptive if float(found.ten_high[place]) < least]
    if not adaptive:
        return []
    told = f"Of {len(adaptive)} variants of Adam, {len(below)} depend on sharpness less than SGD does, with intervals apart"
    return [f"{told}: {', '.join(below)}." if below else f"{told}."]


def preference(p: float) -> str:
    """Explain an exponent in plain words.

    The exponent decides the choice between flat and sharp minima.
    """
    if p > 1.05:
        return "prefers flat minima more than SGD does"
    if p >= 0.95:
        return "prefers flat minima as SGD does"
    if p > 0.55:
        return "prefers flat minima, less than SGD does"
    if p >= 0.45:
        return "prefers flat minima half as much as SGD"
    return "hardly prefers flat minima" if p > 0.05 else "does not prefer flat minima at all"


def table(found: xr.Dataset) -> list[dict]:
    """Return a row for each measured rule.

    The row has its exponent with the 95 % interval, and what it means.
    """
    return [
        {
            "optimizer": str(one.title.values),
            "p": float(one.predicted),
            "measured": float(one.measured),
            "low": float(one.low),
            "high": float(one.high),
            "slope": float(one.slope),
            "means": preference(float(one.predicted)),
        }
        for one in (found.isel(rule=number) for number in range(found.sizes.get("rule", 0)))
    ]


def apart(found: xr.Dataset) -> list[dict]:
    """Return a row for each rule that stands apart, with the reason."""
    return [
        {"optimizer": str(title), "why it is not measured": str(reason)}
        for title, reason in zip(found.apart_title.values, found.apart_reason.values, strict=True)
    ]
