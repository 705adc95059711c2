"""Draw measured over stated values, one dot a regime.

The picture is a small SVG for pages, legible on a light and on a dark background.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

FORMS = {"printed": "as printed", "leading": "leading order", "corrected": "corrected"}
COLOURS = {
    "printed": "#d1442a",
    "leading": "#8a8f98",
    "corrected": "#2f86cc",
}  # 3:1 on white and on near-black
WIDTH, LEFT, ROW = 420, 96, 26  # px; letters stand left of the axis
DECADES = 2.5  # the axis ends at 1/316 and 316
TICKS = (0.01, 0.1, 1, 10, 100)


def draw(verdicts: Sequence[Mapping[str, Any]]) -> str:
    """Return the picture of all ratios.

    It has a row for each form that was judged, and is empty if none was.

    Parameters
    ----------
    verdicts : sequence of mapping
        Recorded verdicts, each with "form", "ratio", "interval", "regime" and "outcome".

    Returns
    -------
    str
        SVG. Hollow dots fail. Ratios beyond the axis and wrong signs are triangles at its ends.
    """
    rows = [(form, [v for v in verdicts if v["form"] == form]) for form in FORMS]
    rows = [(form, own) for form, own in rows if own]
    if not rows:
        return ""
    height = ROW * len(rows) + 26
    parts = [f'<line x1="{_x(1):.1f}" x2="{_x(1):.1f}" y1="2" y2="{height - 22}" stroke="#8a8f98"/>']
    for tick in TICKS:
        parts.append(
            f'<text x="{_x(tick):.1f}" y="{height - 6}" text-anchor="middle" font-size="11">{tick:g}</text>'
        )
    for i, (form, own) in enumerate(rows):
        y = ROW * i + 16
        parts.append(f'<text x="0" y="{y + 4}" font-size="12">{FORMS[form]}</text>')
        parts += [_dot(verdict, y, COLOURS[form]) for verdict in own]
    said = "; ".join(f"{FORMS[form]} {_counts(own)}" for form, own in rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img" '
        f'style="max-width:100%;height:auto" fill="currentColor" font-family="system-ui, sans-serif" '
        f'aria-label="Measured over stated, by regime: {escape(said)}">{"".join(parts)}</svg>'
    )


def _x(ratio: float) -> float:
    """Return where a ratio stands on the axis."""
    place = (math.log10(ratio) + DECADES) / (2 * DECADES)
    return LEFT + min(max(place, 0), 1) * (WIDTH - LEFT - 12)


def _dot(verdict, y, colour):
    """Return one verdict as a dot.

    The dot has its 95 % interval; its words come up under the pointer.
    """
    ratio, (low, high) = verdict["ratio"], verdict["interval"]
    title = f"<title>{escape(verdict['regime'])}: {escape(verdict['outcome'])}, {ratio:.3g}</title>"
    look = (
        f'fill="{"none" if verdict["outcome"] == "fails" else colour}" stroke="{colour}" stroke-width="1.6"'
    )
    if ratio <= 10**-DECADES or ratio >= 10**DECADES:
        x, way = (_x(1e-9), -1) if ratio < 1 else (_x(1e9), 1)
        return f'<path d="M{x - 4 * way} {y - 5}l{9 * way} 5l{-9 * way} 5z" {look}>{title}</path>'
    bar = ""
    if low > 0 and high > low:
        bar = f'<line x1="{_x(low):.1f}" x2="{_x(high):.1f}" y1="{y}" y2="{y}" stroke="{colour}"/>'
    return f'{bar}<circle cx="{_x(ratio):.1f}" cy="{y}" r="4.2" {look}>{title}</circle>'


def _counts(own):
    """Return each outcome's count: "fails 2, holds 1"."""
    outcomes = [v["outcome"] for v in own]
    return ", ".join(f"{one} {outcomes.count(one)}" for one in dict.fromkeys(outcomes))
