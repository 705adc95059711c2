"""Optimizers to try: one or more of every rule, with constants large enough to be seen."""

from diffusion import SGD, Adai, Adam, Momentum

TEN = 10  # coordinates of the gradients that tests feed
EXAMPLES = [
    SGD(0.1),
    Momentum(0.1, 0.9, 0.3),
    Momentum(0.1, 0.9, 0.1, bias_correction=True),
    Adam(0.03, eps=0.1),
    Adai(0.1, weight_decay=0.05),
]
