"""The lessons as pages, made anew at every build: text by Sphinx, pictures with sliders drawn beforehand."""

import re
from importlib import import_module
from pathlib import Path

from lessons.catalogue import LESSONS
from lessons.export import STATES, live, part, question
from lessons.page import Live
from lessons.questions import Quiz
from lessons.verdicts import statement_of
from theory.recorded import known

PANEL = re.compile(r"^/// details \| `([\w.]+)`\n.*?\n///(?:\n|\Z)", flags=re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(/(\w*)\)")


def page(lesson, states):
    """Return one lesson as Markdown with raw HTML for all that moves."""
    outputs, definitions = lesson.module.app.run()
    parts = [raw(f"<style>{part('widgets.css')}</style>")]
    for output in outputs:
        if isinstance(output, Live):
            parts.append(raw(live(output, definitions, states)))
        elif isinstance(output, Quiz):
            parts += [raw(question(number, asked)) for number, asked in enumerate(output.questions, 1)]
        elif (
            hasattr(output, "_repr_markdown_") and "<marimo-ui-element" not in output.text
        ):  # a lone slider has it too
            parts.append(words(output._repr_markdown_()))
    parts.append(raw(f"<script>{part('widgets.js')}</script>"))
    return "\n\n".join(parts) + "\n"


def raw(html):
    """Return a block of HTML."""
    return f"``````{{raw}} html\n{html}\n``````"


def words(markdown):
    """Return a lesson's text with its links leading to pages, and its panels replaced by links to the theory chapter."""
    return LINK.sub(lambda found: f"]({found[1] or 'index'}.md)", PANEL.sub(panel, markdown))


def panel(found):
    """Return where a function's docstring is in this documentation, with what was found of its statement."""
    module, name = found[1].rsplit(".", 1)
    function, package = getattr(import_module(module), name), module.rpartition(".")[0]
    place = statement_of(function)
    if place is None:
        public = package if getattr(import_module(package), name, None) is function else module
        return f"- {{py:obj}}`{public}.{name}`\n"
    statement, form = place
    page = f"[{statement.name}, {form}](../theory/{statement.key}.md#{form})"
    return f"- {page}: `{found[1]}`. Verdicts on {statement.name}: {known(statement.name)}.\n"


def index():
    """Return the page of contents."""
    rows = "\n".join(f"{i}. [{one.title}]({one.name}.md). {one.about}" for i, one in enumerate(LESSONS, 1))
    names = "\n".join(one.name for one in LESSONS)
    return (
        "# Lessons\n\n"
        "An optimizer that sees noisy gradients is a walker in a warm landscape. Six lessons, with sliders, films and "
        "questions that read your answer. Begin with the first; 2 to 5 can then be read in any order.\n\n"
        f"{rows}\n\n"
        "The pictures of these pages were drawn beforehand, so their sliders have few stops. `diffusion teach` opens "
        "the same lessons live: every stop is there, and every move is simulated. `diffusion teach --export DIR` writes "
        "them as a hand-out.\n\n"
        f"```{{toctree}}\n:hidden:\n\n{names}\n```\n"
    )


def write(app):
    """Write the pages that changed."""
    folder = Path(app.srcdir) / "lessons"
    folder.mkdir(exist_ok=True)
    pages = {lesson.name: page(lesson, app.config.lesson_states) for lesson in LESSONS} | {"index": index()}
    for name, text in pages.items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app):
    """Make the pages before Sphinx looks for them; ``lesson_states`` is how many of each picture, at most."""
    app.add_config_value("lesson_states", STATES, "env", int)
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
