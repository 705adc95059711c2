"""A landscape of your own: the Mueller-Brown surface, two valleys joined by a curved pass.

Run it with ``python docs/guide/mueller_brown.py``; your_own_landscape.md explains it line by line.
"""

import numba
import numpy as np

from diffusion import LANES, SGD, FrozenNoise, escape_times, part
from diffusion.checks import positive
from diffusion.vector_exp import exp


@part
class MuellerBrown:
    """``L = depth * sum_k A_k exp(a_k u**2 + b_k u v + c_k v**2)`` with u = x - x_k, v = y - y_k.

    Mueller & Brown, Theor. Chim. Acta 53, 75 (1979), whose own depth is 1.
    """

    depth: float = 0.05
    dim = 2

    minimum = np.array([-0.558224, 1.441726])
    other_minimum = np.array([0.623499, 0.028038])
    saddle = np.array([-0.822002, 0.624313])

    def __post_init__(self):
        positive(self.depth, "depth")

    def gradient(self, theta, g):
        """Write the gradient of 32 walkers: x of lane l is theta[l], y is theta[LANES + l]."""
        for l in range(LANES):
            x, y = theta[l], theta[LANES + l]
            u1, v1 = x - 1, y
            u2, v2 = x, y - 0.5
            u3, v3 = x + 0.5, y - 1.5
            u4, v4 = x + 1, y - 1
            e1 = -200 * self.depth * exp(-u1 * u1 - 10 * v1 * v1)
            e2 = -100 * self.depth * exp(-u2 * u2 - 10 * v2 * v2)
            e3 = -170 * self.depth * exp(-6.5 * u3 * u3 + 11 * u3 * v3 - 6.5 * v3 * v3)
            e4 = 15 * self.depth * exp(0.7 * u4 * u4 + 0.6 * u4 * v4 + 0.7 * v4 * v4)
            g[l] = -2 * u1 * e1 - 2 * u2 * e2 + (11 * v3 - 13 * u3) * e3 + (1.4 * u4 + 0.6 * v4) * e4
            g[LANES + l] = (
                -20 * v1 * e1 - 20 * v2 * e2 + (11 * u3 - 13 * v3) * e3 + (0.6 * u4 + 1.4 * v4) * e4
            )


@numba.njit
def in_the_other_valley(theta):
    """Return whether a walker has arrived: within 0.3 of the other minimum."""
    return (theta[0] - 0.623499) ** 2 + (theta[1] - 0.028038) ** 2 < 0.3**2


def main():
    """Print how fast SGD goes from the deep valley to the other one."""
    valley, sgd, noise = MuellerBrown(), SGD(eta=1e-3), FrozenNoise(2000.0)
    run = escape_times(
        valley,
        noise,
        sgd,
        start=valley.minimum,
        boundary=in_the_other_valley,
        max_iterations=2_000_000,
        walkers=1000,
        seed=0,
    )
    rate, shape = run.rate(), run.exponentiality()
    print(f"{run.escaped.sum()} of {run.escaped.size} walkers arrived")
    print(f"rate {rate.value:.3e} per iteration, 95 % interval {rate.low:.3e} to {rate.high:.3e}")
    print(f"mean time {rate.mean_time:.0f} iterations; cv {shape.cv:.3f} (1 if the times are exponential)")


if __name__ == "__main__":
    main()
