"""Examination of a model.

It tests whether the functions repeat themselves and belong together.
"""

import numpy as np

from sims.probe.model import Model

STEP = 1e-5  # of a central difference, relative to the size of theta: truncation and rounding are both about 1e-9
SUM = "loss is a sum over the {rows} samples. Make it their mean (reduction='mean'): all numbers here are for the mean loss."
REPEATS = 1e-9  # difference of two calls, relative to the largest value, that rounding explains
AGREES = 1e-4  # relative difference that still counts as the same derivative
# A loss that mixes precisions is seen by its values: single precision has 2^-24 of relative rounding.


def examine(model: Model, seed: int = 0) -> list[str]:
    """Return remarks on a model, as sentences.

    Raises
    ------
    ValueError
        If a function gives other values on a second call, is not finite, or does not belong to the others. The
        message names the function and says what to do.
    """
    theta = model.theta
    loss = _twice("loss", lambda: _number(model.loss(theta)))
    rng = np.random.default_rng(seed)
    rows = rng.choice(model.rows, min(model.rows, 4), replace=False)
    each = float(np.linalg.norm(_twice("sample_gradients", lambda: model.gradients_of(rows))))
    _batches_are_means(model, rows)
    gradient = model.gradient()
    size = np.linalg.norm(gradient)
    # along the gradient the slope is as large as it gets; a random part sees the other coordinates too
    direction = gradient / size if size > 0 else np.zeros_like(theta)
    direction = direction + rng.normal(size=theta.size) / np.sqrt(theta.size)
    direction /= np.linalg.norm(direction)
    said = [f"The loss at this point is {loss:.6g} and the length of its gradient {size:.3g}."]
    said += _gradient_is_that_of_the_loss(model, gradient, direction, each)
    _hvp_is_that_of_the_gradients(model, direction)
    return said


def _number(value):
    """Return a loss as a float; one of an array library is one number too."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"loss must return one number, got {type(value).__name__}") from None


def _twice(name, call):
    first, second = call(), call()
    if not np.all(np.isfinite(first)):
        raise ValueError(
            f"{name} is not finite at theta: the model has diverged, its data hold NaN, or a layer mixes samples."
        )
    # graphics processors add in any order: rounding may differ, a random layer differs far more
    if not np.allclose(first, second, rtol=0, atol=REPEATS * np.max(np.abs(first), initial=0)):
        raise ValueError(
            f"{name} gives other values on a second call with the same parameters. Switch off dropout and other "
            "random layers, fix the order of the data, and make the computation deterministic."
        )
    return first


def _batches_are_means(model, rows):
    """Refuse batches whose gradient is not the mean.

    It must be the mean of the samples' gradients.
    """
    batch, mean = model.mean_gradient(rows), model.gradients_of(rows).mean(axis=0)
    near = AGREES * np.abs(mean).max()
    if np.allclose(batch, len(rows) * mean, rtol=0, atol=near) and np.any(mean):
        raise ValueError(SUM.format(rows=model.rows))
    if not np.allclose(batch, mean, rtol=0, atol=near):
        raise ValueError(
            "The gradient of a batch is not the mean of its samples' gradients. A layer mixes samples or is random (eval() helps), "
            "or the loss is a weighted mean, as with class weights or ignored labels."
        )


def _gradient_is_that_of_the_loss(model, gradient, direction, size):
    """Check the gradient against the loss.

    A loss that is a sum over the samples is refused, and so is a gradient that is not that of the loss.
    """
    h = STEP * max(1.0, np.linalg.norm(model.theta) / np.sqrt(model.dim))
    up, down = (float(model.loss(model.theta + s * h * direction)) for s in (1, -1))
    slope, stated = (up - down) / (2 * h), float(gradient @ direction)
    # of the loss's difference, and of the mean of gradients that may cancel
    rounding = np.finfo(float).eps * (4 * (abs(up) + abs(down)) / h + 16 * size)
    if abs(slope - stated) <= AGREES * max(abs(slope), abs(stated)) + rounding:
        return []
    if abs(slope - model.rows * stated) <= AGREES * abs(slope) + rounding:
        raise ValueError(SUM.format(rows=model.rows))
    raise ValueError(
        f"The mean of sample_gradients is not the gradient of loss: along one direction {stated:.6g}, by differences "
        f"of loss {slope:.6g}. Weight decay belongs into both or neither; class weights and ignored labels make no plain "
        "mean; layers that mix samples need eval(); all must be float64."
    )


def _hvp_is_that_of_the_gradients(model, direction):
    """Refuse a product that is not the Hessian's.

    Examples are Gauss-Newton's or Fisher's.
    """
    product = np.asarray(_twice("hvp", lambda: np.asarray(model.hvp(model.theta, direction))))
    if product.shape != (model.dim,) or product.dtype != np.float64:
        raise ValueError(
            f"hvp must return float64 of shape ({model.dim},), got {product.dtype} {product.shape}"
        )
    h = STEP * max(1.0, np.linalg.norm(model.theta) / np.sqrt(model.dim))
    up, down = (model.gradient(model.theta + s * h * direction) for s in (1, -1))
    difference = (up - down) / (2 * h)
    apart = np.linalg.norm(product - difference)
    # a few roundings of 2e-16 in every coordinate of both gradients; dividing by h amplifies them
    rounding = 1e-15 * (np.linalg.norm(up) + np.linalg.norm(down)) * np.sqrt(model.dim) / h
    if apart > 1e-3 * np.linalg.norm(difference) + rounding:
        raise ValueError(
            f"hvp is not the Hessian of loss: it differs from differences of the gradient by "
            f"{apart / np.linalg.norm(difference):.2g} of their size. A Gauss-Newton or Fisher product is another "
            "matrix; pass the Hessian's. Kinks (ReLU at exactly 0) give such differences too."
        )
