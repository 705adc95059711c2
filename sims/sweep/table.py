"""Results of a sweep as one table."""

import contextlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from diffusion import EscapeTimes
from sims.options.by_name import find, options, settings
from sims.storage.netcdf import read_netcdf
from sims.storage.rows import columns_along
from sims.sweep.cell_store import NAME, CellStore, Damaged
from sims.sweep.registry import experiment

if TYPE_CHECKING:
    import pandas as pd


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
    try:
        return _assembled(store)
    except Exception as error:  # what a file holds may be anything, even where its checksums are right
        if type(error) in (ValueError, Damaged) or isinstance(error, OSError):
            raise  # told in a sentence already
        text = " ".join(str(error).split())[:100]
        reason = (
            f"{store.path} is damaged, or diffusion sweep did not write it ({type(error).__name__}: {text})"
        )
        raise Damaged(reason) from None


def _assembled(store):
    definition, cells = store.definition(), store.cells()
    which = experiment(definition["experiment"])
    finished = list(_finished(store, which, cells))
    if not finished:
        raise ValueError(f"{store.path}: none of {len(cells)} cells is finished yet")
    swept = list(finished[0].swept)
    written = {name: _column_of(name, finished) for name in [*swept, *definition["fixed"]]}
    rows = [
        {"cell": cell.number}
        | {column: cell.settings[name] for name, column in written.items()}
        | {"seed": cell.settings["seed"]}
        | {name: value for name, value in row.items() if name not in ("cell", "seed")}
        for cell in finished
        for row in cell.rows
    ]
    named = [written[name] for name in swept]
    axes = [*named, *(name for name in which.axes if name not in named)]
    shown = [*named, *(name for name in which.headline if name not in named)]
    return xr.Dataset(
        {name: ("row", _typed([row.get(name) for row in rows])) for name in dict.fromkeys(chain(*rows))}
        | _walkers(finished),
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


def _finished(store, which, cells) -> Iterator[_Finished]:
    known = options(which.config)
    for number, cell in enumerate(cells):
        result = store.result(cell.key, cell.walkers)
        if result is not None:
            chosen = {n: known[n].value(v) for n, v in cell.settings.items() if n in known}
            rows = which.rows(settings(which.config, chosen), result)
            times = result if isinstance(result, EscapeTimes) else None
            yield _Finished(number, cell.swept, cell.settings, rows, times)


def _column_of(name, finished):
    """Return an option's column: its name, unless rows use that otherwise."""
    for cell in finished:
        if any(name in row and not _same(row[name], cell.settings[name]) for row in cell.rows):
            return f"{name}_setting"
    return name


def _same(value, setting):
    """Return whether a row has an option's value, which may be text."""
    if isinstance(setting, str) and isinstance(value, int | float):
        with contextlib.suppress(ValueError):
            return float(setting) == value
    return value == setting


def _typed(values: list) -> np.ndarray:
    """Return a column of a single type."""
    if any(isinstance(value, str | list) for value in values):
        texts = [_as_text(value) if isinstance(value, list) else value for value in values]
        return np.array(["" if text is None else str(text) for text in texts], dtype=object)
    return np.array(values, float if None in values else None)


def _as_text(row: list) -> str:
    """Return a row of numbers as JSON, a single text as it was written."""
    return row[0] if len(row) == 1 and isinstance(row[0], str) else json.dumps(row)


def _walkers(finished: list[_Finished]) -> dict:
    """Return all walkers' escape times, cell by cell."""
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
    """Return versions and commit, every value where cells differ."""
    names = dict.fromkeys(name for one in origins for name in one)
    return {name: ", ".join(dict.fromkeys(one.get(name, "unknown") for one in origins)) for name in names}


def read_results(path: Path) -> tuple[xr.Dataset, list[str]]:
    """Return a sweep's dataset, and why cells failed.

    Raises
    ------
    ValueError
        If the file is damaged, or `diffusion sweep` did not write it.
    """
    if path.suffix != ".nc":
        where = path / NAME if path.is_dir() else path
        with contextlib.closing(CellStore(where, read_only=True)) as store:
            dataset, told = sweep_dataset(store), store.failures()
            return dataset, [told[cell.key] for cell in store.cells() if cell.key in told]
    dataset = read_netcdf(path)
    try:
        columns = set(table(dataset))
        named = {name for attribute in ("axes", "headline") for name in json.loads(dataset.attrs[attribute])}
        ok = (
            columns >= {"cell", *named}
            and dataset.sizes["row"]
            and isinstance(dataset.attrs["experiment"], str)
        )
        ok = ok and dataset.attrs["partial"] in ("yes", "no") and int(dataset.attrs["cells"]) > 0
    except (KeyError, TypeError, ValueError):
        ok = False
    if not ok:
        raise ValueError(f"{path} is not a file that diffusion sweep wrote")
    return dataset, []


def chosen_rows(dataset: xr.Dataset, where: Iterable[str]) -> xr.Dataset:
    """Return the rows that meet every "COLUMN=VALUE".

    Raises
    ------
    ValueError
        If there is no such column, or no such row; the message lists what there is.
    """
    for condition in where:
        name, equals, wanted = condition.partition("=")
        if not equals:
            raise ValueError(f"--where needs COLUMN=VALUE, got {condition!r}")
        column = dataset[find(name.strip(), table(dataset), "a column")]
        values = [_shown(value) for value in column.values.tolist()]
        keep = np.array([value == _shown(wanted.strip()) for value in values])
        if not keep.any():
            raise ValueError(f"No row has {condition}; there are {', '.join(dict.fromkeys(values))[:200]}.")
        dataset = dataset.isel(row=keep)
    return dataset


def _shown(value) -> str:
    """Return a value as text: 4, 4.0 and 4e0 are the same."""
    with contextlib.suppress(ValueError):
        return f"{float(value):.12g}"
    return str(value)


def table(dataset: xr.Dataset) -> "pd.DataFrame":
    """Return the rows of a sweep's dataset."""
    return columns_along(dataset, "row")
