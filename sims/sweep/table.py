"""What a sweep found, as one table: a row for each finished cell, or for each row of its own table."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from diffusion import EscapeTimes
from sims.options.by_name import options, settings
from sims.storage.rows import as_rows
from sims.sweep.cell_store import CellStore, StoredCell
from sims.sweep.registry import experiment


def sweep_dataset(store: CellStore) -> xr.Dataset:
    """Return the finished cells of a store's latest sweep.

    Returns
    -------
    Dataset
        Dimension ``row``: ``cell`` (its number in the grid), the options that the sweep sets, ``seed``, and the
        columns of the experiment; an option whose name the experiment needs for a column has ``_setting`` behind it.
        Where walkers have escape times, dimension ``walker`` too: ``walker_cell``, ``walker_iterations`` and
        ``walker_escaped`` of all cells one after the other. Attributes: settings, seed, versions, commit, and
        ``partial`` ("yes" where cells are missing).

    Raises
    ------
    ValueError
        If no cell is finished, or the store is damaged.
    """
    definition, cells = store.definition(), store.cells()
    which = experiment(definition["experiment"])
    finished = list(_finished(store, which, cells))
    if not finished:
        raise ValueError(f"{store.path}: none of {len(cells)} cells is finished yet")
    swept = list(finished[0].swept)
    written = {name: _label(name, finished) for name in [*swept, *definition["fixed"]]}
    named = {name: written[name] for name in swept}
    rows = [
        {"cell": cell.number}
        | {column: cell.settings[name] for name, column in written.items()}
        | {"seed": cell.settings["seed"]}
        | {name: value for name, value in row.items() if name not in ("cell", "seed")}
        for cell in finished
        for row in cell.rows
    ]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: ("row", _column([row.get(name) for row in rows])) for name in names}
    axes = [*named.values(), *(name for name in which.axes if name not in named.values())]
    shown = [*named.values(), *(name for name in which.headline if name not in named.values())]
    return xr.Dataset(
        columns | _walkers(finished),
        attrs=_origin(store.origins())
        | {"experiment": which.name, "settings": json.dumps(definition), "seed": str(definition["seed"])}
        | {"axes": json.dumps(axes), "headline": json.dumps(shown), "cells": len(cells)}
        | {"partial": "yes" if len(finished) < len(cells) else "no"},
    )


@dataclass(frozen=True)
class _Finished:
    number: int
    swept: dict[str, Any]
    settings: dict[str, Any]
    rows: list[dict]
    times: EscapeTimes | None


def _finished(store: CellStore, which, cells: list[StoredCell]) -> Iterator[_Finished]:
    known = options(which.config)
    for number, cell in enumerate(cells):
        result = store.result(cell.key, cell.walkers)
        if result is None:
            continue
        config = settings(
            which.config, {n: known[n].value(v) for n, v in cell.settings.items() if n in known}
        )
        times = result if isinstance(result, EscapeTimes) else None
        yield _Finished(number, cell.swept, cell.settings, which.rows(config, result), times)


def _label(name, finished):
    """Return the column of an option: its name, unless rows have other values under that name."""
    cells = ((cell.settings[name], row) for cell in finished for row in cell.rows)
    same = all(_same(row.get(name, setting), setting) for setting, row in cells)
    return name if same else f"{name}_setting"


def _same(value, setting):
    """Return whether a value of a row is what the option was set to, which for rows of numbers is text."""
    if isinstance(setting, str) and isinstance(value, int | float):
        with contextlib.suppress(ValueError):
            return float(setting) == value
    return value == setting


def _column(values: list) -> np.ndarray:
    """Return one column: flags, whole numbers, numbers with NaN for what is unknown, or text."""
    known = [value for value in values if value is not None]
    whole = len(known) == len(values)
    if whole and all(isinstance(value, bool | np.bool_) for value in known):
        return np.array(values, dtype=bool)
    if whole and all(isinstance(value, int | np.integer) for value in known):
        return np.array(values)
    if all(isinstance(value, int | float | np.number) for value in known):
        return np.array([np.nan if value is None else value for value in values], dtype=float)
    texts = [json.dumps(value) if isinstance(value, list) else value for value in values]
    return np.array(["" if text is None else str(text) for text in texts], dtype=object)


def _walkers(finished: list[_Finished]) -> dict:
    """Return all walkers' escape times, one cell after the other."""
    times = [cell.times for cell in finished if cell.times is not None]
    if not times:
        return {}
    numbers = np.repeat([cell.number for cell in finished], [len(one.iterations) for one in times])
    return {
        "walker_cell": ("walker", numbers),
        "walker_iterations": ("walker", np.concatenate([one.iterations for one in times])),
        "walker_escaped": ("walker", np.concatenate([one.escaped for one in times])),
    }


def _origin(origins: list[dict]) -> dict[str, str]:
    """Return versions and commit; where cells differ in one, all of its values."""
    names = dict.fromkeys(name for one in origins for name in one)
    return {name: ", ".join(dict.fromkeys(one.get(name, "unknown") for one in origins)) for name in names}


def table(dataset: xr.Dataset) -> list[dict]:
    """Return the rows of a sweep's dataset; what is not known is None."""
    names = [str(name) for name in dataset.variables if dataset[name].dims == ("row",)]
    return as_rows({name: [_plain(value) for value in dataset[name].values.tolist()] for name in names})


def _plain(value):
    return None if isinstance(value, float) and not np.isfinite(value) else value
