"""Optimizers to try: the rule of every golden file, and examples whose constants are large enough to be seen."""

import numpy as np

from diffusion import (
    SGD,
    AdaBound,
    Adai,
    Adam,
    AdamW,
    AMSGrad,
    Momentum,
    Nesterov,
    Padam,
    RAdam,
    RMSprop,
    Yogi,
)

TEN = 10  # coordinates of the gradients that tests feed

# The rule that each golden file pins, given the hyper-parameters in the file.
GOLDEN = {
    "torch_sgd": lambda h: SGD(h["lr"]),
    "torch_sgd_momentum": lambda h: Momentum(h["lr"], h["momentum"], h["beta3"]),
    "optax_ema_momentum": lambda h: Momentum(h["lr"], h["beta1"], 1 - h["beta1"]),
    "torch_adam": lambda h: Adam(h["lr"], h["beta1"], h["beta2"], h["eps"]),
    "adai_official": lambda h: Adai(h["lr"], h["beta0"], h["beta2"], h["eps"], h["weight_decay"]),
    "adaiw_official": lambda h: Adai(h["lr"], h["beta0"], h["beta2"], h["eps"], h["weight_decay"]),
    "torch_adamw": lambda h: AdamW(h["eta"], h["beta1"], h["beta2"], h["eps"], h["weight_decay"]),
    "torch_amsgrad": lambda h: AMSGrad(h["eta"], h["beta1"], h["beta2"], h["eps"], max_of="v"),
    "optax_amsgrad": lambda h: AMSGrad(h["eta"], max_of="v_hat"),
    "po_adabound": lambda h: AdaBound(h["lr"], *h["betas"], final_rate=h["final_lr"], gamma=h["gamma"]),
    "po_padam": lambda h: Padam(h["lr"], *h["betas"], partial=h["partial"]),
    "po_yogi": lambda h: Yogi(h["lr"], *h["betas"], h["eps"], h["initial_accumulator"]),
    "optax_yogi": lambda h: Yogi(h["eta"], h["b1"], h["b2"], h["eps"]),
    "torch_radam": lambda h: RAdam(h["eta"], h["beta1"], h["beta2"], h["eps"], h["unadapted_steps"]),
    "optax_radam": lambda h: RAdam(h["eta"], eps_of="v_hat"),
    "torch_nesterov": lambda h: Nesterov(h["eta"], h["beta1"]),
    "torch_rmsprop": lambda h: RMSprop(h["eta"], h["beta2"], h["eps"]),
    "optax_rmsprop": lambda h: RMSprop(h["eta"], 0.999, eps_inside=True),
}

EXAMPLES = [
    SGD(0.1),
    Momentum(0.1, 0.9, 0.3),
    Momentum(0.1, 0.9, 0.1, bias_correction=True),
    Adam(0.03, eps=0.1),
    Adai(0.1, weight_decay=0.05),
    AdamW(0.03, eps=0.1, weight_decay=0.5, eps_root=0.1),
    AMSGrad(0.03, eps=0.1, weight_decay=0.5),
    AMSGrad(0.03, eps=0.1, max_of="v_hat"),
    AdaBound(0.03, eps=0.1, final_rate=0.05, gamma=0.02, weight_decay=0.5, eps_root=0.1),
    AdaBound(0.03, amsbound=True),
    Padam(0.03, eps=0.1, weight_decay=0.5),
    Padam(0.03, partial=0.125, amsgrad=True),
    Padam(0.03, partial=0.2),
    Yogi(0.03, eps=0.1, initial=0.1, weight_decay=0.5, initial_m=0.1),
    RAdam(0.03, eps=0.1, weight_decay=0.5, unit=0.5),
    RAdam(0.03, eps=0.1, unadapted_steps=False, eps_of="v_hat"),
    Nesterov(0.03, weight_decay=0.5),
    RMSprop(0.03, eps=0.1, weight_decay=0.5),
    RMSprop(0.03, 0.9, 0.1, bias_correction=True, eps_inside=True, beta1=0.9, centered=True),
]


def yogi_first(optimizer, theta0):
    m_hat = optimizer.beta1 * optimizer.initial_m / (1 - optimizer.beta1)
    size = np.sqrt(optimizer.initial / (1 - optimizer.beta2)) + optimizer.eps
    return theta0 - optimizer.eta * (m_hat / size + optimizer.weight_decay * theta0)


# Where a first gradient of zero leads, of rules that do more than decay theta then.
FIRST_STEP = {Yogi: yogi_first}
