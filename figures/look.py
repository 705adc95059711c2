"""Look of all figures.

It is the style file, and a colour, marker and size for each optimizer.
"""

import threading
from contextlib import contextmanager
from pathlib import Path

import matplotlib
from matplotlib.colors import to_rgb

STYLE = Path(__file__).with_name("style.mplstyle")
COLOURS = {"SGD": "#3f90da", "Momentum": "#ffa90e", "Adai": "#bd1f01", "Adam": "#832db6"}
MARKERS = {"SGD": "o", "Momentum": "s", "Adai": "D", "Adam": "^"}
# Momentum and Adai coincide where the theory is right: the square's rim shows around the diamond
SIZES = {"SGD": 4.5, "Momentum": 6.5, "Adai": 3.6, "Adam": 4.5}
OTHERS = ("#94a4a2", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")  # the rest of petroff10
SHAPES = ("o", "s", "D", "^", "v", "P", "X", "p", "h", "<", ">", "*")
_turn = threading.RLock()  # matplotlib has one style for all threads, and a lesson is open in many


@contextmanager
def styled():
    """Draw and save in the project's style.

    The style that the user has set, whatever it is, is put back afterwards.
    """
    with _turn, matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rc_file(STYLE, use_default_template=False)
        yield


def looks(names) -> dict[str, dict]:
    """Return how each optimizer's points are drawn.

    They are keywords of `errorbar` and `Line2D`.

    Parameters
    ----------
    names : iterable of str
        "Adam" and the paper's others look the same everywhere; "Adam, eta = 0.05" has Adam's colour in another shade.
    """
    found: dict[str, dict] = {}
    seen: dict[str, int] = {}
    for number, name in enumerate(dict.fromkeys(names)):
        kind = name.partition(",")[0]
        nth = seen[kind] = seen.get(kind, -1) + 1
        own = kind in COLOURS and nth == 0
        colour = COLOURS.get(kind) or OTHERS[sorted(seen.keys() - COLOURS.keys()).index(kind) % len(OTHERS)]
        found[name] = {
            "color": shade(colour, nth),
            "linestyle": "none",
            "marker": MARKERS[kind] if own else SHAPES[(number + 4) % len(SHAPES)],
            "markersize": SIZES[kind] if own else 5.0,
            "markeredgewidth": 0,
        }
    return found


def shade(colour, nth):
    """Return the colour of an optimizer's nth series.

    The first has the optimizer's own colour; then come darker, lighter, darkest.
    """
    towards, share = ((0, 0.0), (0, 0.45), (1, 0.4), (0, 0.7))[nth % 4]
    return tuple((1 - share) * channel + share * towards for channel in to_rgb(colour))
