"""The lessons' JavaScript in an embedded engine, for tests of numbers without a browser."""

import json
from pathlib import Path

import numpy as np

from lessons.build import lesson_script

SITE = Path(__file__).parents[1] / "lessons" / "site"
MODEL = tuple(
    f"model/{name}.js"
    for name in ("random", "optimizers", "landscapes", "walkers", "statistics", "theory", "density")
)


class Engine:
    """A JavaScript engine with some of the site's files loaded.

    Close it when done: an engine left open keeps its threads, and the interpreter never ends.
    """

    def __init__(self, *files):
        from py_mini_racer import MiniRacer

        self.context = MiniRacer()
        try:
            for file in files:
                self.context.eval((SITE / file).read_text(encoding="utf-8"))
        except BaseException:
            self.context.close()
            raise

    def __call__(self, expression, **values):
        """Return the value of an expression, in which the given values are constants."""
        names = ",".join(values)
        given = ",".join(json.dumps(value, default=np.ndarray.tolist) for value in values.values())
        # typed arrays would become objects, and numbers that are not finite would become null
        plain = (
            "(key, x) => ArrayBuffer.isView(x) ? Array.from(x)"
            " : typeof x === 'number' && !Number.isFinite(x) ? String(x) : x"
        )
        text = self.context.eval(f"JSON.stringify((({names}) => ({expression}))({given}), {plain})")
        return json.loads(text, parse_constant=float) if text is not None else None

    def close(self):
        """Stop the engine."""
        self.context.close()


PAGES = SITE.parent / "pages"


class Lessons(Engine):
    """An engine with the model layer, the charts and some lessons' pictures."""

    def __init__(self, *names):
        rest = ("tables", "paper", "chart", "pdf", "answers")
        super().__init__(*MODEL, "model/crowd.js", *(f"{name}.js" for name in rest))
        try:
            for name in names:
                self.context.eval(lesson_script(PAGES / f"{name}.js"))
        except BaseException:
            self.close()
            raise

    def controls(self, lesson, picture):
        """Return a picture's controls as {name: (stops, value)}."""
        listed = self(
            "(lab.lessons[lesson].pictures[picture].controls ?? []).map((c) =>"
            " [c.name, c.kind === 'menu' ? c.options.map((o) => o[0]) : c.stops, c.value])",
            lesson=lesson,
            picture=picture,
        )
        return {name: (stops, value) for name, stops, value in listed}

    def drawn(self, lesson, picture, **changed):
        """Return what a picture shows at its first settings, but for those that are changed."""
        settings = {name: value for name, (_, value) in self.controls(lesson, picture).items()} | changed
        return self(
            "(() => { let shown = lab.lessons[lesson].pictures[picture].draw(settings);"
            " if (shown.next) shown = lab.finished(shown);"
            " return {caption: shown.caption, found: shown.found, svg: lab.svg(shown.chart, 360, 'c')}; })()",
            lesson=lesson,
            picture=picture,
            settings=settings,
        )
