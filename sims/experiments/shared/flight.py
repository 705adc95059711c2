"""Momentum's flight past a saddle: curvatures, thermal speeds, exact spreads."""

import numpy as np

from diffusion import FrozenNoise, Quadratic
from theory.exact import momentum_iteration_msd, process_covariance


def saddle(z, optimizer, B):
    """Return curvatures with these z = 4 |H| / (gamma^2 M), C, landscape and noise."""
    H = -np.array(z) * (1 - optimizer.beta1) ** 2 / (4 * optimizer.eta * optimizer.beta3)
    C = np.abs(H) / B
    return H, C, Quadratic(H), FrozenNoise(C)


def thermal_m(optimizer, C):
    """Return the standard deviation that m has in the long run."""
    return optimizer.beta3 * np.sqrt(C / (1 - optimizer.beta1**2))


def thermal_speed(langevin):
    """Return the standard deviation that a process's velocity has in the long run."""
    return np.sqrt(langevin.D / langevin.damping) / langevin.mass


def iteration_msd(optimizer, H, C, T, start):
    """Return the exact spread of the iteration, shape (times, directions)."""
    rule = {"eta": optimizer.eta, "beta1": optimizer.beta1, "beta3": optimizer.beta3}
    return momentum_iteration_msd(H, T[:, None], C=C, start=start, **rule)


def process_msd(langevin, H, times, start):
    """Return the exact spread of the process, shape (times, directions)."""
    physics = {"mass": langevin.mass, "damping": langevin.damping, "D": langevin.D}
    return process_covariance(H, times[:, None], start=start, **physics)[..., 0, 0]
