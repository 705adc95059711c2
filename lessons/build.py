"""Build the lessons' site.

It turns pages from Markdown and scripts into a dictionary of files that need nothing from elsewhere.
"""

from dataclasses import dataclass
from html import escape
from pathlib import Path

from lessons.directives import Parts
from lessons.found import found_numbers, found_section

HERE = Path(__file__).parent
PAGES = HERE / "pages"
LESSONS = ("temperature", "saddle", "adam", "adai", "valley", "figure6", "doubt", "sharpness", "network")
OTHERS = ("index", "teacher", "exercises", "own")  # pages without a script of their own
SCRIPTS = (
    "model/random", "model/optimizers", "model/landscapes", "model/walkers", "model/crowd", "model/statistics",
    "model/theory", "model/density", "tables", "paper", "chart", "pdf", "answers", "controls", "scene",
)  # fmt: skip
HOME = "https://arxiv.org/abs/2006.15815"


@dataclass(frozen=True)
class Lesson:
    """One page as it was written.

    name : its file's name without the ending.
    head : title, question, minutes, before (what to know), statements, about; numbers names the statements whose recorded
        numbers the script shows.
    text : Markdown with the directives of `lessons.directives`.
    """

    name: str
    head: dict[str, str]
    text: str

    @property
    def title(self) -> str:
        """Short title, for lists."""
        return self.head["title"]


def read(path: Path) -> Lesson:
    """Read a page.

    It has lines `key: value` between two `---`, then Markdown.

    Raises
    ------
    ValueError
        If the lines at the head are missing.
    """
    text = path.read_text(encoding="utf-8")
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise ValueError(f"{path} must start with lines `key: value` between two lines `---`.")
    head = dict(line.split(": ", 1) for line in parts[1].strip().splitlines())
    return Lesson(path.stem, head, parts[2])


def lessons() -> list[Lesson]:
    """All lessons, in their order."""
    return [read(PAGES / f"{name}.md") for name in LESSONS]


def site(own: tuple[Path, ...] = ()) -> dict[str, bytes]:
    """Return every file of the site by its name.

    Parameters
    ----------
    own : tuple of Path
        Markdown files of further lessons; a script of the same name stands beside each.
    """
    listed = lessons() + [read(path) for path in own]
    files = {"style.css": (HERE / "site" / "style.css").read_text(encoding="utf-8")}
    files["lab.js"] = "\n".join(script(name) for name in SCRIPTS)
    files["page.js"] = script("page")
    for place, lesson in enumerate(listed):
        files[f"{lesson.name}.html"] = lesson_page(lesson, listed, place)
    for name in LESSONS:
        files[f"{name}.js"] = lesson_script(PAGES / f"{name}.js")
    for path in own:
        files[f"{path.stem}.js"] = lesson_script(path.with_suffix(".js"))
    for name in OTHERS:
        page = read(PAGES / f"{name}.md")
        body = Parts(page.text.replace("{{lessons}}", cards(listed))).html()
        files[f"{name}.html"] = document(page, body, name == "index")
    return {name: text.encode() for name, text in files.items()}


def script(name: str) -> str:
    """Return one of the site's scripts."""
    return (HERE / "site" / f"{name}.js").read_text(encoding="utf-8")


def lesson_script(path: Path) -> str:
    """Return a lesson's script.

    Numbers come before it: those recorded in a file NAME.data.js beside it, and those of the verdicts that its page asks for.
    """
    numbers = read(path.with_suffix(".md")).head.get("numbers", "")
    data = path.with_suffix(".data.js")
    parts = [
        *([found_numbers([name.strip() for name in numbers.split(",")])] if numbers else []),
        *([data.read_text(encoding="utf-8")] if data.exists() else []),
        path.read_text(encoding="utf-8"),
    ]
    return "\n".join(parts)


def lesson_page(lesson: Lesson, listed: list[Lesson], place: int) -> str:
    """Return one lesson as HTML."""
    head = lesson.head
    about = f"About {head['minutes']} minutes. You need: {head['before']}"
    body = [
        f"<h1>{place + 1}. {escape(head['question'])}</h1>",
        f'<p class="about">{escape(about)}</p>',
        Parts(lesson.text).html(),
    ]
    if "statements" in head:
        body.append(found_section([name.strip() for name in head["statements"].split(",")]))
    links = []
    if place:
        links.append(f'<a href="{listed[place - 1].name}.html">Before: {escape(listed[place - 1].title)}</a>')
    if place + 1 < len(listed):
        links.append(f'<a href="{listed[place + 1].name}.html">Next: {escape(listed[place + 1].title)}</a>')
    links.append('<button type="button" class="forget">Forget my answers</button>')
    return document(lesson, "\n".join(body), False, f"<footer>{''.join(links)}</footer>")


def document(page: Lesson, body: str, first: bool, footer: str = "") -> str:
    """Return a whole HTML document around a page's body."""
    live = page.name in LESSONS or (PAGES / f"{page.name}.js").exists() or page.name not in OTHERS
    heading = "" if live else f"<h1>{escape(page.head['question'])}</h1>"
    scripts = ["lab.js", *([f"{page.name}.js"] if live else []), "page.js"]
    links = "" if first else '<a href="index.html">Contents</a>'
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="{escape(page.head.get("about", page.head["question"]), quote=True)}">
<title>{escape(page.title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css">
</head>
<body data-lesson="{page.name if live else ""}">
<a class="skip-link" href="#content">Skip to the lesson</a>
<header>{links}<a href="teacher.html">For teachers</a><button type="button" class="theme"></button></header>
<main id="content">
{heading}{body}
</main>
{footer}
<noscript><p>The walkers of this page run in your browser; please allow JavaScript.</p></noscript>
{"".join(f'<script src="{name}"></script>' for name in scripts)}
</body>
</html>
"""


def cards(listed: list[Lesson]) -> str:
    """Return the list of lessons as an HTML list."""
    rows = "".join(
        f'<li><a href="{one.name}.html">{place}. {escape(one.title)}</a><br>'
        f"{escape(one.head['about'])} <small>{escape(one.head['minutes'])} min</small></li>"
        for place, one in enumerate(listed, 1)
    )
    return f'<ol class="cards">{rows}</ol>'


def export(folder: Path, own: tuple[Path, ...] = ()) -> int:
    """Write the site into a folder.

    Returns how many files it has.
    """
    files = site(own)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text)
    return len(files)
