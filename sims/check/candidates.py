"""Candidates: implementations of an update rule.

They run on a given sequence of gradients.

PyTorch and JAX are not imported here: who brings one of their optimizers has imported them already. Only a factory that
imports PyTorch itself, when it is called, has it imported before.
"""

import inspect
import math
import sys
from contextlib import nullcontext
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from diffusion import Diverged, replay
from diffusion.checks import finite_array, require, whole
from diffusion.contract import OPTIMIZER, gives, is_part, require_kind, variant_of
from diffusion.gradient import Recorded
from diffusion.jit import LANES

LONG = 20_000  # numbers in a sequence that Python takes about a second for

LONGEST = 150  # characters of a message of somebody else's code


def path_of(candidate, theta0, gradients, *, shape=None):
    """Path of an implementation on recorded gradients.

    Parameters
    ----------
    candidate : part, torch optimizer class or factory, optax transformation, or callable
        A factory gets a list with one tensor of parameters and returns a `torch.optim.Optimizer`. A callable gets
        the gradient, or gradient and parameters, and returns what is added to the parameters. If it has a memory,
        pass a function without arguments that makes a fresh one.
    theta0 : array_like, shape (dim,)
        Start.
    gradients : array_like, shape (T, dim)
        Gradient of each iteration, whatever the parameters are.
    shape : tuple of int, optional
        Shape that the candidate sees the parameters in, with dim entries; for rules on matrices.

    Returns
    -------
    ndarray, shape (T + 1, dim)
        Parameters before the first iteration and after each.

    Raises
    ------
    ValueError
        If the candidate is nothing of this kind, or does not return numbers of the right shape.

    Examples
    --------
    >>> path_of(lambda gradient: -0.5 * gradient, [1.0], [[1.0], [2.0]]).ravel().tolist()
    [1.0, 0.5, -0.5]
    """
    theta0, gradients = finite_array(theta0, "theta0"), finite_array(gradients, "gradients")
    require(theta0.ndim == 1, "theta0", "of shape (dim,)", theta0.shape)
    fits = gradients.ndim == 2 and gradients.shape[1] == theta0.size
    require(fits, "gradients", f"of shape (T, {theta0.size})", gradients.shape)
    shape = (theta0.size,) if shape is None else whole_shape(shape)
    require(math.prod(shape) == theta0.size, "shape", f"one of {theta0.size} entries", shape)
    if is_part(candidate):
        require_kind(candidate, OPTIMIZER, "candidate")
        return np.array([theta0, *steps_of(candidate, theta0, gradients)])
    run, precision = _runner(candidate, theta0.reshape(shape))
    path = [theta0]
    with precision:
        for gradient in gradients:
            theta = np.asarray(run(gradient.reshape(shape)), dtype=float)
            require(
                theta.size == theta0.size,
                "candidate",
                f"one that keeps {theta0.size} parameters",
                theta.shape,
            )
            path.append(theta.ravel())
    return np.array(path)


def steps_of(part, theta0, gradients):
    """Yield the parameters of a part after each iteration.

    Its own update runs in plain Python: compiling it takes longer than a few hundred steps do. Wrappers and long
    sequences are compiled (`diffusion.replay`).
    """
    if gives(part, "optimizer") or gradients.size > LONG:
        yield from replay(part, theta0, gradients)[1:]
        return
    rule = variant_of(part)
    theta, g = np.repeat(theta0, LANES), np.zeros(theta0.size * LANES)
    state = tuple(np.full(theta.size, float(slot)) for slot in rule.slots)
    for t, gradient in enumerate(gradients, 1):
        g[:] = np.repeat(gradient, LANES)
        with np.errstate(all="ignore"):
            rule.update(theta, state, Recorded(g))
        if not np.isfinite(theta).all():
            raise Diverged(t, part)
        # every lane holds the same walker
        yield theta[::LANES].copy()


def whole_shape(shape) -> tuple[int, ...]:
    """Return a shape as a tuple of whole numbers; ``ValueError`` if it is none."""
    require(isinstance(shape, list | tuple) and len(shape) > 0, "shape", "a tuple of whole numbers", shape)
    return tuple(whole(size, "shape") for size in shape)


def kind_of(candidate):
    """Return "part", "optax", "torch" or "callable"."""
    if is_part(candidate):
        return "part"
    if callable(getattr(candidate, "init", None)) and callable(getattr(candidate, "update", None)):
        return "optax"
    require(callable(candidate), "candidate", "a part, a torch or optax optimizer, or a function", candidate)
    return "torch" if _makes_torch_optimizer(candidate) else "callable"


def _runner(candidate, theta0):
    """Return a candidate's step function and its context.

    The function maps a gradient to the parameters after the step; it runs in the context.
    """
    kind = kind_of(candidate)
    if kind == "torch":
        return _torch(candidate, theta0), nullcontext()
    if kind == "optax":
        return _optax(candidate, theta0)
    return _plain(candidate, theta0), nullcontext()


def _makes_torch_optimizer(candidate):
    """Return whether ``candidate`` makes a torch optimizer.

    It may be the optimizer's class, or a factory that makes one of a parameter.
    """
    # a factory may import torch only when it is called; what does not name it is not worth the seconds of an import
    named = "torch" in getattr(getattr(candidate, "__code__", None), "co_names", ())
    if named and find_spec("torch") is not None:
        import_module("torch")
    torch = sys.modules.get("torch")
    if torch is None or not _arguments(candidate):
        return False
    if isinstance(candidate, type):
        return issubclass(candidate, torch.optim.Optimizer)
    # rules on matrices, such as Muon, refuse a vector
    for shape in ((1,), (1, 1)):
        try:
            made = candidate([torch.nn.Parameter(torch.zeros(shape, dtype=torch.float64))])
        except Exception:  # noqa: BLE001, S112  a function of arrays may fail in any way on a list of parameters
            continue
        return isinstance(made, torch.optim.Optimizer)
    return False


def _torch(factory, theta0):
    torch = sys.modules["torch"]
    parameter = torch.nn.Parameter(torch.tensor(theta0, dtype=torch.float64))
    optimizer = _called(factory, [parameter])
    if hasattr(optimizer, "train"):  # schedule-free rules hold other parameters while they evaluate
        optimizer.train()

    def step(gradient):
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        _called(optimizer.step)
        return parameter.detach().numpy().copy()

    return step


def _optax(transformation, theta0):
    import jax

    # JAX computes in single precision unless told otherwise, which would hide differences below 1e-7
    precision = jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64()
    with precision:
        state = {"theta": jax.numpy.asarray(theta0), "memory": None}
        state["memory"] = _called(transformation.init, state["theta"])

    def step(gradient):
        given = jax.numpy.asarray(gradient)
        update, state["memory"] = _called(transformation.update, given, state["memory"], state["theta"])
        state["theta"] = state["theta"] + update
        return np.asarray(state["theta"])

    return step, (jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64())


def _plain(candidate, theta0):
    fresh = candidate if _arguments(candidate) else _called(candidate)
    require(
        callable(fresh), "candidate", "a function of the gradient, or one that makes such a function", fresh
    )
    sees_parameters = _arguments(fresh) > 1
    state = {"theta": theta0.copy()}

    def step(gradient):
        theta = state["theta"]
        update = _called(fresh, gradient.copy(), *([theta.copy()] if sees_parameters else []))
        state["theta"] = theta + finite_array(update, "update").reshape(theta.shape)
        return state["theta"]

    return step


def _called(function, *arguments):
    """Call a user's code; whatever it raises becomes one line."""
    try:
        return function(*arguments)
    except Exception as error:
        said = " ".join(str(error).split())[:LONGEST]
        raise ValueError(f"candidate failed with {type(error).__name__}: {said}") from error


def _arguments(function):
    """Count the positional arguments that a callable requires."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a builtin without a signature: taken for a function of the gradient
        return 1
    named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(one.kind in named and one.default is one.empty for one in parameters)
