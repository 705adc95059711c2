"""The documentation: it builds without a warning, its code runs, and its pages need no network."""

import doctest
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from figures import ratios
from lessons.build import lessons, site
from theory.recorded import recorded_verdicts
from theory.statements import STATEMENTS

DOCS = Path(__file__).parents[1] / "docs"
GUIDE = sorted((DOCS / "guide").glob("*.md"))
NEEDS = ("sphinx", "furo", "myst_parser", "numpydoc")
missing = [name for name in NEEDS if importlib.util.find_spec(name) is None]
built = pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def built_pages(folder):
    """Return the HTML of every page by name, built with warnings as errors."""
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "html",
        str(DOCS),
        str(folder),
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.html")
    }


def pages_ask_for_nothing_beyond_their_own_folder(pages):
    assert len(pages) > 30
    for name, page in pages.items():
        for tag in re.findall(r"<(?:script|img|link|iframe|source)\b[^>]*>", page):
            assert not re.search(r"(?:src|href)=\"(?:https?:)?//", tag), (name, tag)


def links_between_pages_lead_somewhere(pages):
    own = {
        name: page for name, page in pages.items() if not name.startswith("_modules")
    }  # of listings Sphinx sees to
    for name, page in own.items():
        for target, anchor in re.findall(r'<a[^>]* href="([^":#]*)(#[^"]*)?"', page):
            if not target or not target.endswith(".html"):
                continue
            there = (Path(name).parent / target).as_posix()
            parts = []
            for part in there.split("/"):
                parts = parts[:-1] if part == ".." else [*parts, part]
            there = "/".join(part for part in parts if part != ".")
            assert there in pages, (name, target)
            if anchor and "=" not in anchor:  # settings of a lesson: test_lessons_pages.py follows them
                assert f'id="{anchor[1:]}"' in pages[there], (name, target, anchor)


def the_lessons_are_the_pages_that_teach_serves(pages, folder):
    for name, text in site().items():
        assert (folder / "lessons" / name).read_bytes() == text
    for one in lessons():
        assert f'href="lessons/{one.name}.html"' in pages["lessons.html"]


def every_formula_is_drawn(pages):
    drawn = sum(page.count('class="math"') for page in pages.values())
    assert drawn > 20
    shown = [
        re.sub(r'alt="[^"]*"', "", page) for name, page in pages.items() if not name.startswith("_modules")
    ]
    assert not any(re.search(r"\\frac|\\left\[", page) for page in shown)


def the_erratum_is_cards(pages):
    page = pages["theory/found.html"]
    assert page.count('class="card') == len(STATEMENTS) + 1  # and Figure 6
    for one in STATEMENTS:
        (card,) = re.findall(rf'<section id="{one.key}">.*?</section>', page, flags=re.DOTALL)
        assert "How much it matters." in card
        judged = {v["form"] for v in recorded_verdicts(one.name)}
        if judged:
            assert 'aria-label="Measured over stated' in card
        if {"printed", "corrected"} <= judged and one.name != "Table 1":
            assert card.count('class="math"') >= 2, one.name  # printed and correct


@built
def test_the_documentation_builds_without_a_warning_and_its_pages_are_whole(tmp_path):
    """One test for all of it: the build is long, and two at once would write the same sources."""
    pages = built_pages(tmp_path)
    pages_ask_for_nothing_beyond_their_own_folder(pages)
    links_between_pages_lead_somewhere(pages)
    the_lessons_are_the_pages_that_teach_serves(pages, tmp_path)
    every_formula_is_drawn(pages)
    the_erratum_is_cards(pages)


@pytest.mark.parametrize("page", [*GUIDE, DOCS / "quick_start.md"], ids=lambda page: page.stem)
def test_the_code_of_the_page_runs(page):
    names: dict = {"__name__": page.stem}
    for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL):
        # packages that are no dependencies: their blocks run where they are installed
        bridge = re.match(r"import (torch|jax)\b", block)
        if bridge and importlib.util.find_spec(bridge[1]) is None:
            continue
        if block.startswith(">>>"):
            example = doctest.DocTestParser().get_doctest(block, names, page.name, str(page), 0)
            assert doctest.DocTestRunner().run(example, clear_globs=False).failed == 0
            names.update(example.globs)
        else:
            exec(compile(block, str(page), "exec"), names)  # noqa: S102


def test_ratios_are_drawn_where_they_belong():
    verdict = {"form": "printed", "outcome": "fails", "regime": "u = 1", "interval": (0.09, 0.11)}
    ones = [verdict | {"ratio": ratio} for ratio in (0.1, 1.0, 10.0)]
    picture = ratios.draw(ones)
    x = re.findall(r'<circle cx="([\d.]+)"', picture)
    ticks = {label: x for x, label in re.findall(r'<text x="([\d.]+)"[^>]*font-size="11">([\d.]+)<', picture)}
    assert x == [ticks["0.1"], ticks["1"], ticks["10"]]
    assert picture.count('fill="none"') == 3  # they fail
    for far in (1e-9, -2.0, 1e9):
        assert "<circle" not in ratios.draw([verdict | {"ratio": far}])
    assert ratios.draw([verdict | {"form": "exact", "ratio": 1.0}]) == ""
