"""Points: measured numbers beside what is stated of them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from math import inf, isnan

import numpy as np
import xarray as xr

from diffusion import Estimate
from diffusion.checks import one_of, require
from sims.storage.netcdf import provenance

FORMS = ("printed", "leading", "corrected", "kramers", "exact")  # columns of predictions
NUMBERS = ("x", "measured", "stderr", *FORMS)
NAN = float("nan")


@dataclass(frozen=True)
class Point:
    """One number.

    Attributes
    ----------
    panel : str
        The picture it belongs to, a name in ``Panels``.
    at : dict of str to str or float
        Its coordinates but x, each a column of the dataset: ``{"of": "process", "z": 1e-4}``. Points with the same ones
        are judged together. Empty for a point that only carries the theory's line.
    x : float
        Abscissa.
    measured, stderr : float
        NaN for a point that only carries the theory's line.
    optimizer : str
        Gives the colour; empty for a process and for the theory's line.
    printed, leading, corrected, kramers, exact : float
        What the paper prints, its leading order, what it should print, Kramers' standard escape time, what is
        exact; NaN where there is none.
    """

    panel: str
    at: Mapping[str, str | float]
    x: float
    measured: float = NAN
    stderr: float = NAN
    optimizer: str = ""
    printed: float = NAN
    leading: float = NAN
    corrected: float = NAN
    kramers: float = NAN
    exact: float = NAN


@dataclass(frozen=True)
class Panel:
    """A picture of points.

    Attributes
    ----------
    title, xlabel, ylabel : str
        Mathtext.
    xscale, yscale : {"log", "linear"}
    ratio_to : str
        Form of the prediction that the lower half divides by.
    lines : tuple of str
        Coordinates that the legend tells apart, besides the optimizer.
    only : dict of str to tuple of float
        Coordinates and the values of them that are drawn, where all would be too many to tell apart.
    """

    title: str
    xlabel: str
    ylabel: str
    xscale: str = "log"
    yscale: str = "log"
    ratio_to: str = "printed"
    lines: tuple[str, ...] = ()
    only: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def __post_init__(self):
        require(self.ratio_to in FORMS, "ratio_to", f"one of {', '.join(FORMS)}", self.ratio_to)


def along(
    panel: str, at, x, measured: Estimate | None = None, *, optimizer="", unit=1.0, **forms
) -> list[Point]:
    """Return points along an abscissa; single numbers stand for all of them.

    Parameters
    ----------
    panel, at, optimizer
        As for `Point`, the same for all.
    x : array_like, shape (n,)
    measured : Estimate, optional
        Shape (n,); without it the points carry the theory's line.
    unit : float or array_like
        Measured values and predictions are divided by it.
    **forms : array_like
        Predictions by form.
    """
    mean, stderr = (NAN, NAN) if measured is None else (measured.mean, measured.stderr)
    values = {"measured": mean, "stderr": stderr} | forms
    x = np.atleast_1d(np.asarray(x, float))
    columns = {name: np.broadcast_to(np.asarray(value) / unit, x.shape) for name, value in values.items()}
    return [
        Point(
            panel, at, float(one), optimizer=optimizer, **{name: float(c[i]) for name, c in columns.items()}
        )
        for i, one in enumerate(x)
    ]


def as_dataset(
    points: list[Point], panels: Mapping[str, Panel], config, *, walkers: int, work: float, **attrs
):
    """Return points as a dataset that says how to draw it.

    Parameters
    ----------
    points : list of Point
    panels : dict of str to Panel
    config : dataclass
        Settings of the run, with a seed.
    walkers : int
        All walkers that were run.
    work : float
        Walkers times steps times coordinates, all together.
    **attrs : str or number
        More to be told: ``stop``, ``noise``, ``interpretation``, ``time_unit``.

    Returns
    -------
    xarray.Dataset
        A column for each field of `Point` and for each coordinate: NaN or "" where a point has none.

    Raises
    ------
    ValueError
        If there are no points, one is in no known panel, a measured one lacks coordinates or standard error, or a
        coordinate is called like a column or is a number at one point and a text at another.
    """
    require(points, "points", "at least one", points)
    named = {point.panel for point in points}
    require(named <= set(panels), "panel", f"one of {', '.join(panels)}", sorted(named))
    for point in points:
        known = isnan(point.measured) or (point.at and 0 <= point.stderr < inf)
        require(known, "a measured point", "with coordinates and a finite stderr", point)
    columns: dict = {
        name: [getattr(point, name) for point in points] for name in ("panel", "optimizer", *NUMBERS)
    }
    names = _in_order([tuple(point.at) for point in points])
    for name in names:
        require(
            name not in columns, "a coordinate", "named differently from the columns of every point", name
        )
        texts = {isinstance(point.at[name], str) for point in points if name in point.at}
        require(len(texts) == 1, name, "a number at every point or a text at every point", name)
        columns[name] = [point.at.get(name, "" if texts == {True} else NAN) for point in points]
    described = {name: asdict(panel) for name, panel in panels.items()}
    # an attribute called "coordinates" would be gone after NetCDF: xarray keeps that name for itself
    return xr.Dataset(
        {name: ("point", values) for name, values in columns.items()},
        attrs=provenance(config, config.seed)
        | {"panels": json.dumps(described), "coordinate_names": json.dumps(names)}
        | {"walkers": int(walkers), "work": float(work), **attrs},
    )


def _in_order(rows: list[tuple[str, ...]]) -> list[str]:
    """Return all names, in the order of every row where rows agree."""
    after: dict[str, dict[str, None]] = {name: {} for row in rows for name in row}
    for row in rows:
        for first, second in pairwise(row):
            after[second][first] = None
    try:
        return list(TopologicalSorter(after).static_order())
    except CycleError:
        return list(after)


def panels_of(dataset: xr.Dataset) -> dict[str, Panel]:
    """Return how the dataset's pictures are drawn."""
    panels = json.loads(dataset.panels).items()
    return {name: Panel(**values | {"lines": tuple(values["lines"])}) for name, values in panels}


def coordinates_of(dataset: xr.Dataset) -> list[dict[str, str | float]]:
    """Return every point's coordinates, as in `Point.at`."""
    names = json.loads(dataset.coordinate_names)
    values = zip(*(dataset[name].values.tolist() for name in names), strict=True)
    every = [dict(zip(names, row, strict=True)) for row in values] or [{} for _ in dataset.panel]
    return [
        {name: v for name, v in at.items() if (v if isinstance(v, str) else not isnan(v))} for at in every
    ]


def having(dataset: xr.Dataset, form: str | None = None, **wanted: str | float | tuple) -> xr.Dataset:
    """Return the measured points with certain columns, as ``of="process"``.

    Parameters
    ----------
    dataset : Dataset
        As `as_dataset` returns it.
    form : {"printed", "leading", "corrected", "kramers", "exact"}, optional
        Only points that have such a prediction.
    **wanted : str, float or tuple of either
        A value, compared to rounding if it is a number, or a tuple of those that will do.

    Raises
    ------
    ValueError
        If there is no such point, column or form.
    """
    keep = np.isfinite(dataset.measured.values)
    for name, value in wanted.items():
        one_of(name, "column", [str(column) for column in dataset.data_vars])
        column = dataset[name].values
        options = value if isinstance(value, tuple) else (value,)
        keep &= np.any(
            [column == v if isinstance(v, str) else np.isclose(column, v) for v in options], axis=0
        )
    if form is not None:
        one_of(form, "form", FORMS)
        keep &= np.isfinite(dataset[form].values)
    if not keep.any():
        raise ValueError(f"No measured point{f' with a value {form!r}' if form else ''} matches {wanted}.")
    return dataset.isel(point=keep)


def where(
    dataset: xr.Dataset, form: str = "printed", **wanted: str | float | tuple
) -> tuple[Estimate, np.ndarray]:
    """Return measured points, chosen as by `having`, and predictions.

    Returns
    -------
    Estimate, ndarray
        Both of shape (points,). The estimate's ``n`` counts the walkers of the whole experiment.
    """
    points = having(dataset, form, **wanted)
    return Estimate(points.measured.values, points.stderr.values, int(dataset.walkers)), points[form].values


def groups(dataset: xr.Dataset, form: str | None = None, **wanted) -> list[dict[str, str | float]]:
    """Return the different coordinates of points chosen as by `having`."""
    every = coordinates_of(having(dataset, form, **wanted))
    return [at for i, at in enumerate(every) if at not in every[:i]]
