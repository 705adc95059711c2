"""The lessons as pages that need neither server nor network: every state is drawn beforehand."""

import json
import re
from html import escape, unescape
from itertools import product
from math import prod
from pathlib import Path

import marimo as mo
import numpy as np
from latex2mathml.converter import convert

from lessons.catalogue import LESSONS
from lessons.page import Live
from lessons.questions import Choice, Number, Quiz

HERE = Path(__file__).parent
STATES = 48  # of one picture, unless said otherwise: more sliders are given fewer stops each
DPI = 130
MATH = re.compile(r"<marimo-tex[^>]*>\|\|([\[(])(.*?)\|\|[\])]</marimo-tex>", flags=re.DOTALL)
LABEL = re.compile(r"data-label='([^']*)'")
PROSE = re.compile(r' class="markdown prose[^"]*"')  # of marimo's own style sheet, which is not here
LINK = re.compile(r'href="/([^"]*)"')
CONTROLS = mo.ui.slider | mo.ui.dropdown | mo.ui.radio


def export(folder: Path) -> None:
    """Write index.html and one page per lesson into ``folder``.

    Raises
    ------
    ValueError
        If the folder cannot be made or written to.
    """
    from lessons import contents

    pages = {"index": ("Contents", contents.app)}
    pages |= {lesson.name: (lesson.title, lesson.module.app) for lesson in LESSONS}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, (title, app) in pages.items():
            path = folder / f"{name}.html"
            path.write_text(page(title, app), encoding="utf-8")
            print(f"{path}  {path.stat().st_size / 1e6:.1f} MB", flush=True)
    except OSError as reason:
        text = f"export must be a folder that can be written, got {str(folder)!r} ({reason.strerror})"
        raise ValueError(text) from None


def page(title: str, app, states: int = STATES) -> str:
    """Return a notebook as one page of HTML; each picture has so many states at most."""
    outputs, definitions = app.run()
    parts = []
    for output in outputs:
        if isinstance(output, Live):
            parts.append(live(output, definitions, states))
        elif isinstance(output, Quiz):
            parts += [question(number, asked) for number, asked in enumerate(output.questions, 1)]
        elif isinstance(output, mo.Html) and "<marimo-ui-element" not in output.text:
            parts.append(static(output.text))
    frame = (
        part("page.html")
        .replace("WIDGETS_CSS", part("widgets.css"))
        .replace("WIDGETS_JS", part("widgets.js"))
    )
    return frame.replace("TITLE", escape(title)).replace("BODY", "\n".join(parts))


def part(name: str) -> str:
    """Return one of the files that pages are made of."""
    return (HERE / name).read_text(encoding="utf-8")


def static(html: str) -> str:
    """Return the HTML of some text with its formulas as MathML, and links between files."""

    def formula(found):
        return convert(unescape(found[2]).strip(), display="block" if found[1] == "[" else "inline")

    def link(found):
        return f'href="{found[1] or "index"}.html"'

    return LINK.sub(link, MATH.sub(formula, PROSE.sub("", html)))


def words(markdown: str) -> str:
    """Return markdown as static HTML."""
    return static(mo.md(markdown).text)


def live(shown: Live, definitions, states: int) -> str:
    """Return a picture or film with its sliders and all its states."""
    controls = {name: definitions[name] for name in shown.settings}
    stops = thinned({name: options(control) for name, control in controls.items()}, shown.settings, states)
    settings = [dict(zip(stops, values, strict=True)) for values in product(*stops.values())]
    drawn = [shown.text if one == shown.settings else shown.at(one, dpi=DPI) for one in settings]
    rows = "".join(knob(control, stops[name], shown.settings[name]) for name, control in controls.items())
    reel = json.dumps(drawn).replace("</", "<\\/")
    return (
        f'<section class="live"><div class="knobs">{rows}</div><div class="state"></div>'
        f'<script type="application/json">{reel}</script></section>'
    )


def options(control: CONTROLS) -> list:
    """Return the values that a control can have, in its order."""
    return list(control.steps or ()) if isinstance(control, mo.ui.slider) else list(control.options)


def thinned(stops: dict[str, list], kept: dict, states: int) -> dict[str, list]:
    """Return so few stops that there are at most ``states`` combinations: of sliders first. What is set stays."""
    chosen = dict(stops)
    while prod(map(len, chosen.values())) > states:
        sliders = [name for name in chosen if len(chosen[name]) > 1 and not isinstance(chosen[name][0], str)]
        longest = max(sliders or chosen, key=lambda name: len(chosen[name]))
        every = stops[longest]
        places = np.linspace(0, len(every) - 1, len(chosen[longest]) - 1).round().astype(int)
        current = every.index(kept[longest])
        places[np.argmin(np.abs(places - current))] = current
        chosen[longest] = [every[place] for place in sorted(set(places.tolist()))]
    return chosen


def knob(control: CONTROLS, values: list, value) -> str:
    """Return a control as plain HTML: its state is the place of the value in ``values``."""
    found = LABEL.search(control.text)
    label = static(json.loads(unescape(found[1]))) if found else ""
    place = values.index(value)
    if isinstance(control, mo.ui.slider):
        texts = escape(json.dumps([f"{v:,}" if isinstance(v, int) else f"{v:g}" for v in values]))
        span = f'min="0" max="{len(values) - 1}" value="{place}"'
        entry = f'<input type="range" {span} data-texts="{texts}"><output></output>'
    else:
        entry = "".join(
            f'<option value="{i}"{" selected" * (i == place)}>{escape(text)}</option>'
            for i, text in enumerate(values)
        )
        entry = f"<select>{entry}</select>"
    return f"<label>{label} {entry}</label>"


def question(number: int, asked: Number | Choice) -> str:
    """Return a question with what is said to each answer, for the page's own few lines of script."""
    if isinstance(asked, Number):
        replies = {
            "answer": asked.answer,
            "tolerance": asked.tolerance,
            "why": words(f"Right. {asked.why}"),
            "mistakes": [[value, words(sentence)] for value, sentence in asked.mistakes],
        }
        entry = '<label>Your answer: <input type="text" maxlength="40" placeholder="a number"></label>'
    else:
        replies = {
            "choices": [
                [option == asked.right, words(asked.reply(option).sentence)] for option in asked.options
            ]
        }
        entry = "".join(
            f'<label class="choice"><input type="radio" name="q{number}" value="{i}"> {words(option)}</label>'
            for i, option in enumerate(asked.options)
        )
    data = json.dumps(replies).replace("</", "<\\/")
    return (
        f'<section class="question">{words(f"**Question {number}.** {asked.text}")}<div>{entry}</div>'
        f'<p class="reply" role="status"></p><script type="application/json">{data}</script></section>'
    )
