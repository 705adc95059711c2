"""Declaration of a scheme: its processes, order and matrices.

A scheme is a function ``scheme(langevin, dt)`` that returns a part with ``slots``, ``dt`` and ``advance``. To be
usable for first passage the part also has ``path_variance(x, y, edge, i)``: see `diffusion.langevin.bridge`.
To be known by name it stands in the list of `diffusion.langevin.schemes`.
"""

from dataclasses import fields, is_dataclass
from functools import wraps

import numpy as np

from diffusion.checks import positive, require
from diffusion.langevin.coefficients import is_matrix, varies
from diffusion.langevin.linear import LinearScheme
from diffusion.langevin.overdamped import Overdamped
from diffusion.langevin.phase_space import PhaseSpace
from diffusion.langevin.varying_mass import StepOfVaryingMass, of_mass_one

SHOWN = {Overdamped: "Overdamped(D)", PhaseSpace: "PhaseSpace(mass, damping, D)"}


def scheme(*processes, weak_order, reading=None, matrices=None):
    """Declare a scheme.

    What it cannot run is refused before its function is called.

    Parameters
    ----------
    *processes : type
        `Overdamped`, `PhaseSpace`, or both.
    weak_order : float
        Its means miss those of the process by O(dt**weak_order).
    reading : {"ito", "stratonovich", "fick"}, optional
        How it reads an overdamped D that varies.
    matrices : callable, optional
        ``matrices(A, Q, dt)`` returns the linear step P, covariance that the scheme makes of a linear process: see
        `diffusion.langevin.linear`.

    Returns
    -------
    callable
        A decorator; what it returns has the attributes ``weak_order``, ``processes`` and ``matrices``.
    """

    def declare(make):
        name = make.__name__

        @wraps(make)
        def declared(langevin, dt):
            kinds = " or ".join(SHOWN[kind] for kind in processes)
            require(isinstance(langevin, processes), "langevin", f"{kinds} for {name}", langevin)
            positive(dt, "dt")
            # In phase space all readings agree, since theta is smooth there.
            if reading and isinstance(langevin, Overdamped):
                _require_reading(langevin, reading, name)
            if varies(getattr(langevin, "mass", None)):
                require(not is_matrix(langevin), "mass", "numbers where there are matrices", langevin.mass)
                # Run with mass 1 on the slope over M, so that no scheme has to handle a mass that varies.
                return StepOfVaryingMass(declared(of_mass_one(langevin), dt), langevin.mass)
            if is_matrix(langevin):
                require(matrices is not None, "langevin", f"without matrices for {name}", langevin)
                # The kernels of a scheme see one coordinate at a time; matrices couple them.
                return LinearScheme(langevin, dt, matrices)
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                step = make(langevin, dt)
            numbers = [getattr(step, one.name) for one in fields(step)] if is_dataclass(step) else []
            ok = all(np.all(np.isfinite(one)) for one in numbers if isinstance(one, float | np.ndarray))
            require(ok, "dt", f"small enough for the numbers of {name} to be finite", dt)
            return step

        declared.weak_order, declared.processes, declared.matrices = weak_order, processes, matrices
        return declared

    return declare


def _require_reading(langevin, reading, name):
    rule = f'"{reading}" for {name} where D varies (ito: euler_maruyama, stratonovich: heun, fick: end_point)'
    ok = not varies(langevin.D) or langevin.interpretation == reading
    require(ok, "interpretation", rule, langevin.interpretation)
