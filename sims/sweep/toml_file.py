"""A sweep as a TOML file: experiment, options and grid."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from diffusion.checks import require
from sims.options.by_name import Option, find, options
from sims.options.numbers import MOST, values
from sims.sweep.grid import Sweep
from sims.sweep.registry import experiment, names

ON_THE_COMMAND_LINE = ("workers", "scheduler", "out", "resume", "json")
RANGES: dict[str, Callable[..., np.ndarray]] = {
    "linspace": np.linspace,
    "geomspace": np.geomspace,
    "logspace": np.logspace,
}
LONGEST = 280  # characters of a message
FORMS = 'a list, a range "first:last:count" or "first:last:count:log", or { linspace = [first, last, count] }'


def read_sweep(path) -> Sweep:
    """Return the sweep that a TOML file describes.

    Parameters
    ----------
    path : path
        ``experiment = NAME``, options by their command-line names, and a table ``[grid]`` with the values to
        sweep; several tables ``[[grid]]`` are swept one after the other.

    Raises
    ------
    ValueError
        If it is none; one line that says where and, of an unknown name, which are near.
    """
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise OSError(0, "not a file")  # a FIFO would be waited for
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as reason:
        why = getattr(reason, "strerror", None) or "not text"
        raise ValueError(f"config must be a TOML file, got {str(path)!r} ({why})") from None
    try:
        found = _sweep(tomllib.loads(text))
        found.cells  # noqa: B018  a cell that cannot run is told now, not after hours
        return found
    except (ValueError, ArithmeticError, RecursionError) as reason:
        text, room = " ".join(str(reason).split()), max(80, LONGEST - len(str(path)))
        raise ValueError(f"{path}: {text if len(text) <= room else f'{text[:room]} ...'}") from None


def _sweep(written: dict[str, Any]) -> Sweep:
    top = dict(written)
    name = top.pop("experiment", None)
    if name is None:
        raise ValueError(
            f'experiment is missing: write experiment = "NAME" on top, one of {", ".join(names())}'
        )
    require(isinstance(name, str), "experiment", f"one of {', '.join(names())}", name)
    which = experiment(name)
    known, what = options(which.config), f"an option of {which.name}"
    grids = top.pop("grid", {})
    grids = grids if isinstance(grids, list) else [grids]
    require(all(isinstance(grid, dict) for grid in grids), "grid", "a table: [grid]", grids)
    if len(grids) == 1:  # one value under [grid] sweeps nothing
        alone = {key: given for key, given in grids[0].items() if not _is_several(given)}
        twice = next((key for key in alone if key in top), None)
        require(twice is None, str(twice), "written once", twice)
        top |= alone
        grids = [{key: given for key, given in grids[0].items() if key not in alone}]
    fixed: dict[str, Any] = {}
    for key, given in top.items():
        if key in ON_THE_COMMAND_LINE:
            raise ValueError(f"{key} is given on the command line: diffusion sweep FILE --{key}")
        if isinstance(given, dict) and key.replace("-", "_") not in known:
            text = (
                f"[{key}] is not a table of a sweep; write options above [grid], and under it what is swept"
            )
            raise ValueError(text)
        option = known[find(key, known, what)]
        require(option.name not in fixed, option.name, "written once", given)
        fixed[option.name] = _only(option, given)
    swept = []
    for grid in grids:
        chosen = {}
        for key, given in grid.items():
            if (
                isinstance(given, dict)
                and not given.keys() & RANGES.keys()
                and key.replace("-", "_") not in known
            ):
                text = (
                    f"[grid.{key}] is not a table of a sweep; write each of several grids as a table [[grid]]"
                )
                raise ValueError(text)
            option = known[find(key, known, what)]
            if option.name in fixed:
                raise ValueError(f"{option.name} is given both above and under [grid]; keep one")
            chosen[option.name] = _values(option, given)
        swept.append(chosen)
    return Sweep(which, fixed, tuple(swept), fixed.pop("seed", 0))


def _is_several(given):
    return isinstance(given, list | dict) or (isinstance(given, str) and ":" in given)


def _only(option: Option, given):
    """Return an unswept option's value; only a row may have several numbers."""
    rows = isinstance(given, list) and (option.kind is str or any(isinstance(one, list) for one in given))
    if (rows and (option.kind is str or option.read)) or (
        _is_several(given) and option.kind in (int, float, bool)
    ):
        raise ValueError(f"{option.name} has several values; to sweep it, write it under [grid]")
    return option.value(given)


def _values(option: Option, given) -> list:
    """Return the values of one option of the grid."""
    if not isinstance(given, list) and _is_several(given):
        numbers = _range(option.name, given)
        given = np.unique(numbers.round()).tolist() if option.kind is int else numbers.tolist()
    elif not isinstance(given, list):
        given = [given]
    require(given, option.name, FORMS, given)
    found = [option.value(one) for one in given]
    require(len(set(found)) == len(found), option.name, "different values", given)
    return found


def _range(name, given) -> np.ndarray:
    """Return the numbers of "first:last:count[:log]" or of a NumPy function."""
    try:
        if isinstance(given, str):
            return np.array(values(given, name))
        ((kind, arguments),) = given.items()
        if not 1 <= arguments[2] <= MOST:
            raise ValueError
        with np.errstate(all="raise"):
            return np.atleast_1d(RANGES[kind](*arguments)).astype(float)
    except (ValueError, TypeError, KeyError, IndexError, ArithmeticError, MemoryError):
        raise ValueError(f"{name} must be {FORMS}, got {given!r}") from None
