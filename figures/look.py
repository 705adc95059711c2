"""One look for all figures: the style file, and one colour, marker and size for each optimizer."""

import threading
from contextlib import contextmanager
from pathlib import Path

import matplotlib

STYLE = Path(__file__).with_name("style.mplstyle")
COLOURS = {"SGD": "#3f90da", "Momentum": "#ffa90e", "Adai": "#bd1f01", "Adam": "#832db6"}
MARKERS = {"SGD": "o", "Momentum": "s", "Adai": "D", "Adam": "^"}
# Momentum and Adai coincide where the theory is right: the square's rim shows around the diamond
SIZES = {"SGD": 4.5, "Momentum": 6.5, "Adai": 3.6, "Adam": 4.5}
_turn = threading.RLock()  # matplotlib has one style for all threads, and a lesson is open in many


@contextmanager
def styled():
    """Draw and save in the project's style, whatever style the user has set, and put that back."""
    with _turn, matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rc_file(STYLE, use_default_template=False)
        yield
