"""Adapter: a JAX function of parameters and data.

JAX is imported by whoever calls it.
"""

import sys

import numpy as np

from diffusion.checks import require
from sims.probe.model import Model


def from_jax(function, params, data, name=None) -> Model:
    """Return a `Model` of a JAX function at ``params``.

    Parameters
    ----------
    function : callable
        ``function(params, *data)`` returns the mean loss over the samples, a scalar.
    params : pytree
        Parameters; computed with in float64.
    data : tuple of array
        Arrays whose first dimension counts samples.
    name : str, optional
        Name in reports; the function's unless given.

    Raises
    ------
    ValueError
        If JAX is missing, the data differ in length, or the function returns no scalar.
    """
    jax = sys.modules.get("jax")
    if jax is None:
        raise ValueError("JAX is not imported: import jax, and make the function, before the probe.")
    from jax.flatten_util import ravel_pytree

    precision = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64
    require(
        len({len(one) for one in data}) == 1, "data", "arrays of as many samples", [len(one) for one in data]
    )
    with precision(True):
        double = jax.tree_util.tree_map(
            lambda leaf: jax.numpy.asarray(np.asarray(leaf, dtype=np.float64)), params
        )
        theta, unravel = ravel_pytree(double)
        # floating data in double too; labels stay whole numbers
        rows = tuple(_double(jax, np.asarray(one)) for one in data)

        def whole(flat):
            return function(unravel(flat), *rows)

        shape = jax.eval_shape(whole, theta).shape
        require(shape == (), "function", "one that returns a number, the mean loss over the samples", shape)

        def one(flat, *row):
            return function(unravel(flat), *(part[None] for part in row))

        value, gradient = jax.jit(whole), jax.grad(whole)
        each = jax.jit(jax.vmap(jax.grad(one), in_axes=(None, *(0 for _ in rows))))
        product = jax.jit(lambda flat, v: jax.jvp(gradient, (flat,), (v,))[1])

    def in_double(run):
        def called(*arguments):
            with precision(True):
                return np.asarray(run(*arguments))

        return called

    return Model(
        in_double(value),
        in_double(lambda flat, which: each(flat, *(part[np.asarray(which)] for part in rows))),
        in_double(product),
        np.asarray(theta),
        len(data[0]),
        name or getattr(function, "__name__", "function"),
    )


def _double(jax, array):
    return jax.numpy.asarray(array.astype(np.float64) if array.dtype.kind == "f" else array)
