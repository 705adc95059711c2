"""Theory on a network: its critical points are what they are called, and a mistake anywhere turns a verdict."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from diffusion import SGD, Minibatches, Momentum, evolve
from sims.experiments import network_minimum, network_saddle, network_twin
from sims.experiments.shared import small_network
from sims.judging.claims import Claims
from theory.exact import momentum_epoch_covariance, momentum_stationary_covariance, sgd_epoch_covariance
from theory.stationary import (
    epoch_variance_corrected,
    kurtosis_corrected,
    valley_variance_corrected,
    valley_variance_printed,
)

pytest.importorskip("sklearn", reason="the digits are in scikit-learn, the extra networks")


@pytest.fixture(scope="module")
def saddle():
    return small_network.saddle()


def test_the_critical_points_are_critical_by_differences_of_the_loss(saddle):
    """The Hessian is met by central differences of the gradient, and the gradient vanishes."""
    for point, negative in ((small_network.minimum(), 0), (saddle, 4), (small_network.equal_units(), 2)):
        network, step = point.network, 1e-5
        assert np.abs(small_network.gradient(network, point.theta)).max() < 1e-12
        assert np.sum(point.H < 0) == negative
        for j in (0, 1, -1):
            way = point.directions[:, j]
            up, down = (small_network.gradient(network, point.theta + s * step * way) for s in (1, -1))
            np.testing.assert_allclose((up - down) / (2 * step), point.H[j] * way, atol=1e-7)


def test_a_small_change_of_the_start_leads_to_the_same_saddle(saddle):
    network = saddle.network
    start = network.initial(small_network.SADDLE_START, 1, "glorot")[0]
    start *= 1 + 1e-5 * np.random.default_rng(0).normal(size=start.size)
    some = np.random.default_rng(small_network.SADDLE_START).integers(3, 9)
    found = small_network.newton(network, small_network.descend(network, start, some))
    np.testing.assert_allclose(found, saddle.theta, atol=1e-9)


def test_minibatches_cannot_tell_equal_units_apart(saddle):
    """At every row the gradient along the ways out is zero; at the other saddle it is not."""
    equal = small_network.equal_units()
    ways = equal.gradients[:, equal.H < 0]
    assert np.abs(ways).max() < 1e-12
    assert np.all(saddle.C.diagonal()[:4] > 0.1 * np.abs(saddle.H[:4]))


def test_momentum_without_inertia_is_sgd(saddle):
    runs = [
        evolve(saddle.network, Minibatches(10), rule, saddle.theta, 40, walkers=3, seed=1, keep="positions").positions
        for rule in (SGD(0.1), Momentum(0.1, 0.0))
    ]  # fmt: skip
    np.testing.assert_array_equal(*runs)


def test_formulas_meet_the_matrix_solutions():
    for M, H, eta in ((2, 0.5, 0.1), (30, 0.02, 0.02), (30, 2.0, 0.2), (50, 1e-4, 0.02), (50, 3e-3, 0.01)):
        for k in (0, 1, M // 2, M):
            exact = sgd_epoch_covariance(H, eta=eta, C=1.3, batches=M, steps=k)[0, 0]
            found = epoch_variance_corrected(H, eta=eta, C=1.3, batches=M, steps=k)
            assert found == pytest.approx(exact, rel=1e-5)
            ball = momentum_epoch_covariance(H, eta=eta, C=1.3, beta1=0.0, batches=M, steps=k)[0, 0]
            assert ball == pytest.approx(exact, rel=1e-9)
    rule = {"eta": 0.1, "C": 2.0, "beta1": 0.8, "beta3": 0.2}
    exact = momentum_stationary_covariance(3.0, **rule)[0, 0]
    assert valley_variance_corrected(3.0, **rule) == pytest.approx(exact, rel=1e-10)
    small = rule | {"eta": 1e-6}
    assert valley_variance_printed(3.0, **small) == pytest.approx(
        valley_variance_corrected(3.0, **small), rel=1e-5
    )


def test_momentum_in_epochs_is_the_sum_over_its_past():
    """Every gradient's weight written out: sums over whole epochs, each with its own covariance."""
    H, eta, b, M, k = 0.7, 0.1, 0.8, 5, 3
    A = np.array([[1 - eta * H, -eta * b], [H, b]])
    weights = [np.array([-eta, 1.0])]  # of the last gradient, the one before, ...
    for _ in range(600):
        weights.append(A @ weights[-1])
    total, first = np.zeros((2, 2)), 0
    for size in [k, *[M] * 119]:
        of = np.array(weights[first : first + size])
        total += 2.0 * (of.T @ of * (1 + 1 / (M - 1)) - np.outer(of.sum(0), of.sum(0)) / (M - 1))
        first += size
    found = momentum_epoch_covariance(H, eta=eta, C=2.0, beta1=b, batches=M, steps=k)
    np.testing.assert_allclose(found, total, rtol=1e-9)


def test_kurtosis_of_a_sum_of_skewed_numbers(seed):
    rng, a, T = np.random.default_rng(seed), 1 - 0.3 * 2.0, 6
    x = (rng.exponential(size=(200_000, T)) - 1) @ a ** np.arange(
        T
    )  # an exponential law has excess kurtosis 6
    measured = np.mean(x**4) / np.mean(x**2) ** 2
    error = np.std(x**4) / np.sqrt(x.size) / np.mean(x**2) ** 2
    stated = kurtosis_corrected(2.0, T, eta=0.3, B=1, excess=6.0)
    assert abs(measured - stated) < 5 * error
    assert abs(measured - 3) > 5 * error


EARLY = replace(network_minimum.QUICK, walkers=8, time=10.0, looks=4, eta=(0.02, 0.04), early_walkers=4096)


def early(config=EARLY):
    """Return the verdicts on the first steps alone: exact, and with epochs taken for replacement."""
    dataset = network_minimum.run(config)
    return [
        Claims("Epoch order", dataset).exact(panel="early", order=order).outcome
        for order in network_minimum.ORDERS
    ]


def test_first_steps_in_a_valley_are_exact_and_a_wrong_order_is_noticed(monkeypatch):
    assert early() == ["holds", "holds"]
    monkeypatch.setattr(network_minimum, "Minibatches", lambda B, order: Minibatches(B))
    assert early() == ["holds", "fails"]


# Few walkers, short runs: the mistakes below are large, and each run is used for every mistake in a formula.
SMALL = {
    network_minimum: replace(network_minimum.QUICK, walkers=16, time=100.0, looks=20, early_walkers=64),
    network_saddle: replace(network_saddle.QUICK, walkers=512),
    network_twin: replace(network_twin.QUICK, walkers=32, time=5.0, tail_walkers=2**12),
}


@pytest.fixture(scope="module")
def remembered():
    """Return an `evolve` that runs each question once: only minibatches of another size need a new run."""
    runs = {}

    def run(network, noise, optimizer, start, T, **how):
        walks = {name: how[name] for name in ("walkers", "seed")}
        key = repr(noise), repr(optimizer), np.asarray(start).tobytes(), repr(T), repr(walks)
        if key not in runs:
            runs[key] = evolve(network, noise, optimizer, start, T, **how)
        return runs[key]

    return run


@pytest.mark.slow
@pytest.mark.parametrize(
    ("experiment", "name", "wrong", "lost"),
    [
        (network_minimum, "valley_variance_corrected", lambda f: lambda *a, **k: 1.3 * f(*a, **k),
         ("Valley temperature", "corrected")),
        (network_minimum, "epoch_variance_corrected", lambda f: lambda H, *, eta, C, batches, steps:
         f(H, eta=eta, C=C, batches=batches // 2, steps=0), ("Epoch order", "corrected")),
        (network_saddle, "sgd_iteration_msd", lambda f: lambda H, t, **k: f(-H, t, **k), ("Theorem 1", "corrected")),
        (network_saddle, "Minibatches", lambda f: lambda B: f(2 * B), ("Theorem 1", "exact")),
        (network_twin, "kurtosis_corrected", lambda f: lambda *a, B, **k: f(*a, B=B / 4, **k), ("Gaussian noise", "exact")),
    ],
)  # fmt: skip
def test_a_mistake_turns_a_verdict(experiment, name, wrong, lost, monkeypatch, remembered):
    monkeypatch.setattr(experiment, "evolve", remembered)

    def outcomes():
        found = experiment.verdicts(experiment.run(SMALL[experiment]))
        return [v.outcome for v in found if (v.statement, v.form) == lost]

    right = outcomes()
    monkeypatch.setattr(experiment, name, wrong(getattr(experiment, name)))
    assert right.count("fails") < outcomes().count("fails")


def test_without_scikit_learn_the_experiments_are_left_out_with_one_line(monkeypatch, capsys):
    from sims.commands.verify import _installed
    from sims.experiments import sgd_saddle

    monkeypatch.setattr("sims.experiments.find_spec", lambda name: None)
    every = [sgd_saddle.EXPERIMENT, network_minimum.EXPERIMENT]
    assert [one.name for one in _installed(every)] == ["sgd_saddle"]
    assert "network_minimum left out" in capsys.readouterr().err
    with pytest.raises(ValueError, match=r"network_minimum left out: .*pip install"):
        _installed(every[1:])


def test_variances_are_unbiased_and_rows_of_an_epoch_all_differ():
    """Two walkers at 1 and -1 have the sample variance 2; B of n different rows have (n - B) / (n - 1) of the variance."""
    config, optimizer = network_minimum.NetworkMinimum(), Momentum(0.01, 0.0)
    C = np.array([4.0, 9.0])
    valley = SimpleNamespace(H=np.array([0.5, 2.0]), C=np.diag(C))
    x = np.array([[[1.0, 3.0], [-1.0, -3.0]]])
    squares, _ = network_minimum.compared(config, valley, "replacement", optimizer, np.array([30]), x)
    unit = valley_variance_printed(valley.H, C=C / config.B, eta=0.01, beta1=0.0, beta3=1.0)
    np.testing.assert_allclose(squares.mean(axis=0) * unit, [2, 18])
    rows = small_network.ROWS
    shrunk = network_minimum.noise(config, valley, "epochs") / network_minimum.noise(
        config, valley, "replacement"
    )
    np.testing.assert_allclose(shrunk, (rows - config.B) / (rows - 1), rtol=1e-12)
