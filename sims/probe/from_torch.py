"""Adapter: a PyTorch module, its loss and data.

PyTorch is imported by whoever calls it.
"""

import sys
from itertools import chain

import numpy as np

from diffusion.checks import require, require_number
from sims.probe.model import Model

SAME = 1e-9  # relative difference of two ways to one gradient that rounding explains


def from_torch(module, loss, data, *, weight_decay=0.0, name=None) -> Model:
    """Return a `Model` of a PyTorch module.

    It is taken at the module's present parameters.

    Parameters
    ----------
    module : torch.nn.Module
        In float64 (``module.double()``) and without layers that are random or mix samples (``module.eval()``).
    loss : callable
        ``loss(outputs, targets)``, the mean over the samples, such as ``torch.nn.functional.cross_entropy``.
    data : pair (inputs, targets)
        Tensors or arrays whose first dimension counts samples. Inputs may be a tuple, for ``module(*inputs)``, or a
        dict, for ``module(**inputs)``.
    weight_decay : float
        As in ``torch.optim``: adds weight_decay / 2 |theta|^2 to the loss, over the parameters that need gradients.
    name : str, optional
        Name in reports; the module's class unless given.

    Returns
    -------
    Model
        Parameters that do not need gradients stay as they are, and tied ones count once. Gradients of single samples
        are computed together where ``torch.func.vmap`` knows the module's layers, and else one after the other.

    Raises
    ------
    ValueError
        If PyTorch is missing, the module is not in float64, has BatchNorm or dropout in training mode, or has no
        parameters to train.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        raise ValueError("PyTorch is not imported: import torch, and make the module, before the probe.")
    require(isinstance(module, torch.nn.Module), "module", "a torch.nn.Module", module)
    require_number(weight_decay, "weight_decay", "0 or more and finite", 0)
    _refuse_layers(torch, module)
    inputs, targets = _pair(torch, data)
    trained = {key: value.detach().clone() for key, value in module.named_parameters() if value.requires_grad}
    fixed = {key: value.detach() for key, value in module.named_parameters() if not value.requires_grad}
    fixed |= dict(module.named_buffers())
    require(bool(trained), "module", "one with parameters that need gradients", type(module).__name__)
    _refuse_precision(torch, trained, inputs)
    keys, shapes = list(trained), [value.shape for value in trained.values()]
    sizes, device = [value.numel() for value in trained.values()], next(iter(trained.values())).device

    def pack(theta):
        # a copy: writing into theta later must not change what was packed
        flat = torch.as_tensor(np.array(theta), device=device)
        return [part.reshape(shape) for part, shape in zip(flat.split(sizes), shapes, strict=True)]

    def mean_of(parameters, inputs, targets):
        values = dict(zip(keys, parameters, strict=True)) | fixed
        args, kwargs = ((), inputs) if isinstance(inputs, dict) else (inputs, {})
        # the fused kernels of attention have no second derivatives
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            value = loss(torch.func.functional_call(module, values, args, kwargs), targets)
        return (
            value + weight_decay / 2 * sum((part * part).sum() for part in parameters)
            if weight_decay
            else value
        )

    def pick(rows):
        where = torch.as_tensor(np.asarray(rows), device=targets.device)
        return _each(inputs, lambda one: one[where]), targets[where]

    def gradient_of(theta, inputs, targets, v=None):
        parameters = [part.requires_grad_() for part in pack(theta)]
        value = mean_of(parameters, inputs, targets)
        found = torch.autograd.grad(value, parameters, create_graph=v is not None, materialize_grads=True)
        if v is not None:
            slope = sum((g * part).sum() for g, part in zip(found, pack(v), strict=True))
            if not slope.requires_grad:  # a loss that is linear in the parameters
                return np.zeros(sum(sizes))
            found = torch.autograd.grad(slope, parameters, materialize_grads=True)
        return torch.cat([g.detach().reshape(-1) for g in found]).cpu().numpy()

    def one_row(parameters, inputs, target):
        return mean_of(parameters, _each(inputs, lambda one: one[None]), target[None])

    def together(theta, rows):
        # random layers pass here: the loss, computed twice, tells of them by name
        each = torch.func.vmap(torch.func.grad(one_row), (None, 0, 0), randomness="different")
        found = each(pack(theta), *pick(rows))
        return torch.cat([g.detach().reshape(len(rows), -1) for g in found], dim=1).cpu().numpy()

    def in_turn(theta, rows):
        return np.stack([gradient_of(theta, *pick([row])) for row in rows])

    def mean_loss(theta):
        with torch.no_grad():
            return float(mean_of(pack(theta), inputs, targets))

    theta = torch.cat([value.reshape(-1) for value in trained.values()]).cpu().numpy()
    _refuse_loss(torch, mean_of(pack(theta), *pick([0, 1])))
    return Model(
        loss=mean_loss,
        sample_gradients=together if _agree(together, in_turn, theta) else in_turn,
        hvp=lambda theta, v: gradient_of(theta, inputs, targets, v),
        theta=theta,
        rows=len(targets),
        name=name or type(module).__name__,
        batch_gradient=lambda theta, rows: gradient_of(theta, *pick(rows)),
    )


def _each(inputs, function):
    """Apply a function to every tensor of the inputs."""
    if isinstance(inputs, dict):
        return {key: function(one) for key, one in inputs.items()}
    return tuple(function(one) for one in inputs)


def _pair(torch, data):
    """Return inputs, as a tuple or a dict of tensors, and targets."""
    if not (isinstance(data, tuple | list) and len(data) == 2):
        raise ValueError(
            f"data must be a pair (inputs, targets), got {type(data).__name__}. Stack the samples of a data set first: "
            "data = torch.utils.data.default_collate(list(dataset))."
        )
    inputs, targets = data
    inputs = (
        inputs
        if isinstance(inputs, dict)
        else tuple(inputs)
        if isinstance(inputs, tuple | list)
        else (inputs,)
    )
    inputs, targets = _each(inputs, torch.as_tensor), torch.as_tensor(targets)
    lengths = [len(one) for one in (*(inputs.values() if isinstance(inputs, dict) else inputs), targets)]
    require(len(set(lengths)) == 1, "data", "inputs and targets of as many samples", lengths)
    require(lengths[0] >= 2, "data", "two samples or more", lengths[0])
    return inputs, targets


def _agree(together, in_turn, theta):
    """Tell whether gradients of all samples at once work and are right.

    Recurrent layers and Python branches on values do not go through vmap.
    """
    try:
        at_once = together(theta, [0, 1])
    except (RuntimeError, NotImplementedError, TypeError):
        return False
    apart = in_turn(theta, [0, 1])
    # random layers differ too; the loss, computed twice, refuses them with its own words
    return bool(np.allclose(at_once, apart, rtol=SAME, atol=SAME * np.abs(apart).max(), equal_nan=True))


def _refuse_precision(torch, trained, inputs):
    """Refuse parameters and inputs in another precision."""
    named = inputs.items() if isinstance(inputs, dict) else (("the inputs", one) for one in inputs)
    for key, value in chain(trained.items(), named):
        if value.dtype != torch.float64 and (value.is_floating_point() or key in trained):
            kind = str(value.dtype).removeprefix("torch.")
            raise ValueError(f"{key} is {kind}: call module.double() and give the inputs as float64.")


def _refuse_loss(torch, value):
    """Refuse a loss that is no number, or is in another precision."""
    require(isinstance(value, torch.Tensor), "loss", "a function that returns a tensor", type(value).__name__)
    require(value.ndim == 0, "loss", "one number, the mean over the samples", tuple(value.shape))
    if value.dtype != torch.float64:
        kind = str(value.dtype).removeprefix("torch.")
        raise ValueError(
            f"The loss is {kind}: module, loss or targets turn float64 into it. Take out the conversion."
        )


def _refuse_layers(torch, module):
    """Refuse layers that spoil per-sample gradients.

    They mix samples or are random while the module trains.
    """
    norm, dropout = torch.nn.modules.batchnorm._BatchNorm, torch.nn.modules.dropout._DropoutNd
    for key, layer in module.named_modules():
        if layer.training and isinstance(layer, norm):
            raise ValueError(
                f"{key or 'module'} is {type(layer).__name__} in training mode: it mixes the samples, so that no sample has a "
                "gradient of its own. Call module.eval() first."
            )
        recurrent = isinstance(layer, torch.nn.RNNBase) and layer.dropout > 0
        if layer.training and (recurrent or (isinstance(layer, dropout) and layer.p > 0)):
            raise ValueError(
                f"{key or 'module'} is {type(layer).__name__} in training mode: its dropout makes the loss random. Call "
                "module.eval() first."
            )
