"""What an experiment returns: measured numbers, each beside what statements and exact references say of it."""

import json
from dataclasses import asdict, dataclass, fields
from math import inf, isnan

import numpy as np
import xarray as xr

from diffusion import Estimate
from diffusion.checks import one_of, require
from sims.storage.netcdf import provenance

FORMS = ("printed", "leading", "corrected", "kramers", "exact")  # columns of predictions
NAN = float("nan")


@dataclass(frozen=True)
class Point:
    """One number.

    Attributes
    ----------
    panel : str
        The picture it belongs to, a name in ``Panels``.
    regime : str
        Points of one regime are judged together.
    series : str
        The line of the picture it is on; starts with an optimizer's name where it has one, which gives the colour.
    x : float
        Abscissa.
    measured, stderr : float
        NaN for a point that only carries the theory's line.
    printed, leading, corrected, kramers, exact : float
        What the paper prints, its leading order, what it should print, Kramers' standard escape time, what is
        exact; NaN where there is none.
    """

    panel: str
    regime: str
    series: str
    x: float
    measured: float = NAN
    stderr: float = NAN
    printed: float = NAN
    leading: float = NAN
    corrected: float = NAN
    kramers: float = NAN
    exact: float = NAN


@dataclass(frozen=True)
class Panel:
    """How a picture of points is drawn: labels (mathtext), scales, and what the lower half divides by."""

    title: str
    xlabel: str
    ylabel: str
    xscale: str = "log"
    yscale: str = "log"
    ratio_to: str = "printed"

    def __post_init__(self):
        require(self.ratio_to in FORMS, "ratio_to", f"one of {', '.join(FORMS)}", self.ratio_to)


def as_dataset(points: list[Point], panels: dict[str, Panel], config, *, walkers: int, work: float, **attrs):
    """Return the points as a dataset of dimension ``point`` that says how to draw it and where it came from.

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

    Raises
    ------
    ValueError
        If there are no points, one is in no known panel, or a measured one lacks regime or standard error.
    """
    require(points, "points", "some", points)
    named = {point.panel for point in points}
    require(named <= set(panels), "panel", f"one of {', '.join(panels)}", sorted(named))
    for point in points:
        known = isnan(point.measured) or (point.regime and 0 <= point.stderr < inf)
        require(known, "a measured point", "in a regime and with a finite stderr", point)
    columns = {
        field.name: ("point", [getattr(point, field.name) for point in points]) for field in fields(Point)
    }
    described = {name: asdict(panel) for name, panel in panels.items()}
    return xr.Dataset(
        columns,
        attrs=provenance(config, config.seed)
        | {"panels": json.dumps(described), "walkers": int(walkers), "work": float(work)}
        | {"experiment": type(config).__module__.rpartition(".")[2], **attrs},
    )


def panels_of(dataset: xr.Dataset) -> dict[str, Panel]:
    """Return how the dataset's pictures are drawn."""
    return {name: Panel(**values) for name, values in json.loads(dataset.panels).items()}


def having(dataset: xr.Dataset, **wanted: str | float) -> xr.Dataset:
    """Return the measured points whose columns have the wanted values: ``regime="process", x=1.0``.

    Parameters
    ----------
    dataset : Dataset
        As `as_dataset` returns it.
    **wanted : str or float
        Numbers are compared to rounding.

    Raises
    ------
    ValueError
        If there is no such point.
    """
    keep = np.isfinite(dataset.measured.values)
    for name, value in wanted.items():
        one_of(name, "column", [str(column) for column in dataset.data_vars])
        column = dataset[name].values
        keep &= column == value if isinstance(value, str) else np.isclose(column, value)
    require(keep.any(), "points", "some that were measured", wanted)
    return dataset.isel(point=keep)


def where(dataset: xr.Dataset, form: str = "printed", **wanted: str | float) -> tuple[Estimate, np.ndarray]:
    """Return the measured points that have a prediction of one form, and that prediction.

    Parameters
    ----------
    dataset : Dataset
        As `as_dataset` returns it.
    form : {"printed", "leading", "corrected", "kramers", "exact"}
    **wanted : str or float
        Columns and the value they must have, as for `having`: ``regime="process", x=0.1``.

    Returns
    -------
    Estimate, ndarray
        Both of shape (points,). The estimate's ``n`` counts the walkers of the whole experiment.

    Raises
    ------
    ValueError
        If there is no such point, column or form.
    """
    one_of(form, "form", FORMS)
    points = having(dataset, **wanted)
    keep = np.isfinite(points[form].values)
    require(keep.any(), "regime", f"one with measured points and a {form} value", wanted)
    measured = Estimate(points.measured.values[keep], points.stderr.values[keep], int(dataset.walkers))
    return measured, points[form].values[keep]


def regimes(dataset: xr.Dataset, form: str = "printed") -> list[str]:
    """Return the regimes with measured points that have a prediction of this form, in order."""
    keep = np.isfinite(dataset.measured.values) & np.isfinite(dataset[form].values)
    return list(dict.fromkeys(dataset.regime.values[keep].tolist()))
