"""Training of small networks: pairing, schedules, weight decay, and what is recorded."""

from types import SimpleNamespace

import numpy as np
import pytest

from sims.networks.cells import leaving, minima
from sims.networks.cells import train as training
from sims.networks.cells.tasks import RULES, TASKS, network, optimizer
from sims.networks.cells.train import Trained, Training, run, train

pytest.importorskip("sklearn")
FEW = {"epochs": 2, "networks": 4, "rate": 0.05, "optimizer": "momentum"}


@pytest.fixture(scope="module")
def trained():
    return train(Training(**FEW))


def test_what_is_recorded_is_what_the_weights_give(trained):
    _, _, X_test, y_test = TASKS["digits"].data()
    bare = network("digits")
    assert trained.epochs.tolist() == [0, 1, 2]
    np.testing.assert_allclose(trained.loss[-1], bare.loss(trained.weights[-1]), rtol=1e-14)
    np.testing.assert_array_equal(trained.error[-1], bare.error(trained.weights[-1], X_test, y_test))
    assert np.all(trained.loss[-1] < trained.loss[0])
    assert len(set(trained.loss[-1].tolist())) == 4  # every network has its own start


def test_networks_depend_on_the_seed_and_their_number_alone(trained):
    more = train(Training(**FEW | {"networks": 6}), workers=1)
    np.testing.assert_array_equal(more.weights[:, :4], trained.weights)
    other = train(Training(**FEW | {"seed": 1}))
    assert not np.any(other.loss == trained.loss)


def test_weight_decay_leaves_the_start_and_the_recorded_loss_alone(trained):
    decayed = train(Training(**FEW | {"decay": 0.05}))
    np.testing.assert_array_equal(decayed.weights[0], trained.weights[0])
    np.testing.assert_array_equal(decayed.loss[0], trained.loss[0])  # the loss without its L2 term
    sizes = [np.linalg.norm(one.weights[-1], axis=1) for one in (decayed, trained)]
    assert np.all(sizes[0] < sizes[1])


def test_a_cut_divides_the_rate_from_its_epoch_on(trained):
    cut = train(Training(**FEW | {"cuts": (1,)}))
    np.testing.assert_array_equal(cut.weights[:2], trained.weights[:2])
    moved = [np.linalg.norm(one.weights[2] - one.weights[1], axis=1) for one in (cut, trained)]
    assert np.all(moved[0] < 0.5 * moved[1])


@pytest.mark.parametrize("name", RULES)
def test_decoupled_decay_takes_off_the_share_that_the_paper_takes(name):
    rule = RULES[name]
    part = optimizer(name, rule.rate, 5e-4)
    assert part.eta == rule.rate
    share = part.eta * getattr(part, "weight_decay", 0.0)
    assert share == pytest.approx(5e-4 if rule.decoupled else 0.0)


def test_a_row_for_each_look_holds_a_number_for_each_network(trained):
    rows = run(Training(**FEW))
    assert [row["epoch"] for row in rows] == [0, 1, 2]
    np.testing.assert_allclose(rows[-1]["error"], trained.error[-1], atol=1e-9)
    assert not any(row["diverged"] for row in rows)


def test_networks_that_diverge_guess():
    rows = run(Training(**FEW | {"rate": 1e30, "decay": 1.0}))
    assert all(row["diverged"] for row in rows)
    assert rows[-1]["error"] == [0.9] * 4


def test_the_text_holds_one_symbol_a_place_and_tests_share_no_row():
    X, y, X_test, _ = TASKS["text"].data()
    assert set(np.unique(X)) == {0.0, 1.0}
    assert np.all(X.reshape(len(X), 3, 30).sum(axis=2) == 1)
    assert y.min() >= 0
    assert y.max() < 30
    # neighbouring rows of one block: what follows one row is the last symbol of the next
    last = X.reshape(len(X), 3, 30)[1:, 2].argmax(axis=1)
    assert np.mean(last == y[:-1]) > 0.98
    assert len(X_test) == 2000
    # of each block of 500 the first 3 rows reach back into another block, and belong to neither
    _, _, X_test, y_test = TASKS["text"].data()
    last = X_test.reshape(-1, 3, 30)[1:, 2].argmax(axis=1)
    assert np.all((np.flatnonzero(last != y_test[:-1]) + 1) % 497 == 0)


def test_bad_settings_are_refused_in_one_line():
    with pytest.raises(ValueError, match="cuts must be epochs in increasing order"):
        Training(cuts=(3, 2))
    with pytest.raises(ValueError, match="optimizer"):
        Training(optimizer="adamm")


@pytest.mark.parametrize("name", ["adamw", "adam"])
def test_every_setting_of_a_training_reaches_the_run(monkeypatch, name):
    seen = []

    def evolve(landscape, noise, rule, start, looks, *, walkers, seed, **how):
        seen.append((landscape, noise, rule, start, looks, walkers, seed))
        return SimpleNamespace(positions=np.zeros((len(looks), walkers, landscape.dim)))

    monkeypatch.setattr(training, "evolve", evolve)
    settings = {"optimizer": name, "decay": 0.01, "epochs": 8, "scheduled": True, "networks": 3}
    for seed in (0, 1):
        train(Training(**settings, seed=seed))
    (landscape, noise, rule, start, looks, walkers, seed), other = seen
    task, decoupled = TASKS["digits"], RULES[name].decoupled
    # weight decay counts once: in the loss or in the rule
    assert landscape.l2 == (0 if decoupled else 0.01)
    assert rule.optimizer.eta * getattr(rule.optimizer, "weight_decay", 0.0) == pytest.approx(
        0.01 * decoupled
    )
    assert noise.B == task.B
    assert np.array_equal(looks, np.array(Training(**settings).looked) * task.steps)
    assert list(rule.at) == [3 * task.steps, 6 * task.steps]  # at 32 and 64 of 80 epochs
    assert list(rule.factors) == pytest.approx([0.1, 0.01])
    assert walkers == 3
    assert seed != other[-1]
    assert not np.array_equal(start, other[3])
    assert not np.array_equal(start, landscape.initial(seed, 3))  # starts and rows have seeds of their own


def test_a_walker_has_left_a_saddle_after_so_many_epochs(monkeypatch):
    net = leaving.network()
    H, growth, seeds = np.linspace(-0.4, 2.0, net.dim), 1.05, []

    def evolve(landscape, noise, rule, start, looks, *, walkers, seed, **how):
        seeds.append(seed)
        moved = np.zeros((len(looks), walkers, net.dim))
        moved[:, 0] = 0.01 * (growth ** looks[:, None]) * np.eye(net.dim)[0]  # the second walker stays
        return SimpleNamespace(positions=moved)

    monkeypatch.setattr(leaving, "saddle", lambda: (np.zeros(net.dim), H, np.eye(net.dim)))
    monkeypatch.setattr(leaving, "evolve", evolve)
    left, stays = leaving.run(leaving.Leaving("sgd", networks=2))
    assert left["epochs"] == pytest.approx(np.log(10) / np.log(growth) * 32 / 500)
    assert np.isnan(stays["epochs"])
    assert left["H"] == -0.4
    leaving.run(leaving.Leaving("sgd", networks=2, seed=1))
    leaving.run(leaving.Leaving("adam", networks=2))  # paired with the first: the same orders of images
    assert seeds[0] == seeds[2] != seeds[1]


def test_minima_are_looked_at_where_the_loss_is_reached_with_noise_of_their_own(monkeypatch):
    seeds, epochs = [], np.array([0, 10, 20])
    loss = np.exp(-np.array([[0.0, 0.0], [1.0, 2.0], [4.0, 2.1]]))

    def sharpness(network, theta, top, draws, seed):
        seeds.append(seed)
        return {"place": theta[0]}

    weights = np.arange(6.0).reshape(3, 2, 1)
    monkeypatch.setattr(minima, "sharpness", sharpness)
    monkeypatch.setattr(minima, "train", lambda *a, **how: Trained(epochs, loss, 2 * loss, 3 * loss, weights))
    first, second = minima.run(minima.Minima(where="loss", loss=float(np.exp(-2)), networks=2))
    assert first["epoch"] == pytest.approx(10 + 10 / 3)  # log loss falls from 1 to 4, the level is at 2
    assert second["epoch"] == pytest.approx(10)
    assert (first["place"], second["place"]) == (4.0, 3.0)
    assert first["error"] == pytest.approx(2 * np.exp(-4))
    minima.run(minima.Minima(where="loss", loss=float(np.exp(-2)), networks=2, seed=1))
    assert len(set(seeds)) == 4
