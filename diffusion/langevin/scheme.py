"""What schemes have in common: a declared order, and the door they check a process at.

A scheme is a function ``scheme(langevin, dt)`` that returns a part with ``slots``, ``dt`` and ``advance``. To be
usable for first passage the part also has ``path_variance(x, y, edge, i)``: see `diffusion.langevin.passage`.
"""

from diffusion.checks import positive, require
from diffusion.langevin.coefficients import is_matrix, varies
from diffusion.langevin.overdamped import Overdamped
from diffusion.langevin.phase_space import PhaseSpace


def weak_order(order):
    """Declare a scheme's weak order: its means miss those of the process by O(dt**order)."""

    def declared(scheme):
        scheme.weak_order = order
        return scheme

    return declared


def require_process(langevin, kinds, dt, scheme, matrices=False):
    """Raise unless a scheme can run this process: ``TypeError`` for another kind, ``ValueError`` otherwise."""
    if not isinstance(langevin, kinds):
        names = " or ".join(PROCESSES[kind] for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
        raise TypeError(f"langevin must be {names} for {scheme}, got {type(langevin).__name__}")
    positive(dt, "dt")
    rule = "numbers or rows: matrices are for exact and euler_maruyama"
    require(matrices or not is_matrix(langevin), "langevin", rule, langevin)


def require_reading(langevin, reading, scheme):
    """Raise ``ValueError`` unless D is constant or the process is read as the scheme reads it."""
    rule = (
        f'"{reading}" for {scheme} where D varies (ito: euler_maruyama, stratonovich: heun, fick: end_point)'
    )
    ok = not varies(langevin.D) or langevin.interpretation == reading
    require(ok, "interpretation", rule, langevin.interpretation)


PROCESSES = {Overdamped: "Overdamped(D)", PhaseSpace: "PhaseSpace(mass, damping, D)"}
