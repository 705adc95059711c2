"""The one printer of tables: no column and no digit is lost, on any terminal from 60 columns on and in a pipe."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from sims.commands import table

RULE = Path(__file__).parent / "probed.py"
WIDE = [
    {f"column {j}": 10.0**j / 7 if j else "adai at the saddle" for j in range(9)} | {"n": 123_456_789 + i}
    for i in range(3)
]
PROSE = [
    {"name": "theorem-1", "says": "SGD leaves a saddle by diffusion, slowly where it is flat", "k": 1 / 3}
]
CASES = {
    "wide": (WIDE, ()),
    "one wide row": (WIDE[:1], ()),
    "prose": (PROSE, ("says",)),
    "small": ([{"a": 1, "b": None, "c": True}], ()),
    "a word longer than the terminal": ([{"a": "x" * 150, "b": 1.0}], ()),
}


@pytest.fixture
def terminal(monkeypatch):
    """Return what `show` prints on a terminal of some width."""

    def shown(width, title, rows, prose):
        stream = io.StringIO()
        stream.isatty = lambda: True
        monkeypatch.setattr(table.sys, "stdout", stream)
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("TERM", "xterm")
        table.show(title, rows, prose) if rows else table.say(title, prose)
        return re.sub("\x1b\\[[0-9;]*m", "", stream.getvalue())

    return shown


@pytest.mark.parametrize("width", [60, 80, 100, 140, 200])
@pytest.mark.parametrize("case", CASES)
def test_a_table_fits_and_loses_nothing(terminal, case, width):
    rows, prose = CASES[case]
    out = terminal(width, "A title", rows, prose)
    assert "A title" in out
    assert "…" not in out
    assert case.startswith("a word") or max(map(len, out.splitlines())) <= width
    words = out.replace("│", " ").replace("┃", " ").split()
    for row in rows:
        for name, value in row.items():
            assert all(part in words for part in name.split()), name
            assert all(part in words for part in table.text_of(value).split()), value


def test_numbers_have_five_digits_and_words_stay_words():
    values = [1 / 3, 123456.789, 2.0, 7, None, True, False, "sgd", 1e-9]
    texts = ["0.33333", "1.2346e+05", "2", "7", "-", "yes", "no", "sgd", "1e-09"]
    assert [table.text_of(value) for value in values] == texts


def test_a_pipe_has_title_header_and_tabs(capsys):
    table.show("A title", WIDE)
    title, header, *rows = capsys.readouterr().out.splitlines()
    assert title == "# A title"
    assert header.split("\t") == list(WIDE[0])
    assert [row.split("\t")[-1] for row in rows] == ["123456789", "123456790", "123456791"]


def test_a_printer_that_cuts_would_be_noticed():
    stream = io.StringIO()
    from rich.table import Table

    cut = Table(*WIDE[0])
    for row in WIDE:
        cut.add_row(*map(table.text_of, row.values()))
    Console(file=stream, width=60).print(cut)
    assert "123456789" not in stream.getvalue()


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_title_is_not_broken_at_the_width_of_its_table(terminal, width):
    title = "Theorem 3 SGD: log of the mean escape time"
    assert terminal(width, title, [{"n": 1.5}], ()).splitlines()[0].strip() == title


@pytest.mark.parametrize("width", [60, 80])
def test_prose_ends_its_lines_between_words(terminal, width):
    text = (
        "fails: u = 0.1, inertia still rules: " + "drift and diffusion count the same displacement twice " * 3
    )
    out = terminal(width, text, [], "  ")
    assert max(map(len, out.splitlines())) <= width
    assert out.split() == text.split()
    assert out.startswith("  fails")


def test_the_sentences_of_a_command_end_between_words_on_a_narrow_terminal(monkeypatch):
    from sims.commands.app import main

    stream = io.StringIO()
    stream.isatty = lambda: True
    monkeypatch.setattr(table.sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", "60")
    words = ["check", f"{RULE}:Mine", "--against", "momentum", "--set", "eta=0.1", "--steps", "5"]
    with pytest.raises(SystemExit):
        main(words)
    lines = stream.getvalue().splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 60
    assert "Measured degrees:" in stream.getvalue()
    assert "agrees with Momentum" in " ".join(
        stream.getvalue().split()
    )  # a class has the fields that --set gives
