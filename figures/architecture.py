"""Draw the packages as boxes on floors.

Lines show which package imports which.
"""

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from figures.look import styled

WIDE, HIGH, GAP = 1.35, 0.42, 0.62  # inches: a box, and a floor above the next
SHADES = {"diffusion": "#cfe5fa", "theory": "#fde3b8", "figures": "#d9e8d0", "lessons": "#e8d5f0"}


def draw(floors, imports) -> Figure:
    """Return the picture of the packages.

    Parameters
    ----------
    floors : list of list of str
        Packages from the ground up; each imports only what is below it.
    imports : dict of str to set of str
        What each package imports. An arrow that follows from two others is left out.
    """
    most = max(map(len, floors))
    width, height = most * (WIDE + 0.35) + 0.4, len(floors) * (HIGH + GAP) + 0.2
    with styled():
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(0, height))
        axes.axis("off")
        places = {}
        for level, floor in enumerate(floors):
            room = width / len(floor)
            for number, name in enumerate(floor):
                places[name] = (room * (number + 0.5), 0.3 + level * (HIGH + GAP))
        for name, needed in imports.items():
            through = set().union(*(_reached(imports, one) for one in needed))
            for one in sorted(needed - through):
                (x, y), (a, b) = places[name], places[one]
                arrow = {"arrowstyle": "->", "color": "0.55", "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
                axes.annotate("", (a, b + HIGH + 0.03), (x, y - 0.03), arrowprops=arrow)
        for name, (x, y) in places.items():
            shade = SHADES.get(name.partition(".")[0], "#eeeeee")
            box = FancyBboxPatch(
                (x - WIDE / 2, y),
                WIDE,
                HIGH,
                boxstyle="round,pad=0.02",
                facecolor=shade,
                edgecolor="0.3",
                zorder=4,
                linewidth=0.8,
            )
            axes.add_patch(box)
            axes.text(x, y + HIGH / 2, name, ha="center", va="center", fontsize=8.5, zorder=5)
    return figure


def _reached(imports, name):
    """Return every package that ``name`` imports.

    It imports them itself or through others.
    """
    found, waiting = set(), list(imports.get(name, ()))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += imports.get(one, ())
    return found
