r"""Position-velocity covariance of the linear process.

It is exact in phase space at every time and curvature.

Eq. (7) on a quadratic loss is linear, so its state (x, r), x = theta - c and r = dx/dt, stays Gaussian and two
numbers rule it: the impulse response G(t) of :math:`\ddot x + \gamma \dot x + (H/M) x = 0` and the integral of its
square. The work here is to write them so that they survive every limit: flat (H = 0), critical damping
(:math:`\gamma^2 = 4H/M`), oscillation, and hundreds of growth times along a saddle direction.
"""

from math import factorial

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import exprel, gammainc, gammaln

from theory.checks import elementwise, finite, require_all
from theory.exact.start_covariance import start_covariance

TERMS = 11  # of the series in s^2; at |s| = 0.15 gamma, or |s t| = 0.5, the twelfth is below 1e-18
LARGEST_EXPONENT = 700.0  # exp() of more overflows


def _complex_exprel(x: np.ndarray) -> np.ndarray:
    """(e^x - 1) / x for complex x."""
    zero = x == 0
    return np.where(zero, 1.0, np.expm1(x) / np.where(zero, 1.0, x))


def _series(s2: np.ndarray, damping: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Integral of G^2 in powers of s^2.

    It is used for |s t| < 0.5 or |s| < 0.15 damping.
    """
    z = damping * t
    late, early = np.maximum(z, 1.0), np.minimum(z, 1.0)  # each form where it neither under- nor overflows
    ratio = np.where(z > 1, s2 / damping**2, 0.0)
    step = np.where(z > 1, 0.0, s2 * t**2)
    long = sum(ratio ** (k - 1) * gammainc(2 * k + 1, late) for k in range(1, TERMS + 1))
    short = sum(step ** (k - 1) / factorial(2 * k) * _moment(2 * k, early) for k in range(1, TERMS + 1))
    return 2 * np.where(z > 1, long / damping**3, short * t**3)


def _moment(n: int, x: np.ndarray) -> np.ndarray:
    """Integral of v^n e^(-x v) over (0, 1).

    The argument x is in [0, 1].
    """
    small = x < 1e-8
    y = np.where(small, 1.0, x)
    direct = np.exp(gammaln(n + 1) - (n + 1) * np.log(y)) * gammainc(n + 1, y)
    return np.where(small, 1 / (n + 1) - x / (n + 2), direct)


def _response(w: np.ndarray, damping: np.ndarray, t: np.ndarray):
    """Return the response functions and their integrals.

    They are (G, G', e^{l+ t} + e^{l- t}, Phi_xx, integral of G^2, integral of G'^2 where w < 0).

    l+- are the roots of l^2 + damping l + w = 0, s = l+ - l- (imaginary when the walker oscillates).
    """
    s2 = damping**2 - 4 * w
    s = np.sqrt(s2 + 0j)
    up, down = -2 * w / (damping + s), -(damping + s) / 2  # never -damping + s: it cancels for small w
    require_all(2 * up.real * t < LARGEST_EXPONENT, "t", "short enough for e^(2 l+ t) to be a number", t)
    slow, fast = np.exp(up * t), np.exp(down * t)
    G = slow * t * _complex_exprel(-s * t)
    over_slow, over_fast = t * _complex_exprel(2 * up * t), t * _complex_exprel(2 * down * t)
    over_both = t * exprel(-damping * t)

    # The three terms of the integral of G^2 cancel near critical damping and at short times: there, expand in s^2.
    near = (np.abs(s * t) < 0.5) | (np.abs(s) < 0.15 * damping)
    closed = (over_slow + over_fast - 2 * over_both).real / np.where(near, 1.0, s2)
    # Outside `near` the series is not used, and s2 = 0 there keeps its powers from overflowing.
    G2 = np.where(near, _series(np.where(near, s2, 0.0), damping, t), closed)

    velocity = (up**2 * over_slow + down**2 * over_fast).real - 2 * w * over_both
    dG2 = velocity / np.where(w < 0, s2, 1.0)
    return G.real, (up * G + fast).real, (slow + fast).real, (fast - down * G).real, G2, dG2


@elementwise
def process_covariance(
    H: ArrayLike,
    t: ArrayLike,
    *,
    mass: ArrayLike,
    damping: ArrayLike,
    D: ArrayLike,
    start: str | ArrayLike = "rest",
) -> np.ndarray:
    r"""Exact covariance of position and velocity (Eq. 7).

    The process runs on a quadratic.

    .. math::
        \langle x^2\rangle = \frac{2D}{M^2}\int_0^t G^2, \quad \langle xr\rangle = \frac{D}{M^2} G^2, \quad
        \langle r^2\rangle = \frac{2D}{M^2}\int_0^t G'^2, \qquad G(t) = \frac{e^{l_+t} - e^{l_-t}}{l_+ - l_-},

    with :math:`l_\pm` the roots of :math:`l^2 + \gamma l + H/M = 0`, plus the start carried along by the flow.
    At a saddle the walker never drifts *ahead* of diffusion: from rest, and from thermal velocities,
    :math:`\langle x^2\rangle` stays below :math:`2Dt/(\gamma M)^2` in the flat limit. That is why Theorem 2's
    printed sum of a drift and a diffusion is too large until gamma t is of the order of ten.

    Parameters
    ----------
    H : array_like
        Curvature, any sign and zero.
    t : array_like
        Dynamical time, eta T, not negative; e^(2 l+ t) must be a number.
    mass, damping : array_like
        M and gamma of Eq. (7), positive.
    D : array_like
        Diffusion coefficient eta C / 2, not negative.
    start : {"rest", "thermal"} or array_like, shape (..., 2, 2)
        Covariance of (x, r) at t = 0: nothing; x = 0 with <r^2> = D / (damping mass^2); or as given.

    Returns
    -------
    ndarray, shape broadcast(H, t, mass, damping, D) + (2, 2)
        [[<x^2>, <x r>], [<x r>, <r^2>]].

    Raises
    ------
    ValueError
        If an argument is outside its range, or the start is not a covariance.

    References
    ----------
    Eq. (7); Uhlenbeck and Ornstein, Phys. Rev. 36 (1930) 823, for the thermal start.

    Examples
    --------
    >>> flat = process_covariance(0.0, 1.0, mass=1.0, damping=1.0, D=1.0, start="thermal")
    >>> round(float(flat[0, 0]), 6)  # 2 (u - 1 + e^-u) at u = 1
    0.735759
    """
    H, t, D = finite(H, "H"), finite(t, "t"), finite(D, "D")
    mass, damping = finite(mass, "mass"), finite(damping, "damping")
    require_all(t >= 0, "t", "not negative", t)
    require_all(mass > 0, "mass", "positive", mass)
    require_all(damping > 0, "damping", "positive", damping)
    require_all(D >= 0, "D", "not negative", D)
    H, t, mass, damping, D = np.broadcast_arrays(H, t, mass, damping, D)
    w, c = H / mass, D / mass**2
    G, dG, both, stay, G2, dG2 = _response(w, damping, t)

    initial = start_covariance(start, c / damping)
    flow = np.stack([np.stack([stay, G], -1), np.stack([-w * G, dG], -1)], -2)
    xx, xr = 2 * c * G2, c * G**2
    # Two readings of the same integral; each is a sum of terms of one sign on its own side of H = 0.
    rr = np.where(w < 0, 2 * c * dG2, c * G * both + 2 * c * w * G2)
    forced = np.stack([np.stack([xx, xr], -1), np.stack([xr, rr], -1)], -2)
    return forced + flow @ initial @ np.swapaxes(flow, -1, -2)
