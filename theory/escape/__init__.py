"""Logs of mean escape times.

They are those of Theorem 3, of Propositions 2 and 4, and of the standards for comparison.

`*_printed` is the paper's formula, `*_corrected` what follows from the same hypotheses, `*_leading` its
log(tau) = O(.) form. Every escape time depends on the stop rule, the interpretation of the noise and the unit: see
`theory.escape.standard`.
"""

from theory.escape.adaptive import (
    adai_log_time_leading,
    adai_log_time_printed,
    adam_log_time_frozen,
    adam_log_time_leading,
    adam_log_time_printed,
)
from theory.escape.momentum import (
    momentum_log_time_corrected,
    momentum_log_time_kramers,
    momentum_log_time_leading,
    momentum_log_time_printed,
    sgd_log_time_corrected,
    sgd_log_time_leading,
    sgd_log_time_printed,
)
from theory.escape.standard import (
    effective_diffusion_printed,
    eyring_kramers_log_time,
    kramers_log_time,
    langer_log_time,
    two_temperature_log_time,
)

__all__ = [
    "adai_log_time_leading",
    "adai_log_time_printed",
    "adam_log_time_frozen",
    "adam_log_time_leading",
    "adam_log_time_printed",
    "effective_diffusion_printed",
    "eyring_kramers_log_time",
    "kramers_log_time",
    "langer_log_time",
    "momentum_log_time_corrected",
    "momentum_log_time_kramers",
    "momentum_log_time_leading",
    "momentum_log_time_printed",
    "sgd_log_time_corrected",
    "sgd_log_time_leading",
    "sgd_log_time_printed",
    "two_temperature_log_time",
]
