"""Momentum at a saddle, printed and corrected (Theorem 2)."""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import elementwise, finite, one_of, positive
from theory.dynamics import gradient_noise, inertia, momentum_dynamics
from theory.exact.iterations import iterations, momentum_iteration_msd
from theory.exact.process_covariance import process_covariance
from theory.saddle.sgd import spread

# Excess of the spread over free diffusion eta^2 C T as beta1 -> 1, by eta^2 C / (1 - beta1)
EXCESS = {"rest": -1.5, "thermal": -1.0, "bias-corrected": np.pi**2 / 6}


@elementwise
def momentum_drift_printed(
    H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta1: ArrayLike, beta3: ArrayLike
) -> np.ndarray:
    r"""Momentum drift effect, the first term of Theorem 2.

    .. math::
        \frac{D_i}{\gamma^3 M^2}\left[1 - e^{-\gamma t}\right]^2
        = \frac{\beta_3^2 |H_i| \eta^2}{2(1-\beta_1)^3 B} \left[1 - e^{-(1-\beta_1)T}\right]^2

    Ballistic flight with the equilibrium velocity, slowed by friction. *Verdict:* real only as the difference
    between a thermal start and a start at rest, and then exactly so as H -> 0; added to the diffusion it counts the
    same displacement twice.

    Parameters
    ----------
    H : array_like
        Hessian eigenvalue.
    T : array_like
        Iterations, whole.
    eta, B : array_like
        Learning rate and batch size, positive.
    beta1 : array_like
        Inertia, in [0, 1).
    beta3 : array_like
        1 (SGD-style) or 1 - beta1 (Adam-style).

    Returns
    -------
    ndarray, shape broadcast(H, T, eta, B, beta1, beta3)

    References
    ----------
    Theorem 2, Eqs. (9), (27).
    """
    T, eta = iterations(T), positive(eta, "eta")
    physics = momentum_dynamics(H, eta=eta, B=B, beta1=beta1, beta3=beta3)
    flight = -np.expm1(-physics.damping * eta * T) / physics.damping
    return physics.equilibrium_speed_squared * flight**2


@elementwise
def momentum_diffusion_printed(
    H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta1: ArrayLike, beta3: ArrayLike
) -> np.ndarray:
    r"""Diffusion effect of Momentum, Theorem 2's second term.

    .. math:: \frac{D_i}{\gamma M H_i}\left[1 - e^{-2 H_i t / (\gamma M)}\right]

    *Verdict:* the right limit, reached slowly: from rest it is 18, 5 and 1.5 % too large at (1 - beta1) T = 10, 30
    and 100. Parameters as `momentum_drift_printed`.

    References
    ----------
    Theorem 2, Eqs. (9), (29).
    """
    H, T, eta = finite(H, "H"), iterations(T), positive(eta, "eta")
    physics = momentum_dynamics(H, eta=eta, B=B, beta1=beta1, beta3=beta3)
    return 2 * physics.temperature * spread(H, eta * T / physics.friction, T)


@elementwise
def momentum_msd_printed(
    H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta1: ArrayLike, beta3: ArrayLike
) -> np.ndarray:
    r"""Mean squared displacement of Momentum (Theorem 2).

    It is drift plus diffusion.

    .. math:: \langle(\theta_i - c_i)^2\rangle = \frac{D_i}{\gamma^3 M^2}\left[1 - e^{-\gamma t}\right]^2
        + \frac{D_i}{\gamma M H_i}\left[1 - e^{-2 H_i t / (\gamma M)}\right]

    It drops the force during the flight, and adds two effects that are one. *Verdict:* refuted while
    u = (1 - beta1) T is below about 10: in the flat limit it is 338, 7.1, 1.24, 1.02 times the exact spread from
    rest at u = 0.1, 1, 10, 100, and 21.6, 3.3, 1.17, 1.015 times the one from thermal velocities. Momentum's spread
    is in truth *below* overdamped diffusion at all times. Parameters as `momentum_drift_printed`.
    """
    return momentum_drift_printed(H, T, eta=eta, B=B, beta1=beta1, beta3=beta3) + momentum_diffusion_printed(
        H, T, eta=eta, B=B, beta1=beta1, beta3=beta3
    )


@elementwise
def momentum_drift_leading(
    H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta1: ArrayLike, beta3: ArrayLike
) -> np.ndarray:
    r"""Momentum drift: first term of Eqs. (31) and (32).

    It holds no H t, so it is `momentum_drift_printed` in other letters.

    .. math:: \frac{\beta_3^2 |H_i| \eta^2}{2(1-\beta_1)^3 B}\left[1 - e^{-(1-\beta_1)T}\right]^2

    Eq. (31) is beta3 = 1 - beta1, Eq. (32) is beta3 = 1. Parameters as `momentum_drift_printed`.
    """
    slow = 1 - inertia(beta1)
    size = positive(beta3, "beta3") ** 2 * positive(eta, "eta") ** 2 * gradient_noise(H, B=B) / (2 * slow**3)
    return size * np.expm1(-slow * iterations(T)) ** 2


@elementwise
def momentum_diffusion_leading(
    H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta1: ArrayLike, beta3: ArrayLike
) -> np.ndarray:
    r"""Diffusion effect of Momentum at leading order.

    It holds while |H| eta T << 1.

    .. math:: \frac{\beta_3^2 |H_i| \eta^2 T}{(1-\beta_1)^2 B} + O(B^{-1} H_i^2 \eta^3 T^2)

    Parameters as `momentum_drift_printed`.
    """
    step = positive(beta3, "beta3") * positive(eta, "eta") / (1 - inertia(beta1))
    return step**2 * gradient_noise(H, B=B) * iterations(T)


@elementwise
def momentum_msd_leading(
    H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta1: ArrayLike, beta3: ArrayLike
) -> np.ndarray:
    """Spread of Momentum at leading order.

    The whole of Eq. (31) (beta3 = 1 - beta1) or of Eq. (32) (beta3 = 1). Parameters as `momentum_drift_printed`.
    """
    return momentum_drift_leading(H, T, eta=eta, B=B, beta1=beta1, beta3=beta3) + momentum_diffusion_leading(
        H, T, eta=eta, B=B, beta1=beta1, beta3=beta3
    )


@elementwise
def momentum_msd_corrected(
    H: ArrayLike,
    T: ArrayLike,
    *,
    eta: ArrayLike,
    B: ArrayLike,
    beta1: ArrayLike,
    beta3: ArrayLike,
    start: str | ArrayLike = "rest",
) -> np.ndarray:
    r"""Theorem 2 as it should read.

    It is the <(theta - c)^2> that Eq. (7) really has at t = eta T.

    In the flat limit and in units :math:`D/(\gamma^3 M^2)`, with u = (1 - beta1) T:
    :math:`2u - 3 + 4e^{-u} - e^{-2u}` from rest, :math:`2(u - 1 + e^{-u})` from thermal velocities; printed is
    :math:`2u + (1 - e^{-u})^2`. Parameters as `momentum_drift_printed`; `start` as
    `theory.exact.process_covariance`, which computes it.
    """
    T, eta = iterations(T), positive(eta, "eta")
    physics = momentum_dynamics(H, eta=eta, B=B, beta1=beta1, beta3=beta3)
    covariance = process_covariance(
        H, eta * T, mass=physics.mass, damping=physics.damping, D=physics.D, start=start
    )
    return covariance[..., 0, 0]


@elementwise
def momentum_msd_exact(
    H: ArrayLike,
    T: ArrayLike,
    *,
    eta: ArrayLike,
    B: ArrayLike,
    beta1: ArrayLike,
    beta3: ArrayLike,
    start: str | ArrayLike = "rest",
    bias_correction: bool = False,
) -> np.ndarray:
    """Exact mean squared displacement of heavy ball.

    The noise has variance |H| / B.

    Parameters as `momentum_drift_printed`; `start`, `bias_correction` and errors as
    `theory.exact.momentum_iteration_msd`, which computes it.

    Returns
    -------
    ndarray, shape broadcast(H, T, eta, B, beta1, beta3)
        In units theta^2.
    """
    C = gradient_noise(H, B=B)
    return momentum_iteration_msd(
        H, T, eta=eta, C=C, beta1=beta1, beta3=beta3, start=start, bias_correction=bias_correction
    )


@elementwise
def momentum_total_drift_printed(
    H: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta1: ArrayLike
) -> np.ndarray:
    r"""Total momentum drift past a saddle (Eq. 10).

    The momentum is in the style of Adam.

    .. math:: \langle\Delta\theta_i\rangle^2 = \frac{|H_i| \eta^2}{2(1-\beta_1)B}

    The T -> infinity limit of `momentum_drift_printed` with beta3 = 1 - beta1; parameters as there.
    """
    return gradient_noise(H, B=B) * positive(eta, "eta") ** 2 / (2 * (1 - inertia(beta1)))


@elementwise
def momentum_total_drift_corrected(
    H: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta1: ArrayLike, start: str = "rest"
) -> np.ndarray:
    r"""Excess of momentum's spread over free diffusion.

    The momentum is Adam-style; free diffusion is eta^2 C T, for beta1 -> 1 and no force.

    What Eq. (10) adds to the diffusion, as it really is: the printed size times -3 from rest, -2 from thermal
    velocities, and :math:`+\pi^2/3` with bias correction, whose early steps are longer.

    Parameters
    ----------
    H : array_like
        Hessian eigenvalue.
    eta, B : array_like
        Learning rate and batch size, positive.
    beta1 : array_like
        Inertia, in [0, 1).
    start : {"rest", "thermal", "bias-corrected"}
        Bias-corrected momentum starts from rest.

    Returns
    -------
    ndarray, shape broadcast(H, eta, B, beta1)
    """
    return (
        2
        * EXCESS[one_of(start, EXCESS, "start")]
        * momentum_total_drift_printed(H, eta=eta, B=B, beta1=beta1)
    )
