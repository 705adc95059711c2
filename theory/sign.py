r"""Diffusion limit of signSGD.

It is the limit of small steps and strong noise.

.. math:: d\theta = -\sqrt{\frac{2}{\pi C}}\, L'(\theta)\, dt + \eta^{1/2} dW, \qquad t = \eta T,
          \qquad C^{1/2} \gg |L'|

The step does not grow with the noise, so that the stationary loss is linear in the noise where SGD's is quadratic.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import exprel, log_ndtr

from theory.checks import elementwise, finite, finite_answer, number, positive, require
from theory.exact.domain import Function, slope_over_temperature
from theory.exact.iterations import iterations
from theory.exact.panels import resolve
from theory.exact.process_covariance import LARGEST_EXPONENT


@elementwise
def sign_relaxation_rate(H: ArrayLike, *, C: ArrayLike) -> np.ndarray:
    r"""Relaxation rate of signSGD on a quadratic.

    The rate is per unit of t = eta T.

    .. math:: \sqrt{\frac{2}{\pi}}\, \frac{H}{C^{1/2}}

    Parameters
    ----------
    H : array_like
        Curvature, negative at a saddle.
    C : array_like
        Variance of the gradient noise, positive; C^{1/2} must be large beside the gradient.

    Returns
    -------
    ndarray, broadcast shape
        [1/theta].
    """
    return np.sqrt(2 / np.pi) * finite(H, "H") / np.sqrt(positive(C, "C"))


@elementwise
def sign_stationary_variance(H: ArrayLike, *, eta: ArrayLike, C: ArrayLike) -> np.ndarray:
    r"""Stationary variance of signSGD on a quadratic.

    The variance is taken around the minimum.

    .. math:: \frac{\eta}{2} \sqrt{\frac{\pi}{2}}\, \frac{C^{1/2}}{H}

    Parameters
    ----------
    H : array_like
        Curvature, positive.
    eta, C : array_like
        Step, and variance of the gradient noise, positive.

    Returns
    -------
    ndarray, broadcast shape
        [theta^2]. Leading order in eta H / C^{1/2}; `theory.exact.sign_stationary_law` is exact.

    Examples
    --------
    >>> round(float(sign_stationary_variance(1.0, eta=0.01, C=4.0)), 6)
    0.012533
    """
    return positive(eta, "eta") / 2 * np.sqrt(np.pi / 2 * positive(C, "C")) / positive(H, "H")


@elementwise
def sign_stationary_loss(H: ArrayLike, *, eta: ArrayLike, C: ArrayLike) -> np.ndarray:
    r"""Stationary mean loss of signSGD.

    It is counted from the minimum, and is linear in the noise.

    .. math:: \frac{\eta}{4} \sqrt{\frac{\pi C}{2}}

    SGD's is eta C / 4. Parameters as `sign_stationary_variance`.
    """
    return positive(H, "H") / 2 * sign_stationary_variance(H, eta=eta, C=C)


@elementwise
def sign_msd(H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, C: ArrayLike) -> np.ndarray:
    r"""Mean squared displacement of signSGD on a quadratic.

    It is measured from the critical point.

    .. math:: \eta^2 T\, \frac{1 - e^{-2rt}}{2rt}, \qquad r = \sqrt{\frac{2}{\pi}}\, \frac{H}{C^{1/2}}, \quad t = \eta T

    Parameters
    ----------
    H : array_like
        Curvature, any sign and zero.
    T : array_like
        Iterations, whole.
    eta, C : array_like
        Step, and variance of the gradient noise, positive.

    Returns
    -------
    ndarray, broadcast shape
        [theta^2]. `theory.exact.sign_iteration_msd` is exact.
    """
    T, eta = iterations(T), positive(eta, "eta")
    exponent = -2 * sign_relaxation_rate(H, C=C) * eta * T
    require(np.all(exponent < LARGEST_EXPONENT), "T", "small enough for e^(2 |r| t) to be a number", T)
    return eta**2 * T * exprel(exponent)


@finite_answer
def sign_action(slope: Function, start: float, boundary: float, *, C: float) -> float:
    r"""Arrhenius slope W of signSGD.

    The law is log tau = W / eta + O(log eta).

    .. math:: W = \int_{start}^{boundary} \log \frac{\Phi(L'/C^{1/2})}{\Phi(-L'/C^{1/2})}\, d\theta
              \approx 2 \sqrt{\frac{2}{\pi}}\, \frac{\Delta L}{C^{1/2}}

    Parameters
    ----------
    slope : callable
        L'(theta), [L/theta], vectorised.
    start, boundary : float
        Minimum and saddle, [theta]; start < boundary.
    C : float
        Variance of the gradient noise, positive.

    Returns
    -------
    float
        [theta].

    Examples
    --------
    On Styblinski-Tang with the noise 100 H_a, beside Adam's 2 dL / C^{1/2}:

    >>> H_a, barrier = 34.58305910255069, 39.36177806282677
    >>> ends = -2.903534027771177, 0.15673125678034008
    >>> W = sign_action(lambda x: 2 * x**3 - 16 * x + 2.5, *ends, C=100 * H_a)
    >>> round(W, 4), round(W / (2 * barrier / (100 * H_a) ** 0.5), 3)
    (1.0719, 0.801)
    """
    low, high = (
        float(finite(number(end, name), name)) for end, name in ((start, "start"), (boundary, "boundary"))
    )
    require(low < high, "start", f"below the boundary {high}", start)
    sigma = float(np.sqrt(positive(number(C, "C"), "C")))

    def rate(x):
        force = slope_over_temperature(slope, np.ones_like, x) / sigma
        return log_ndtr(force) - log_ndtr(-force)

    panels = resolve(rate, np.ones_like, np.linspace(low, high, 17))
    return float(panels.total(rate(panels.x)))
