"""Forms in which makers write a rule.

The forms are options of our rules: one option at a time, or a set that belongs together.
"""

import math

# Values that implementations take, by option: the default eps is 1e-8 in PyTorch and 1e-7 in Keras.
ALTERNATIVES = {
    "max_of": ("v", "v_hat"),
    "eps": (0.0, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-3),
    "eps_of": ("v", "v_hat"),
    "norm_of": ("parts", "sum"),
    "momentum_decay": (4e-3, math.inf),
    "decay": ("in_step", "decoupled", "in_momentum"),
    "rounding": ("none", "optax", "pytorch_optimizer"),
    "precision": ("double", "bfloat16"),
    "adjust": ("original", "match_rms_adamw"),
    "eps_root": (0.0, 1e-16, 1e-15, 1e-8),
}
# By rule: words for the form, and the options that it changes, as a function of the reference.
FORMS = {
    "Adan": (
        (
            "Adan as in optax (differences of gradients weigh 1 - beta2, and 1e-8 under the root)",
            lambda rule: {"difference_weight": 1 - rule.beta2, "eps_root": 1e-8},
        ),
    ),
    "LAMB": (
        (
            "LAMB as in pytorch_optimizer (no bias correction, a norm of at most 10)",
            lambda rule: {"bias_correction": False, "eps_norm": rule.eps, "largest_norm": 10.0},
        ),
        (
            "LAMB as in pytorch_optimizer (no bias correction, a norm of at most 10)",
            lambda rule: {"bias_correction": False, "eps_norm": 1e-6, "largest_norm": 10.0},
        ),
    ),
    "MARS": (
        (
            "AdamW: MARS takes part for matrices only",
            lambda rule: {"gamma": 0.0, "norm": math.inf},
        ),
        (
            "AdamW: MARS takes part for matrices only",
            lambda rule: {"gamma": 0.0, "norm": math.inf, "eps_root": 0.0},
        ),
    ),
    "SimplifiedAdEMAMix": (
        (
            "SimplifiedAdEMAMix as in optax (a sum of gradients)",
            lambda rule: {"average": False, "twice": False},
        ),
    ),
    "NovoGrad": (
        (
            "NovoGrad with averaged gradients and weight decay in the momentum",
            lambda rule: {"grad_averaging": True, "decay": "in_momentum"},
        ),
    ),
}
