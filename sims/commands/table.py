"""Printer of all tables, for terminals of at least 60 columns."""

import sys
from collections.abc import Iterable
from typing import Any

LEAST_PROSE = 16  # characters to which a column of sentences may shrink


def show(title: str, rows: list[dict], prose: Iterable[str] = ()) -> None:
    """Print rows, dicts with the same keys, as a table; tab-separated after its title where no terminal reads.

    A table that is too wide is printed on its side, or else as a block of lines for each row.

    Parameters
    ----------
    title : str
    rows : list of dict
    prose : iterable of str
        Columns of sentences, which may be broken into lines.
    """
    header = list(rows[0]) if rows else []
    texts = [[text_of(row[name]) for name in header] for row in rows]
    if not sys.stdout.isatty():
        print(f"# {title}", "\t".join(header), *map("\t".join, texts), sep="\n")
        return
    from rich.console import Console

    console = Console()
    soft = {header.index(name) for name in prose if name in header}
    if _width(header, texts, soft) <= console.width:
        _print(console, title, header, texts, soft, rows)
        return
    keys, columns = header[:1], [list(column) for column in zip(header, *texts, strict=True)]
    if not soft and _width(columns[0], columns[1:], set()) <= console.width:
        _print(console, title, columns[0], columns[1:], set(), [])
        return
    console.print(title, style="bold", markup=False, highlight=False)
    longest = max(map(len, header))
    for number, row in enumerate(texts):
        print(f"{keys[0] or 'row'} {row[0] or number}")
        for name, text in zip(header[1:], row[1:], strict=True):
            print(*_block(name, text, longest, console.width), sep="\n")


def say(text: str, indent: str = "") -> None:
    """Print prose; on a terminal its lines end between words."""
    if not sys.stdout.isatty():
        print(f"{indent}{text}")
        return
    import shutil
    import textwrap

    width = shutil.get_terminal_size().columns
    for line in text.splitlines():
        print(
            *textwrap.wrap(
                line,
                width,
                initial_indent=indent,
                subsequent_indent=2 * indent,
                break_long_words=False,
                break_on_hyphens=False,
            ),
            sep="\n",
        )


def _block(name: str, text: str, longest: int, width: int) -> list[str]:
    """Return one value of a block, broken at the width with a hanging indent."""
    import textwrap

    indent = " " * min(longest + 4, width // 2)
    first = f"  {name}".ljust(len(indent))
    # a number is never broken, however narrow the terminal
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first]


def _width(header: list[str], texts: list[list[str]], soft: set[int]) -> int:
    """Return the columns of a terminal that a table needs."""
    widths = [max(map(len, column)) for column in zip(header, *texts, strict=True)]
    return 1 + sum(3 + (min(width, LEAST_PROSE) if j in soft else width) for j, width in enumerate(widths))


def _print(console, title, header, texts, soft, rows) -> None:
    from rich.markup import escape
    from rich.table import Table

    # not as the table's own title, which would be broken at the width of a narrow table
    console.print(title, style="bold", markup=False, highlight=False)
    table = Table(show_lines=bool(soft))
    for j, name in enumerate(header):
        left = j in soft or not all(_is_number(row[j]) for row in texts)
        side: Any = "left" if left else "right"
        table.add_column(escape(name), justify=side, no_wrap=j not in soft)
    for row in texts:
        table.add_row(*map(escape, row))
    console.print(table)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text in ("-", "")
    return True


def text_of(value: Any) -> str:
    """Return a value as people read it: five digits, "-" for what is not known."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.5g}" if isinstance(value, float) else str(value)
