r"""Stationary preconditioners of adaptive rules, and their Arrhenius slopes.

Near a minimum the gradient is noise of variance sigma^2. A rule of degree 0 divides by P, which settles at a multiple of
sigma; its walkers then have the temperature eta sigma^2 / (2 P), and

.. math:: \log\tau = a + b, \qquad b = \frac{2 P\, \Delta L}{\eta\, \sigma^2}

All of this for slow memories, beta2 -> 1. `measured_preconditioner` has no such limit: it runs the rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv

from theory.checks import (
    answer_of,
    elementwise,
    finite,
    finite_answer,
    one_positive,
    positive,
    require,
    require_all,
    whole,
)
from theory.dynamics import inertia

# v / sigma^2 at which sign(v - g^2) g^2 averages to 0: the median of chi-squared with 3 degrees of freedom, 2.366
YOGI = float(2 * gammaincinv(1.5, 0.5))
# Walkers, memories that are waited, iterations that are counted at least, and the trial slope over sigma.
WALKERS, SETTLE, FLIGHT, SLOPE = 4000, 8.0, 400, 0.05


@finite_answer
def adam_preconditioner(sigma: ArrayLike) -> np.ndarray:
    """Preconditioner of rules like Adam, P = sigma.

    Every rule whose v averages g^2 has this preconditioner.

    Parameters
    ----------
    sigma : array_like
        Standard deviation of the gradient noise, positive.

    Returns
    -------
    ndarray, shape of sigma
    """
    return positive(sigma, "sigma")


@finite_answer
def yogi_preconditioner(sigma: ArrayLike) -> np.ndarray:
    r"""Preconditioner of Yogi, P = 1.538 sigma.

    .. math:: \langle \mathrm{sign}(v - g^2)\, g^2 \rangle = 0 \quad\Rightarrow\quad v = 2.366\, \sigma^2

    Parameters as `adam_preconditioner`.
    """
    return np.sqrt(YOGI) * positive(sigma, "sigma")


@elementwise
def adabelief_preconditioner(sigma: ArrayLike, *, beta1: ArrayLike) -> np.ndarray:
    r"""Preconditioner of AdaBelief, whose v averages (g - m)^2.

    .. math:: g_t - m_t = \beta_1 (g_t - m_{t-1}), \qquad
              v = \beta_1^2 \left[1 + \frac{1-\beta_1}{1+\beta_1}\right] \sigma^2 = \frac{2\beta_1^2}{1+\beta_1}\, \sigma^2

    Parameters
    ----------
    sigma : array_like
        Standard deviation of the gradient noise, positive.
    beta1 : array_like
        Inertia, in [0, 1). At 0 the rule divides by eps alone, and P is 0.

    Returns
    -------
    ndarray, broadcast shape

    Examples
    --------
    >>> round(float(adabelief_preconditioner(1.0, beta1=0.9)), 3)  # of Adam's: v = 0.853 sigma^2
    0.923
    """
    beta1 = inertia(beta1)
    return beta1 * np.sqrt(2 / (1 + beta1)) * positive(sigma, "sigma")


@elementwise
def padam_preconditioner(sigma: ArrayLike, *, partial: ArrayLike) -> np.ndarray:
    r"""Preconditioner of Padam, P = sigma^{2q}.

    The maximum over past v, which Padam takes over from AMSGrad, is left out: it rises above sigma^2 without end, slowly.

    Parameters
    ----------
    sigma : array_like
        Standard deviation of the gradient noise, positive.
    partial : array_like
        Power q of v, in [0, 1/2]: 0 is SGD, 1/2 Adam.
    """
    q = finite(partial, "partial")
    require_all((q >= 0) & (q <= 0.5), "partial", "in [0, 0.5]", q)
    return positive(sigma, "sigma") ** (2 * q)


@finite_answer
def sign_preconditioner(sigma: ArrayLike) -> np.ndarray:
    r"""Preconditioner of signSGD under a weak slope.

    A slope is weak if L' << sigma.

    The mean step is (2 / pi)^{1/2} L' / sigma and its variance 1. `theory.sign.sign_action` has the slope at any strength.
    Parameters as `adam_preconditioner`.
    """
    return np.sqrt(2 / np.pi) * positive(sigma, "sigma")


@elementwise
def arrhenius_slope(
    barrier: ArrayLike, *, eta: ArrayLike, sigma: ArrayLike, preconditioner: ArrayLike
) -> np.ndarray:
    r"""Arrhenius slope with a frozen preconditioner.

    The rule's preconditioner stays that of the valley.

    .. math:: b = \frac{2 P\, \Delta L}{\eta\, \sigma^2}

    Parameters
    ----------
    barrier : array_like
        L(b) - L(a), not negative.
    eta : array_like
        Learning rate, positive.
    sigma : array_like
        Standard deviation of the gradient noise in the valley, positive.
    preconditioner : array_like
        P, positive: 1 for SGD and momentum that averages; `adam_preconditioner` and its kin for the others.

    Returns
    -------
    ndarray, broadcast shape
        Height of the barrier in temperatures. On a loss sharpened by k, with noise that scales likewise, it falls as k^-p
        (`theory.scaling.scaling_exponent`).

    Examples
    --------
    Yogi climbs as if the barrier were 1.538 times as high as for Adam:

    >>> adam, yogi = (
    ...     arrhenius_slope(1.0, eta=0.01, sigma=3.0, preconditioner=P(3.0))
    ...     for P in (adam_preconditioner, yogi_preconditioner)
    ... )
    >>> round(float(yogi / adam), 3)
    1.538
    """
    height = finite(barrier, "barrier")
    require_all(height >= 0, "barrier", "not negative", height)
    P, eta, sigma = positive(preconditioner, "preconditioner"), positive(eta, "eta"), positive(sigma, "sigma")
    return 2 * P * height / (eta * sigma**2)


@dataclass(frozen=True)
class MeasuredPreconditioner:
    """Response and noise of a rule in a valley.

    Both are measured on walkers.

    response : mean update over a weak mean gradient.
    noise : variance of the summed updates, an iteration.
    preconditioner : sigma^2 response / noise, the P whose Arrhenius slope the rule has.
    stderr : standard error of the preconditioner.
    """

    response: float
    noise: float
    preconditioner: float
    stderr: float


@finite_answer
def measured_preconditioner(
    update: Callable[[Any, np.ndarray], tuple[np.ndarray, Any]],
    *,
    memory: float,
    sigma: float = 1.0,
    walkers: int = WALKERS,
    seed: int = 0,
) -> MeasuredPreconditioner:
    r"""Stationary preconditioner of any rule, measured on walkers.

    .. math:: P = \sigma^2\, \frac{\chi}{S}, \qquad
              \chi = \frac{d\langle U\rangle}{d\langle g\rangle}, \quad
              S = \lim_{N\to\infty} \frac{1}{N} \mathrm{Var} \sum_{t \leq N} U_t

    The drift is eta chi L' and the diffusion eta^2 S / 2 an iteration, so that the temperature is eta S / (2 chi).

    Parameters
    ----------
    update : callable
        Takes (state, gradient) and returns (update U, next state); gradient and U of shape (walkers,). The first state is
        None.
    memory : float
        Iterations that the rule remembers, such as 1 / (1 - beta2); from 1 to 10,000. Eight of them pass before the
        measurement.
    sigma : float
        Standard deviation of the gradient noise, positive.
    walkers : int
        From 100 to 100,000.
    seed : int
        Seed of the noise.

    Returns
    -------
    MeasuredPreconditioner

    Raises
    ------
    ValueError
        If an argument is out of its range, or the updates are not finite numbers of the right shape.

    Examples
    --------
    >>> def sign(state, gradient):
    ...     return np.sign(gradient), state
    >>> found = measured_preconditioner(sign, memory=1, walkers=1000)
    >>> abs(found.preconditioner - (2 / np.pi) ** 0.5) < 4.5 * found.stderr
    True
    """
    require(callable(update), "update", "a function of a state and a gradient", update)
    sigma, memory = one_positive(sigma, "sigma"), one_positive(memory, "memory")
    require(1 <= memory <= 10_000, "memory", "from 1 to 10,000 iterations", memory)
    walkers, seed = whole(walkers, "walkers", 100, 100_000), whole(seed, "seed", 0, 2**53)
    flight = int(max(FLIGHT, memory))
    draw = np.random.default_rng(seed)
    states: list[Any] = [None, None, None]
    sums, noise = np.zeros((3, walkers)), np.zeros(walkers)
    settled = int(SETTLE * memory)
    for t in range(settled + flight):
        z = sigma * draw.standard_normal(walkers)
        for k, shift in enumerate((0.0, SLOPE * sigma, -SLOPE * sigma)):  # same noise, three slopes
            pair = answer_of(update, "update", states[k], z + shift)
            require(
                isinstance(pair, tuple) and len(pair) == 2,
                "update",
                "a function that returns (update, state)",
                pair,
            )
            states[k] = pair[1]
            U = finite(pair[0], "update")
            require(
                U.shape == (walkers,),
                "update",
                f"a function whose answer has the shape {(walkers,)}",
                U.shape,
            )
            sums[k] += U * (t >= settled)
        noise += z * (t >= settled)
    rises = (sums[1] - sums[2]) / (2 * SLOPE * sigma * flight)
    response = float(rises.mean())
    # The variance of the summed noise is known: only what the updates add to it is estimated.
    share = float(noise @ sums[0] / (noise @ noise))
    rest = sums[0] - sums[0].mean() - share * noise
    S = share**2 * sigma**2 + float(rest @ rest) / (walkers - 2) / flight
    influence = rises / response - _influence(noise, rest, share, sigma, flight) / S
    P = sigma**2 * response / S
    return MeasuredPreconditioner(response, S, P, float(P * influence.std(ddof=1) / np.sqrt(walkers)))


def _influence(noise, rest, share: float, sigma: float, flight: int) -> np.ndarray:
    """First-order weight of each walker in S.

    A walker counts through the share of the noise, and through the rest.
    """
    through_share = 2 * share * sigma**2 * noise * rest / (sigma**2 * flight)
    return through_share + rest**2 / flight
