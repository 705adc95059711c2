r"""Standard escape times to compare the paper's with.

They are those of Kramers, Eyring-Kramers, Langer and of two temperatures.

All are asymptotic, exp of a barrier many temperatures high (E = barrier / kT >= 6, say), and all are the time to
*commit* to the other side. First passage through theta = b takes half of it when overdamped, all of it when
underdamped. Logs are returned, since the times overflow.
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import elementwise, finite, finite_answer, one_of, positive, require, require_all
from theory.escape.valley import curvatures, in_unit, split


@elementwise
def effective_diffusion_printed(
    D: ArrayLike, H: ArrayLike, *, mass: ArrayLike, damping: ArrayLike
) -> np.ndarray:
    r"""Effective diffusion coefficient of finite inertia, Eq. (42).

    Kalinay and Percus derived it.

    .. math::
        \hat D = D\,\frac{1 - \sqrt{1 - z}}{z/2} = \frac{2D}{1 + \sqrt{1 - z}}, \qquad z = \frac{4H}{\gamma^2 M}

    *Verdict:* at a saddle (z < 0) it reproduces Kramers' factor for intermediate to strong friction.

    Parameters
    ----------
    D : array_like
        Diffusion coefficient, not negative.
    H : array_like
        Curvature, at most gamma^2 M / 4: above, the walker oscillates and the formula is complex.
    mass, damping : array_like
        M and gamma, positive.

    Returns
    -------
    ndarray, shape broadcast(D, H, mass, damping)

    Raises
    ------
    ValueError
        If H exceeds damping^2 mass / 4, or an argument is outside its range.

    References
    ----------
    Eqs. (42), (57); Kalinay and Percus, J. Stat. Phys. 148 (2012) 1135.
    """
    D, H, mass, damping = finite(D, "D"), finite(H, "H"), positive(mass, "mass"), positive(damping, "damping")
    require_all(D >= 0, "D", "not negative", D)
    z = 4 * H / (damping**2 * mass)
    require_all(
        z <= 1, "H", "at most damping^2 mass / 4 (above it Eq. 42 is complex: the walker oscillates)", H
    )
    return 2 * D / (1 + np.sqrt(1 - z))


@elementwise
def kramers_log_time(
    H_a: ArrayLike,
    H_b: ArrayLike,
    barrier: ArrayLike,
    *,
    mass: ArrayLike,
    damping: ArrayLike,
    D: ArrayLike,
    unit: str = "time",
    eta: ArrayLike | None = None,
) -> np.ndarray:
    r"""Log of Kramers' escape time in one dimension.

    It holds for intermediate to strong friction and constant noise.

    .. math::
        \tau_K = \frac{\pi\gamma M (1 + \sqrt{1+z})}{\sqrt{H_a |H_b|}}\, e^{\Delta L\,\gamma M/D},
        \qquad z = \frac{4|H_b|}{\gamma^2 M}

    *Verdict:* the exact rate is within 2-7 % for E >= 6 and z <= 10; beyond, at z = 100 and 1000, it is 0.75 and
    0.37 of Kramers' (E = 6): the low-friction turnover is outside every statement here.

    Parameters
    ----------
    H_a, H_b : array_like
        Curvature at the minimum (positive) and at the saddle (its sign is not used).
    barrier : array_like
        L(b) - L(a), not negative.
    mass, damping, D : array_like
        M, gamma and D of Eq. (7), positive.
    unit : {"time", "iterations"}
        Dynamical time, or iterations of length eta.
    eta : array_like, optional
        Learning rate; needed for iterations.

    Returns
    -------
    ndarray
        log(tau_K).

    References
    ----------
    Kramers, Physica 7 (1940) 284; Hanggi, Talkner and Borkovec, Rev. Mod. Phys. 62 (1990) 251.
    """
    H_a, H_b, barrier = curvatures(H_a, H_b, barrier)
    mass, damping, D = positive(mass, "mass"), positive(damping, "damping"), positive(D, "D")
    friction = damping * mass
    z = 4 * H_b / (damping**2 * mass)
    prefactor = np.log(np.pi * friction * (1 + np.sqrt(1 + z))) - np.log(H_a * H_b) / 2
    return in_unit(prefactor + barrier * friction / D, unit, eta)


@finite_answer
def eyring_kramers_log_time(
    H_a: ArrayLike,
    H_b: ArrayLike,
    barrier: ArrayLike,
    *,
    D: ArrayLike,
    unit: str = "time",
    eta: ArrayLike | None = None,
) -> np.ndarray:
    r"""Log of the Eyring-Kramers escape time.

    The process is overdamped, in any dimension, and its noise is constant and isotropic.

    .. math:: \tau = \frac{2\pi}{|\lambda_b|} \sqrt{\frac{|\det H_b|}{\det H_a}}\, e^{\Delta L/D}

    Parameters
    ----------
    H_a : array_like, shape (..., n)
        Eigenvalues of the Hessian at the minimum, positive; a number is n = 1.
    H_b : array_like, shape (..., n)
        Eigenvalues at the saddle, exactly one of them negative: lambda_b.
    barrier : array_like
        L(b) - L(a), not negative.
    D : array_like
        Diffusion coefficient, positive.
    unit, eta
        As `kramers_log_time`.

    Returns
    -------
    ndarray, shape broadcast(H_a.shape[:-1], barrier, D)

    References
    ----------
    Berglund, Markov Process. Relat. Fields 19 (2013) 459.
    """
    volume, unstable, barrier = _saddle(H_a, H_b, barrier)
    return in_unit(np.log(2 * np.pi / unstable) + volume + barrier / positive(D, "D"), unit, eta)


@finite_answer
def langer_log_time(
    H_a: ArrayLike,
    H_b: ArrayLike,
    barrier: ArrayLike,
    *,
    mass: ArrayLike,
    damping: ArrayLike,
    D: ArrayLike,
    unit: str = "time",
    eta: ArrayLike | None = None,
) -> np.ndarray:
    r"""Log of Langer's escape time with inertia.

    In any dimension it is the Eyring-Kramers time at the true growth rate.

    .. math::
        \tau = \frac{2\pi}{\lambda} \sqrt{\frac{|\det H_b|}{\det H_a}}\, e^{\Delta L\,\gamma M/D}, \qquad
        M\lambda^2 + \gamma M \lambda = |\lambda_b|

    Kramers' time when n = 1. Parameters as `eyring_kramers_log_time`, with mass and damping positive.
    """
    volume, unstable, barrier = _saddle(H_a, H_b, barrier)
    mass, damping, D = positive(mass, "mass"), positive(damping, "damping"), positive(D, "D")
    friction = damping * mass
    growth = 2 * unstable / (friction * (1 + np.sqrt(1 + 4 * unstable / (damping**2 * mass))))
    return in_unit(np.log(2 * np.pi / growth) + volume + barrier * friction / D, unit, eta)


def _saddle(H_a: ArrayLike, H_b: ArrayLike, barrier: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the quantities of saddle and valley.

    They are log sqrt(|det H_b| / det H_a), |lambda_b| and the barrier.
    """
    H_a, H_b = np.atleast_1d(positive(H_a, "H_a")), np.atleast_1d(finite(H_b, "H_b"))
    barrier = finite(barrier, "barrier")
    require(H_a.shape[-1] == H_b.shape[-1], "H_a and H_b", "as many eigenvalues each", (H_a.shape, H_b.shape))
    require_all(barrier >= 0, "barrier", "not negative", barrier)
    ok = ((H_b < 0).sum(-1) == 1) & (H_b != 0).all(-1)
    require(np.all(ok), "H_b", "eigenvalues of which exactly one is negative and none zero", H_b.tolist())
    volume = (np.log(np.abs(H_b)).sum(-1) - np.log(H_a).sum(-1)) / 2
    return volume, -H_b.min(-1), barrier


@elementwise
def two_temperature_log_time(
    H_a: ArrayLike,
    H_b: ArrayLike,
    barrier: ArrayLike,
    *,
    D_a: ArrayLike,
    D_b: ArrayLike,
    s: ArrayLike,
    interpretation: str = "ito",
    unit: str = "time",
    eta: ArrayLike | None = None,
) -> np.ndarray:
    r"""Log of the overdamped escape time, two temperatures.

    The noise is D_a below the height s and D_b above it.

    .. math::
        \tau = \frac{2\pi}{\sqrt{H_a|H_b|}} \left(\frac{D_b}{D_a}\right)^{\pm 1/2}
        \exp\left[\Delta L\left(\frac{s}{D_a} + \frac{1-s}{D_b}\right)\right]

    with + for Ito (what SGD does: the noise is drawn where the walker stands), - for Fick (the order of operators
    that Eqs. 8, 33 and 43 use) and 0 for Stratonovich. With D proportional to |H| on each side the prefactor is
    2 pi / H_a for Ito and the paper's 2 pi / |H_b| for Fick: a factor 2.18 on Styblinski-Tang.

    Parameters
    ----------
    H_a, H_b : array_like
        Curvature at the minimum and at the saddle (its sign is not used).
    barrier : array_like
        L(b) - L(a), not negative.
    D_a, D_b : array_like
        Diffusion coefficient on either side, positive.
    s : array_like
        Part of the barrier on a's side, in [0, 1].
    interpretation : {"ito", "stratonovich", "fick"}
        Where in the second derivative of Eq. (2) D stands.
    unit, eta
        As `kramers_log_time`.

    Returns
    -------
    ndarray
        log(tau).
    """
    powers = {"ito": 0.5, "stratonovich": 0.0, "fick": -0.5}
    power = powers[one_of(interpretation, powers, "interpretation")]
    H_a, H_b, barrier = curvatures(H_a, H_b, barrier)
    D_a, D_b, s = positive(D_a, "D_a"), positive(D_b, "D_b"), split(s)
    prefactor = np.log(2 * np.pi) - np.log(H_a * H_b) / 2 + power * np.log(D_b / D_a)
    return in_unit(prefactor + barrier * (s / D_a + (1 - s) / D_b), unit, eta)
