"""Measured degrees of any update rule.

A degree tells what multiplying gradients or parameters does to the steps.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from diffusion.checks import seed_number, whole
from diffusion.contract import is_part
from sims.check.candidates import kind_of, path_of
from sims.check.compare import _inputs

FACTOR = 4.0  # a power of 4, whose roots are exact too
ALIKE = 1e-6  # relative spread of the degrees of single steps that still counts as one degree
SIZES = 10.0 ** np.arange(-12, 13, 3)  # gradients times these show where a constant breaks the degree


@dataclass(frozen=True)
class Degrees:
    """Measured degrees of an update rule.

    Attributes
    ----------
    h, d : float or None
        Degree of the steps in the gradients and in the parameters; None where no single degree exists.
    exponent : float or None
        p = (1 + h - d) / 2 of the degree law.
    sizes, local_h : ndarray
        Factors that all gradients were multiplied by, and the degree h measured there (the median over steps).
    constants : tuple of str
        Settings that break the degree: with them at zero there is one. Known for parts and torch optimizers only.
    """

    h: float | None
    d: float | None
    sizes: np.ndarray
    local_h: np.ndarray
    constants: tuple[str, ...]

    @property
    def exponent(self):
        """Exponent p of the degree law."""
        return None if self.h is None or self.d is None else (1 + self.h - self.d) / 2

    def __str__(self):
        if self.exponent is not None:
            return f"h = {self.h:.4g}, d = {self.d:.4g}, p = {self.exponent:.4g}"
        if self.h is not None:
            return f"h = {self.h:.4g}; no single degree d: the steps depend on the parameters, but not as one power"
        what = " and ".join(
            name for name, value in (("gradients", self.h), ("parameters", self.d)) if value is None
        )
        low, high = self.local_h[np.isfinite(self.local_h)][[0, -1]]
        said = f"no single degree in the {what}: h goes from {low:.3g} for small gradients to {high:.3g} for large ones"
        return f"{said}; without {' and '.join(self.constants)} there is one" if self.constants else said


def measured_degrees(candidate, *, steps=50, dim=10, shape=None, seed=0):
    """Measure the degrees of an update rule.

    One degree is in the gradients, the other in the parameters.

    Parameters
    ----------
    candidate : part, torch optimizer class or factory, optax transformation, or callable
        See `sims.check.path_of`.
    steps, dim, shape, seed
        Of the random gradients, as in `sims.check.check`.

    Returns
    -------
    Degrees

    Examples
    --------
    >>> from diffusion import SGD, Adam
    >>> from sims.check import measured_degrees
    >>> print(measured_degrees(SGD(0.1)))
    h = 1, d = 0, p = 1
    >>> print(measured_degrees(Adam(0.1, eps=0.0)))
    h = 0, d = 0, p = 0.5
    """
    gradients, theta0 = _inputs(None, None, whole(steps, "steps", 2, 10_000), dim, shape, seed_number(seed))
    gradients[0] = np.where(
        gradients[0] == 0, 0.01, gradients[0]
    )  # every coordinate moves from the first step on
    h, d = _degrees(candidate, theta0, gradients, shape)
    local = np.array([_local(candidate, theta0, size * gradients, shape) for size in SIZES])
    constants = () if h is not None and d is not None else _breaking(candidate, theta0, gradients, shape)
    return Degrees(h, d, SIZES, local, constants)


def _degrees(candidate, theta0, gradients, shape):
    """Return h and d; None marks no single number."""
    steps = _steps(candidate, theta0, gradients, shape)
    h = _one_number(_ratio(_steps(candidate, theta0, FACTOR * gradients, shape), steps))
    # only the first step has exactly the parameters times FACTOR; later ones have them if d = 1
    first = _one_number(_ratio(_steps(candidate, FACTOR * theta0, gradients, shape)[:1], steps[:1]))
    later = _ratio(_steps(candidate, FACTOR * theta0, gradients, shape), steps)
    d = first if first is not None and (first not in (0.0, 1.0) or _one_number(later) is not None) else None
    return h, d


def _steps(candidate, theta0, gradients, shape):
    """Return the displacement of every iteration."""
    return np.diff(path_of(candidate, theta0, gradients, shape=shape), axis=0)


def _ratio(larger, smaller):
    """Return the degree of every displacement.

    It is log(larger / smaller) / log(FACTOR); displacements lost in rounding are left out.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        degrees = np.log(np.abs(larger / smaller)) / np.log(FACTOR)
    # single precision keeps 7 digits: a smaller displacement is all rounding
    return degrees[np.abs(smaller) > 1e-7 * np.max(np.abs(smaller))]


def _one_number(degrees):
    """Return the steps' common degree, else None."""
    middle = float(np.median(degrees))
    if not np.all(np.abs(degrees - middle) < ALIKE):
        return None
    # adding 0.0 turns -0.0 into 0.0, which reads better
    return float(round(middle * 1e5) / 1e5) + 0.0


def _local(candidate, theta0, gradients, shape):
    """Return the steps' median degree at this gradient size."""
    lower = _steps(candidate, theta0, gradients, shape)
    upper = _steps(candidate, theta0, FACTOR * gradients, shape)
    moved = np.abs(lower) > 1e-12 * np.max(np.abs(theta0))  # what a float can still tell from no motion
    if not moved.any():
        return np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.median(np.log(np.abs(upper / lower))[moved]) / np.log(FACTOR))


def _breaking(candidate, theta0, gradients, shape):
    """Return the constants that break a candidate's degrees.

    Without them it has degrees: one constant if one is enough, else all.
    """
    names = _constants(candidate)
    for chosen in [(name,) for name in names] + ([names] if len(names) > 1 else []):
        try:
            if None not in _degrees(_without(candidate, chosen), theta0, gradients, shape):
                return chosen
        except ValueError:  # such a constant cannot be zero
            continue
    return ()


def _constants(candidate):
    """Return the constants that may carry a dimension.

    A list of names: settings of the candidate that are not zero.
    """
    if is_part(candidate):
        numbers = [
            f.name for f in fields(candidate) if f.init and isinstance(getattr(candidate, f.name), float)
        ]
        known = getattr(candidate, "powers_of_k", numbers)
        return tuple(name for name in numbers if name in known and name != "eta" and getattr(candidate, name))
    return ("eps", "weight_decay") if kind_of(candidate) == "torch" else ()


def _without(candidate, names):
    """Return the candidate with these settings at zero."""
    if is_part(candidate):
        return replace(candidate, **dict.fromkeys(names, 0.0))

    def make(parameters):
        optimizer = candidate(parameters)
        for group in optimizer.param_groups:
            group.update({name: 0.0 for name in names if name in group})
        return optimizer

    return make
