"""Show what `sims.runs.theory_grid` evaluated: rows of text, or a record for JSON."""

from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from rich.console import Console
from rich.table import Table

from sims.runs.theory_grid import Value
from theory.regime import Flag
from theory.statements import Statement


def corner_flags(which: Statement, parameters: dict[str, Value]) -> list[Flag]:
    """Return the regime flags where every range is smallest and largest in size: of each level, both ends."""
    numbers = {key: value for key, value in parameters.items() if not isinstance(value, str)}
    swept = {key: value for key, value in numbers.items() if key not in which.vectors}
    ends = ((min(v, key=abs), max(v, key=abs)) if isinstance(v, list) else (v,) for v in swept.values())
    flags = [flag for c in product(*ends) for flag in which.flags(**dict(zip(swept, c, strict=True)))]
    kept = []
    for name, level in dict.fromkeys((flag.name, flag.level) for flag in flags):
        alike = sorted((f for f in flags if (f.name, f.level) == (name, level)), key=lambda flag: flag.value)
        kept += [alike[0], alike[-1]] if alike[0].value < alike[-1].value else [alike[0]]
    return kept


def as_record(dataset: xr.Dataset, flags: list[Flag]) -> dict[str, Any]:
    """Return the dataset and its regime flags as what JSON can hold."""
    return {
        **dataset.attrs,
        "axes": {str(name): dataset[name].values.tolist() for name in dataset.sizes},
        "values": {str(form): dataset[form].values.tolist() for form in dataset.data_vars},
        "regime": [flag.as_dict() for flag in flags],
    }


def table(dataset: xr.Dataset) -> Table:
    """Return one row per grid point: the swept parameters, the forms, and printed over each other form."""
    forms = [str(form) for form in dataset.data_vars]
    axes = [str(name) for name in dataset.sizes]
    others = [form for form in forms if form != "printed"] if "printed" in forms else []
    ratio = "printed - {}" if dataset.attrs["log"] else "printed / {}"
    rows = Table()
    for column in (*axes, *forms, *(ratio.format(form) for form in others)):
        rows.add_column(column, justify="right", no_wrap=True)
    shape = tuple(dataset.sizes.values())
    for where in np.ndindex(*shape):
        at = [float(dataset[name].values[i]) for name, i in zip(axes, where, strict=True)]
        values = {form: float(dataset[form].values[where]) for form in forms}
        ratios = [_ratio(values["printed"], values[form], bool(dataset.attrs["log"])) for form in others]
        rows.add_row(*(f"{x:.6g}" for x in (*at, *values.values())), *ratios)
    return rows


def _ratio(printed: float, other: float, log: bool) -> str:
    """Return printed over other, or printed - other where both are logs, as text."""
    if log:
        return f"{printed - other:+.4g}"
    return f"{printed / other:.4g}" if other else "-"


def show(*parts: Any) -> None:
    """Print text and tables; a file or a pipe has no edge to wrap at."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    for part in parts:
        console.print(part, markup=False, highlight=False)
