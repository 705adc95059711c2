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
        off = np.abs(found.measured.values - found.predicted.values)
        worst = int(np.argmax(off))
        said.append(
            f"The degree law gives the exponent p of every rule within its 95 % interval for {inside.sum()} of "
            f"{inside.size} rules in one coordinate; the largest difference is {off[worst]:.3f}, of "
            f"{found.title.values[worst]} (measured {found.measured.values[worst]:.3f} "
            f"[{found.low.values[worst]:.3f}, {found.high.values[worst]:.3f}], predicted "
            f"{found.predicted.values[worst]:g})."
        )
        slopes = found.slope.values
        said.append(
            f"Slopes of log tau are {slopes.min():.3f} to {slopes.max():.3f} times those predicted from each rule's "
            "answer to a weak force, without a free parameter."
        )
    if "ten" in found.dims:
        adaptive = [
            (title, p)
            for title, p in zip(found.ten_title.values, found.ten_predicted.values, strict=True)
            if p < 1
        ]
        said.append(
            f"In ten coordinates the variants of Adam tell flat from sharp minima less than SGD does, as the paper "
            f"guesses: p is {', '.join(f'{p:g} for {title}' for title, p in adaptive)}, against 1 for SGD."
        )
    return said


def preference(p: float) -> str:
    """Explain an exponent in plain words.

    The exponent decides the choice between flat and sharp minima.
    """
    if p >= 0.95:
        return "prefers flat minima as SGD does"
    if p > 0.55:
        return "prefers flat minima, less than SGD does"
    if p >= 0.45:
        return "prefers flat minima half as much as SGD"
    return "hardly prefers flat minima" if p > 0.05 else "does not prefer flat minima at all"


def table(found: xr.Dataset) -> list[dict]:
    """Return a row for each rule.

    The row has its exponent and what that means; rules that stand apart come last.
    """
    rows = [
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
    nothing = dict.fromkeys(("p", "measured", "low", "high", "slope"), float("nan"))
    return rows + [
        {"optimizer": str(title)} | nothing | {"means": str(reason)}
        for title, reason in zip(found.apart_title.values, found.apart_reason.values, strict=True)
    ]
