"""Tables: on the terminal, as columns, and as numbers that JSON can hold."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


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


def columns_along(dataset: "xr.Dataset", along: str) -> "pd.DataFrame":
    """Return the variables of a dataset that have just the dimension ``along``, as the columns of a table."""
    import pandas as pd

    return pd.DataFrame({str(n): v.values for n, v in dataset.variables.items() if v.dims == (along,)})


def plain(table) -> list[dict]:
    """Return a table (a DataFrame, or a list of dicts) as rows with Python's numbers, None for what is not finite."""
    import pandas as pd

    frame = pd.DataFrame(table, dtype=object)
    return frame.where(frame.notna() & ~frame.isin([float("inf"), -float("inf")]), None).to_dict("records")


def _text(value):
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.5g}" if isinstance(value, float) else str(value)
