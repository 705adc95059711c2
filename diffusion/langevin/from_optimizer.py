"""Optimizers as stochastic processes.

Sections 2 to 5 and Appendix H.
"""

from dataclasses import replace
from functools import singledispatch

import numpy as np
from scipy.linalg import sqrtm

from diffusion.block import point_on, spreads_at
from diffusion.checks import is_diagonal, require
from diffusion.contract import (
    NOISE,
    does_jump,
    gives,
    meeting,
    require_kind,
    require_landscape,
    require_optimizer,
)
from diffusion.jit import part
from diffusion.langevin.overdamped import Overdamped
from diffusion.langevin.phase_space import PhaseSpace
from diffusion.noise.frozen import CorrelatedNoise, SeparateNoise
from diffusion.optimizers.adai import Adai
from diffusion.optimizers.adam import Adam
from diffusion.optimizers.momentum import Momentum
from diffusion.optimizers.sgd import SGD


@part
class NoiseDiffusion:
    """Diffusion coefficient of gradient noise that varies.

    D = eta C(theta) / 2, where C is the covariance of the noise.
    """

    noise: object
    eta: float

    @property
    def jumps(self):
        """Whether D jumps somewhere."""
        return does_jump(self.noise)

    def diffusion(self, x, i):
        """Return D."""
        # The spread squared is C's diagonal: noise that couples coordinates has no such kernel.
        return 0.5 * self.eta * self.noise.spread(x, i) ** 2


@part
class AdamInertia:
    """Adam's mass where v follows theta.

    M = eta v(theta)^(1/2) / (1 - beta1), where v = C, the covariance of the gradient noise.
    """

    noise: object
    scale: float  # eta / (1 - beta1)

    def inertia(self, x, i):
        """Return M."""
        # The spread is C^(1/2), the root of the ideal v.
        return self.scale * self.noise.spread(x, i)


class Langevin:
    """Stochastic processes that theory reads into optimizers."""

    @staticmethod
    def of(optimizer, landscape, noise, *, at=None, frozen_v=False, full_matrix=False):
        """Return the stochastic process of an optimizer.

        It runs on a landscape with gradient noise, in the time t = eta T.

        Parameters
        ----------
        optimizer : SGD, Momentum, Adam or Adai
            SGD is Eq. (1), the others Eq. (7): Momentum with M = eta / beta3 and gamma = (1 - beta1) / eta; Adam as
            in the notes. Adai's inertia is its ideal, 1 - beta1_i = beta0 C_ii / mean(C) clipped as the algorithm
            does: M = eta / (1 - beta1_i), gamma = (1 - beta1_i) / eta.
        landscape, noise : part
            The noise's covariance C gives D = eta C / 2. A noise of data may average the landscape: the process
            runs on ``noise.meet(landscape)[0]``, if it says so.
        at : float or array_like, shape (dim,), optional
            Take C, and what adapts to it, at this point for ever. Without it D and Adam's v follow theta where
            the noise does; Adai's inertia is that at the landscape's minimum.
        frozen_v : bool
            Of Adam: v is that at the landscape's minimum for ever, though D follows theta.
        full_matrix : bool
            Of Adam: v is the matrix C and its root the matrix root, as the paper idealises, instead of the
            diagonal, as the algorithm has it. The two differ where C is not diagonal; such a C is the same
            everywhere here, so that following theta and being frozen are one.

        Returns
        -------
        Overdamped or PhaseSpace
            To be run by `integrate` with times eta T.

        Raises
        ------
        ValueError
            If the noise has no covariance, or Adam's v is zero there; without ``at``, if the noise varies and
            couples coordinates.

        Notes
        -----
        Adam's second moment is idealised as v = C(theta), and its time counted in eta T for every coordinate:
        M = eta v^(1/2) / (1 - beta1), gamma = (1 - beta1) / eta, so that gamma M = v^(1/2). Bias corrections and
        eps, which vanish in the limit, are left out. Where v follows theta this is Eq. (7) with M(theta) in front
        of dr: ``theta' = r``, ``dr = -gamma (r + v^(-1/2) grad L) dt + (1 - beta1) eta^(-1/2) dW``. It is the limit
        for a v that is slow against m and fast against theta, as with beta2 nearer to 1 than beta1. A v without
        memory, theta -= eta m / C(theta)^(1/2), would add the drift -(eta / 2) (log C)' beta1 / (1 + beta1) to
        theta', because m is then correlated with the v of the same moment; Adam has nothing of it.

        Examples
        --------
        >>> from diffusion import FrozenNoise, Langevin, Momentum, Quadratic
        >>> process = Langevin.of(Momentum(0.01, 0.9), Quadratic([1.0]), FrozenNoise(2.0))
        >>> [round(float(number[0]), 12) for number in (process.mass, process.damping, process.D)]
        [0.01, 10.0, 0.01]
        """
        require_optimizer(optimizer)
        require_landscape(landscape)
        require_kind(noise, NOISE)
        require(gives(noise, "covariance"), "noise", "one with a covariance, such as FrozenNoise(1.0)", noise)
        # A landscape that names no minimum is looked at in the origin.
        bottom = landscape.minimum if gives(landscape, "minimum") else 0.0
        point = point_on(landscape, bottom if at is None else at, "at")
        _, running = meeting(noise, landscape)
        # A diagonal C becomes a row: rows run on every landscape, matrices on quadratic ones only.
        C = _row_or_matrix(noise, running, landscape, point)
        adam = isinstance(optimizer, Adam)
        require(adam or not full_matrix, "full_matrix", "False but for Adam", full_matrix)
        require(adam or not frozen_v, "frozen_v", "False but for Adam", frozen_v)
        # What is too large for a float is refused by name where the process is made.
        with np.errstate(over="ignore", invalid="ignore"):
            return _process_of(optimizer, C, running, at, frozen_v=frozen_v, full_matrix=full_matrix)


def _process_of(optimizer, C, running, at, *, frozen_v, full_matrix):
    """Return the process of noise with covariance C."""
    adam, D = isinstance(optimizer, Adam), optimizer.eta / 2 * C
    # C is then the same everywhere: D and the mass are numbers, with no kernel to ask at each step.
    if at is not None or isinstance(running, SeparateNoise | CorrelatedNoise):
        return _process(optimizer, C if full_matrix else _diagonal(C), D)
    # Kernels of D and M see one coordinate at a time: a C that varies must be diagonal.
    require(gives(running, "spread"), "at", "given for noise that varies and couples coordinates", at)
    process = _process(optimizer, _diagonal(C), NoiseDiffusion(running, optimizer.eta))
    if adam and not frozen_v:
        moving = AdamInertia(running, optimizer.eta / (1 - optimizer.beta1))
        return replace(process, mass=moving)
    return process


@singledispatch
def _process(optimizer, C, D):
    raise ValueError(f"optimizer must be SGD, Momentum, Adam or Adai, got {type(optimizer).__name__}")


@_process.register
def _(optimizer: SGD, C, D):
    return Overdamped(D)


@_process.register
def _(optimizer: Momentum, C, D):
    # gamma M = (1 - beta1) / beta3, which is 1 for the exponential average beta3 = 1 - beta1.
    return PhaseSpace(optimizer.eta / optimizer.beta3, (1 - optimizer.beta1) / optimizer.eta, D)


@_process.register
def _(optimizer: Adam, C, D):
    least = np.linalg.eigvalsh(C)[0] if C.ndim == 2 else C.min()
    require(least > 0, "C", "positive in every direction for Adam's ideal v", C.tolist())
    # sqrtm may return a complex matrix, and one that is symmetric only up to rounding.
    root = np.real(sqrtm(C)) if C.ndim == 2 else np.sqrt(C)
    root = (root + root.T) / 2
    gap = 1 - optimizer.beta1
    # gamma M = v^(1/2): the factors of eta and 1 - beta1 cancel, as in the notes of `Langevin.of`.
    return PhaseSpace(optimizer.eta * root / gap, gap / optimizer.eta, D)


@_process.register
def _(optimizer: Adai, C, D):
    require(C.mean() > 0, "C", "positive in some coordinate for Adai's ideal inertia", C.tolist())
    # The algorithm clips beta1 too; its eps keeps the gap above 0 and so the mass finite.
    gap = 1 - np.clip(1 - optimizer.beta0 * C / C.mean(), 0, 1 - optimizer.eps)
    return PhaseSpace(optimizer.eta / gap, gap / optimizer.eta, D)


def _row_or_matrix(noise, running, landscape, point):
    """Return the diagonal of a diagonal C, else C symmetrised.

    A matrix is made only where nothing else says that C is diagonal: with 100,000 coordinates it would take 80 GB.
    """
    alone = noise.variances(landscape, point) if gives(noise, "variances") else None
    if alone is not None:
        return np.array(alone, dtype=float)
    # Noise with a spread is independent in every coordinate.
    if gives(running, "spread"):
        return spreads_at(running, landscape.dim, point) ** 2
    C = noise.covariance(landscape, point)
    return np.diag(C).copy() if is_diagonal(C) else (C + C.T) / 2


def _diagonal(C):
    return C if C.ndim == 1 else np.diag(C)
