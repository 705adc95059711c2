"""Training of small networks: pairing, schedules, weight decay, and what is recorded."""

import numpy as np
import pytest

from sims.networks.cells.tasks import RULES, TASKS, network, optimizer
from sims.networks.cells.train import Training, run, train

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


def test_bad_settings_are_refused_in_one_line():
    with pytest.raises(ValueError, match="cuts must be epochs in increasing order"):
        Training(cuts=(3, 2))
    with pytest.raises(ValueError, match="optimizer"):
        Training(optimizer="adamm")
