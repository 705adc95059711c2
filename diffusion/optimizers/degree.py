"""Degree law: effect of a sharper loss on an update rule.

Write an update as ``theta -= eta U``. U is homogeneous of degree h in the gradients if multiplying every gradient
by c multiplies U by c^h, and of degree d in the parameters likewise. On the sharpened loss
``L(theta) = f(sqrt(k) theta)``, noise included, gradients carry a factor sqrt(k) and parameters a factor
1 / sqrt(k). Then ``phi = sqrt(k) theta`` walks as it would on f with the learning rate ``eta k^p``, where

.. math:: p = (1 + h - d) / 2 ,

walker by walker, provided that every constant with a dimension (eps, a clip threshold, weight decay) is rescaled.

Every optimizer, yours too, states this as data:

``gradient_degree``, ``parameter_degree``
    h and d, numbers. A crossover, whose degree changes with time or with the size of the gradients, has a pair:
    its two ends, the one that holds early or for small gradients first.
``exponent``
    p, or the pair of its ends: write ``exponent = EXPONENT`` in the class.
``powers_of_k``
    The power of k with which each constant has to be multiplied, by field name. The learning rate's is -p
    unless it is listed.
``stationarity``
    ``RENEWAL``, ``TRANSIENT`` or ``NOT_STATIONARY``.
"""

import math
from dataclasses import fields, replace

from diffusion.checks import positive
from diffusion.contract import OPTIMIZER, require_optimizer

# The memory decays at fixed rates: what a walker did long ago is forgotten, escapes from a valley are a renewal
# process, and the mean escape time is an exponential's.
RENEWAL = "renewal"
# The rule itself changes with the iteration, but settles: a renewal process later on.
TRANSIENT = "renewal after a transient"
# Sums or maxima over the whole past, or averages whose memory grows: escape times depend on the walker's age.
NOT_STATIONARY = "not stationary"


def _of_ends(function, *values):
    """Return ``function(*values)``, at both ends if there are pairs.

    A plain number among pairs counts at both ends.
    """
    if not any(isinstance(value, tuple) for value in values):
        return function(*values)
    pairs = [value if isinstance(value, tuple) else (value, value) for value in values]
    return tuple(function(*ends) for ends in zip(*pairs, strict=True))


# one property object for every rule: the formula is written once, and h and d are read from the instance
EXPONENT = property(
    lambda self: _of_ends(lambda h, d: (1 + h - d) / 2, self.gradient_degree, self.parameter_degree),
    doc="Exponent p of the degree law, (1 + h - d) / 2; the pair of its ends for a crossover.",
)


def sharpened(optimizer, k):
    """Rescaled optimizer for a loss sharper by ``k``.

    Parameters
    ----------
    optimizer : part
        An optimizer that says its degrees; parts inside it are rescaled too.
    k : float
        Factor of every curvature, positive: the loss becomes ``f(sqrt(k) theta)``.

    Returns
    -------
    part
        The same rule with every constant that has a dimension rescaled. On the sharpened loss it takes
        ``theta = phi / sqrt(k)`` where ``optimizer`` takes phi on f.

    Raises
    ------
    ValueError
        If k is not positive, or the optimizer does not say its degrees.

    Examples
    --------
    >>> from diffusion import Adam, sharpened
    >>> sharpened(Adam(0.1, eps=1e-8), 4.0)
    Adam(eta=0.05, beta1=0.9, beta2=0.999, eps=2e-08)
    """
    require_optimizer(optimizer)
    positive(k, "k")
    powers = _powers(optimizer)
    twins = {}
    for field in fields(optimizer):
        value = getattr(optimizer, field.name)
        # a wrapper's inner optimizer has dimensions of its own
        if OPTIMIZER.fits(value):
            twins[field.name] = sharpened(value, k)
        elif field.name in powers:
            try:
                factor = float(k) ** powers[field.name]
            except OverflowError:  # Python's power raises where NumPy's would be infinite
                raise ValueError(f"k = {k!r} is too far from 1: {field.name} would be infinite") from None
            twins[field.name] = _times(value, factor)
    # a new object: its constants are checked again, and numbers derived from them are computed again
    return replace(optimizer, **twins)


def rate_power(optimizer):
    """Power of k with which the learning rate rescales.

    For a wrapper such as `Cautious` it is that of the optimizer inside.
    """
    powers = _powers(optimizer)
    if "eta" in powers:
        return powers["eta"]
    # exactly one inner optimizer, or unpacking fails: two would leave the rate ambiguous
    (inner,) = (
        getattr(optimizer, f.name) for f in fields(optimizer) if OPTIMIZER.fits(getattr(optimizer, f.name))
    )
    return rate_power(inner)


def _powers(optimizer):
    """Return the power of k of every field that has one.

    The learning rate's follows from the degrees.
    """
    powers = dict(getattr(optimizer, "powers_of_k", {}))
    if "eta" in powers or not any(field.name == "eta" for field in fields(optimizer)):
        return powers
    exponent = getattr(optimizer, "exponent", None)
    # a pair of exponents names no single power: a crossover has to list eta in powers_of_k
    if exponent is None or isinstance(exponent, tuple):
        raise ValueError(
            f"{type(optimizer).__name__} does not say how its learning rate rescales: give it gradient_degree, "
            "parameter_degree and exponent = EXPONENT, or list eta in powers_of_k."
        )
    return powers | {"eta": -exponent}


def _times(value, factor):
    """Return a field times a factor.

    None and infinity (no bound) stay as they are.
    """
    # a missing constant takes its value from another field; a bound that is absent stays absent
    if value is None or (isinstance(value, float) and math.isinf(value)):
        return value
    return tuple(one * factor for one in value) if isinstance(value, tuple) else value * factor
