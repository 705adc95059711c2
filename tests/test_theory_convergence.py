"""Theorem 4: true with eta = C / sqrt(t + 1), false with <=, rescaled rightly only when corrected."""

import numpy as np
import pytest

from theory.convergence import (
    adai_bound_constants_corrected,
    adai_bound_constants_printed,
    adai_gradient_bound_corrected,
    adai_gradient_bound_printed,
    adai_learning_rate,
)

LOG_COSH = {"lipschitz": 1.0, "gradient_bound": 1.0, "noise_bound": 0.0, "gap": float(np.log(np.cosh(3.0)))}


def smallest_gradient(eta, t, *, beta1, noise=0.0, walkers=1, seed=0):
    """Return min over k <= t of E|grad L(theta_k)|^2 for averaged momentum on L = log cosh, from theta = 3."""
    rng = np.random.default_rng(seed)
    theta, m, smallest = np.full(walkers, 3.0), np.zeros(walkers), np.inf
    for _ in range(t + 1):
        gradient = np.tanh(theta)
        smallest = min(smallest, float(np.mean(gradient**2)))
        m = beta1 * m + (1 - beta1) * (gradient + noise * rng.standard_normal(walkers))
        theta = theta - eta * m
    return smallest


def test_the_printed_inequality_is_violated():
    bound = adai_gradient_bound_printed(99, C=1.0, beta1_max=0.0, **LOG_COSH)
    assert bound == pytest.approx(0.281, abs=5e-4)
    violated = smallest_gradient(1e-6, 99, beta1=0.0)
    assert violated == pytest.approx(0.990, abs=5e-4)
    assert violated > bound


@pytest.mark.parametrize("bound", [adai_gradient_bound_printed, adai_gradient_bound_corrected])
@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_the_equality_is_not_violated(bound, beta1, noise, seed):
    for t, C in ((9, 0.3), (99, 1.0), (999, 3.0)):
        eta = float(adai_learning_rate(t, C=C))
        measured = smallest_gradient(eta, t, beta1=beta1, noise=noise, walkers=200, seed=seed)
        assert measured < bound(t, C=C, beta1_max=beta1, **(LOG_COSH | {"noise_bound": noise}))


def test_the_bound_says_little_at_strong_inertia():
    eta = float(adai_learning_rate(2000, C=0.3))
    measured = smallest_gradient(eta, 2000, beta1=0.9, noise=1.0, walkers=100)
    bound = adai_gradient_bound_printed(2000, C=0.3, beta1_max=0.9, **(LOG_COSH | {"noise_bound": 1.0}))
    assert bound > 100 * measured


def test_only_the_corrected_bound_keeps_its_meaning_when_the_loss_is_rescaled():
    l, kwargs = 7.0, {"lipschitz": 2.0, "gradient_bound": 3.0, "noise_bound": 0.5, "gap": 4.0}
    rescaled = {name: l * value for name, value in kwargs.items()}
    for constants, consistent in (
        (adai_bound_constants_printed, False),
        (adai_bound_constants_corrected, True),
    ):
        before = np.array(constants(C=0.2, beta1_max=0.9, **kwargs))
        after = np.array(constants(C=0.2 / l, beta1_max=0.9, **rescaled))  # eta is theta^2 / L
        assert np.allclose(after, l**2 * before, rtol=1e-12) is consistent


def test_the_learning_rate_times_the_root_of_the_iterations_is_C():
    np.testing.assert_allclose(adai_learning_rate([0, 3, 99], C=2.0), [2.0, 1.0, 0.2])


def test_constants_in_plain_numbers():
    kwargs = {"lipschitz": 2.0, "gradient_bound": 3.0, "noise_bound": 0.5, "gap": 4.0}
    printed = adai_bound_constants_printed(C=0.2, beta1_max=0.9, **kwargs)
    np.testing.assert_allclose(printed, (4 / 0.02, 0.9 * 0.2 * 9 / 0.02, 2 * 0.2 * 9.25 / 0.02))
    corrected = adai_bound_constants_corrected(C=0.2, beta1_max=0.9, **kwargs)
    np.testing.assert_allclose(corrected, (printed.C1, 0.9 * 2 * 0.2 * 9.25 / 0.02, printed.C3))
    t = np.array([0, 3, 99])
    np.testing.assert_allclose(
        adai_gradient_bound_printed(t, C=0.2, beta1_max=0.9, **kwargs), sum(printed) / np.sqrt(t + 1)
    )
    np.testing.assert_allclose(
        adai_gradient_bound_corrected(t, C=0.2, beta1_max=0.9, **kwargs), sum(corrected) / np.sqrt(t + 1)
    )


def test_bad_arguments_have_a_sentence():
    with pytest.raises(ValueError, match="gap must be not negative, got -1"):
        adai_gradient_bound_printed(9, C=1.0, beta1_max=0.0, **(LOG_COSH | {"gap": -1.0}))
    with pytest.raises(ValueError, match=r"beta1 must be in \[0, 1\)"):
        adai_gradient_bound_printed(9, C=1.0, beta1_max=1.0, **LOG_COSH)
    with pytest.raises(ValueError, match="t must be not negative"):
        adai_gradient_bound_corrected(-1, C=1.0, beta1_max=0.0, **LOG_COSH)
