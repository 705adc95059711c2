"""Make other_settings.npz: the rules of torch, optax and pytorch_optimizer with constants far from their defaults.

Run with torch 2.13, optax 0.2.8 and pytorch_optimizer 4.1.0 installed: python make_other_settings.py. Everything is in
double precision but for what the libraries themselves round. One sequence of gradients serves all rules.
"""

from pathlib import Path

import jax
import numpy as np
import optax
import pytorch_optimizer as po
import torch
from torch import optim

jax.config.update("jax_enable_x64", True)
torch.set_default_dtype(torch.float64)
STEPS, DIM = 60, 10
RNG = np.random.default_rng(7)
THETA0 = RNG.normal(0, 1.5, DIM)
GRADS = RNG.normal(0.2, 1, (STEPS, DIM)) * np.exp(RNG.uniform(-2, 2, DIM))
B, E, W, LR = (0.8, 0.95), 0.01, 0.3, 0.02  # betas, eps, weight decay, learning rate


def torch_path(make, shape=(DIM,)):
    p = torch.nn.Parameter(torch.tensor(THETA0.reshape(shape)))
    optimizer = make([p])
    path = [THETA0]
    for g in GRADS:
        p.grad = torch.tensor(g.reshape(shape))
        optimizer.step()
        path.append(p.detach().numpy().copy().ravel())
    return np.array(path)


def optax_path(transformation):
    theta = jax.numpy.array(THETA0)
    state = transformation.init(theta)
    update = jax.jit(transformation.update)
    path = [THETA0]
    for g in GRADS:
        step, state = update(jax.numpy.array(g), state, theta)
        theta = optax.apply_updates(theta, step)
        path.append(np.array(theta))
    return np.array(path)


TORCH = {
    "adamw": lambda p: optim.AdamW(p, LR, B, E, W),
    "amsgrad": lambda p: optim.AdamW(p, LR, B, E, W, amsgrad=True),
    "rmsprop": lambda p: optim.RMSprop(p, LR, 0.9, E, momentum=0.5, centered=True),
    "adadelta": lambda p: optim.Adadelta(p, 0.5, 0.8, 1e-3),
    "adagrad": lambda p: optim.Adagrad(p, LR, eps=E, initial_accumulator_value=0.5),
    "adamax": lambda p: optim.Adamax(p, LR, B, E),
    "nadam": lambda p: optim.NAdam(p, LR, B, E, W, 0.01, decoupled_weight_decay=True),
    "radam": lambda p: optim.RAdam(p, LR, B, E, W, decoupled_weight_decay=True),
    "nesterov": lambda p: optim.SGD(p, LR, 0.7, nesterov=True),
    "rprop": lambda p: optim.Rprop(p, LR, (0.4, 1.3), (0.005, 0.1)),
    "asgd": lambda p: optim.ASGD(p, LR, 0.1, 0.6),
    "adabelief": lambda p: po.AdaBelief(p, LR, B, W, eps=E),
    "adabound": lambda p: po.AdaBound(p, LR, 0.05, B, 0.02, W, eps=E),
    "amsbound": lambda p: po.AdaBound(p, LR, 0.05, B, 0.02, ams_bound=True),
    "adai": lambda p: po.Adai(
        p, LR, (0.2, 0.9), W, weight_decouple=True, stable_weight_decay=True, dampening=0.5
    ),
    "adan": lambda p: po.Adan(p, LR, (0.9, 0.8, 0.95), W, weight_decouple=True, eps=E),
    "adan_proximal": lambda p: po.Adan(p, LR, (0.9, 0.8, 0.95), W, weight_decouple=False, eps=E),
    "ademamix": lambda p: po.AdEMAMix(p, LR, (0.8, 0.95, 0.99), W, True, alpha=2.0, t_alpha_beta3=30, eps=E),
    "adopt": lambda p: po.ADOPT(p, LR, B, weight_decay=W, weight_decouple=True, eps=0.05),
    "aggmo": lambda p: po.AggMo(p, LR, (0.3, 0.8, 0.95, 0.5), W, True),
    "ano": lambda p: po.Ano(p, LR, B, W, eps=E),
    "dual_adam": lambda p: po.DualAdam(p, 0.002, B, 0.03, W, True, eps=E),
    "grams": lambda p: po.Grams(p, LR, B, W, eps=E),
    "lamb": lambda p: po.Lamb(p, LR, B, W, eps=E),
    "lamb_in_step": lambda p: po.Lamb(p, LR, B, W, weight_decouple=False, eps=E),
    "laprop": lambda p: po.LaProp(p, LR, B, weight_decay=W, eps=E),
    "lion": lambda p: po.Lion(p, LR, B, W),
    "madgrad": lambda p: po.MADGRAD(p, LR, 0.5, W, True, eps=E),
    "mars": lambda p: po.MARS(p, LR, B, 0.05, optimize_1d=True, weight_decay=W, eps=E),
    "novograd": lambda p: po.NovoGrad(p, LR, B, W, True, eps=E),
    "novograd_in_momentum": lambda p: po.NovoGrad(p, LR, B, W, False, grad_averaging=True, eps=E),
    "padam_8": lambda p: po.PAdam(p, LR, B, 0.125, W, True, eps=E),
    "padam_5": lambda p: po.PAdam(p, LR, B, 0.2, W, True, eps=E),
    "pnm": lambda p: po.PNM(p, LR, (0.8, 0.5), W),
    "prodigy": lambda p: po.Prodigy(p, 0.5, B, 0.9, 1e-2, 0.7, 1.02, W, bias_correction=True, eps=E),
    "prodigy_safe": lambda p: po.Prodigy(p, 0.5, B, None, 1e-2, weight_decay=W, safeguard_warmup=True, eps=E),
    "qhadam": lambda p: po.QHAdam(p, LR, B, (0.6, 0.7), W, True, eps=E),
    "qhm": lambda p: po.QHM(p, LR, 0.8, 0.4, W, True),
    "schedule_free_sgd": lambda p: po.ScheduleFreeSGD(p, LR, 0.8, W, 1.0, 2.0, 20),
    "schedule_free_adamw": lambda p: po.ScheduleFreeAdamW(p, LR, B, W, 1.0, 2.0, 20, eps=E),
    "simplified_ademamix": lambda p: po.SimplifiedAdEMAMix(p, LR, (0.9, 0.8), W, alpha=2.0, eps=E),
    "stable_adamw": lambda p: po.StableAdamW(p, LR, B, weight_decay=W, eps=E),
    "tiger": lambda p: po.Tiger(p, LR, 0.8, W),
    "yogi": lambda p: po.Yogi(p, LR, B, 0.1, W, eps=E),
    "sign_sgd": lambda p: po.SignSGD(p, LR, 0.0, W),
    "adafactor": lambda p: po.AdaFactor(
        p, LR, (0.8, 0.95), -0.7, W, clip_threshold=0.8, scale_parameter=True, relative_step=False
    ),
    "cautious_laprop": lambda p: po.LaProp(p, LR, B, cautious=True, eps=E),
    "cautious_lion": lambda p: po.Lion(p, LR, B, cautious=True),
}
MATRIX = {  # of two rows and five columns
    "lars": lambda p: po.LARS(p, 0.5, W, 0.8, trust_coefficient=0.01),
    "lars_nesterov": lambda p: po.LARS(p, 0.5, W, 0.8, trust_coefficient=0.01, nesterov=True),
    "muon": lambda p: optim.Muon(p, LR, W, 0.8, nesterov=False, ns_steps=4, adjust_lr_fn="match_rms_adamw"),
}
OPTAX = {
    "optax_adan": optax.adan(LR, 0.9, 0.8, 0.95, E),
    "optax_radam": optax.radam(LR, *B, E),
    "optax_nadam": optax.nadam(LR, *B, E),
    "optax_amsgrad": optax.amsgrad(LR, *B, E),
    "optax_lamb": optax.lamb(LR, *B, E, weight_decay=W),
    "optax_lars": optax.lars(0.5, W, trust_coefficient=0.01, eps=0.1, momentum=0.8, nesterov=True),
    "optax_adafactor": optax.adafactor(
        LR, decay_rate=0.7, multiply_by_parameter_scale=True, clipping_threshold=0.8
    ),
    "optax_dog": optax.contrib.dog(5.0, eps=0.1, weight_decay=W),
    "optax_prodigy": optax.contrib.prodigy(0.5, B, 0.9, E, 1e-2, 0.7, W),
    "optax_simplified_ademamix": optax.contrib.simplified_ademamix(LR, 0.9, 0.8, 2.0, E),
    "optax_rmsprop": optax.rmsprop(LR, 0.9, E, bias_correction=True),
    "optax_adabelief": optax.adabelief(LR, *B, E, 0.001),
    "optax_clipped_adam": optax.chain(optax.clip_by_global_norm(2.0), optax.adam(LR, *B, E)),
    "optax_schedule_free": optax.contrib.schedule_free_adamw(LR, None, *B, E, 0.0),
    "optax_ademamix": optax.contrib.ademamix(LR, *B, 0.99, 2.0, E, weight_decay=W),
}
PATHS = {
    **{name: torch_path(make) for name, make in TORCH.items()},
    **{name: torch_path(make, (2, 5)) for name, make in MATRIX.items()},
    **{name: optax_path(transformation) for name, transformation in OPTAX.items()},
}
np.savez_compressed(Path(__file__).with_name("other_settings.npz"), theta0=THETA0, grads=GRADS, **PATHS)
