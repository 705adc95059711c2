"""Layers of a network in NumPy, for analysis.

Forward, back, and the change of both along a direction in the weights.

Analysis runs on this module. It shares no code with `backpropagation`, so each checks the other.
"""

import itertools

import numpy as np


def size_of(layers):
    """Return the number of weights and biases."""
    return sum((n + 1) * m for n, m in itertools.pairwise(layers))


def weights_of(layers, theta):
    """Return (W, b) of every layer as views of theta.

    ``theta`` has the shape (..., P); W has (..., inputs, outputs) and b (..., 1, outputs).
    """
    first, weights = 0, []
    for n, m in itertools.pairwise(layers):
        # Views, not copies: `Network.initial` writes its random weights into theta through them.
        W = theta[..., first : first + n * m].reshape(*theta.shape[:-1], n, m)
        weights.append((W, theta[..., None, first + n * m : first + (n + 1) * m]))
        first += (n + 1) * m
    return weights


def joined(per_layer):
    """Join gradients by (W, b) into one array.

    The result has the shape (..., P), in the order of theta.
    """
    flat = (part.reshape(*part.shape[:-2], -1) for pair in per_layer for part in pair)
    return np.concatenate(list(flat), axis=-1)


def forward(weights, X, activation):
    """Return the inputs of each layer, and the logits.

    Each has the shape (..., rows, width); the logits come last.
    """
    values = [X]
    for layer, (W, b) in enumerate(weights, 1):
        z = values[-1] @ W + b
        # The last layer stays linear: softmax belongs to the loss, where it can be computed stably.
        if layer < len(weights):
            z = np.tanh(z) if activation == "tanh" else np.maximum(z, 0)
        values.append(z)
    return values


def slope(a, activation):
    """Return the derivative of the activation, from its value."""
    return 1 - a * a if activation == "tanh" else (a > 0).astype(float)


def bend(a):
    """Return the second derivative of tanh, from its value."""
    return -2 * a * (1 - a * a)


def log_softmax(z):
    """Return log softmax along the last axis."""
    # e**x overflows above 709.78; subtracting the maximum changes no probability.
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def cross_entropy(z, y):
    """Return each row's cross-entropy, shape (..., rows)."""
    chosen = np.broadcast_to(y[:, None], (*z.shape[:-1], 1))
    return -np.take_along_axis(log_softmax(z), chosen, -1)[..., 0]


def backward(weights, values, error, activation):
    """Return the derivatives of each row's loss by layer outputs.

    ``error`` holds the derivatives by the logits.
    """
    errors = [error]
    # The loop stops above the first layer: nobody needs the derivative by the features.
    for layer in range(len(weights) - 1, 0, -1):
        W, _ = weights[layer]
        errors.append(errors[-1] @ W.T * slope(values[layer], activation))
    return errors[::-1]


def forward_change(weights, way, values, activation):
    """Return how the values change along k directions.

    The layout is (rows, k, width), so that each product is one call.

    Layer by layer: the change of what goes in, and of the sums before the activation; the features do not change.
    """
    inputs, sums = [None], []
    for layer, ((W, _), (V, c)) in enumerate(zip(weights, way, strict=True), 1):
        # The product rule: changed weights with old inputs, then old weights with changed inputs.
        change = np.tensordot(values[layer - 1], V, (1, 1)) + c[:, 0]
        if layer > 1:
            change += inputs[-1] @ W
        sums.append(change)
        if layer < len(weights):
            inputs.append(slope(values[layer], activation)[:, None] * change)
    return inputs, sums


def softmax_change(probabilities, change):
    """Return how softmax changes with its logits.

    This is (diag p - p p^T) times the change.
    """
    return probabilities * (change - np.sum(probabilities * change, axis=-1, keepdims=True))


def hessian_products(weights, way, X, y, activation, gauss_newton):
    """Return Hessian-vector products, summed over the rows.

    The matrix is the Hessian of each row's loss or its Gauss-Newton matrix; the result has the shape
    (k, P).

    Pearlmutter's R-operator: the derivative along the direction of what forward and backward compute. Gauss-Newton
    leaves out every term with a second derivative of the network itself.
    """
    values = forward(weights, X, activation)
    probabilities = np.exp(log_softmax(values[-1]))
    error = probabilities.copy()
    # The cross-entropy's derivative by the logits is softmax minus the label's unit vector.
    error[np.arange(len(y)), y] -= 1
    errors = backward(weights, values, error, activation)
    inputs, sums = forward_change(weights, way, values, activation)
    change = softmax_change(probabilities[:, None], sums[-1])
    products = []
    for layer in range(len(weights) - 1, -1, -1):
        a, (W, _), (V, _) = values[layer], weights[layer], way[layer]
        by_W = np.tensordot(change, a, (0, 0)).swapaxes(1, 2)
        # The features do not change, so the first layer has no such term.
        if not gauss_newton and layer > 0:
            by_W = by_W + np.tensordot(inputs[layer], errors[layer], (0, 0))
        products.insert(0, (by_W, change.sum(axis=0)[:, None]))
        if layer > 0:
            back = change @ W.T
            bent = not gauss_newton
            if bent:
                back += np.tensordot(errors[layer], V, (1, 2))
            change = back * slope(a, activation)[:, None]
            if bent and activation == "tanh":  # relu is straight on either side
                change += ((errors[layer] @ W.T) * bend(a))[:, None] * sums[layer - 1]
    return joined(products)
