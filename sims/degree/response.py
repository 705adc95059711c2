"""Temperature of any update rule.

It is drift over diffusion, from the rule's answer to a weak constant force.

Near equilibrium a walker's log escape time grows with the integral of drift / diffusion over the way out, whatever the
update rule. Both are measured here on a landscape without valleys, so that the slope of log tau in the sharpness is
predicted without a free parameter and without knowing the rule.
"""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad

from diffusion import FrozenNoise, Quadratic, evolve

FORCES = (0.05, 0.1)  # constant forces over the noise's sigma: a valley's largest is 0.1 of it
# A parabola seen from so far away is a slope: its force changes by 1e-6 of itself where a walker moves by one.
FAR = 1e6


@dataclass(frozen=True)
class Response:
    """Drift over diffusion as a function of the force.

    The quotient belongs to one rule and is multiplied by its learning rate.

    Attributes
    ----------
    linear, cubic : float
        eta drift / diffusion = (linear + cubic (force / sigma)^2) force.
    error : float
        Relative standard error.
    sigma : float
        Standard deviation of the gradient noise.
    """

    linear: float
    cubic: float
    error: float
    sigma: float

    def drift_over_diffusion(self, force):
        """Return eta drift / diffusion, in 1 / theta."""
        return (self.linear + self.cubic * (force / self.sigma) ** 2) * force

    def log_escape(self, valley, eta):
        """Return the exponent E of the mean escape time.

        The valley has one coordinate.

        It is the integral of drift / diffusion from the minimum to the barrier's top; for SGD barrier / kT.
        """
        start, top = float(valley.minimum[0]), float(valley.boundary)
        climbed, _ = quad(lambda x: self.drift_over_diffusion(valley.slope(x, 0)), start, top)
        return float(climbed) / eta


def response(optimizer, sigma, *, age=3000, steps=2000, walkers=40_000, seed=0, workers=None):
    """Measure how a rule answers to weak forces.

    The measurement begins once the rule has forgotten its start.

    Parameters
    ----------
    optimizer : part
        Its steps must not depend on theta.
    sigma : float
        Standard deviation of the gradient noise, positive.
    age : int
        Iterations before the measurement; for a rule that changes with its iteration, when to look.
    steps : int
        Iterations of the measurement, many times the memory of the momentum: a share memory / steps of the
        diffusion is missed.
    walkers, seed, workers
        As for `diffusion.evolve`.

    Returns
    -------
    Response

    Examples
    --------
    >>> from diffusion import SGD
    >>> found = response(SGD(0.1), 2.0, age=1, steps=100, walkers=20_000)
    >>> 0.98 < found.linear / (2 / 2.0**2) < 1.02  # drift eta g over diffusion eta^2 C / 2
    True
    """
    ratios, errors = [], []
    for force in FORCES:
        run = evolve(
            Quadratic([force * sigma / FAR]), FrozenNoise(sigma**2), optimizer, FAR, [age, age + steps], walkers=walkers,
            seed=seed, keep="positions", workers=workers,
        )  # fmt: skip
        moved = np.diff(run.positions[..., 0], axis=0)[0]
        mean, variance = -moved.mean(), moved.var(ddof=1)
        ratios.append(optimizer.eta * 2 * mean / (variance * force * sigma))
        errors.append(np.hypot(np.sqrt(variance / walkers) / mean, np.sqrt(2 / walkers)))
    low, high = np.array(FORCES) ** 2
    cubic = (ratios[1] - ratios[0]) / (high - low)
    # the same noise serves both forces, so that their difference is known better than either
    return Response(ratios[0] - cubic * low, cubic, float(np.mean(errors)), float(sigma))
