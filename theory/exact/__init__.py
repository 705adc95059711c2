"""Exact references for the statements.

None uses a statement of the paper, and numerical error is the only approximation.
"""

from theory.exact.chain import sgd_mean_escape_iterations
from theory.exact.coordinates import coordinatewise_covariance
from theory.exact.density import fokker_planck_density
from theory.exact.epochs import momentum_epoch_covariance, momentum_epoch_msd, sgd_epoch_covariance
from theory.exact.exit_times import exit_time_density, exit_time_distribution
from theory.exact.exits import exit_probability, mean_exit_time
from theory.exact.idealised import adai_iteration_msd, adam_iteration_msd
from theory.exact.images import walled_normal_density, walled_normal_share
from theory.exact.iterations import momentum_iteration_covariance, momentum_iteration_msd, sgd_iteration_msd
from theory.exact.kolmogorov import (
    escape_rate,
    first_passage_over_kramers,
    milne_length,
    phase_space_passage_time,
)
from theory.exact.momentum_chain import momentum_mean_escape_iterations
from theory.exact.passage import mean_passage_time, passage_decay_rate, passage_time_second_moment
from theory.exact.process_covariance import process_covariance
from theory.exact.separatrix import separatrix
from theory.exact.sign_chain import (
    SignLaw,
    sign_escape_second_moment,
    sign_iteration_msd,
    sign_mean_escape_iterations,
    sign_stationary_law,
)
from theory.exact.stationary import (
    momentum_stationary_covariance,
    process_stationary_covariance,
    sgd_stationary_covariance,
)

__all__ = [
    "SignLaw",
    "adai_iteration_msd",
    "adam_iteration_msd",
    "coordinatewise_covariance",
    "escape_rate",
    "exit_probability",
    "exit_time_density",
    "exit_time_distribution",
    "first_passage_over_kramers",
    "fokker_planck_density",
    "mean_exit_time",
    "mean_passage_time",
    "milne_length",
    "momentum_epoch_covariance",
    "momentum_epoch_msd",
    "momentum_iteration_covariance",
    "momentum_iteration_msd",
    "momentum_mean_escape_iterations",
    "momentum_stationary_covariance",
    "passage_decay_rate",
    "passage_time_second_moment",
    "phase_space_passage_time",
    "process_covariance",
    "process_stationary_covariance",
    "separatrix",
    "sgd_epoch_covariance",
    "sgd_iteration_msd",
    "sgd_mean_escape_iterations",
    "sgd_stationary_covariance",
    "sign_escape_second_moment",
    "sign_iteration_msd",
    "sign_mean_escape_iterations",
    "sign_stationary_law",
    "walled_normal_density",
    "walled_normal_share",
]
