"""Evaluated statements as rows of text, or as a record for JSON."""

from math import isfinite
from typing import Any

import numpy as np
import xarray as xr

from theory.regime import Flag


def as_record(dataset: xr.Dataset, flags: list[Flag]) -> dict[str, Any]:
    """Return the dataset and its regime flags as what JSON can hold."""
    return {
        **dataset.attrs,
        "axes": {str(name): dataset[name].values.tolist() for name in dataset.sizes},
        "values": {str(form): dataset[form].values.tolist() for form in dataset.data_vars},
        # JSON has no infinity: such a value is null, and its level says that nothing holds
        "regime": [flag.as_dict() | ({} if isfinite(flag.value) else {"value": None}) for flag in flags],
    }


def rows(dataset: xr.Dataset) -> list[dict[str, str]]:
    """Return one row per grid point: the swept parameters, the forms, and printed over each other form."""
    forms = [str(form) for form in dataset.data_vars]
    axes = [str(name) for name in dataset.sizes]
    others = [form for form in forms if form != "printed"] if "printed" in forms else []
    log = bool(dataset.attrs["log"])
    found = []
    for where in np.ndindex(*dataset.sizes.values()):
        at = {name: float(dataset[name].values[i]) for name, i in zip(axes, where, strict=True)}
        values = {form: float(dataset[form].values[where]) for form in forms}
        row = {name: f"{value:.6g}" for name, value in (at | values).items()}
        for form in others:
            row[f"printed {'-' if log else '/'} {form}"] = _ratio(values["printed"], values[form], log)
        found.append(row)
    return found


def _ratio(printed: float, other: float, log: bool) -> str:
    """Return printed over other, or printed - other where both are logs, as text."""
    if log:
        return f"{printed - other:+.4g}"
    return f"{printed / other:.4g}" if other else "-"
