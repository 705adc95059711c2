"""Conditions that a setting decides.

They follow from the optimizer's own numbers.
"""

import numpy as np

from theory.checks import number, one_positive, require
from theory.regime.escape import (
    adam_memory_flag,
    barrier_flag,
    climb_flag,
    drag_flag,
    friction_flag,
    reading_flag,
    sample_flag,
)
from theory.regime.flag import Flag
from theory.regime.saddle import (
    adam_reach_flag,
    flight_flag,
    growth_flag,
    inertia_flag,
    one_inertia,
    step_flag,
)


def flags(
    *,
    H: float | None = None,
    T: float | None = None,
    H_a: float | None = None,
    H_b: float | None = None,
    barrier: float | None = None,
    s: float | None = None,
    eta: float | None = None,
    B: float | None = None,
    beta1: float | None = None,
    beta2: float | None = None,
    beta3: float | None = None,
    n: float | None = None,
    adam: bool = False,
) -> tuple[Flag, ...]:
    r"""Conditions that the given numbers decide, saddles before escapes.

    Give what you know of your setting: the curvature H at a saddle and the iterations T, or the curvatures H_a and H_b
    of a valley and its saddle with the barrier between them. `failed` picks the conditions that do not hold. If all hold,
    the printed form is as close to the exact one as `Statement.margin` says.

    Parameters
    ----------
    H : float, optional
        Curvature at a saddle, negative along escape directions.
    T : float, optional
        Iterations.
    H_a, H_b : float, optional
        Curvature at the minimum and at the saddle of an escape.
    barrier : float, optional
        L(b) - L(a).
    s : float, optional
        Part of the barrier climbed at the temperature of a, in [0, 1]; 1 if not given.
    eta, B, beta1, beta2, beta3 : float, optional
        Learning rate, batch size, inertia, memory of v, weight of a new gradient. Where they are not given, beta1 = 0
        and beta3 = 1 (SGD) in the length of a step and in the temperature.
    n : float, optional
        Number of observed escapes.
    adam : bool
        Whether the steps are eta_hat = eta sqrt(B / |H|), so that mass, damping and temperature are Adam's.

    Returns
    -------
    tuple of Flag

    Raises
    ------
    ValueError
        If a number is outside its range.

    Examples
    --------
    >>> for flag in flags(H=-0.2, T=1500, eta=0.01, beta1=0.9, beta3=0.1):
    ...     print(flag.name, flag.level)
    u holds
    |H| / (gamma^2 M) doubtful
    (eta H)^2 T (1 + beta1) / (1 - beta1) fails
    eta|H| holds
    """
    gap = 1 - (0.0 if beta1 is None else one_inertia(beta1))
    drag = 1.0 if adam else gap / (1.0 if beta3 is None else one_positive(beta3, "beta3"))  # gamma M
    step = None if eta is None or adam else one_positive(eta, "eta") / drag
    steepest = max((abs(number(x, "H")) for x in (H, H_a, H_b) if x is not None), default=None)
    E = None
    found = []
    if T is not None and beta1 is not None:
        found.append(flight_flag(T=T, beta1=beta1))
    if H is not None and step is not None:
        if beta1 is not None:
            found.append(inertia_flag(H=H, mass=step * drag**2 / gap, damping=gap / (step * drag)))
        if T is not None:
            found.append(growth_flag(H=H, T=T, eta=step, beta1=1 - gap))
    if H_b is not None and beta1 is not None:
        if step is not None:
            found.append(friction_flag(H_b=H_b, mass=step * drag**2 / gap, damping=gap / (step * drag)))
        elif adam and eta is not None and B is not None:
            own = one_positive(eta, "eta") / np.sqrt(_noise(H_b, B, "H_b"))  # eta_hat at the saddle
            found.append(friction_flag(H_b=H_b, mass=own / gap, damping=gap / own))
    if barrier is not None and H_a is not None and eta is not None and B is not None:
        kT = _temperature(H_a, H_b, s, one_positive(eta, "eta"), B, adam) / drag
        found.append(barrier_flag(barrier=barrier, temperature=kT))
        E = found[-1].value
    if steepest is not None and step is not None:
        found.append(step_flag(H=steepest, eta=step))
        if E is not None:
            found.append(climb_flag(E=E, H=steepest, eta=step))
    if H_a is not None and H_b is not None and not adam:
        if beta1 is not None and beta3 is not None:
            found.append(drag_flag(beta1=beta1, beta3=beta3))
        found.append(reading_flag(H_a=H_a, H_b=H_b))
    if adam and H is not None and T is not None and eta is not None and B is not None:
        found.append(adam_reach_flag(H=H, T=T, eta=eta, B=B))
    if H_a is not None and eta is not None and B is not None and beta2 is not None:
        found.append(adam_memory_flag(H_a=H_a, eta=eta, B=B, beta2=beta2))
    if n is not None:
        found.append(sample_flag(n=n))
    return tuple(found)


def _temperature(H_a, H_b, s, eta: float, B, adam: bool) -> float:
    """Diffusion coefficient of the whole climb.

    It gives the climb its exponent: D_a below the height s, D_b above.
    """
    share = 1.0 if s is None or H_b is None else number(s, "s")
    require(0 <= share <= 1, "s", "in [0, 1]", s)
    below, above = _noise(H_a, B, "H_a"), _noise(H_a if share == 1 else H_b, B, "H_b")
    power = 0.5 if adam else 1.0
    return eta / 2 / (share / below**power + (1 - share) / above**power)


def _noise(H, B, name: str) -> float:
    """C = |H| / B."""
    return one_positive(abs(number(H, name)), f"|{name}|") / one_positive(B, "B")
