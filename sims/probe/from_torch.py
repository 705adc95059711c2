"""Adapter: a PyTorch module, its loss and data.

PyTorch is imported by whoever calls it.
"""

import sys

import numpy as np

from diffusion.checks import require
from sims.probe.model import Model


def from_torch(module, loss, data, name=None) -> Model:
    """Return a `Model` of a PyTorch module.

    It is taken at the module's present parameters.

    Parameters
    ----------
    module : torch.nn.Module
        In float64 (``module.double()``) and without layers that are random or mix samples (``module.eval()``).
    loss : callable
        ``loss(outputs, targets)``, the mean over the samples, such as ``torch.nn.functional.cross_entropy``.
    data : tuple of tensor
        Inputs and targets; their first dimension counts samples.
    name : str, optional
        Name in reports; the module's class unless given.

    Returns
    -------
    Model
        Parameters that do not need gradients stay as they are.

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
    _refuse_layers(torch, module)
    inputs, targets = data
    require(
        len(inputs) == len(targets),
        "data",
        "inputs and targets of as many samples",
        (len(inputs), len(targets)),
    )
    trained = {key: value.detach().clone() for key, value in module.named_parameters() if value.requires_grad}
    fixed = {key: value.detach() for key, value in module.named_parameters() if not value.requires_grad}
    fixed |= dict(module.named_buffers())
    require(bool(trained), "module", "one with parameters that need gradients", type(module).__name__)
    floating = [*trained.items(), ("the inputs", inputs)]
    for key, value in floating:
        if value.dtype != torch.float64 and (value.is_floating_point() or key in trained):
            kind = str(value.dtype).removeprefix("torch.")
            raise ValueError(f"{key} is {kind}: call module.double() and give the inputs as float64.")
    call = torch.func.functional_call
    shapes = {key: value.shape for key, value in trained.items()}
    device = next(iter(trained.values())).device

    def pack(theta):
        flat, packed, first = torch.as_tensor(np.array(theta), device=device), {}, 0
        for key, shape in shapes.items():
            size = int(np.prod(shape))
            packed[key] = flat[first : first + size].reshape(shape)
            first += size
        return packed

    def flat(gradients, rows=()):
        return torch.cat([gradients[key].reshape(*rows, -1) for key in shapes], dim=-1).cpu().numpy()

    def whole(parameters):
        return loss(call(module, parameters | fixed, (inputs,)), targets)

    def one(parameters, x, y):
        return loss(call(module, parameters | fixed, (x[None],)), y[None])

    each = torch.func.vmap(torch.func.grad(one), in_dims=(None, 0, 0))

    def sample_gradients(theta, rows):
        where = torch.as_tensor(np.asarray(rows), device=inputs.device)
        return flat(each(pack(theta), inputs[where], targets[where]), (len(rows),))

    def hvp(theta, v):
        _, product = torch.func.jvp(torch.func.grad(whole), (pack(theta),), (pack(v),))
        return flat({key: value.detach() for key, value in product.items()})

    def mean_loss(theta):
        with torch.no_grad():
            return float(whole(pack(theta)))

    return Model(mean_loss, sample_gradients, hvp, flat(trained), len(inputs), name or type(module).__name__)


def _refuse_layers(torch, module):
    """Refuse layers that spoil per-sample gradients.

    They mix samples or are random while the module trains.
    """
    norm, dropout = torch.nn.modules.batchnorm._BatchNorm, torch.nn.modules.dropout._DropoutNd
    for key, layer in module.named_modules():
        if layer.training and isinstance(layer, norm):
            raise ValueError(
                f"{key} is {type(layer).__name__} in training mode: it mixes the samples, so that no sample has a "
                "gradient of its own. Call module.eval() first."
            )
        if layer.training and isinstance(layer, dropout) and layer.p > 0:
            raise ValueError(
                f"{key} is {type(layer).__name__} in training mode: its loss is random. Call module.eval() first."
            )
