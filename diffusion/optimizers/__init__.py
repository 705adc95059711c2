"""Optimizers, one algorithm box per file.

``OPTIMIZERS`` lists them by their names on the command line.
"""

from typing import Any

from diffusion.optimizers.adabelief import AdaBelief
from diffusion.optimizers.adabound import AdaBound
from diffusion.optimizers.adadelta import Adadelta
from diffusion.optimizers.adafactor import Adafactor
from diffusion.optimizers.adagrad import Adagrad
from diffusion.optimizers.adai import Adai
from diffusion.optimizers.adai_v2 import AdaiV2
from diffusion.optimizers.adam import Adam
from diffusion.optimizers.adamax import Adamax
from diffusion.optimizers.adamw import AdamW
from diffusion.optimizers.adan import Adan
from diffusion.optimizers.ademamix import AdEMAMix
from diffusion.optimizers.adopt import ADOPT
from diffusion.optimizers.aggmo import AggMo
from diffusion.optimizers.amsgrad import AMSGrad
from diffusion.optimizers.ano import Ano
from diffusion.optimizers.asgd import ASGD
from diffusion.optimizers.cautious import Cautious
from diffusion.optimizers.clipped import Clipped
from diffusion.optimizers.dog import DoG
from diffusion.optimizers.dual_adam import DualAdam
from diffusion.optimizers.grams import Grams
from diffusion.optimizers.inv_adam import InvAdam
from diffusion.optimizers.lamb import LAMB
from diffusion.optimizers.laprop import LaProp
from diffusion.optimizers.lars import LARS
from diffusion.optimizers.lion import Lion
from diffusion.optimizers.madgrad import MADGRAD
from diffusion.optimizers.mars import MARS
from diffusion.optimizers.momentum import Momentum
from diffusion.optimizers.muon import Muon
from diffusion.optimizers.nadam import NAdam
from diffusion.optimizers.nesterov import Nesterov
from diffusion.optimizers.novograd import NovoGrad
from diffusion.optimizers.padam import Padam
from diffusion.optimizers.pnm import PNM
from diffusion.optimizers.prodigy import Prodigy
from diffusion.optimizers.qhadam import QHAdam
from diffusion.optimizers.qhm import QHM
from diffusion.optimizers.radam import RAdam
from diffusion.optimizers.rmsprop import RMSprop
from diffusion.optimizers.rprop import Rprop
from diffusion.optimizers.schedule_free import ScheduleFree
from diffusion.optimizers.sgd import SGD
from diffusion.optimizers.sign_sgd import SignSGD
from diffusion.optimizers.signum import Signum
from diffusion.optimizers.simplified_ademamix import SimplifiedAdEMAMix
from diffusion.optimizers.stable_adamw import StableAdamW
from diffusion.optimizers.yogi import Yogi

__all__ = ["OPTIMIZERS"]

# The registry is swept by the tests: a rule that is listed here is tested before its author writes a test.
# Names are written out, since a class name says neither where hyphens go nor that AdamW is one word.
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
    "nadam": NAdam,
    "adabelief": AdaBelief,
    "adagrad": Adagrad,
    "adamax": Adamax,
    "adadelta": Adadelta,
    "qhm": QHM,
    "qhadam": QHAdam,
    "aggmo": AggMo,
    "pnm": PNM,
    "adai-v2": AdaiV2,
    "sign-sgd": SignSGD,
    "signum": Signum,
    "lion": Lion,
    "adan": Adan,
    "laprop": LaProp,
    "adopt": ADOPT,
    "ademamix": AdEMAMix,
    "simplified-ademamix": SimplifiedAdEMAMix,
    "grams": Grams,
    "ano": Ano,
    "inv-adam": InvAdam,
    "dual-adam": DualAdam,
    "clipped": Clipped,
    "schedule-free": ScheduleFree,
    "cautious": Cautious,
    "lamb": LAMB,
    "lars": LARS,
    "dog": DoG,
    "prodigy": Prodigy,
    "mars": MARS,
    "novograd": NovoGrad,
    "stable-adamw": StableAdamW,
    "madgrad": MADGRAD,
    "rprop": Rprop,
    "asgd": ASGD,
    "adafactor": Adafactor,
    "muon": Muon,
}
