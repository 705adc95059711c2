"""A small network on real digits, and its critical points.

It is small enough for a dense Hessian: a minimum, a strict saddle and a saddle between two equal units are found by
Newton's method to rounding. Pixels come from scikit-learn, in the extra ``networks``.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from diffusion import Network
from diffusion.data import digits

CLASSES, ROWS, HIDDEN = (
    5,
    300,
    3,
)  # digits 0 to 4 and 3 units: 71 weights, and an epoch is 30 steps of 10 rows
L2 = 0.02  # gives every direction a curvature, so that minima are strict
FINISHED = 1e-12  # largest entry of the gradient at a critical point
STEPS = 500  # of Newton's method; 10 to 50 are enough
FLAT = 1e-3  # curvatures below are taken for this one when a step is made: it stays short
# A start whose way leads past a saddle: so many steps of descent from the start of this seed, then Newton's method
# without regard to sign. Of 35 starts this saddle has the strongest noise along all its negative directions.
SADDLE_START = 11


def digits_network() -> Network:
    """Return a tanh network on digits 0 to 4, 4 x 4 pixels."""
    X, y, _, _ = digits()
    coarse = X.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16)
    chosen = np.flatnonzero(y < CLASSES)[:ROWS]
    return Network((16, HIDDEN, CLASSES), coarse[chosen], y[chosen], "tanh", L2)


@dataclass(frozen=True)
class CriticalPoint:
    """A point without gradient, and its local geometry.

    Parameters
    ----------
    network : Network
    theta : ndarray, shape (P,)
    """

    network: Network
    theta: np.ndarray

    @cached_property
    def spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """Curvatures in ascending order, and eigenvectors as columns."""
        return np.linalg.eigh(self.network.hessian(self.theta))

    @property
    def H(self) -> np.ndarray:
        """Curvatures, in ascending order."""
        return self.spectrum[0]

    @property
    def directions(self) -> np.ndarray:
        """Eigenvectors, as columns."""
        return self.spectrum[1]

    @cached_property
    def gradients(self) -> np.ndarray:
        """Every row's gradient in eigenvector coordinates, shape (rows, P)."""
        return self.network.sample_gradients(self.theta) @ self.directions

    @cached_property
    def C(self) -> np.ndarray:
        """Covariance of one row's gradient along eigenvectors, shape (P, P)."""
        return np.cov(self.gradients, rowvar=False, bias=True)

    def along(self, positions) -> np.ndarray:
        """Return displacements of walkers along the eigenvectors."""
        return (positions - self.theta) @ self.directions


def minimum() -> CriticalPoint:
    """Return a strict minimum of the network."""
    network = digits_network()
    theta = descend(network, network.initial(0, 1, "glorot")[0], STEPS)
    return _checked(network, theta, 0)


def saddle() -> CriticalPoint:
    """Return a strict saddle with noise along every way out."""
    network = digits_network()
    # 3 to 8 steps lead half-way; the generator's number belongs to the seed
    some = np.random.default_rng(SADDLE_START).integers(3, 9)
    theta = descend(network, network.initial(SADDLE_START, 1, "glorot")[0], some)
    return _checked(network, newton(network, theta), 4)


def equal_units() -> CriticalPoint:
    """Return a strict saddle between two equal hidden units.

    A minimum among networks whose last two units are equal is a critical point of all networks (Fukumizu and Amari
    2000 embed a smaller network so). With weight decay both halves of a split unit must be equal.
    """
    network = digits_network()
    fold = _fold(network)
    start = fold @ fold.T @ network.initial(0, 1, "glorot")[0]
    theta = descend(network, start, STEPS, fold)
    return _checked(network, theta, None)


def _fold(network):
    """Return an orthonormal basis of the networks whose last two units are equal."""
    inputs, hidden, classes = network.layers
    number = np.arange(network.dim)
    W1, b1 = number[: inputs * hidden].reshape(inputs, hidden), number[inputs * hidden :][:hidden]
    W2 = number[(inputs + 1) * hidden :][: hidden * classes].reshape(hidden, classes)
    partner = np.arange(network.dim)
    for one, other in ((W1[:, -2], W1[:, -1]), (b1[-2:-1], b1[-1:]), (W2[-2], W2[-1])):
        partner[one], partner[other] = other, one
    swap = np.eye(network.dim)[partner]
    values, vectors = np.linalg.eigh(swap)
    return vectors[:, values > 0]  # eigenvalue 1: unchanged when both units change places


def descend(network, theta, steps, basis=None):
    """Return a point further down, by Newton steps with |H|.

    They stop where the gradient vanishes; ``basis`` confines them to a subspace.
    """
    basis = np.eye(network.dim) if basis is None else basis
    loss = network.loss(theta)
    for _ in range(steps):
        slope = basis.T @ gradient(network, theta)
        if np.abs(slope).max() < FINISHED:
            break
        values, vectors = np.linalg.eigh(basis.T @ network.hessian(theta) @ basis)
        step = -vectors @ ((vectors.T @ slope) / np.maximum(np.abs(values), FLAT))
        size = 1.0
        # half as far until the loss falls by a ten-thousandth of what the slope promises (Armijo's rule)
        while size > 1e-10 and network.loss(theta + size * basis @ step) > loss + 1e-4 * size * (
            slope @ step
        ):
            size /= 2
        theta = theta + size * basis @ step
        loss = network.loss(theta)
    return theta


def newton(network, theta):
    """Return the critical point that Newton's method reaches."""
    for _ in range(STEPS):
        slope = gradient(network, theta)
        if np.abs(slope).max() < FINISHED:
            break
        step = -np.linalg.lstsq(network.hessian(theta), slope, rcond=None)[0]
        # at most 0.5 far: the quadratic that a step trusts is good nearby only
        theta = theta + step * min(1.0, 0.5 / np.linalg.norm(step))
    return theta


def gradient(network, theta):
    """Return the gradient over all rows."""
    return network.sample_gradients(theta).mean(axis=0)


def _checked(network, theta, negative):
    """Return the critical point; refuse anything else, so that no experiment runs at another kind of point."""
    found = CriticalPoint(network, theta)
    slope, count = np.abs(gradient(network, theta)).max(), int(np.sum(found.H < 0))
    good = slope < FINISHED and (count == negative if negative is not None else count > 0)
    if not good:
        raise ValueError(f"the critical point has a gradient of {slope:.2g} and {count} negative curvatures")
    return found
