"""Adapter: a `diffusion.Network`, which gives the three functions natively."""

from sims.probe.model import Model


def from_network(network, theta, name="Network") -> Model:
    """Return a `Model` of a `diffusion.Network` at ``theta``, shape (P,).

    Its loss has the weight decay ``l2``; so have its per-sample gradients here.
    """
    l2 = float(network.l2)
    return Model(
        loss=lambda point: float(network.loss(point)),
        sample_gradients=lambda point, rows: network.sample_gradients(point, rows) + _decay(network, point, rows, l2),
        hvp=network.hvp,
        theta=theta,
        rows=network.rows,
        name=name,
    )
