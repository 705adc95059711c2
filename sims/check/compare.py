"""Comparison of a candidate with a reference rule.

It tells whether they agree, or where they part and which known variant the candidate is.
"""

import math
from dataclasses import dataclass, fields, replace

import numpy as np

from diffusion import Diverged
from diffusion.checks import finite_array, require, seed_number, whole
from diffusion.contract import require_optimizer
from diffusion.optimizers import OPTIMIZERS
from sims.check.candidates import kind_of, path_of, steps_of, whole_shape
from sims.check.families import FAMILIES
from sims.check.makers import ALTERNATIVES, FORMS

AGREES = 1e-10  # difference over displacement: rounding in double precision stays below 1e-12 in 1000 steps
SINGLE = 1e-4  # likewise in single precision
PARTLY_SINGLE = 1e-6  # what one number of the memory in single precision makes of the whole


@dataclass(frozen=True)
class Comparison:
    """Result of comparing a candidate with a reference rule.

    Both saw the same gradients.

    Attributes
    ----------
    reference : str
    difference : float
        Largest difference of the two paths over the largest displacement of the reference.
    step, coordinate : int or None
        First iteration (from 1) after which a coordinate (from 0) differs by more than rounding; None if none does.
    candidate_there, reference_there : float or None
        The candidate's and the reference's parameter there.
    variant : str or None
        Known variant that the candidate agrees with instead, in words.
    steps : int
        Iterations compared.
    """

    reference: str
    difference: float
    step: int | None
    coordinate: int | None
    candidate_there: float | None
    reference_there: float | None
    variant: str | None
    steps: int

    @property
    def agrees(self):
        """Whether nothing but rounding tells the two apart."""
        return self.step is None

    def __str__(self):
        if self.agrees:
            kind = "double" if self.difference < AGREES else "single"
            return f"agrees with {self.reference} to {self.difference:.1e} over {self.steps} steps ({kind} precision)"
        said = (
            f"differs from {self.reference}: after step {self.step}, coordinate {self.coordinate} is "
            f"{self.candidate_there:.10g}, the reference's {self.reference_there:.10g}; "
            f"largest difference {self.difference:.2g} of the displacement"
        )
        return f"{said}. It is {self.variant}." if self.variant else f"{said}. No known variant matches."


def check(candidate, reference, *, steps=200, dim=10, shape=None, seed=0, gradients=None, theta0=None):
    """Compare an implementation with a reference rule.

    Both see the same gradients.

    Parameters
    ----------
    candidate : part, torch optimizer class or factory, optax transformation, or callable
        See `sims.check.path_of`.
    reference : part
        An optimizer of `diffusion`, or your own, with the hyper-parameters that the candidate has.
    steps, dim : int
        Size of the random gradients, unless ``gradients`` are given. Their scales spread over a factor of 316, and
        some are zero at first, so that eps and bias corrections show.
    shape : tuple of int, optional
        Shape of the parameters for rules on matrices.
    seed : int
        Of the random gradients.
    gradients, theta0 : array_like, optional
        Gradients of your own, shape (T, dim), and the start, shape (dim,).

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If the candidate is no optimizer of a known kind, or the reference is no optimizer.

    Examples
    --------
    >>> from diffusion import Momentum
    >>> from sims.check import check
    >>> def dampened():
    ...     memory = []
    ...     def step(gradient):
    ...         memory.append(gradient if not memory else 0.9 * memory[-1] + 0.1 * gradient)
    ...         return -0.01 * memory[-1]
    ...     return step
    >>> check(dampened, Momentum(0.01, 0.9, beta3=0.1)).variant
    'Momentum with a difference: the momentum starts at the first gradient, not at 0'
    """
    require_optimizer(reference)
    gradients, theta0 = _inputs(gradients, theta0, whole(steps, "steps", 2, 100_000), dim, shape, seed)
    found = path_of(candidate, theta0, gradients, shape=shape)
    if kind_of(candidate) == "callable" and not np.array_equal(
        found, path_of(candidate, theta0, gradients, shape=shape)
    ):
        raise ValueError(
            "The candidate remembers earlier runs. Pass a function without arguments that makes a fresh one."
        )
    wanted = path_of(reference, theta0, gradients)
    rounding = AGREES if _is_double(candidate, found, wanted) else SINGLE
    name, difference = _shown(reference), distance(found, wanted)
    if difference < rounding:
        return Comparison(name, difference, None, None, None, None, None, len(gradients))
    apart = ~(np.abs(found - wanted) <= rounding * np.max(np.abs(wanted - wanted[0])))
    step = int(np.argmax(apart.any(axis=1)))
    at = step, int(np.argmax(apart[step]))
    variant = nearest_variant(found, reference, theta0, gradients, rounding)
    return Comparison(name, difference, *at, float(found[at]), float(wanted[at]), variant, len(gradients))


def distance(found, wanted):
    """Return the largest relative difference of two paths.

    It is relative to the largest displacement of the second path; infinite if a path is lost.
    """
    moved = np.max(np.abs(wanted - wanted[0]))
    apart = np.max(np.abs(found - wanted))
    return float(apart / moved) if np.isfinite(apart) and moved > 0 else float("inf")


def nearest_variant(found, reference, theta0, gradients, rounding):
    """Describe the known variant whose path is ``found``.

    None if no known variant has this path.
    """
    name = type(reference).__name__
    ratio = _learning_rate_ratio(found, path_of(reference, theta0, gradients))
    if ratio is not None:
        return f"{name} with {ratio:.6g} times the learning rate"
    family = FAMILIES.get(name)
    for departures in family.departures(reference) if family else ():
        if departures and distance(family.path(theta0, gradients, reference, departures), found) < rounding:
            many = "a difference" if len(departures) == 1 else f"{len(departures)} differences"
            return f"{name} with {many}: {family.words(departures)}"
    for words, variant in _other_rules(reference):
        if _walks(variant, theta0, gradients, found, rounding):
            return words
    if distance(found, path_of(reference, theta0, gradients)) < PARTLY_SINGLE:
        return f"{name}, but for a number that is kept in single precision"
    return None


def _walks(rule, theta0, gradients, found, rounding):
    """Return whether a rule's path is ``found``; given up at the first difference."""
    allowed = rounding * np.max(np.abs(found - found[0]))
    try:
        steps = steps_of(rule, theta0, gradients)
        return all(
            np.max(np.abs(theta - wanted)) < allowed for theta, wanted in zip(steps, found[1:], strict=True)
        )
    except (ValueError, ArithmeticError, Diverged):  # this rule does not run on these gradients
        return False


def _learning_rate_ratio(found, wanted):
    """Return the constant ratio of two paths' displacements.

    None if the ratio is not one number, or if it is 1.
    """
    a, b = found - found[0], wanted - wanted[0]
    ratio = float(np.sum(a * b) / np.sum(b * b))
    # rounding stays below 1e-12; a learning rate that differs does so by far more than 1e-8
    return (
        ratio if abs(ratio - 1) > 1e-8 and np.max(np.abs(a - ratio * b)) < 1e-9 * np.max(np.abs(b)) else None
    )


def _other_rules(reference):
    """Yield every other built-in rule, with its description.

    The rules have the reference's hyper-parameters; variants with flipped options are included.
    """
    own = {field.name: getattr(reference, field.name) for field in fields(reference) if field.init}
    for name, value in own.items():
        for other in ALTERNATIVES.get(name, (not value,) if isinstance(value, bool) else ()):
            if other != value:
                yield from _changed(
                    f"{type(reference).__name__} with {name} = {other}", reference, {name: other}
                )
    for words, changes in FORMS.get(type(reference).__name__, ()):
        yield from _changed(words, reference, changes(reference))
    for cls in OPTIMIZERS.values():
        known = {field.name for field in fields(cls) if field.init}
        try:
            variant = cls(**{name: value for name, value in own.items() if name in known})
        except (TypeError, ValueError):  # it needs more than the reference has
            continue
        if cls is not type(reference):
            yield f"{_shown(variant)}", variant
        for field in fields(cls):
            if field.init and isinstance(field.default, bool):
                flipped = replace(variant, **{field.name: not getattr(variant, field.name)})
                yield _shown(flipped), flipped


def _changed(words, reference, changes):
    """Yield the reference with other options, unless it does not take them."""
    try:
        yield words, replace(reference, **changes)
    except (TypeError, ValueError):
        return


def _shown(optimizer):
    """Return the repr of a part in one line."""
    return " ".join(repr(optimizer).split())


def _is_double(candidate, found, wanted):
    """Return whether the candidate computes in double precision.

    A path computed in single precision stays the same to the last bit when it is stored so.
    """
    single = np.array_equal(found[1:], found[1:].astype(np.float32))
    return (
        not single
        or np.array_equal(wanted[1:], wanted[1:].astype(np.float32))
        or kind_of(candidate) == "part"
    )


def _inputs(gradients, theta0, steps, dim, shape, seed):
    """Return gradients and start: those given, or random ones."""
    rng = np.random.default_rng(seed_number(seed))
    if gradients is None:
        dim = whole(dim if shape is None else math.prod(whole_shape(shape)), "dim", 1, 100_000)
        scales = 10.0 ** np.linspace(-2, 0.5, dim)
        gradients = scales * (rng.normal(size=(steps, dim)) + 0.3)
        gradients[: max(1, steps // 40), 0] = 0.0  # a coordinate without a gradient at first
    gradients = finite_array(gradients, "gradients")
    require(gradients.ndim == 2 and len(gradients) > 1, "gradients", "of shape (T, dim)", gradients.shape)
    theta0 = rng.normal(size=gradients.shape[1]) if theta0 is None else theta0
    return gradients, finite_array(theta0, "theta0")
