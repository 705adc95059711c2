"""Adapter: a `diffusion.Network`, which gives the three functions natively."""

from diffusion import Network
from diffusion.checks import require
from sims.probe.model import Model


def from_network(network, theta, name="Network") -> Model:
    """Return a `Model` of a `diffusion.Network`.

    It is taken at ``theta``, shape (P,).
    """
    require(isinstance(network, Network), "network", "a diffusion.Network", network)
    return Model(
        loss=lambda point: float(network.loss(point)),
        sample_gradients=network.sample_gradients,
        hvp=network.hvp,
        theta=theta,
        rows=network.rows,
        name=name,
    )
