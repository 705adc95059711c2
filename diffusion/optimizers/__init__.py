"""Optimizers, one algorithm box a file; ``OPTIMIZERS`` lists them by the names of the command line."""

from typing import Any

from diffusion.optimizers.adabound import AdaBound
from diffusion.optimizers.adai import Adai
from diffusion.optimizers.adam import Adam
from diffusion.optimizers.adamw import AdamW
from diffusion.optimizers.amsgrad import AMSGrad
from diffusion.optimizers.momentum import Momentum
from diffusion.optimizers.nesterov import Nesterov
from diffusion.optimizers.padam import Padam
from diffusion.optimizers.radam import RAdam
from diffusion.optimizers.rmsprop import RMSprop
from diffusion.optimizers.sgd import SGD
from diffusion.optimizers.yogi import Yogi

__all__ = ["OPTIMIZERS"]

OPTIMIZERS: dict[str, Any] = {
    "sgd": SGD,
    "momentum": Momentum,
    "adam": Adam,
    "adai": Adai,
    "adamw": AdamW,
    "amsgrad": AMSGrad,
    "adabound": AdaBound,
    "padam": Padam,
    "yogi": Yogi,
    "radam": RAdam,
    "nesterov": Nesterov,
    "rmsprop": RMSprop,
}
