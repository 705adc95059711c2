"""Replay an optimizer on recorded gradients."""

import numpy as np

from diffusion.block import LARGEST_GRADIENT, empty_block
from diffusion.checks import finite_array, require
from diffusion.contract import require_optimizer, variant_of
from diffusion.gradient import recorded
from diffusion.jit import LANES, kernel, numbers
from diffusion.watch import Diverged


@kernel
def _replay(path, gradients, block, state, optimizer, recorded):
    theta, g = block[0], recorded.g
    for t in range(len(gradients)):
        for i in range(theta.size):
            # Every lane is fed, since kernels always run on whole blocks.
            g[i] = gradients[t, i // LANES]
        optimizer.update(theta, state, recorded)
        for j in range(path.shape[1]):
            # All lanes hold the same walker; the first stands for all.
            path[t + 1, j] = theta[j * LANES]


def replay(optimizer, theta0, gradients):
    """Return an optimizer's path on a sequence of gradients.

    Parameters
    ----------
    optimizer : part
    theta0 : array_like, shape (dim,)
    gradients : array_like, shape (T, dim)
        The gradient that each iteration sees, whatever theta is.

    Returns
    -------
    ndarray, shape (T + 1, dim)
        Theta before the first iteration and after each.

    Raises
    ------
    ValueError
        If a number is not finite or the shapes do not fit.
    Diverged
        If the path does not stay finite.

    Examples
    --------
    >>> from diffusion import SGD, replay
    >>> replay(SGD(0.5), [1.0], [[1.0], [2.0]]).ravel().tolist()
    [1.0, 0.5, -0.5]
    """
    require_optimizer(optimizer)
    theta0, gradients = finite_array(theta0, "theta0"), finite_array(gradients, "gradients")
    require(theta0.ndim == 1, "theta0", "of shape (dim,)", theta0.shape)
    fits = gradients.ndim == 2 and gradients.shape[1] == theta0.size
    require(fits, "gradients", f"of shape (T, {theta0.size})", gradients.shape)
    # Optimizers square a gradient: beyond this its square is infinite, and Adam would not move, without a word.
    small = np.all(np.abs(gradients) < LARGEST_GRADIENT)
    require(small, "gradients", f"below {LARGEST_GRADIENT:g} in size", float(np.abs(gradients).max()))
    optimizer = variant_of(optimizer)
    start = np.array([theta0, *(np.full_like(theta0, slot) for slot in optimizer.slots)])
    block, state = empty_block(*start.shape)
    # All lanes repeat the one start, so that none computes with undefined numbers.
    block[:] = np.repeat(start, LANES, axis=1)
    path = np.empty((len(gradients) + 1, theta0.size))
    path[0] = theta0
    known = recorded(np.zeros(block.shape[1]))
    _replay(path, gradients, block, state, numbers(optimizer, theta0.size), known)
    lost = ~np.isfinite(path).all(axis=1)
    if lost.any():
        # argmax of booleans is the first iteration that is not finite.
        raise Diverged(int(np.argmax(lost)), optimizer)
    return path
