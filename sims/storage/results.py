"""Save results, load them again, and open them in xarray and pandas."""

import os
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion import Ensemble, EscapeTimes, PassageTimes, SplittingEstimate
from diffusion.checks import require, seed_number
from diffusion.moments import MomentTree
from sims.storage.netcdf import provenance, read_netcdf, write_netcdf

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

KINDS: dict[str, type] = {
    cls.__name__: cls for cls in (EscapeTimes, PassageTimes, SplittingEstimate, Ensemble)
}
WALKER, REPLICA, SAVED = ("walker",), ("replica",), ("saved",)
DIMENSIONS: dict[str, tuple[str, ...]] = {  # of the fields that are arrays; those of an ensemble count from "saved" on
    "iterations": WALKER, "escaped": WALKER, "ids": WALKER, "exits": WALKER,
    "log_chance": REPLICA, "loop_time": REPLICA, "levels": REPLICA,
}  # fmt: skip
LETTERS = {  # NumPy's letters for the types of a file's fields: whole numbers, floats, truth values
    "iterations": "iu", "escaped": "b", "ids": "iu", "exits": "iu", "levels": "iu", "log_chance": "f", "loop_time": "f",
    "eta": "f", "seed": "iu", "particles": "iu", "steps": "iu", "order": "f", "valley": "f", "begin": "f",
}  # fmt: skip
SINGLE = ("eta", "seed", "particles", "steps", "order", "valley", "begin")  # numbers, not rows
STOPS = ("first", "committed")
LONGEST = 120  # characters of a path or of another library's words that a message shows


def as_arrays(result) -> dict[str, np.ndarray]:
    """Return a result's fields as arrays; the inverse of `from_arrays`."""
    arrays: dict[str, Any] = {"kind": np.array(type(result).__name__)}
    for field in fields(result):
        value = getattr(result, field.name)
        if isinstance(value, MomentTree):
            nodes = sorted(value.nodes.items())
            arrays |= {f"{field.name}.{level}.{number}": array for (level, number), array in nodes}
        elif isinstance(value, range):
            arrays[field.name] = np.array([value.start, value.stop])
        elif value is not None:
            arrays[field.name] = np.asarray(value)
    return arrays


def from_arrays(arrays: dict[str, np.ndarray]):
    """Return the result that `as_arrays` took apart."""
    cls = KINDS[str(arrays["kind"])]
    found: dict = {}
    for field in fields(cls):
        if field.type is MomentTree:
            nodes = {name: array for name, array in arrays.items() if name.startswith(f"{field.name}.")}
            found[field.name] = MomentTree({tuple(map(int, n.split(".")[1:])): a for n, a in nodes.items()})
        elif field.name in arrays:
            array = arrays[field.name]
            if field.type is range:
                found[field.name] = range(*array.tolist())
            else:
                found[field.name] = array if array.ndim else array.item()
    return cls(**found)


def to_xarray(result) -> "xr.Dataset":
    """Return a result as a dataset with units and long names.

    Parameters
    ----------
    result : EscapeTimes, PassageTimes, SplittingEstimate or Ensemble

    Returns
    -------
    xarray.Dataset
        Arrays are variables (along walker, replica or saved), numbers are attributes. `load` makes it a result again.

    Raises
    ------
    ValueError
        If ``result`` is none of these.
    """
    import xarray as xr

    from sims.storage.variables import described

    require(type(result).__name__ in KINDS, "result", f"one of {', '.join(KINDS)}", type(result).__name__)
    variables, attributes = {}, {}
    for name, array in as_arrays(result).items():
        if array.ndim == 0:
            attributes[name] = array.item()
        elif isinstance(result, Ensemble) or name not in DIMENSIONS:
            first = (
                SAVED
                if array.shape[0] == len(result.iterations) and name in ("iterations", "states")
                else (f"{name}_0",)
            )
            variables[name] = (*first, *(f"{name}_{axis}" for axis in range(1, array.ndim))), array
        else:
            variables[name] = DIMENSIONS[name], array
    return described(xr.Dataset(variables, attrs=attributes))


def to_dataframe(result) -> "pd.DataFrame":
    """Return a result as a table of walkers, replicas or saved iterations.

    Parameters
    ----------
    result : EscapeTimes, PassageTimes, SplittingEstimate or Ensemble

    Raises
    ------
    ValueError
        If ``result`` is none of these.

    Examples
    --------
    >>> from diffusion import SGD, FrozenNoise, Quadratic, escape_times
    >>> times = escape_times(Quadratic((1.0,)), FrozenNoise(1.0), SGD(0.1), start=0.0, boundary=0.5,
    ...                      max_iterations=10_000, walkers=5, seed=0)
    >>> list(to_dataframe(times))
    ['iterations', 'escaped', 'ids']
    """
    import pandas as pd

    require(type(result).__name__ in KINDS, "result", f"one of {', '.join(KINDS)}", type(result).__name__)
    if isinstance(result, Ensemble):
        msd = result.msd()
        wide = {"msd": np.asarray(msd.mean), "stderr": np.asarray(msd.stderr)}
        coordinates = {
            f"{name}_{i}": column
            for name, rows in wide.items()
            for i, column in enumerate(np.atleast_2d(rows.T))
        }
        return pd.DataFrame({"iterations": result.iterations} | coordinates)
    arrays = {name: array for name, array in as_arrays(result).items() if array.ndim == 1}
    return pd.DataFrame(arrays)


def save(result, path, *, settings=None) -> Path:
    """Write a result as NetCDF, with settings, seed, versions and commit.

    Parameters
    ----------
    result : EscapeTimes, PassageTimes, SplittingEstimate, Ensemble or xarray.Dataset
    path : path
        Its suffix must be .nc.
    settings : dataclass or dict, optional
        What else has to be known to run it again: landscape, noise, optimizer.

    Raises
    ------
    ValueError
        If ``result`` is none of these, or the folder cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> from diffusion import SGD, FrozenNoise, Quadratic, escape_times
    >>> times = escape_times(Quadratic((1.0,)), FrozenNoise(1.0), SGD(0.1), start=0.0, boundary=0.5,
    ...                      max_iterations=10_000, walkers=100, seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(times, f"{folder}/times.nc", settings={"optimizer": "SGD(0.1)"})
    ...     again = load(path)
    >>> bool((again.iterations == times.iterations).all()), again.seed
    (True, 0)
    """
    require(isinstance(path, str | os.PathLike), "path", "the name of a file .nc", path)
    require(Path(path).suffix == ".nc" and "\0" not in str(path), "path", "a file .nc", str(path))
    known = (
        settings is None
        or isinstance(settings, dict)
        or (is_dataclass(settings) and not isinstance(settings, type))
    )
    require(known, "settings", "a dataclass or a dict", settings)
    named = not isinstance(settings, dict) or all(isinstance(name, str) for name in settings)
    require(named, "settings", "a dict whose keys are names", settings)
    if type(result).__name__ in KINDS:
        chosen = {} if settings is None else settings
        try:
            told = provenance(chosen, int(result.seed))
        except Exception as error:  # noqa: BLE001  a dict within it, or its repr, may fail in any way
            said = " ".join(str(error).split())[:LONGEST]
            raise ValueError(f"settings cannot be written as JSON: {type(error).__name__}: {said}") from None
        result = to_xarray(result).assign_attrs(told)
    require(
        hasattr(result, "to_netcdf"), "result", f"one of {', '.join(KINDS)}, Dataset", type(result).__name__
    )
    return write_netcdf(result, path)


def load(path):
    """Return what `save`, or a command, wrote.

    Parameters
    ----------
    path : path
        A file .nc.

    Returns
    -------
    EscapeTimes, PassageTimes, SplittingEstimate, Ensemble or xarray.Dataset
        The result that was saved, to the last bit; of a file of a command, its dataset.

    Raises
    ------
    ValueError
        If there is no such file, or it is damaged.
    """
    require(isinstance(path, str | os.PathLike), "path", "the name of a file .nc", path)
    dataset = read_netcdf(path)
    kind = dataset.attrs.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        return dataset
    try:
        attributes = {name: np.asarray(value) for name, value in dataset.attrs.items()}
        attributes["seed"] = np.asarray(int(dataset.attrs["seed"]))
        arrays = {str(name): array.values for name, array in dataset.variables.items()}
        found = from_arrays(attributes | arrays)
        _require_whole(found)
        return found
    except Exception as error:  # noqa: BLE001  a file of others may hold anything
        said = " ".join(str(error).split())[:LONGEST]
        shown = str(path) if len(str(path)) <= LONGEST else f"...{str(path)[-LONGEST:]}"
        raise ValueError(f"{shown} does not hold a {kind} ({type(error).__name__}: {said})") from None


def _require_whole(result) -> None:
    """Raise ``ValueError`` unless the fields of a result belong together.

    A file of another program may have the right names and hold anything.
    """
    sizes = {}
    for name, letters in LETTERS.items():
        value = getattr(result, name, None)
        if value is None:
            continue
        array = np.asarray(value)
        require(array.dtype.kind in letters, name, f"of type {' or '.join(letters)}", array.dtype.kind)
        require("f" not in letters or not np.any(np.isnan(array)), name, "numbers", "NaN")
        require(array.ndim == (name not in SINGLE), name, "of one dimension, or one number", array.shape)
        if name in DIMENSIONS:
            sizes[name] = array.size
    if isinstance(result, Ensemble):
        _require_ensemble(result)
    else:
        require(len(set(sizes.values())) == 1, "walkers", "as many in every row", sizes)
        require(result.stop in STOPS, "stop", " or ".join(STOPS), result.stop)
    require(result.eta > 0, "eta", "positive", result.eta)
    seed_number(result.seed)


def _require_ensemble(run: Ensemble) -> None:
    """Raise ``ValueError`` unless an ensemble's moments, states and streams have the shapes of its walkers."""
    times, walkers, dim = len(run.iterations), len(run.ids), run.start.shape[-1]
    require(
        run.start.shape in ((dim,), (walkers, dim)),
        "start",
        "one point, or one for each walker",
        run.start.shape,
    )
    nodes = [array.shape for array in run.moments.nodes.values()]
    require(set(nodes) == {(times, dim, 2, 3)}, "moments", f"of shape {(times, dim, 2, 3)}", nodes)
    counts = {int(n) for n in np.ravel(run.moments.total()[..., 0])}
    require(counts == {walkers}, "moments", f"those of {walkers} walkers", sorted(counts))
    for name, value, shape in (
        ("states", run.states, (times, ..., walkers, dim)), ("streams", run.streams, (walkers, 4)),
    ):  # fmt: skip
        ok = value is None or (
            len(value.shape) == len(shape)
            and all(b is ... or a == b for a, b in zip(value.shape, shape, strict=True))
        )
        require(ok, name, f"of shape {shape}", value)
