"""Exact references: no statement of the paper, no approximation but numerical error."""

from theory.exact.chain import sgd_mean_escape_iterations
from theory.exact.kolmogorov import (
    escape_rate,
    first_passage_over_kramers,
    milne_length,
    phase_space_passage_time,
)
from theory.exact.momentum_chain import momentum_mean_escape_iterations
from theory.exact.passage import mean_passage_time, passage_decay_rate, passage_time_second_moment

__all__ = [
    "escape_rate",
    "first_passage_over_kramers",
    "mean_passage_time",
    "milne_length",
    "momentum_mean_escape_iterations",
    "passage_decay_rate",
    "passage_time_second_moment",
    "phase_space_passage_time",
    "sgd_mean_escape_iterations",
]
