"""Probe: curvature and gradient noise of a user's model.

It also tells what diffusion theory makes of them.
"""

from sims.probe.from_jax import from_jax
from sims.probe.from_network import from_network
from sims.probe.from_torch import from_torch
from sims.probe.model import Model
from sims.probe.run import Probe, probe

__all__ = ["Model", "Probe", "from_jax", "from_network", "from_torch", "probe"]
