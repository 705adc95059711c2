"""Conditions of the statements about escape.

The statements are Theorem 3, Propositions 2 and 4.
"""

import numpy as np

from theory.checks import finite_answer, number, one_positive, require
from theory.regime.flag import BELOW, Flag, Steps, grade
from theory.regime.saddle import one_inertia
from theory.statistics import printed_coverage


@finite_answer
def friction_flag(*, H_b: float, mass: float, damping: float) -> Flag:
    """Inertia at the saddle, z (Theorem 3).

    It is z = 4 |H_b| / (gamma^2 M).

    Parameters
    ----------
    H_b : float
        Curvature at the saddle; its sign is not used.
    mass, damping : float
        M and gamma, positive.
    """
    z = 4 * abs(_nonzero(H_b, "H_b")) / (one_positive(damping, "damping") ** 2 * one_positive(mass, "mass"))
    steps: Steps = (
        (
            0.1,
            "holds",
            "overdamped: inertia lengthens the time to commit by less than 3 % (first passage to the saddle, by up to 21 %)",
        ),
        (10, "holds", "underdamped at the saddle: Kramers' factor matters, and is right within 7 %"),
        (100, "doubtful", "weak friction: Kramers' time is too short by up to a quarter"),
        (np.inf, "fails", "low-friction turnover: the walker gains energy too slowly for any statement here"),
    )
    return grade("z", z, steps)


@finite_answer
def barrier_flag(*, barrier: float, temperature: float) -> Flag:
    """Barrier height in temperatures, E = dL / kT.

    Parameters
    ----------
    barrier : float
        L(b) - L(a), not negative.
    temperature : float
        kT = D / (gamma M), positive. Where the part s of the barrier is climbed at the temperature of a and the rest
        at that of b, give 1 / (s / kT_a + (1 - s) / kT_b).
    """
    height, kT = number(barrier, "barrier"), one_positive(temperature, "temperature")
    require(0 <= height < np.inf, "barrier", "not negative and finite", barrier)
    steps: Steps = (
        (3 * BELOW, "fails", "the barrier is no obstacle: there is no escape rate to speak of"),
        (6 * BELOW, "doubtful", "a low barrier: asymptotic escape times are a first approximation"),
        (700, "holds", "a high barrier: asymptotic escape times hold"),
        (
            np.inf,
            "holds",
            "a barrier so high that nothing ever escapes: compare logs, nothing can be simulated",
        ),
    )
    return grade("E", height / kT, steps)


@finite_answer
def climb_flag(*, E: float, H: float, eta: float) -> Flag:
    """Error of the exponent from finite steps.

    The finite learning rate makes it eta |H| E.

    One iteration's noise is larger or smaller than that of the process by the share eta |H| / 2, and so is the exponent.

    Parameters
    ----------
    E : float
        Height of the barrier in temperatures, not negative.
    H : float
        The larger of the two curvatures; its sign is not used.
    eta : float
        Learning rate (effective: eta beta3 / (1 - beta1) for momentum), positive.
    """
    height = number(E, "E")
    require(0 <= height < np.inf, "E", "not negative and finite", E)
    value = one_positive(eta, "eta") * abs(_nonzero(H, "H")) * height
    steps: Steps = (
        (0.04, "holds", "the finite learning rate changes the escape time by less than 2 %"),
        (0.4, "doubtful", "the finite learning rate changes the escape time by some per cent to 20 %"),
        (np.inf, "fails", "the finite learning rate changes the exponent: use the exact iteration"),
    )
    return grade("eta|H| E", value, steps)


@finite_answer
def drag_flag(*, beta1: float, beta3: float) -> Flag:
    """Factor gamma M that Theorem 3's printed prefactor lacks.

    Parameters
    ----------
    beta1 : float
        Inertia, in [0, 1).
    beta3 : float
        Weight of a new gradient, positive.
    """
    value = (1 - one_inertia(beta1)) / one_positive(beta3, "beta3")
    if abs(np.log(value)) <= 0.01:
        return Flag("gamma M", value, "holds", "the factor that the printed time lacks is 1 here")
    times = f"the printed time is {1 / value:.3g} times the corrected one: it lacks this factor"
    return Flag("gamma M", value, "fails", times)


@finite_answer
def reading_flag(*, H_a: float, H_b: float) -> Flag:
    """Fick's escape time over Ito's, H_a / |H_b|.

    Fick's is the printed one; Ito's is SGD's.

    Parameters
    ----------
    H_a, H_b : float
        Curvature at the minimum, positive, and at the saddle (its sign is not used).
    """
    value = one_positive(H_a, "H_a") / abs(_nonzero(H_b, "H_b"))
    away = abs(np.log(value))
    level = "holds" if away <= 0.02 else "doubtful" if away <= 0.1 else "fails"
    alike = "both readings of the noise, Fick's as printed and SGD's own (Ito), give one time"
    apart = f"the printed time reads the noise as Fick: it is {value:.3g} times that of SGD's own noise (Ito)"
    return Flag("H_a / |H_b|", value, level, alike if level == "holds" else apart)  # type: ignore[arg-type]


@finite_answer
def adam_memory_flag(*, H_a: float, eta: float, B: float, beta2: float) -> Flag:
    """Memory of Adam's v (Proposition 2).

    It is compared with the time of a climb.

    Parameters
    ----------
    H_a : float
        Curvature at the minimum, positive.
    eta, B : float
        Learning rate and batch size, positive.
    beta2 : float
        Memory of v, in [0, 1).
    """
    memory = number(beta2, "beta2")
    require(0 <= memory < 1, "beta2", "in [0, 1)", beta2)
    value = one_positive(eta, "eta") * np.sqrt(one_positive(B, "B") * one_positive(H_a, "H_a")) / (1 - memory)
    steps: Steps = (
        (0.1, "holds", "v keeps up with the climb, as Proposition 2 assumes"),
        (10, "doubtful", "v lags behind the climb: Adam is between Proposition 2 and its frozen-v form"),
        (np.inf, "fails", "v is frozen during the climb: use the frozen-v form of Proposition 2"),
    )
    return grade("eta_hat H_a / (1 - beta2)", value, steps)


@finite_answer
def sample_flag(*, n: float) -> Flag:
    """Count of observed escapes.

    It says how far the 95 % of Eq. (120) may be trusted.

    Parameters
    ----------
    n : float
        Whole, at least 3.
    """
    count = number(n, "n")
    missed = float(1 - printed_coverage(count))
    sentence = f"the printed 95 % interval misses the true rate in {100 * missed:.3g} % of cases"
    level = "fails" if count < 30 else "doubtful" if count < 300 else "holds"
    return Flag("n", count, level, sentence)  # type: ignore[arg-type]


def _nonzero(value: float, name: str) -> float:
    one = number(value, name)
    require(np.isfinite(one) and one != 0, name, "finite and different from 0", value)
    return one
