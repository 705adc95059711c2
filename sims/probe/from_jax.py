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
        ``function(params, *data)`` returns the mean loss over the samples, a scalar. With data that are no tuple, such as
        a dict, it is ``function(params, data)``.
    params : pytree
        Floating parameters; computed with in float64.
    data : tuple, dict or other pytree of array
        Arrays whose first dimension counts samples.
    name : str, optional
        Name in reports; the function's unless given.

    Raises
    ------
    ValueError
        If JAX is missing, the data differ in length, parameters are no floating numbers, or the function returns no
        scalar of float64.
    """
    jax = sys.modules.get("jax")
    if jax is None:
        raise ValueError("JAX is not imported: import jax, and make the function, before the probe.")
    from jax.flatten_util import ravel_pytree

    precision = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64
    each_leaf = jax.tree_util.tree_map
    leaves = [np.shape(leaf) for leaf in jax.tree_util.tree_leaves(data)]
    require(bool(leaves) and all(leaves), "data", "arrays whose first dimension counts samples", leaves)
    lengths = [shape[0] for shape in leaves]
    require(len(set(lengths)) == 1, "data", "arrays of as many samples", lengths)
    kinds = {str(np.asarray(leaf).dtype) for leaf in jax.tree_util.tree_leaves(params)}
    # numpy does not know bfloat16 as floating, but JAX does
    floating = all(jax.numpy.issubdtype(kind, jax.numpy.floating) for kind in kinds)
    if not (kinds and floating):
        raise ValueError(
            f"params must be floating arrays, got {', '.join(sorted(kinds)) or 'none'}. Keep whole numbers and keys out of "
            "them: close the function over them."
        )
    with precision(True):
        double = each_leaf(lambda leaf: jax.numpy.asarray(np.asarray(leaf, dtype=np.float64)), params)
        theta, unravel = ravel_pytree(double)
        # floating data in double too; labels stay whole numbers
        rows = each_leaf(lambda leaf: _double(jax, np.asarray(leaf)), data)

        def mean_of(flat, rows):
            arguments = rows if isinstance(rows, tuple | list) else (rows,)
            return function(unravel(flat), *arguments)

        result = jax.eval_shape(mean_of, theta, rows)
        shape = getattr(result, "shape", None)
        require(shape == (), "function", "one that returns a number, the mean loss over the samples", shape)
        if result.dtype != np.float64:
            raise ValueError(
                f"The loss is {result.dtype}: the function turns float64 into it. Take out the conversion."
            )

        def one(flat, row):
            return mean_of(flat, each_leaf(lambda part: part[None], row))

        def reverse(flat, v, rows):
            return jax.grad(lambda point: jax.numpy.vdot(jax.grad(mean_of)(point, rows), v))(flat)

        def forward(flat, v, rows):
            return jax.jvp(lambda point: jax.grad(mean_of)(point, rows), (flat,), (v,))[1]

        try:  # forward over reverse is faster; functions with a derivative of their own may lack it
            jax.eval_shape(forward, theta, theta, rows)
            product = jax.jit(forward)
        except TypeError:
            product = jax.jit(reverse)
        value, batch = jax.jit(mean_of), jax.jit(jax.grad(mean_of))
        each = jax.jit(jax.vmap(jax.grad(one), in_axes=(None, 0)))

    def pick(which):
        return each_leaf(lambda part: part[np.asarray(which)], rows)

    def in_double(run):
        def called(*arguments):
            with precision(True):
                return np.asarray(run(*arguments))

        return called

    return Model(
        loss=in_double(lambda flat: value(flat, rows)),
        sample_gradients=in_double(lambda flat, which: each(flat, pick(which))),
        hvp=in_double(lambda flat, v: product(flat, v, rows)),
        theta=np.asarray(theta),
        rows=lengths[0],
        name=name or getattr(function, "__name__", "function"),
        batch_gradient=in_double(lambda flat, which: batch(flat, pick(which))),
    )


def _double(jax, array):
    return jax.numpy.asarray(array.astype(np.float64) if array.dtype.kind == "f" else array)
