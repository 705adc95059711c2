"""An ensemble in motion: walkers on their landscape, their histogram, and the density that theory gives it."""

import json
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path

import marimo as mo
import numpy as np

PLAYER = Path(__file__).with_name("film.html")
DOTS = 150  # walkers that are shown; the histogram counts all


@dataclass(frozen=True)
class Track:
    """One axis of a film, with everything that moves along it.

    Attributes
    ----------
    title, axis : str
        Above and below it.
    low, high : float
        Range of the axis.
    walkers : ndarray, shape (frames, walkers)
        Positions.
    densities : dict of str -> ndarray, shape (frames, points)
        Densities of theory on `grid`, by the name that the legend gives them.
    landscape : callable, optional
        The loss, vectorised; without it the dots lie on the axis.
    bins : int
        Of the histogram.
    """

    title: str
    axis: str
    low: float
    high: float
    walkers: np.ndarray
    densities: dict[str, np.ndarray]
    landscape: object = None
    bins: int = 40
    points: int = field(default=121, init=False)

    @property
    def grid(self):
        """Where the densities and the landscape are known."""
        return np.linspace(self.low, self.high, self.points)


def normal(variance, reach, points=121) -> np.ndarray:
    """Return normal densities around 0 on a grid from -reach to reach, shape (len(variance), points)."""
    x, variance = np.linspace(-reach, reach, points), np.asarray(variance)[:, None]
    return np.exp(-(x**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)


def film(tracks, captions) -> mo.Html:
    """Return a film with one caption a frame, as an island of HTML that needs no server.

    Its text is in the page: as a file of marimo's server it would be gone when the next film replaces it, perhaps
    before the browser has read it all.
    """
    reel = {"tracks": [_reel(track) for track in tracks], "captions": list(captions)}
    text = json.dumps(reel, separators=(",", ":")).replace("</", "<\\/")
    height = 120 + 190 * len(tracks)
    player = escape(PLAYER.read_text(encoding="utf-8").replace("REEL", text))
    return mo.Html(
        f"<iframe title='Walkers in motion' srcdoc='{player}' width='100%' height='{height}px'></iframe>"
    )


def _reel(track):
    """Return a track as whole numbers: places in thousandths of the axis, heights in thousandths of the tallest."""
    span = track.high - track.low
    edges = np.linspace(track.low, track.high, track.bins + 1)
    counts = np.array([np.histogram(frame, edges)[0] for frame in track.walkers])
    histogram = counts / track.walkers.shape[1] / (span / track.bins)
    peaks = np.max([density.max(1) for density in (*track.densities.values(), histogram)], axis=0)
    tallest = 1.25 * float(np.median(peaks))  # the start is a spike: cut it off, and see the rest
    dots = np.clip(np.rint(1000 * (track.walkers[:, :DOTS] - track.low) / span), -1, 1001)
    heights = {name: _thousandths(density, tallest) for name, density in track.densities.items()}
    return {
        **{name: asdict(track)[name] for name in ("title", "axis", "low", "high")},
        "dots": dots.astype(int).tolist(),
        "histogram": _thousandths(histogram, tallest),
        "densities": heights,
        "landscape": None if track.landscape is None else _landscape(track),
    }


def _thousandths(values, tallest):
    return np.rint(1000 * np.clip(values / tallest, 0, 1)).astype(int).tolist()


def _landscape(track):
    """Return the loss on the grid, in thousandths of its range."""
    loss = track.landscape(track.grid)
    return np.rint(1000 * (loss - loss.min()) / max(np.ptp(loss), 1e-300)).astype(int).tolist()
