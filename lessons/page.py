"""What the lessons are made of besides text: pictures with a sentence, films, questions, the theory's own words."""

import base64
import inspect
import io
from abc import abstractmethod
from html import escape
from typing import Any

import marimo as mo
import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from figures.look import styled
from lessons.docstring import as_markdown
from lessons.film import film
from lessons.verdicts import found

WIDTH = 5.5  # inches: wide enough for a laptop, and 9-point letters can be read when a phone shrinks it
DPI = 170  # a dot and a half a pixel, for sharp screens
LETTERS: Any = {  # larger than on paper: a phone shows the picture at two thirds
    "font.size": 10.5,
    "axes.labelsize": 10.5,
    "axes.titlesize": 10.5,
    "legend.fontsize": 9.5,
}
COLOURS = 64  # of a picture's palette: a third of the bytes, and no eye sees it
PRINTED, EXACT, OTHER, WALKERS = (
    "#bd1f01",
    "#3f90da",
    "#832db6",
    "#222222",
)  # told apart by the colour-blind too


class Live(mo.Html):
    """Something that settings decide; it remembers how, so that a hand-out can have it at other settings.

    Parameters
    ----------
    draw : callable
        Of the settings.
    **settings
        Each named as the slider that it comes from.
    """

    def __init__(self, draw, **settings):
        self.draw, self.settings = draw, settings
        super().__init__(self.at(settings))

    @abstractmethod
    def shown(self, settings, dpi) -> str:
        """Return the HTML at some settings."""

    def at(self, settings, dpi=DPI) -> str:
        """Return the HTML at some settings; those without an answer give the sentence that says why."""
        try:
            return self.shown(settings, dpi)
        except (ValueError, ArithmeticError) as reason:
            return f'<p role="alert"><strong>Nothing to draw:</strong> {escape(str(reason))}.</p>'


class Picture(Live):
    """A figure and its sentence: ``draw(**settings)`` returns both."""

    def shown(self, settings, dpi) -> str:
        """Return the figure, with the sentence below it and as its description."""
        with styled(), matplotlib.rc_context(LETTERS):
            figure, sentence = self.draw(**settings)
            data = base64.b64encode(png(figure, dpi)).decode()
        sentence, alone = (
            escape(sentence),
            "display:block;width:100%;max-width:700px;height:auto;margin:0 auto",
        )
        return (
            f'<figure style="margin:0"><img style="{alone}" alt="{sentence}" src="data:image/png;base64,{data}">'
            f'<figcaption aria-live="polite" style="max-width:700px;margin:.3em auto">{sentence}</figcaption>'
            "</figure>"
        )


class Film(Live):
    """An ensemble in motion: ``draw(**settings)`` returns tracks and captions (`lessons.film`)."""

    def shown(self, settings, dpi) -> str:
        """Return the player with its film."""
        return film(*self.draw(**settings)).text


def png(figure: Figure, dpi: int = DPI) -> bytes:
    """Return a figure as a small PNG."""
    for axes in figure.axes:
        axes.minorticks_off()  # each is drawn by itself, slowly
    figure.set_dpi(dpi)
    drawn = FigureCanvasAgg(figure)
    drawn.draw()
    image = Image.fromarray(np.asarray(drawn.buffer_rgba())[..., :3].copy())
    few = image.quantize(COLOURS, Image.Quantize.FASTOCTREE)
    few.putpalette([255 if shade > 249 else shade for shade in few.getpalette() or []])  # white stays white
    small = io.BytesIO()
    few.save(small, format="png")
    return small.getvalue()


def canvas(height: float = 3.9, **subplots):
    """Return a figure of a lesson's width and its axes, as ``Figure.subplots`` does.

    Its margins are fixed: to let matplotlib find them would draw everything twice.
    """
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.subplots(**subplots)
    figure.subplots_adjust(0.135, 0.54 / height, 0.985, 1 - 0.2 / height, hspace=0.12)
    return figure, axes


def says(function) -> str:
    """Return the toolkit's own docstring and what was found of it, folded, as markdown."""
    name = f"{function.__module__}.{function.__name__}"
    text = as_markdown(inspect.getdoc(function) or "")
    return f"/// details | `{name}`\n\n{text}\n\n{found(function)}\n///\n"
