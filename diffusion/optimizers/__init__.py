"""Optimizers, one algorithm box a file; ``OPTIMIZERS`` lists them by the names of the command line."""

from typing import Any

from diffusion.optimizers.adai import Adai
from diffusion.optimizers.adam import Adam
from diffusion.optimizers.momentum import Momentum
from diffusion.optimizers.sgd import SGD

__all__ = ["OPTIMIZERS"]

OPTIMIZERS: dict[str, Any] = {
    "sgd": SGD,
    "momentum": Momentum,
    "adam": Adam,
    "adai": Adai,
}
