r"""Conditions of the statements about saddles.

The statements are Theorems 1 and 2 and Proposition 1.

Limits and sentences were measured against the exact iterations, and the tests measure them again.
"""

import numpy as np

from theory.checks import finite_answer, number, one_positive, require
from theory.dynamics import inertia
from theory.regime.flag import Flag, Steps, grade


@finite_answer
def flight_flag(*, T: float, beta1: float) -> Flag:
    """Velocity memories since the start (Theorem 2).

    Their number is u = (1 - beta1) T.

    Parameters
    ----------
    T : float
        Iterations, not negative.
    beta1 : float
        Inertia, in [0, 1).
    """
    u = (1 - one_inertia(beta1)) * duration(T)
    excess = _printed_excess(max(u, 10.0))
    steps: Steps = (
        (
            10,
            "fails",
            "inertia still rules: Theorem 2's drift and diffusion count the same displacement twice",
        ),
        (
            100,
            "doubtful",
            f"Theorem 2 is {excess:.2g} % too large (no slope, from rest): a quarter of this is its drift term",
        ),
        (np.inf, "holds", "overdamped: the drift term cannot be seen here, it is below 1 % of the diffusion"),
    )
    return grade("u", u, steps)


def _printed_excess(u: float) -> float:
    """Excess of Theorem 2's sum, in per cent.

    It is the excess over the exact spread from rest in the flat limit; u >= 10.
    """
    decay = np.exp(-u)
    return float(100 * (4 - 6 * decay + 2 * decay**2) / (2 * u - 3 + 4 * decay - decay**2))


@finite_answer
def inertia_flag(*, H: float, mass: float, damping: float) -> Flag:
    """Force during one velocity memory (Theorem 2).

    Its size is |H| / (gamma^2 M).

    Parameters
    ----------
    H : float
        Curvature at the saddle.
    mass, damping : float
        M and gamma, positive.
    """
    value = abs(_curvature(H)) / (one_positive(damping, "damping") ** 2 * one_positive(mass, "mass"))
    steps: Steps = (
        (
            0.0025,
            "holds",
            "the force during a flight does not matter: it changes the spread by less than 1 %",
        ),
        (
            0.025,
            "doubtful",
            "the force during a flight, which Theorem 2 drops, changes the spread by 1 to 8 %",
        ),
        (np.inf, "fails", "the force bends the flights: Theorem 2 drops it; use the corrected form"),
    )
    return grade("|H| / (gamma^2 M)", value, steps)


@finite_answer
def growth_flag(*, H: float, T: float, eta: float, beta1: float = 0.0) -> Flag:
    r"""Error of the printed growth rate.

    It has built up over T iterations (Theorems 1 and 2).

    .. math:: (\eta H)^2 T \, \frac{1 + \beta_1}{1 - \beta_1}

    The printed spread grows as e^{2|H| eta T}, that of the iteration more slowly; the ratio of the two is the exponential
    of this number.

    Parameters
    ----------
    H : float
        Curvature. In a valley (H >= 0) nothing grows, and the number is 0.
    T : float
        Iterations, not negative.
    eta : float
        Learning rate (effective: eta beta3 / (1 - beta1) for momentum), positive.
    beta1 : float
        Inertia, in [0, 1).
    """
    gap = 1 - one_inertia(beta1)
    value = (one_positive(eta, "eta") * min(_curvature(H), 0.0)) ** 2 * duration(T) * (2 - gap) / gap
    ahead = f"{100 * np.expm1(min(value, 7.0)):.2g} %" if value < 7 else "more than a thousand times"
    steps: Steps = (
        (0.01, "holds", "the printed growth rate is right within 1 % over this time"),
        (0.1, "doubtful", f"the printed spread grows too fast: by now it is {ahead} ahead of the iteration"),
        (np.inf, "fails", f"the printed spread grows too fast: by now it is {ahead} ahead of the iteration"),
    )
    name = "(eta H)^2 T" if gap == 1 else "(eta H)^2 T (1 + beta1) / (1 - beta1)"
    return grade(name, value, steps)


@finite_answer
def step_flag(*, H: float, eta: float) -> Flag:
    """Coarseness of one iteration, eta |H|.

    It must be small for the differential equation to apply.

    Parameters
    ----------
    H : float
        The largest curvature that matters.
    eta : float
        Learning rate (effective: eta beta3 / (1 - beta1) for momentum, eta_hat for Adam), positive.
    """
    steps: Steps = (
        (0.01, "holds", "the differential equation stands for the iteration within 2 %"),
        (0.1, "doubtful", "the finite learning rate shows: some per cent to 17 % at a saddle"),
        (2, "fails", "the steps are too long for a differential equation: use the exact iteration"),
        (np.inf, "fails", "SGD does not converge along this direction at all"),
    )
    return grade("eta|H|", abs(_curvature(H)) * one_positive(eta, "eta"), steps)


@finite_answer
def adam_reach_flag(*, H: float, T: float, eta: float, B: float) -> Flag:
    """Slope that Adam's walker feels by now.

    It is sqrt(B |H|) eta T (Proposition 1).

    Parameters
    ----------
    H : float
        Curvature.
    T : float
        Iterations, not negative.
    eta, B : float
        Learning rate and batch size, positive.
    """
    value = np.sqrt(one_positive(B, "B") * abs(_curvature(H))) * one_positive(eta, "eta") * duration(T)
    steps: Steps = (
        (0.1, "holds", "Adam still diffuses freely, the same in every direction"),
        (1, "doubtful", "the slope begins to show: Adam's spread is no longer isotropic"),
        (np.inf, "fails", "the slope rules, and v is no longer |H| / B: eta^2 T is ten times too low at 2"),
    )
    return grade("sqrt(B|H|) eta T", value, steps)


def total_drift_flag() -> Flag:
    """Excess of the spread over free diffusion.

    Walkers start from rest. The unit is Eq. (10)'s drift: -3 everywhere.
    """
    sentence = "from rest the spread falls short of free diffusion by three times the printed drift; there is no drift"
    return Flag("excess / printed drift", -3.0, "fails", sentence)


def duration(T: float) -> float:
    """Return T as one float.

    A T that is negative or not finite raises ``ValueError``.
    """
    one = number(T, "T")
    require(0 <= one < np.inf, "T", "not negative and finite", T)
    return one


def one_inertia(beta1: float) -> float:
    """Return beta1 as one float.

    A value outside [0, 1) raises ``ValueError``.
    """
    return float(inertia(number(beta1, "beta1")))


def _curvature(H: float) -> float:
    one = number(H, "H")
    require(np.isfinite(one), "H", "finite", H)
    return one
