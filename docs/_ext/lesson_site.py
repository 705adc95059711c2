"""The lessons in the documentation: the pages that `diffusion teach` serves, copied into the folder `lessons`."""

from pathlib import Path

from lessons.build import export, lessons


def write_list(app):
    """Write the page that lists the lessons; Sphinx cannot list pages that are not its own."""
    rows = "\n".join(
        f'{place}. <a href="lessons/{one.name}.html">{one.head["question"]}</a> {one.head["about"]}'
        for place, one in enumerate(lessons(), 1)
    )
    text = (
        "# Lessons\n\n"
        "An optimizer that sees noisy gradients is a walker in a warm landscape. Nine lessons ask you to guess first, then "
        "show walkers that run in your browser beside the theory, and read your answers.\n\n"
        f"{rows}\n\n"
        'For a class: <a href="lessons/teacher.html">a plan of 90 minutes and notes</a>, '
        '<a href="lessons/exercises.html">an exercise sheet with solutions</a>, and '
        '<a href="lessons/own.html">how to write a lesson of your own</a>. `diffusion teach --host 0.0.0.0` serves the '
        "lessons to all phones in a room; `diffusion teach --export DIR` writes them for any static host.\n"
    )
    path = Path(app.srcdir) / "lessons.md"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def copy(app, exception):
    """Write the lessons' site beside the pages."""
    if exception is None and app.builder.format == "html":
        export(Path(app.outdir) / "lessons")


def setup(app):
    """Write the list before Sphinx looks for pages, and the site after it has written them."""
    app.connect("builder-inited", write_list)
    app.connect("build-finished", copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
