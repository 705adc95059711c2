"""Figures on networks: small runs of each, what they judge, and pictures of invented data."""

from dataclasses import replace

import numpy as np
import pytest

from sims.commands import network_figure as command
from sims.networks import figure as frame
from sims.networks import figure_1, noise_and_curvature
from sims.networks.figure import Grid, Settings

TINY = {"networks": 3, "rows": 100, "passes": 20, "losses": [2.0]}


@pytest.fixture
def tiny(monkeypatch):
    """Figure 1 of three networks and a hundred images."""

    def grids(settings):
        return [Grid("network-noise", TINY, {"data": ["digits"], "first": [0]})]

    found = replace(figure_1.FIGURE, grids=grids)
    monkeypatch.setattr(command, "network_figure", lambda name: found)
    return found


def test_a_figure_is_made_and_goes_on_where_it_was_stopped(tiny, tmp_path, capsys, monkeypatch):
    assert command.make("figure_1", Settings(quick=True), tmp_path) == 0
    assert {p.suffix for p in tmp_path.glob("figure_1.*")} == {".csv", ".json", ".nc", ".png", ".svg"}
    first = capsys.readouterr().out
    assert "The paper: The covariance of minibatch gradients" in first
    calls = []
    monkeypatch.setattr(noise_and_curvature, "evolve", lambda *a, **k: calls.append(a))
    assert command.make("figure_1", Settings(quick=True), tmp_path) == 0  # from the store alone
    assert calls == []
    assert capsys.readouterr().out == first


def test_figure_4_has_a_sentence():
    with pytest.raises(ValueError, match="Figure 4 trains ResNet50 on ImageNet"):
        frame.network_figure("figure_4")


def test_every_figure_names_its_own_statements():
    for name in frame.NAMES:
        found = frame.network_figure(name)
        assert found.name == name
        for size in (Settings(quick=True), Settings()):
            assert all(grid.values for grid in found.grids(size))


def test_without_the_extra_one_line_names_the_command(tiny, tmp_path, monkeypatch):
    def gone():
        raise ModuleNotFoundError(
            "this data set needs scikit-learn: pip install 'optimizer-diffusion[networks]'"
        )

    monkeypatch.setattr(frame, "DATA", {"digits": gone})
    with pytest.raises(ValueError, match="pip install"):
        command.make("figure_1", Settings(), tmp_path)


def test_noise_that_follows_a_known_power_is_found():
    random = np.random.default_rng(5)
    H = np.exp(random.uniform(np.log(2e-4), np.log(0.4), 4000))
    row = noise_and_curvature.compared(0.3 * H**1.4 * np.exp(random.normal(0, 0.2, H.size)), H)
    error = 0.2 / np.log(H).std() / np.sqrt(H.size)
    assert abs(row["gamma"] - 1.4) < 4.5 * error
    assert abs(row["gamma"] - 1.42) > 4.5 * error / 2  # negative control: a slope of 1.42 is told apart
