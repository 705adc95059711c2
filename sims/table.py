"""Tables on the terminal, and numbers that JSON can hold."""

import math


def show(title: str, rows: list[dict]) -> None:
    """Print rows, dicts with the same keys, as a table; tab-separated where no terminal has the room."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    header = list(rows[0])
    width = sum(3 + max(len(name), *(len(_text(row[name])) for row in rows)) for name in header) + 1
    if not console.is_terminal or width > console.width:  # a number cut short is a wrong number
        print("\t".join(header), *("\t".join(_text(row[name]) for name in header) for row in rows), sep="\n")
        return
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in header:
        table.add_column(name, justify="left" if isinstance(rows[0][name], str) else "right")
    for row in rows:
        table.add_row(*(escape(_text(row[name])) for name in header))
    console.print(table)


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
