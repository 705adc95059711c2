"""Run many walkers of a stochastic process.

They are recorded at chosen times.
"""

import numpy as np

from diffusion.checks import finite_array, positive, require
from diffusion.contract import require_parts
from diffusion.ensemble import evolve
from diffusion.langevin.coefficients import check_shapes
from diffusion.langevin.phase_space import PhaseSpace
from diffusion.langevin.schemes import time_step


def integrate(landscape, langevin, theta0, times, *, dt, scheme=None, **run):
    """Run many walkers of a stochastic process.

    All start at one point, or each at its own.

    Parameters
    ----------
    landscape : part
    langevin : Overdamped or PhaseSpace
    theta0 : float or array_like, shape (dim,) or (walkers, dim)
        Common start of all walkers, or one start for each.
    times : float or increasing sequence of float
        Times at which walkers are recorded, whole multiples of ``dt``; 0 is the start.
    dt : float
        Time step, positive.
    scheme : callable, optional
        Scheme that makes the time step, such as `baoab`. Default: the scheme that `natural_scheme` returns.
    **run
        ``walkers``, ``seed``, ``speed0``, ``workers``, ``keep`` and ``watch`` of `diffusion.evolve`.

    Returns
    -------
    Ensemble
        Its ``iterations`` count time steps and its ``times`` are the times.

    Examples
    --------
    >>> from diffusion import Overdamped, Quadratic, integrate
    >>> run = integrate(Quadratic([0.0]), Overdamped(1.0), 0.0, 2.0, dt=0.01, walkers=10_000, seed=0)
    >>> 3.8 < float(run.msd().mean[0, 0]) < 4.2  # free diffusion: 2 D t
    True
    """
    positive(dt, "dt")
    times = np.atleast_1d(finite_array(times, "times"))
    step = time_step(langevin, dt, scheme)
    # None in place of gradient noise: the step already holds the noise of the process.
    require_parts(landscape, None, step)
    check_shapes(langevin, landscape)
    at_rest = not np.any(run.get("speed0", 0.0))
    require(
        at_rest or isinstance(langevin, PhaseSpace),
        "speed0",
        "0 for an overdamped process",
        run.get("speed0"),
    )
    with np.errstate(over="ignore"):
        steps = np.rint(times / dt)
        # In binary 0.3 is no exact multiple of 0.1: 1e-9 admits the rounding, and no time between two steps.
        ok = np.allclose(steps * dt, times, rtol=1e-9, atol=0) and steps.ndim == 1
    ok = ok and steps[0] >= 0 and np.all(np.diff(steps) > 0)
    require(ok, "times", f"increasing multiples of dt = {dt:g} from 0 on", times.tolist())
    return evolve(landscape, None, step, theta0, steps, **run)
