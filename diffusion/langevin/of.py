"""Optimizers as stochastic processes (Sections 2 to 5, Appendix H)."""

from functools import singledispatch

import numpy as np
from scipy.linalg import sqrtm

from diffusion.block import point_on
from diffusion.checks import require, require_landscape, require_optimizer
from diffusion.jit import part
from diffusion.langevin.overdamped import Overdamped
from diffusion.langevin.phase_space import PhaseSpace
from diffusion.optimizers.adai import Adai
from diffusion.optimizers.adam import Adam
from diffusion.optimizers.momentum import Momentum
from diffusion.optimizers.sgd import SGD


@part
class NoiseDiffusion:
    """D = eta C(theta) / 2 of a gradient noise of covariance C."""

    noise: object
    eta: float

    def diffusion(self, x, i):
        """Return D."""
        return 0.5 * self.eta * self.noise.spread(x, i) ** 2


class Langevin:
    """The stochastic processes that theory reads into optimizers."""

    @staticmethod
    def of(optimizer, landscape, noise, *, at=None, full_matrix=False):
        """Return the process of an optimizer on a landscape with gradient noise, in the time t = eta T.

        Parameters
        ----------
        optimizer : SGD, Momentum, Adam or Adai
            SGD is Eq. (1), the others Eq. (7): Momentum with M = eta / beta3 and gamma = (1 - beta1) / eta. Adam's
            second moment is idealised as v = C, and its time counted in eta T for every coordinate: M =
            eta v^(1/2) / (1 - beta1), gamma = (1 - beta1) / eta, so that gamma M = v^(1/2). Adai's inertia is its
            ideal too, 1 - beta1_i = beta0 C_ii / mean(C) clipped as the algorithm does: M = eta / (1 - beta1_i),
            gamma = (1 - beta1_i) / eta. Bias correction and eps of Adam, which vanish in the limit, are left out.
        landscape, noise : part
            The noise's covariance C gives D = eta C / 2.
        at : float or array_like, shape (dim,), optional
            Take C, and what adapts to it, at this point for ever. Without it D follows theta where the noise does;
            v and the inertia are then still those at the landscape's minimum.
        full_matrix : bool
            Of Adam: v is the matrix C and its root the matrix root, as the paper idealises, instead of the
            diagonal, as the algorithm has it.

        Returns
        -------
        Overdamped or PhaseSpace
            To be run by `integrate` with times eta T.

        Raises
        ------
        ValueError
            If the noise has no covariance, or Adam's v is zero somewhere.

        Examples
        --------
        >>> from diffusion import FrozenNoise, Langevin, Momentum, Quadratic
        >>> process = Langevin.of(Momentum(0.01, 0.9), Quadratic([1.0]), FrozenNoise(2.0))
        >>> [round(float(number[0]), 12) for number in (process.mass, process.damping, process.D)]
        [0.01, 10.0, 0.01]
        """
        require_optimizer(optimizer)
        require_landscape(landscape)
        known = hasattr(noise, "covariance") and hasattr(noise, "resolve")
        require(known, "noise", "one with a covariance, such as FrozenNoise(1.0)", noise)
        point = point_on(landscape, getattr(landscape, "minimum", 0.0) if at is None else at, "at")
        C = noise.covariance(landscape, point)
        D = optimizer.eta / 2 * _row_or_matrix(C)
        _, running = noise.resolve(landscape)
        follows = at is None and hasattr(running, "spread") and not hasattr(running, "scale")
        if follows:
            D = NoiseDiffusion(running, optimizer.eta)
        require(
            not full_matrix or isinstance(optimizer, Adam), "full_matrix", "False but for Adam", full_matrix
        )
        return _process(optimizer, C if full_matrix else np.diag(C), D)


@singledispatch
def _process(optimizer, C, D):
    raise ValueError(f"optimizer must be SGD, Momentum, Adam or Adai, got {type(optimizer).__name__}")


@_process.register
def _(optimizer: SGD, C, D):
    return Overdamped(D)


@_process.register
def _(optimizer: Momentum, C, D):
    return PhaseSpace(optimizer.eta / optimizer.beta3, (1 - optimizer.beta1) / optimizer.eta, D)


@_process.register
def _(optimizer: Adam, C, D):
    least = np.linalg.eigvalsh(C)[0] if C.ndim == 2 else C.min()
    require(least > 0, "C", "positive in every direction for Adam's ideal v", C.tolist())
    root = np.real(sqrtm(C)) if C.ndim == 2 else np.sqrt(C)
    root = (root + root.T) / 2
    gap = 1 - optimizer.beta1
    return PhaseSpace(optimizer.eta * root / gap, gap / optimizer.eta, D)


@_process.register
def _(optimizer: Adai, C, D):
    require(C.mean() > 0, "C", "positive in some coordinate for Adai's ideal inertia", C.tolist())
    gap = 1 - np.clip(1 - optimizer.beta0 * C / C.mean(), 0, 1 - optimizer.eps)
    return PhaseSpace(optimizer.eta / gap, gap / optimizer.eta, D)


def _row_or_matrix(C):
    """Return the diagonal where there is no more."""
    return np.diag(C).copy() if np.array_equal(C, np.diag(np.diag(C))) else (C + C.T) / 2
