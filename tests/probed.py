"""A model to probe and a rule to check, in a file as a user has one."""

import numpy as np

from diffusion import Momentum, part
from sims.probe import Model

RULE = Momentum(0.1)


def make_model():
    """Return least squares with 20 samples and 2 parameters."""
    chance = np.random.default_rng(0)
    x, y = chance.normal(size=(20, 2)), chance.normal(size=20)

    def gradients(theta, rows):
        return (x[rows] @ theta - y[rows])[:, None] * x[rows]

    def product(theta, v):
        return x.T @ (x @ v) / len(x)

    return Model(
        lambda theta: float(np.mean((x @ theta - y) ** 2) / 2),
        gradients,
        product,
        np.linalg.lstsq(x, y)[0],
        20,
    )


@part
class Mine:
    """Heavy ball, as a class that is written by a user."""

    eta: float
    beta1: float = 0.9

    slots = (0.0,)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        (m,) = state
        for i in range(theta.size):
            m[i] = self.beta1 * m[i] + gradient.draw(theta[i], i)
            theta[i] -= self.eta * m[i]
