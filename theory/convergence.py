r"""Bound on Adai's smallest gradient (Theorem 4).

The bound is on the minimum over k <= t of E|grad L(theta_k)|^2.

The learning rate must be *equal* to C / sqrt(t + 1). The printed "eta <= C / sqrt(t + 1)" is false: with
L = log cosh theta, theta_0 = 3, C = 1, beta1_max = 0, eta = 1e-6 and t = 99 the gradient is still 0.990 where the
bound says 0.281.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import finite, finite_answer, positive, require_all
from theory.dynamics import inertia


class BoundConstants(NamedTuple):
    """Constants C1, C2 and C3 of Theorem 4.

    They stand for the start's height, the inertia and the noise.
    """

    C1: np.ndarray
    C2: np.ndarray
    C3: np.ndarray


@finite_answer
def adai_learning_rate(t: ArrayLike, *, C: ArrayLike) -> np.ndarray:
    """Return the learning rate of Theorem 4.

    The rate is eta = C / sqrt(t + 1).

    Parameters
    ----------
    t : array_like
        Last iteration, not negative.
    C : array_like
        Positive.
    """
    return positive(C, "C") / np.sqrt(_last(t) + 1)


@finite_answer
def adai_bound_constants_printed(
    *,
    C: ArrayLike,
    lipschitz: ArrayLike,
    gradient_bound: ArrayLike,
    noise_bound: ArrayLike,
    gap: ArrayLike,
    beta1_max: ArrayLike,
) -> BoundConstants:
    r"""C1, C2, C3 of Theorem 4 as printed.

    .. math::
        C_1 = \frac{L_0 - L^*}{(1-\beta)C}, \quad C_2 = \frac{\beta C G^2}{2(1-\beta)^2}, \quad
        C_3 = \frac{\mathcal{L}C(G^2+\delta^2)}{2(1-\beta)^2}, \qquad \beta = \beta_{1,\max} = 1 - \epsilon

    C2 lacks a factor 1/time: rescale the loss, and C2 does not rescale with C1 and C3
    (`adai_bound_constants_corrected`). Parameters as `adai_gradient_bound_printed`.
    """
    C, lipschitz, G2, noise2, gap, beta = _smooth(C, lipschitz, gradient_bound, noise_bound, gap, beta1_max)
    return BoundConstants(
        C1=gap / ((1 - beta) * C),
        C2=beta * C * G2 / (2 * (1 - beta) ** 2),
        C3=lipschitz * C * (G2 + noise2) / (2 * (1 - beta) ** 2),
    )


@finite_answer
def adai_bound_constants_corrected(
    *,
    C: ArrayLike,
    lipschitz: ArrayLike,
    gradient_bound: ArrayLike,
    noise_bound: ArrayLike,
    gap: ArrayLike,
    beta1_max: ArrayLike,
) -> BoundConstants:
    r"""Constants of Theorem 4 with the proof repaired.

    Only C2 differs from the printed constants.

    .. math:: C_2 = \frac{\beta \mathcal{L} C (G^2 + \delta^2)}{2(1-\beta)^2}

    Lemma 4 uses Lipschitz where smoothness gives its square; Young's inequality with weight 1 / Lipschitz repairs
    it. Even so it is proved only for inertia that does not depend on the current gradient, since (84)-(87) drop
    correlations between a gradient and earlier noise. Parameters as `adai_gradient_bound_printed`.
    """
    printed = adai_bound_constants_printed(
        C=C,
        lipschitz=lipschitz,
        gradient_bound=gradient_bound,
        noise_bound=noise_bound,
        gap=gap,
        beta1_max=beta1_max,
    )
    return printed._replace(C2=inertia(beta1_max) * printed.C3)


@finite_answer
def adai_gradient_bound_printed(
    t: ArrayLike,
    *,
    C: ArrayLike,
    lipschitz: ArrayLike,
    gradient_bound: ArrayLike,
    noise_bound: ArrayLike,
    gap: ArrayLike,
    beta1_max: ArrayLike,
) -> np.ndarray:
    r"""Bound on Adai's smallest gradient (Theorem 4).

    It bounds the minimum over k <= t of E|grad L(theta_k)|^2.

    .. math:: \frac{C_1 + C_2 + C_3}{\sqrt{t+1}}, \qquad \eta = \frac{C}{\sqrt{t+1}}

    *Verdict:* holds wherever tested with "=" (it is violated under the printed "<="), and says
    little: recorded runs find it 298 times too high for beta1_max = 0.9 and 2.96e+06 times for 0.999, Adai's own value.

    Parameters
    ----------
    t : array_like
        Last iteration, not negative; t + 1 are run.
    C : array_like
        eta sqrt(t + 1), positive.
    lipschitz : array_like
        Smoothness of the loss, |grad L(x) - grad L(y)| <= lipschitz |x - y|; positive.
    gradient_bound : array_like
        G, with |grad L| <= G everywhere; not negative.
    noise_bound : array_like
        delta, with E|g - grad L|^2 <= delta^2; not negative.
    gap : array_like
        L(theta_0) - L*, not negative.
    beta1_max : array_like
        Largest inertia, 1 - eps, in [0, 1).

    Returns
    -------
    ndarray, broadcast shape

    Raises
    ------
    ValueError
        If an argument is outside its range.

    References
    ----------
    Theorem 4, Eqs. (112)-(117).
    """
    constants = adai_bound_constants_printed(
        C=C,
        lipschitz=lipschitz,
        gradient_bound=gradient_bound,
        noise_bound=noise_bound,
        gap=gap,
        beta1_max=beta1_max,
    )
    return sum(constants) / np.sqrt(_last(t) + 1)


@finite_answer
def adai_gradient_bound_corrected(
    t: ArrayLike,
    *,
    C: ArrayLike,
    lipschitz: ArrayLike,
    gradient_bound: ArrayLike,
    noise_bound: ArrayLike,
    gap: ArrayLike,
    beta1_max: ArrayLike,
) -> np.ndarray:
    """Bound of Theorem 4 with the repaired C2 (`adai_bound_constants_corrected`).

    Proved for inertia that does not depend on the current gradient; for Adai itself it is tested, not proved.
    Parameters as `adai_gradient_bound_printed`.
    """
    constants = adai_bound_constants_corrected(
        C=C,
        lipschitz=lipschitz,
        gradient_bound=gradient_bound,
        noise_bound=noise_bound,
        gap=gap,
        beta1_max=beta1_max,
    )
    return sum(constants) / np.sqrt(_last(t) + 1)


def _last(t: ArrayLike) -> np.ndarray:
    t = finite(t, "t")
    require_all(t >= 0, "t", "not negative", t)
    return t


def _smooth(C, lipschitz, gradient_bound, noise_bound, gap, beta1_max) -> tuple[np.ndarray, ...]:
    """Check the hypotheses of Theorem 4.

    The arguments are returned, the two bounds squared.
    """
    G, delta, gap = (
        finite(gradient_bound, "gradient_bound"),
        finite(noise_bound, "noise_bound"),
        finite(gap, "gap"),
    )
    for name, value in (("gradient_bound", G), ("noise_bound", delta), ("gap", gap)):
        require_all(value >= 0, name, "not negative", value)
    return positive(C, "C"), positive(lipschitz, "lipschitz"), G**2, delta**2, gap, inertia(beta1_max)
