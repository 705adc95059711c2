"""Optimizers to try: the rule of every golden file, and examples whose constants are large enough to be seen."""

import math

import numpy as np

from diffusion import (
    ADOPT,
    ASGD,
    LAMB,
    LARS,
    MADGRAD,
    MARS,
    PNM,
    QHM,
    SGD,
    AdaBelief,
    AdaBound,
    Adadelta,
    Adafactor,
    Adagrad,
    Adai,
    AdaiV2,
    Adam,
    Adamax,
    AdamW,
    Adan,
    AdEMAMix,
    AggMo,
    AMSGrad,
    Ano,
    Cautious,
    Clipped,
    DoG,
    DualAdam,
    Grams,
    InvAdam,
    LaProp,
    Lion,
    Momentum,
    Muon,
    NAdam,
    Nesterov,
    NovoGrad,
    Padam,
    Prodigy,
    QHAdam,
    RAdam,
    RMSprop,
    Rprop,
    ScheduleFree,
    SignSGD,
    Signum,
    SimplifiedAdEMAMix,
    StableAdamW,
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
    "torch_nadam": lambda h: NAdam(h["eta"], h["beta1"], h["beta2"], h["eps"], h["momentum_decay"]),
    "optax_nadam": lambda h: NAdam(h["eta"], momentum_decay=math.inf),
    "po_adabelief": lambda h: AdaBelief(h["lr"], *h["betas"], h["eps"]),
    "optax_adabelief": lambda h: AdaBelief(h["eta"], h["b1"], h["b2"]),
    "torch_adagrad": lambda h: Adagrad(h["eta"], h["eps"]),
    "torch_adamax": lambda h: Adamax(h["eta"], h["beta1"], h["beta2"], h["eps"]),
    "optax_adamax": lambda h: Adamax(h["eta"]),
    "torch_adadelta": lambda h: Adadelta(h["eta"], h["rho"], h["eps"]),
    "po_qhm": lambda h: QHM(h["lr"], h["momentum"], h["nu"]),
    "po_qhadam": lambda h: QHAdam(h["lr"], *h["betas"], *h["nus"], single_precision=True),
    "po_aggmo": lambda h: AggMo(h["lr"], tuple(h["betas"])),
    "po_pnm": lambda h: PNM(h["lr"], *h["betas"]),
    "po_adai": lambda h: AdaiV2(h["lr"], *h["betas"], dampening=h["defaults"]["dampening"]),
    "po_signsgd": lambda h: SignSGD(h["lr"]),
    "optax_sign_sgd": lambda h: SignSGD(h["eta"]),
    "po_tiger": lambda h: Signum(h["lr"], h["beta"]),
    "po_lion": lambda h: Lion(h["lr"], *h["betas"]),
    "optax_lion": lambda h: Lion(h["eta"], h["b1"], h["b2"]),
    "po_adan": lambda h: Adan(h["lr"], *h["betas"]),
    "optax_adan": lambda h: Adan(h["eta"], difference_weight=0.08, eps_root=1e-8),
    "po_laprop": lambda h: LaProp(h["lr"], *h["betas"], single_precision=True),
    "po_adopt": lambda h: ADOPT(h["lr"], *h["betas"]),
    "po_ademamix": lambda h: AdEMAMix(h["lr"]),
    "optax_ademamix": lambda h: AdEMAMix(h["eta"]),
    "po_simplifiedademamix": lambda h: SimplifiedAdEMAMix(h["lr"], single_precision=True),
    "po_grams": lambda h: Grams(h["lr"]),
    "po_ano": lambda h: Ano(h["lr"]),
    "po_dualadam": lambda h: DualAdam(h["lr"]),
    # MARS runs AdamW on parameters that are not matrices, with these constants
    "po_mars": lambda h: MARS(h["defaults"]["lr_1d"], 0.9, 0.95, 0.0, math.inf, weight_decay=0.1),
    "po_lamb": lambda h: LAMB(h["lr"], *h["betas"], bias_correction=False, eps_norm=1e-6, largest_norm=10.0),
    "optax_lamb": lambda h: LAMB(h["eta"]),
    "po_lars": lambda h: Momentum(h["lr"], h["momentum"]),  # their LARS, on parameters that are not matrices
    "optax_lars": lambda h: LARS(h["eta"], norm_of="sum"),
    "optax_dog": lambda h: DoG(),
    "po_prodigy": lambda h: Prodigy(h["lr"]),
    "optax_prodigy": lambda h: Prodigy(bias_correction=True),
    "po_novograd": lambda h: NovoGrad(h["lr"]),
    "po_stableadamw": lambda h: StableAdamW(h["lr"], *h["betas"], weight_decay=h["weight_decay"]),
    "po_madgrad": lambda h: MADGRAD(h["lr"]),
    "torch_rprop": lambda h: Rprop(h["eta"], *h["etas"], *h["step_sizes"]),
    "torch_asgd": lambda h: ASGD(h["eta"], h["lambd"], h["alpha"]),
    "po_adafactor": lambda h: Adafactor(h["lr"], 0.9, 0.999, rounding="pytorch_optimizer"),
    "optax_adafactor": lambda h: Adafactor(h["eta"], rounding="optax"),
    "torch_muon_5x4": lambda h: Muon(0.02, (5, 4), precision="bfloat16"),
    "po_muon_5x4": lambda h: Muon(0.02, (5, 4), precision="bfloat16"),
    "optax_sgd_clip": lambda h: Clipped(SGD(h["eta"]), h["clip_norm"]),
    "po_schedulefreesgd": lambda h: ScheduleFree(SGD(h["lr"])),
    "po_schedulefreeadamw": lambda h: ScheduleFree(AdamW(h["lr"], 0.0, weight_decay=0.0, eps_root=1e-15)),
}

B, E, W, LR = (0.8, 0.95), 0.01, 0.3, 0.02  # betas, eps, weight decay, learning rate
# The same for golden/other_settings.npz, made by golden/make_other_settings.py.
OTHER_SETTINGS = {
    "adamw": AdamW(LR, *B, E, W),
    "amsgrad": AMSGrad(LR, *B, E, weight_decay=W),
    "rmsprop": RMSprop(LR, 0.9, E, beta1=0.5, centered=True),
    "adadelta": Adadelta(0.5, 0.8, 1e-3),
    "adagrad": Adagrad(LR, E, 0.5),
    "adamax": Adamax(LR, *B, E),
    "nadam": NAdam(LR, *B, E, 0.01, W),
    "radam": RAdam(LR, *B, E, weight_decay=W),
    "nesterov": Nesterov(LR, 0.7),
    "rprop": Rprop(LR, 0.4, 1.3, 0.005, 0.1),
    "asgd": ASGD(LR, 0.1, 0.6),
    "adabelief": AdaBelief(LR, *B, E, W),
    "adabound": AdaBound(LR, *B, E, 0.05, 0.02, W),
    "amsbound": AdaBound(LR, *B, 1e-8, 0.05, 0.02, amsbound=True),
    "adai": AdaiV2(LR, 0.2, 0.9, dampening=0.5, weight_decay=W),
    "adan": Adan(LR, 0.9, 0.8, 0.95, E, W),
    "adan_proximal": Adan(LR, 0.9, 0.8, 0.95, E, W, proximal=True),
    "ademamix": AdEMAMix(LR, *B, 0.99, 2.0, E, W, 30),
    "adopt": ADOPT(LR, *B, 0.05, weight_decay=W),
    "aggmo": AggMo(LR, (0.3, 0.8, 0.95, 0.5), W),
    "ano": Ano(LR, *B, E, W),
    "dual_adam": DualAdam(0.002, *B, E, 0.03, W),
    "grams": Grams(LR, *B, E, W),
    "lamb": LAMB(LR, *B, E, W, "decoupled", False, E, 10.0),
    "lamb_in_step": LAMB(LR, *B, E, W, "in_step", False, E, 10.0),
    "laprop": LaProp(LR, *B, E, W, single_precision=True),
    "lion": Lion(LR, *B, W),
    "madgrad": MADGRAD(LR, 0.5, E, W),
    "mars": MARS(LR, *B, 0.05, eps=E, weight_decay=W),
    "novograd": NovoGrad(LR, *B, E, W),
    "novograd_in_momentum": NovoGrad(LR, *B, E, W, True, "in_momentum"),
    "padam_8": Padam(LR, *B, E, 0.125, weight_decay=W),
    "padam_5": Padam(LR, *B, E, 0.2, weight_decay=W),
    "pnm": PNM(LR, 0.8, 0.5, W),
    "prodigy": Prodigy(0.5, *B, 0.9, E, 1e-2, 0.7, 1.02, W, True),
    "prodigy_safe": Prodigy(0.5, *B, None, E, 1e-2, weight_decay=W, safeguard_warmup=True),
    "qhadam": QHAdam(LR, *B, 0.6, 0.7, E, W, single_precision=True),
    "qhm": QHM(LR, 0.8, 0.4, W),
    "schedule_free_sgd": ScheduleFree(SGD(LR), 0.8, 1.0, W, 20),
    "schedule_free_adamw": ScheduleFree(AdamW(LR, 0.0, 0.95, E, 0.0, 1e-15), 0.8, 1.0, W, 20),
    "simplified_ademamix": SimplifiedAdEMAMix(LR, 0.9, 0.8, 2.0, E, W, single_precision=True),
    "stable_adamw": StableAdamW(LR, *B, E, W),
    "tiger": Signum(LR, 0.8, W),
    "yogi": Yogi(LR, *B, E, 0.1, W),
    "sign_sgd": SignSGD(LR, W),
    "adafactor": Adafactor(
        LR, 0.8, 0.95, 0.7, 0.8, scale_parameter=True, weight_decay=W, rounding="pytorch_optimizer"
    ),
    "cautious_laprop": Cautious(LaProp(LR, *B, E)),
    "cautious_lion": Cautious(Lion(LR, *B)),
    "lars": LARS(0.5, 0.8, 0.01, W),
    "lars_nesterov": LARS(0.5, 0.8, 0.01, W, nesterov=True),
    "muon": Muon(LR, (2, 5), 0.8, False, 4, weight_decay=W, adjust="match_rms_adamw", precision="bfloat16"),
    "optax_adan": Adan(LR, 0.9, 0.8, 0.95, E, difference_weight=0.2, eps_root=1e-8),
    "optax_radam": RAdam(LR, *B, E, eps_of="v_hat"),
    "optax_nadam": NAdam(LR, *B, E, math.inf),
    "optax_amsgrad": AMSGrad(LR, *B, E, "v_hat"),
    "optax_lamb": LAMB(LR, *B, E, W),
    "optax_lars": LARS(0.5, 0.8, 0.01, W, 0.1, True, "sum"),
    "optax_adafactor": Adafactor(LR, decay_rate=0.7, clip=0.8, scale_parameter=True, rounding="optax"),
    "optax_dog": DoG(5.0, 0.1, weight_decay=W),
    "optax_prodigy": Prodigy(0.5, *B, 0.9, E, 1e-2, 0.7, weight_decay=W, bias_correction=True),
    "optax_simplified_ademamix": SimplifiedAdEMAMix(LR, 0.9, 0.8, 2.0, E, average=False, twice=False),
    "optax_rmsprop": RMSprop(LR, 0.9, E, True, True),
    "optax_adabelief": AdaBelief(LR, *B, E, 0.0, 0.001),
    "optax_clipped_adam": Clipped(Adam(LR, *B, E), 2.0),
    "optax_schedule_free": ScheduleFree(AdamW(LR, 0.0, 0.95, E, 0.0), 0.8),
    "optax_ademamix": AdEMAMix(LR, *B, 0.99, 2.0, E, W),
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
    NAdam(0.03, eps=0.1, weight_decay=0.5),
    NAdam(0.03, momentum_decay=math.inf),
    AdaBelief(0.03, eps=0.1, weight_decay=0.5, eps_root=0.01),
    Adagrad(0.03, eps=0.1, initial=0.5, weight_decay=0.5),
    Adamax(0.03, eps=0.1, weight_decay=0.5),
    Adadelta(0.5, eps=1e-2, eps_delta=1e-4, weight_decay=0.5),
    QHM(0.03, weight_decay=0.5),
    QHAdam(0.03, nu2=0.8, eps=0.1, weight_decay=0.5),
    AggMo(0.03, weight_decay=0.5),
    PNM(0.03, weight_decay=0.5),
    AdaiV2(0.03, weight_decay=0.5),
    AdaiV2(0.03, dampening=0.5),
    SignSGD(0.03, weight_decay=0.5),
    Signum(0.03, weight_decay=0.5),
    Lion(0.03, weight_decay=0.5),
    Adan(0.03, eps=0.1, weight_decay=0.5),
    Adan(0.03, weight_decay=0.5, difference_weight=0.08, proximal=True, eps_root=0.1),
    LaProp(0.03, eps=0.1, weight_decay=0.5, eps_root=0.1),
    ADOPT(0.03, eps=0.1, weight_decay=0.5),
    ADOPT(0.03, clip=False, eps=0.1),
    AdEMAMix(0.03, eps=0.1, weight_decay=0.5),
    AdEMAMix(0.03, warmup=300),
    SimplifiedAdEMAMix(0.03, alpha=0.5, eps=0.1, weight_decay=0.5),
    SimplifiedAdEMAMix(0.03, average=False, twice=False),
    Grams(0.03, eps=0.1, weight_decay=0.5),
    Ano(0.03, eps=0.1, weight_decay=0.5),
    InvAdam(0.01, eps=0.1, weight_decay=0.5),
    DualAdam(0.01, eps=0.1, weight_decay=0.5, unit=0.5),
    MARS(0.03, norm=3.0, eps=0.1, weight_decay=0.5, eps_root=0.1),
    MARS(0.03, norm=math.inf),
    LAMB(0.01, eps=0.1, weight_decay=0.5, largest_norm=2.0),
    LAMB(0.01, weight_decay=0.5, decay="decoupled", bias_correction=False, eps_norm=0.1),
    LARS(0.1, trust=0.1, weight_decay=0.5, eps=0.5),
    LARS(0.1, trust=0.1, weight_decay=0.5, nesterov=True, norm_of="sum"),
    DoG(eps=10.0, initial=0.01, relative=0.01, weight_decay=0.5),
    Prodigy(eps=1.0, d0=0.01, weight_decay=0.5),
    Prodigy(d0=0.01, growth=1.02, bias_correction=True, safeguard_warmup=True),
    NovoGrad(0.03, eps=0.1, weight_decay=0.5),
    NovoGrad(0.03, weight_decay=0.5, grad_averaging=True, decay="in_momentum"),
    StableAdamW(0.03, eps=0.1, weight_decay=0.5),
    MADGRAD(0.03, eps=0.1, weight_decay=0.5, eps_rate=0.01),
    Rprop(0.03, smallest=0.01, largest=0.1),
    ASGD(0.01, decay=0.5),
    Adafactor(0.03, eps=0.1, weight_decay=0.5),
    Adafactor(0.03, 0.9, 0.99, scale_parameter=True, eps_scale=2.0, weight_decay=0.5),
    Muon(0.03, (2, 5), eps=1.0, weight_decay=0.5),
    Muon(0.03, (5, 2), nesterov=False, steps=3, adjust="match_rms_adamw"),
    Clipped(Adam(0.03, eps=0.1), 3.0, 0.1),
    Clipped(Momentum(0.01, bias_correction=True), 3.0),
    ScheduleFree(SGD(0.03), weight_decay=0.5),
    ScheduleFree(AdamW(0.03, 0.0, weight_decay=0.0, eps=0.1), power_of_t=1.0, warmup=100, weight_decay=0.5),
    Cautious(AdamW(0.03, weight_decay=0.0, eps=0.1), weight_decay=0.5),
    Cautious(Lion(0.03), scale="mean"),
]


def yogi_first(optimizer, theta0):
    m_hat = optimizer.beta1 * optimizer.initial_m / (1 - optimizer.beta1)
    size = np.sqrt(optimizer.initial / (1 - optimizer.beta2)) + optimizer.eps
    return theta0 - optimizer.eta * (m_hat / size + optimizer.weight_decay * theta0)


def adan_first(optimizer, theta0):
    decay = optimizer.eta * optimizer.weight_decay
    return theta0 / (1 + decay) if optimizer.proximal else theta0 * (1 - decay)


def lamb_first(optimizer, theta0):
    if optimizer.decay == "decoupled":
        return theta0 * (1 - optimizer.eta * optimizer.weight_decay)
    norm = np.linalg.norm(theta0)
    return theta0 * (1 - optimizer.eta * min(norm, optimizer.largest_norm) / norm)


def lars_first(optimizer, theta0):
    below = optimizer.weight_decay * np.linalg.norm(theta0)
    rate = optimizer.eta * optimizer.trust * np.linalg.norm(theta0) / (below + optimizer.eps)
    return theta0 * (1 - rate * optimizer.weight_decay * (1 + optimizer.beta1 * optimizer.nesterov))


def dog_first(optimizer, theta0):
    norm = np.linalg.norm(theta0)
    rate = (optimizer.initial + optimizer.relative * norm) * optimizer.weight_decay
    return theta0 * (1 - optimizer.eta * rate / np.sqrt((optimizer.weight_decay * norm) ** 2 + optimizer.eps))


def adafactor_first(optimizer, theta0):
    share = max(np.sqrt(np.mean(theta0**2)), optimizer.eps_scale) if optimizer.scale_parameter else 1.0
    return theta0 * (1 - optimizer.eta * share * optimizer.weight_decay)


# Where a first gradient of zero leads, of rules that do more than decay theta by eta weight_decay then.
FIRST_STEP = {
    Yogi: yogi_first,
    Adan: adan_first,
    LAMB: lamb_first,
    LARS: lars_first,
    DoG: dog_first,
    Adafactor: adafactor_first,
    Prodigy: lambda o, theta0: theta0 * (1 - o.eta * o.d0 * o.weight_decay),
    MADGRAD: lambda o, theta0: theta0 * (1 - (o.eta + o.eps_rate) * o.weight_decay),
    ScheduleFree: lambda o, theta0: theta0 * (1 - o.eta * o.weight_decay / max(o.warmup, 1)),
}
