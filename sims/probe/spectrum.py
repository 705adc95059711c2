"""Largest eigenvalues of the Hessian.

Each has its residual and whether it has converged.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from sims.probe.model import Model

DENSE = 64  # up to so many parameters the whole matrix is made
TOLERANCE = 1e-3  # residual over the largest eigenvalue up to which an eigenvalue counts as converged


@dataclass(frozen=True)
class Spectrum:
    """Largest eigenvalues of a matrix, in descending order.

    Attributes
    ----------
    values : ndarray, shape (k,)
        Eigenvalues that were found.
    vectors : ndarray, shape (P, k)
        Unit eigenvectors.
    residuals : ndarray, shape (k,)
        ``|H v - value v|`` over the largest absolute eigenvalue: an eigenvalue lies within residual times that.
    converged : ndarray of bool, shape (k,)
    wanted : int
        How many were asked for; fewer are there if the iteration ran out.
    products : int
        Hessian products that were computed.
    """

    values: np.ndarray
    vectors: np.ndarray
    residuals: np.ndarray
    converged: np.ndarray
    wanted: int
    products: int

    def sentence(self) -> str:
        """State how many eigenvalues are to be trusted."""
        good = int(self.converged.sum())
        if good == self.wanted:
            return f"All {self.wanted} eigenvalues have converged; the largest residual is {self.residuals.max():.1e}."
        return (
            f"Only {good} of {self.wanted} eigenvalues have converged after {self.products} Hessian products; the "
            "others are not to be trusted. Ask for fewer, or allow more products."
        )


def top_eigenvalues(product, dim, count, *, most_products=2000, seed=0, told=lambda done: None) -> Spectrum:
    """Return the largest eigenvalues of a symmetric matrix.

    The matrix is given by its products with vectors.

    Parameters
    ----------
    product : callable
        ``product(v)`` returns the matrix times v, shape (dim,).
    dim, count : int
        Size of the matrix, and how many eigenvalues.
    most_products : int
        Products after which what has been found is returned, whether converged or not.
    seed : int
        Of the first vector.
    told : callable
        Called with the number of products so far.

    Examples
    --------
    >>> import numpy as np
    >>> found = top_eigenvalues(lambda v: np.array([3.0, 1.0]) * v, 2, 1)
    >>> float(found.values[0]), bool(found.converged[0])
    (3.0, True)
    """
    used = 0

    def counted(v):
        nonlocal used
        used += 1
        told(used)
        return np.asarray(product(np.asarray(v, float).ravel()), float)

    count = min(count, dim)
    if dim <= max(DENSE, 2 * count):
        matrix = np.array([counted(row) for row in np.eye(dim)])
        values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    else:
        values, vectors = _iterated(counted, dim, count, most_products, seed)
    order = np.argsort(values)[::-1][:count]
    values, vectors = values[order], vectors[:, order]
    scale = max(np.max(np.abs(values), initial=0.0), np.finfo(float).tiny)
    # ARPACK fills a null space with random vectors that depend on what ran before in this process: its eigenvalues, 1e-53 or
    # so, would be other ones each time.
    values = np.where(np.abs(values) <= np.finfo(float).eps * scale, 0.0, values)
    residuals = np.array(
        [np.linalg.norm(counted(v) - value * v) / scale for value, v in zip(values, vectors.T, strict=True)]
    )
    return Spectrum(values, vectors, residuals, residuals <= TOLERANCE, count, used)


def _iterated(product, dim, count, most_products, seed):
    """Return eigenvalues by ARPACK.

    Where the iteration did not get through, they are what had converged when it stopped.
    """
    operator = LinearOperator((dim, dim), matvec=product, dtype=float)
    start = np.random.default_rng(seed).normal(size=dim)
    vectors = min(dim, max(2 * count + 1, 20))
    restarts = max(1, most_products // (vectors - count))
    try:
        return eigsh(operator, count, which="LA", v0=start, ncv=vectors, maxiter=restarts, tol=TOLERANCE / 10)
    except ArpackNoConvergence as stopped:
        # ARPACK gives back nothing of the others; one Rayleigh-Ritz value is better than none
        if stopped.eigenvalues.size:
            return stopped.eigenvalues, stopped.eigenvectors
        v = start / np.linalg.norm(start)
        for _ in range(30):  # power iteration: a lower bound, whose residual says what it is worth
            v = product(v)
            v /= np.linalg.norm(v)
        return np.array([v @ product(v)]), v[:, None]


def hessian_spectrum(model: Model, count, *, most_products=2000, seed=0, told=lambda done: None) -> Spectrum:
    """Return the Hessian's largest eigenvalues; see `top_eigenvalues`."""
    return top_eigenvalues(
        lambda v: model.hvp(model.theta, v),
        model.dim,
        count,
        most_products=most_products,
        seed=seed,
        told=told,
    )
