"""Simulate optimizers and stochastic processes on landscapes.

Many walkers run at once.
"""

# The names of daily use are imported here, so that users need not know the modules.
from diffusion.block import gradient_at
from diffusion.boundary import Exits
from diffusion.ensemble import Ensemble, evolve
from diffusion.escape import EscapeTimes, escape_times
from diffusion.jit import LANES, part, table
from diffusion.landscapes.loss_alone import landscape_of
from diffusion.landscapes.loss_over import loss_over
from diffusion.landscapes.quadratic import Quadratic
from diffusion.landscapes.shifted import Shifted
from diffusion.landscapes.styblinski_tang import StyblinskiTang
from diffusion.landscapes.user import landscape_from
from diffusion.langevin.baoab import baoab
from diffusion.langevin.coefficients import TwoTemperatureDiffusion
from diffusion.langevin.end_point import end_point
from diffusion.langevin.euler_maruyama import euler_maruyama
from diffusion.langevin.exact import exact
from diffusion.langevin.from_optimizer import Langevin
from diffusion.langevin.gjf import gjf
from diffusion.langevin.heun import heun
from diffusion.langevin.integrate import integrate
from diffusion.langevin.obabo import obabo
from diffusion.langevin.overdamped import Overdamped
from diffusion.langevin.passage import MeanPassage, PassageTimes, mean_passage, passage_times
from diffusion.langevin.phase_space import PhaseSpace
from diffusion.langevin.schemes import SCHEMES
from diffusion.langevin.side_by_side import SideBySide, side_by_side
from diffusion.networks.network import Network
from diffusion.noise.data import DataNoise
from diffusion.noise.frozen import FrozenNoise
from diffusion.noise.hessian import HessianNoise
from diffusion.noise.isotropic import IsotropicNoise
from diffusion.noise.minibatch import Minibatches, MinibatchNoise
from diffusion.noise.two_temperature import TwoTemperatureNoise
from diffusion.optimizers import OPTIMIZERS
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
from diffusion.optimizers.degree import EXPONENT, NOT_STATIONARY, RENEWAL, TRANSIENT, sharpened
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
from diffusion.optimizers.schedule import Schedule, cosine, inverse_time, warm_up
from diffusion.optimizers.schedule_free import ScheduleFree
from diffusion.optimizers.sgd import SGD
from diffusion.optimizers.sign_sgd import SignSGD
from diffusion.optimizers.signum import Signum
from diffusion.optimizers.simplified_ademamix import SimplifiedAdEMAMix
from diffusion.optimizers.stable_adamw import StableAdamW
from diffusion.optimizers.yogi import Yogi
from diffusion.replay import replay
from diffusion.rows import sample_gradients
from diffusion.splitting.committor import committor
from diffusion.splitting.escape import split_escape
from diffusion.splitting.estimate import Extinct, SplittingEstimate
from diffusion.splitting.reaction import Coasting, Position
from diffusion.splitting.walkers import Stuck
from diffusion.statistics import Estimate, Rate, escape_rate
from diffusion.walls import Walls
from diffusion.watch import Diverged, Interrupted, Watch

__all__ = [
    "ADOPT",
    "ASGD",
    "EXPONENT",
    "LAMB",
    "LANES",
    "LARS",
    "MADGRAD",
    "MARS",
    "NOT_STATIONARY",
    "OPTIMIZERS",
    "PNM",
    "QHM",
    "RENEWAL",
    "SCHEMES",
    "SGD",
    "TRANSIENT",
    "AMSGrad",
    "AdEMAMix",
    "AdaBelief",
    "AdaBound",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adai",
    "AdaiV2",
    "Adam",
    "AdamW",
    "Adamax",
    "Adan",
    "AggMo",
    "Ano",
    "Cautious",
    "Clipped",
    "Coasting",
    "DataNoise",
    "Diverged",
    "DoG",
    "DualAdam",
    "Ensemble",
    "EscapeTimes",
    "Estimate",
    "Exits",
    "Extinct",
    "FrozenNoise",
    "Grams",
    "HessianNoise",
    "Interrupted",
    "InvAdam",
    "IsotropicNoise",
    "LaProp",
    "Langevin",
    "Lion",
    "MeanPassage",
    "MinibatchNoise",
    "Minibatches",
    "Momentum",
    "Muon",
    "NAdam",
    "Nesterov",
    "Network",
    "NovoGrad",
    "Overdamped",
    "Padam",
    "PassageTimes",
    "PhaseSpace",
    "Position",
    "Prodigy",
    "QHAdam",
    "Quadratic",
    "RAdam",
    "RMSprop",
    "Rate",
    "Rprop",
    "Schedule",
    "ScheduleFree",
    "Shifted",
    "SideBySide",
    "SignSGD",
    "Signum",
    "SimplifiedAdEMAMix",
    "SplittingEstimate",
    "StableAdamW",
    "Stuck",
    "StyblinskiTang",
    "TwoTemperatureDiffusion",
    "TwoTemperatureNoise",
    "Walls",
    "Watch",
    "Yogi",
    "baoab",
    "committor",
    "cosine",
    "end_point",
    "escape_rate",
    "escape_times",
    "euler_maruyama",
    "evolve",
    "exact",
    "gjf",
    "gradient_at",
    "heun",
    "integrate",
    "inverse_time",
    "landscape_from",
    "landscape_of",
    "loss_over",
    "mean_passage",
    "obabo",
    "part",
    "passage_times",
    "replay",
    "sample_gradients",
    "sharpened",
    "side_by_side",
    "split_escape",
    "table",
    "warm_up",
]
