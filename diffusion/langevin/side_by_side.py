"""Optimizer's iteration and its process, side by side.

Both are recorded at t = eta T.
"""

from dataclasses import dataclass

import numpy as np

from diffusion.checks import whole
from diffusion.contract import meeting
from diffusion.ensemble import Ensemble, evolve
from diffusion.langevin.from_optimizer import Langevin
from diffusion.langevin.integrate import integrate
from diffusion.langevin.passage import other_seed
from diffusion.values import value


@value
@dataclass(frozen=True, eq=False, repr=False)
class SideBySide:
    """Walkers of the iteration and of the process.

    Both are recorded at the same times.

    Attributes
    ----------
    iteration, process : Ensemble
        With the same ``times``, eta T; they draw independent numbers.
    """

    iteration: Ensemble
    process: Ensemble

    def ratio(self):
        """Return the msd ratio and its standard error.

        It is the msd of the process over that of the iteration, shape (times, dim).
        """
        above, below = self.process.msd(), self.iteration.msd()
        ratio = above.mean / below.mean
        # The two ensembles are independent, so that relative errors add in squares.
        return ratio, ratio * np.hypot(above.stderr / above.mean, below.stderr / below.mean)


def side_by_side(
    landscape, noise, optimizer, theta0, iterations, *, steps=1, scheme=None, langevin=None, seed, **run
):
    """Run an optimizer and its process from one point.

    The process is the one that theory reads into the optimizer. Both start at rest.

    Parameters
    ----------
    landscape, noise, optimizer
        Parts; see `Langevin.of`.
    theta0 : float or array_like, shape (dim,)
    iterations : int or increasing sequence of int
        Iterations T at which walkers are recorded; the process is recorded at eta T.
    steps : int
        Number of time steps of the process per iteration.
    scheme : callable, optional
        As for `integrate`.
    langevin : Overdamped or PhaseSpace, optional
        Process to run, for instance one frozen at a point. Default:
        ``Langevin.of(optimizer, landscape, noise)``.
    seed : int
    **run
        ``walkers``, ``workers``, ``keep`` and ``watch`` of `diffusion.evolve`.

    Returns
    -------
    SideBySide
    """
    langevin = langevin or Langevin.of(optimizer, landscape, noise)
    iteration = evolve(landscape, noise, optimizer, theta0, iterations, seed=seed, **run)
    dt = optimizer.eta / whole(steps, "steps")
    ground, _ = meeting(noise, landscape)  # averaged over the data, where the noise is that of data
    # Another seed: with the same one both would share their normals, and the ratio's error would be wrong.
    process = integrate(
        ground, langevin, theta0, iteration.times, dt=dt, scheme=scheme, seed=other_seed(seed), **run
    )
    return SideBySide(iteration, process)
