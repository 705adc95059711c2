r"""Which statement may be believed where: the numbers that decide it, each with a sentence.

These are flags, not errors: a formula used outside its regime still returns a number, and the flag says what that
number is worth.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from theory.checks import finite, positive, require
from theory.dynamics import inertia

Level = Literal["holds", "doubtful", "fails"]


@dataclass(frozen=True)
class Flag:
    """One dimensionless number and what it decides.

    name : its letter in the paper, or its formula.
    value : float.
    level : "holds", "doubtful" or "fails": whether the statements that rest on it may be used.
    sentence : what that means here.
    """

    name: str
    value: float
    level: Level
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Return the four fields, for JSON."""
        return asdict(self)


def _grade(name: str, value: float, steps: tuple[tuple[float, Level, str], ...]) -> Flag:
    """Return the flag of the first step whose upper end reaches ``value``."""
    level, sentence = next((level, text) for top, level, text in steps if value <= top)
    return Flag(name, float(value), level, sentence)


def flight_flag(*, T: float, beta1: float) -> Flag:
    """U = gamma t = (1 - beta1) T: how many velocity memories have passed since the start (Theorem 2).

    Parameters
    ----------
    T : float
        Iterations, not negative.
    beta1 : float
        Inertia, in [0, 1).
    """
    T = float(finite(T, "T"))
    require(T >= 0, "T", "not negative", T)
    u = (1 - float(inertia(beta1))) * T
    excess = _printed_excess(max(u, 10.0))
    steps: tuple[tuple[float, Level, str], ...] = (
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
    return _grade("u", u, steps)


def _printed_excess(u: float) -> float:
    """By how many per cent Theorem 2's sum exceeds the exact spread from rest, in the flat limit; u >= 10."""
    decay = np.exp(-u)
    return float(100 * (4 - 6 * decay + 2 * decay**2) / (2 * u - 3 + 4 * decay - decay**2))


def friction_flag(*, H_b: float, mass: float, damping: float) -> Flag:
    """Z = 4 |H_b| / (gamma^2 M): how far inertia carries the walker at the saddle (Theorem 3).

    Parameters
    ----------
    H_b : float
        Curvature at the saddle; its sign is not used.
    mass, damping : float
        M and gamma, positive.
    """
    z = (
        4
        * abs(float(finite(H_b, "H_b")))
        / (float(positive(damping, "damping")) ** 2 * float(positive(mass, "mass")))
    )
    steps: tuple[tuple[float, Level, str], ...] = (
        (0.1, "holds", "overdamped: inertia lengthens the escape by less than 3 %"),
        (10, "holds", "underdamped at the saddle: Kramers' factor matters, and is right within 7 %"),
        (100, "doubtful", "weak friction: Kramers' time is too short by up to a quarter"),
        (np.inf, "fails", "low-friction turnover: the walker gains energy too slowly for any statement here"),
    )
    return _grade("z", z, steps)


def barrier_flag(*, barrier: float, temperature: float) -> Flag:
    """E = dL / kT: how many temperatures high the barrier is (Assumptions 2 and 3).

    Parameters
    ----------
    barrier : float
        L(b) - L(a), not negative.
    temperature : float
        kT = D / (gamma M), positive.
    """
    barrier = float(finite(barrier, "barrier"))
    require(barrier >= 0, "barrier", "not negative", barrier)
    steps: tuple[tuple[float, Level, str], ...] = (
        (3, "fails", "the barrier is no obstacle: there is no escape rate to speak of"),
        (6, "doubtful", "a low barrier: asymptotic escape times are a first approximation"),
        (700, "holds", "a high barrier: asymptotic escape times hold"),
        (
            np.inf,
            "holds",
            "a barrier so high that nothing ever escapes: compare logs, nothing can be simulated",
        ),
    )
    return _grade("E", barrier / float(positive(temperature, "temperature")), steps)


def step_flag(*, H: float, eta: float) -> Flag:
    """Eta |H|: how coarse one iteration is for the differential equation.

    Parameters
    ----------
    H : float
        The largest curvature that matters.
    eta : float
        Learning rate (effective: eta beta3 / (1 - beta1) for momentum, eta_hat for Adam), positive.
    """
    steps: tuple[tuple[float, Level, str], ...] = (
        (0.01, "holds", "the differential equation stands for the iteration within 2 %"),
        (0.1, "doubtful", "the finite learning rate shows: some per cent to 17 % at a saddle"),
        (2, "fails", "the steps are too long for a differential equation: use the exact iteration"),
        (np.inf, "fails", "SGD does not converge along this direction at all"),
    )
    return _grade("eta|H|", abs(float(finite(H, "H"))) * float(positive(eta, "eta")), steps)


def adam_reach_flag(*, H: float, T: float, eta: float, B: float) -> Flag:
    """sqrt(B |H|) eta T: whether Adam's walker has begun to feel the slope (Proposition 1).

    Parameters
    ----------
    H : float
        Curvature.
    T : float
        Iterations, not negative.
    eta, B : float
        Learning rate and batch size, positive.
    """
    T = float(finite(T, "T"))
    require(T >= 0, "T", "not negative", T)
    value = np.sqrt(float(positive(B, "B")) * abs(float(finite(H, "H")))) * float(positive(eta, "eta")) * T
    steps: tuple[tuple[float, Level, str], ...] = (
        (0.1, "holds", "Adam still diffuses freely, the same in every direction"),
        (1, "doubtful", "the slope begins to show: Adam's spread is no longer isotropic"),
        (np.inf, "fails", "the slope rules, v is no longer |H| / B: ten times too low at 2"),
    )
    return _grade("sqrt(B|H|) eta T", value, steps)


def adam_memory_flag(*, H_a: float, eta: float, B: float, beta2: float) -> Flag:
    """eta_hat H_a / (1 - beta2): memory of Adam's v over the time of a climb (Proposition 2).

    Parameters
    ----------
    H_a : float
        Curvature at the minimum, positive.
    eta, B : float
        Learning rate and batch size, positive.
    beta2 : float
        In [0, 1).
    """
    H_a = float(positive(H_a, "H_a"))
    require(0 <= beta2 < 1, "beta2", "in [0, 1)", beta2)
    value = float(positive(eta, "eta")) * np.sqrt(float(positive(B, "B")) * H_a) / (1 - beta2)
    steps: tuple[tuple[float, Level, str], ...] = (
        (0.1, "holds", "v keeps up with the climb, as Proposition 2 assumes"),
        (10, "doubtful", "v lags behind the climb: Adam is between Proposition 2 and its frozen-v form"),
        (np.inf, "fails", "v is frozen during the climb: use the frozen-v form of Proposition 2"),
    )
    return _grade("eta_hat H_a / (1 - beta2)", value, steps)


def flags(
    *,
    H: float | None = None,
    T: float | None = None,
    H_a: float | None = None,
    H_b: float | None = None,
    barrier: float | None = None,
    eta: float | None = None,
    B: float | None = None,
    beta1: float | None = None,
    beta2: float | None = None,
    beta3: float | None = None,
    adam: bool = False,
) -> tuple[Flag, ...]:
    """Every flag that the given numbers decide, in the order of this file.

    Parameters
    ----------
    H, T, H_a, H_b, barrier, eta, B, beta1, beta2, beta3 : float, optional
        What is known; nothing is assumed for what is not, except beta1 = 0, beta3 = 1 in the temperature.
    adam : bool
        Whether the steps are eta_hat = eta sqrt(B / |H|), so that the mass, the damping and the temperature are
        Adam's.

    Returns
    -------
    tuple of Flag

    Examples
    --------
    >>> [flag.sentence for flag in flags(H=-1e-4, T=2000, eta=1e-3, beta1=0.9, beta3=0.1)][0]
    'overdamped: the drift term cannot be seen here, it is below 1 % of the diffusion'
    """
    found = []
    if T is not None and beta1 is not None:
        found.append(flight_flag(T=T, beta1=beta1))
    drag = 1.0 if adam else (1 - (beta1 or 0.0)) / (beta3 or 1.0)  # gamma M
    if H_b is not None and eta is not None and beta1 is not None:
        if not adam:
            found.append(friction_flag(H_b=H_b, mass=eta / (beta3 or 1.0), damping=(1 - beta1) / eta))
        elif B is not None:
            step = eta * np.sqrt(B / abs(H_b))
            found.append(friction_flag(H_b=H_b, mass=step / (1 - beta1), damping=(1 - beta1) / step))
    if barrier is not None and H_a is not None and eta is not None and B is not None:
        D = eta / 2 * (np.sqrt(H_a / B) if adam else H_a / B)
        found.append(barrier_flag(barrier=barrier, temperature=D / drag))
    curvature = H if H is not None else H_a
    if curvature is not None and eta is not None and not adam:
        found.append(step_flag(H=curvature, eta=eta / drag))
    if adam and H is not None and T is not None and eta is not None and B is not None:
        found.append(adam_reach_flag(H=H, T=T, eta=eta, B=B))
    if H_a is not None and eta is not None and B is not None and beta2 is not None:
        found.append(adam_memory_flag(H_a=H_a, eta=eta, B=B, beta2=beta2))
    return tuple(found)
