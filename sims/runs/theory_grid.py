"""Evaluate one statement of theory on a grid, without walkers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from theory.checks import require
from theory.statements import Statement, statement

Value = float | str | list[float]


def run(name: str, parameters: Mapping[str, Value], *, forms: tuple[str, ...] | None = None) -> xr.Dataset:
    """Return a statement's forms on the grid that parameters span.

    Parameters
    ----------
    name : str
        A statement of the register, "Theorem 2" or "theorem-2".
    parameters : mapping of str to float, str or list of float
        By the functions' parameter names. A list spans an axis of the grid, unless the statement takes a vector
        there (one number per direction).
    forms : tuple of str, optional
        Which of the statement's forms; all for which the parameters suffice if not given.

    Returns
    -------
    Dataset
        One variable per form; one dimension per list; scalars, and the statement's name, as attributes.

    Raises
    ------
    ValueError
        If the statement, a form or a parameter is unknown, one is missing, or a value is out of range.
    """
    which = statement(name)
    known = which.parameters()
    for given in parameters:
        if given not in known:
            raise ValueError(f"{which.name} has no parameter {given!r}; it takes {', '.join(known)}")
    chosen = (
        forms or tuple(form for form in which.forms if not _missing(which, form, parameters)) or ("printed",)
    )
    for form in chosen:
        require(form in which.forms, "form", f"one of {', '.join(which.forms)} for {which.name}", form)
        missing = _missing(which, form, parameters)
        if missing:
            raise ValueError(f"{which.name} ({form}) also needs {', '.join(missing)}")

    for given in parameters:
        if not any(given in which.parameters(form) for form in chosen):
            raise ValueError(f"{given} does not act on {which.name} ({', '.join(chosen)}); leave it out")
    axes = [key for key, value in parameters.items() if isinstance(value, list) and key not in which.vectors]
    arguments = {key: _argument(key, value, axes) for key, value in parameters.items()}
    shape = tuple(len(parameters[key]) for key in axes)  # type: ignore[arg-type]
    data = {}
    for form in chosen:
        accepted = which.parameters(form)
        values = which.forms[form](**{key: value for key, value in arguments.items() if key in accepted})
        data[form] = (axes, np.array(np.broadcast_to(values, shape)), {"long_name": which.quantity})
    fixed = {key: value for key, value in parameters.items() if key not in axes}
    attributes = {"statement": which.name, "quantity": which.quantity, "log": int(which.log), **fixed}
    return xr.Dataset(data, coords={key: parameters[key] for key in axes}, attrs=attributes)


def _missing(which: Statement, form: str, parameters: Mapping[str, Value]) -> list[str]:
    """Return a form's required but missing parameters."""
    return [
        name
        for name, parameter in which.parameters(form).items()
        if parameter.default is parameter.empty and name not in parameters
    ]


def _argument(name: str, value: Value, axes: list[str]) -> Any:
    """Return a parameter for the functions, a list along its own axis."""
    if name not in axes:
        return value
    return np.reshape(value, [-1 if other == name else 1 for other in axes])
