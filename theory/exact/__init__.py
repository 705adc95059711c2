"""Exact references: no statement of the paper, no approximation but numerical error."""

from theory.exact.idealised import adai_iteration_msd, adam_iteration_msd
from theory.exact.iterations import momentum_iteration_covariance, momentum_iteration_msd, sgd_iteration_msd
from theory.exact.moments import process_covariance
from theory.exact.stationary import (
    momentum_stationary_covariance,
    process_stationary_covariance,
    sgd_stationary_covariance,
)

__all__ = [
    "adai_iteration_msd",
    "adam_iteration_msd",
    "momentum_iteration_covariance",
    "momentum_iteration_msd",
    "momentum_stationary_covariance",
    "process_covariance",
    "process_stationary_covariance",
    "sgd_iteration_msd",
    "sgd_stationary_covariance",
]
