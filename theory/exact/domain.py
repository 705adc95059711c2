"""Cut-offs for unbounded landscapes.

A landscape may be cut off where walkers do not wander.
"""

from collections.abc import Callable

import numpy as np
from scipy.integrate import cumulative_trapezoid

from theory.checks import number, require, shown

Function = Callable[[np.ndarray], np.ndarray]

# A landscape that does not confine within 2^59 = 6e17 first guesses of the distance is refused.
DOUBLINGS = 60
SAMPLES = 257  # points where the slope is read in every octave


def reach(
    slope: Function,
    kT: Function,
    start: float,
    width: float,
    *,
    rise: float = 60.0,
    direction: int = -1,
    name: str | None = "lower",
) -> float:
    r"""Farthest point that matters on one side.

    The walker starts at ``start``.

    Walks outward until the potential over the temperature, the integral of ``slope / kT``, stands ``rise``
    above its lowest value so far and keeps rising over the next three octaves. What lies beyond carries a
    relative weight of about ``exp(-rise)``.

    Parameters
    ----------
    slope : callable
        L'(x), [L/theta], vectorised.
    kT : callable
        Temperature (D in the overdamped limit), [L], vectorised and positive.
    start : float
        Where to begin, [theta].
    width : float
        First guess of the distance, [theta], positive.
    rise : float
        Height of the wall, in units of kT.
    direction : -1 or 1
        Towards smaller or larger x.
    name : str
        The argument by which a caller may give this wall, for the message; None if there is none.

    Returns
    -------
    float
        The wall, [theta].

    Raises
    ------
    ValueError
        If the slope does not confine the walker, or kT is not positive on the way.
    """
    near = height = lowest = 0.0
    for far in width * 2.0 ** np.arange(-2, DOUBLINGS):
        x = start + direction * np.linspace(near, far, SAMPLES)
        climb = direction * slope_over_temperature(slope, kT, x)
        heights = height + cumulative_trapezoid(climb, dx=(far - near) / (SAMPLES - 1), initial=0.0)
        floors = np.minimum(lowest, np.minimum.accumulate(heights))
        high = np.flatnonzero(heights - floors >= rise)
        if high.size and _rises_on(slope, x[high[0]], far, direction):
            return float(x[high[0]])
        near, height, lowest = far, heights[-1], floors[-1]
    raise ValueError(
        f"slope must be confining on the far side of the start, got {direction * climb[-1]:g} outward at "
        f"x = {x[-1]:g}{f'; give {name}=' if name else ''}"
    )


def slope_over_temperature(slope: Function, kT: Function, x: np.ndarray, *, name: str = "D") -> np.ndarray:
    """Slope over temperature, L'(x)/kT(x).

    A slope that is not a number is refused with a sentence. So is a kT, called ``name``, that is not a
    positive number.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        force, temperature = on_path(slope, x), on_path(kT, x)
    finite = np.isfinite(force)
    require(finite.all(), "slope", f"finite at x = {_first(x, ~finite)}", _first(force, ~finite))
    bad = ~(temperature > 0) | ~np.isfinite(temperature)
    require(
        not bad.any(),
        name,
        f"{_positive_rule(force[bad], temperature[bad])} at x = {_first(x, bad)}",
        _first(temperature, bad),
    )
    return force / temperature


def on_path(function: Function, x: np.ndarray) -> np.ndarray:
    """Evaluate a user's function on an array.

    A constant answer is broadcast.
    """
    name = getattr(function, "__name__", "function")
    try:
        answer = np.asarray(function(x))
        require(
            answer.dtype.kind in "biuf", name, "a function whose answer is real numbers", answer.dtype.name
        )
        return np.broadcast_to(answer.astype(float), x.shape)
    except Exception as error:  # whatever the user's code raises
        said = shown(str(error))
        raise ValueError(f"{name} must take an array x and return one number for each: {said}") from error


def as_function(value: float | Function, name: str = "D") -> Function:
    """Return a function for a number or callable.

    A number becomes the constant function; a callable stays as it is.
    """
    if callable(value):
        return value
    constant = number(value, name)
    return lambda x: np.full(np.shape(x), constant)


def check_ends(start: float, boundary: float) -> None:
    """Check that the start lies below the boundary.

    Anything else, including a start that is not a number, raises ``ValueError``.
    """
    require(np.isfinite(number(start, "start")), "start", "finite", start)
    require(np.isfinite(number(boundary, "boundary")), "boundary", "finite", boundary)
    require(start < boundary, "start", f"below the boundary {boundary}", start)


def check_wall(lower: float, start: float) -> None:
    """Check that the wall lies below the start.

    The wall ``lower`` may also be at the start. Anything else raises ``ValueError``.
    """
    require(np.isfinite(number(lower, "lower")), "lower", "finite (without a wall, leave it out)", lower)
    require(lower <= start, "lower", f"at or below the start {start}", lower)


def _positive_rule(force, temperature):
    if np.any((force > 0) & (temperature == 0)):
        return "positive (without noise, where the drift points back, the mean time is infinite)"
    return "positive"


def _first(values, where):
    return float(values[where][0]) if where.any() else None


def _rises_on(slope, wall, far, direction):
    """Whether the slope keeps pushing back.

    It is tested over three octaves beyond the wall.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        beyond = on_path(slope, wall + direction * np.linspace(0.0, 8.0 * far, SAMPLES))
    beyond = beyond[np.isfinite(beyond)]
    return bool(np.all(direction * beyond > 0))
