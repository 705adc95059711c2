"""Tables on the terminal, and numbers that JSON can hold."""

import math
from typing import Any


def show(title: str, rows: list[dict], prose: tuple[str, ...] = ()) -> None:
    """Print rows, dicts with the same keys, as a table; tab-separated where no terminal has the room.

    Columns named in ``prose`` may be broken into lines.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    header = list(rows[0])
    width = 1 + sum(
        3 + (20 if name in prose else max(len(name), *(len(_text(row[name])) for row in rows)))
        for name in header
    )
    if not console.is_terminal or width > console.width:  # a number cut short is a wrong number
        print("\t".join(header), *("\t".join(_text(row[name]) for name in header) for row in rows), sep="\n")
        return
    table = Table(show_lines=bool(prose), title=title, title_justify="left", title_style="bold")
    for name in header:
        side: Any = "left" if isinstance(rows[0][name], str) else "right"
        table.add_column(name, justify=side, no_wrap=name not in prose)
    for row in rows:
        table.add_row(*(escape(_text(row[name])) for name in header))
    console.print(table)


def as_rows(columns: dict) -> list[dict]:
    """Return columns of equal length, by name, as rows."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def plain(rows: list[dict]) -> list[dict]:
    """Return the rows with NumPy numbers as Python's, and None for what is not finite."""
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value):
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _text(value):
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.5g}" if isinstance(value, float) else str(value)
