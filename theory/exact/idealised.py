"""Idealised adaptive optimizers: Adam knows v, Adai knows beta1.

What separates these from the walkers is estimation: the real v fluctuates and is correlated with the gradient
that it divides. What separates them from the propositions is the statement itself.
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import elementwise, finite, finite_answer, positive, require
from theory.dynamics import adai_beta1
from theory.exact.iterations import iterations, momentum_iteration_msd


@elementwise
def adam_iteration_msd(
    H: ArrayLike,
    T: ArrayLike,
    *,
    eta: ArrayLike,
    B: ArrayLike,
    beta1: ArrayLike,
    start: str = "rest",
    bias_correction: bool = True,
) -> np.ndarray:
    r"""Exact mean squared displacement of ideal Adam.

    This Adam knows v = |H| / B.

    Divided by sqrt(v), the noise has variance 1 and the curvature is sign(H) sqrt(B |H|): bias-corrected
    Adam-style momentum on that, finite at H = 0.

    Parameters
    ----------
    H : array_like
        Curvature, any sign and zero.
    T : array_like
        Iterations, whole.
    eta, B : array_like
        Learning rate and batch size, positive.
    beta1 : array_like
        Inertia, in [0, 1).
    start : {"rest", "thermal"}
        As in `momentum_iteration_msd`, for gradients divided by sqrt(v).
    bias_correction : bool
        Whether m_t is divided by 1 - beta1^t, as the algorithm does.

    Returns
    -------
    ndarray, shape broadcast(H, T, eta, B, beta1)
        Set beside Proposition 1 and beside walkers. At T = 10, beta1 = 0.9 and no force it is 1.50 eta^2 T where
        the proposition prints 1.20; real Adam, whose v fluctuates, has 1.43.
    """
    H, B, beta1 = finite(H, "H"), positive(B, "B"), finite(beta1, "beta1")
    curvature = np.sign(H) * np.sqrt(B * np.abs(H))
    return momentum_iteration_msd(
        curvature,
        T,
        eta=eta,
        C=1.0,
        beta1=beta1,
        beta3=1 - beta1,
        start=start,
        bias_correction=bias_correction,
    )


@finite_answer
def adai_iteration_msd(
    H: ArrayLike,
    T: ArrayLike,
    *,
    eta: float,
    B: float,
    beta0: float,
    eps: float = 1e-3,
    start: str = "rest",
    bias_correction: bool = True,
) -> np.ndarray:
    r"""Exact mean squared displacement of ideal Adai.

    This Adai knows its inertia.

    Parameters
    ----------
    H : array_like, shape (n,)
        Curvatures of all directions: they share one mean.
    T : array_like
        Iterations, whole.
    eta, B, beta0, eps : float
        Learning rate, batch size, and Adai's two constants.
    start : {"rest", "thermal"}
        As in `momentum_iteration_msd`.
    bias_correction : bool
        Whether m_t is divided by 1 - beta1^t, as the algorithm does.

    Returns
    -------
    ndarray, shape T.shape + (n,)
        One row per time, one column per direction, as the walkers report it.
    """
    H, T = finite(H, "H"), iterations(T)
    require(H.ndim == 1, "H", "a vector of curvatures, one per direction", H.tolist())
    C = np.abs(H) / positive(B, "B")
    beta1 = adai_beta1(H, beta0=beta0, eps=eps)
    return momentum_iteration_msd(
        H,
        T[..., None],
        eta=eta,
        C=C,
        beta1=beta1,
        beta3=1 - beta1,
        start=start,
        bias_correction=bias_correction,
    )
