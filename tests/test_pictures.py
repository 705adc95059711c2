"""The pictures of lessons and documentation: they show what they are given, the same bytes every time."""

import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from mpl_toolkits.mplot3d import proj3d

from diffusion.statistics import survival as survival_curve
from figures import clouds, effective_potential, landscape, phase_portrait, survival
from figures.look import COLOURS, styled
from figures.save import save
from lessons import moving
from sims.commands import app as cli
from sims.runs import pictures

COMMITTED = Path(__file__).parents[1] / "figures" / "readme"

X = np.linspace(-4.0, 4.0, 40)
LOSS = 0.5 * (X**4 - 16 * X**2 + 5 * X)


def walkers(n=50, scale=1.0):
    return np.random.default_rng(0).normal(0, scale, (n, 2))


def portrait():
    velocity = np.linspace(-5.0, 5.0, 11)
    position, speed = np.meshgrid(X, velocity)
    edge = np.array([-1.0, 1.0]), np.array([2.0, -2.0])
    return phase_portrait.draw(
        X,
        velocity,
        (speed, -speed + position),
        edge,
        walkers=walkers(),
        path=walkers(5),
        saddle=0.0,
        title="t",
    )


def times(n=200):
    iterations = np.random.default_rng(1).exponential(1000, n).astype(int) + 1
    return survival_curve(iterations, np.ones(n, bool))


PICTURES = {
    "landscape from above": lambda: landscape.draw(X, LOSS, walkers(), title="t"),
    "landscape as a surface": lambda: landscape.draw(X, LOSS, walkers(), title="t", surface=True),
    "clouds": lambda: clouds.draw({"SGD": walkers(), "Adam": walkers()}, {"SGD": (1.0, 1.0)}),
    "survival": lambda: survival.draw({"SGD": times()}, {"Kramers": 1000.0}),
    "phase portrait": portrait,
    "effective potential": lambda: effective_potential.draw(
        X, {"bare": LOSS, "averaged": LOSS + 12 * X**2}, minimum=-2.9, boundary=0.16
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_same_data_same_bytes(name, tmp_path):
    one, two = (save(PICTURES[name](), tmp_path / folder / "picture") for folder in "ab")
    for a, b in zip(one, two, strict=True):
        assert a.read_bytes() == b.read_bytes()


def test_landscape_shows_the_walkers_that_are_on_it():
    inside, outside = [[0.5, -1.0], [2.0, 3.0]], [[9.0, 0.0]]
    axes = landscape.draw(X, LOSS, np.array(inside + outside)).axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), inside)


def test_landscape_is_the_right_way_round():
    """The deep valley of the first coordinate alone: low on the left, whatever the second is."""
    tilted = X.copy()
    axes = landscape.draw(X, tilted, np.zeros((1, 2))).axes[0]
    surface = landscape.draw(X, tilted, np.array([[-3.0, 2.0]]), surface=True).axes[0]
    assert axes.get_xlim() == (-4.0, 4.0)
    surface.figure.draw_without_rendering()
    (seen,) = surface.collections[-1].get_offsets()
    at = {z: np.array(proj3d.proj_transform(-3.0, 2.0, z, surface.get_proj())[:2]) for z in (-1.0, 1.0, 5.0)}
    assert np.abs(seen - at[-1.0]).max() < 0.1 * np.abs(at[1.0] - at[-1.0]).max()  # -3 + 2, a little lifted
    assert np.abs(seen - at[5.0]).max() > np.abs(at[1.0] - at[-1.0]).max()  # negative control: 3 + 2


def test_clouds_keep_their_shape():
    cloud = walkers() * [10.0, 1.0]
    axes = clouds.draw({"SGD": cloud}).axes[0]
    shown = axes.lines[0].get_xydata()
    np.testing.assert_allclose(shown.std(0)[0], 1.0)
    np.testing.assert_allclose(shown.std(0)[1] / shown.std(0)[0], cloud.std(0)[1] / cloud.std(0)[0])
    ratio = cloud.std(0)[0] / cloud.std(0)[1]
    assert f"{ratio:.2f} : 1" in axes.get_title()


def test_survival_shows_every_step_and_the_stated_mean():
    curve = times()
    axes = survival.draw({"SGD": curve}, {"Kramers": 1000.0}).axes[0]
    step, line = axes.lines
    np.testing.assert_array_equal(step.get_xdata(), curve.iterations)
    np.testing.assert_array_equal(step.get_ydata()[:-1], curve.probability[:-1])
    t, fraction = line.get_data()
    np.testing.assert_allclose(fraction, np.exp(-t / 1000.0))


def test_each_potential_starts_from_its_own_lowest_point():
    axes = effective_potential.draw(X, {"bare": LOSS, "averaged": LOSS + 12 * X**2}).axes[0]
    for line in axes.lines:
        assert line.get_ydata().min() == 0
    axes = effective_potential.draw(X, {"bare": LOSS}, minimum=-2.9, boundary=0.16).axes[0]
    assert {text.get_text().strip(): text.get_position()[0] for text in axes.texts} == {
        "start": -2.9,
        "escaped": 0.16,
    }


def test_two_threads_do_not_mix_their_styles():
    import threading

    import matplotlib

    from figures.look import styled

    seen, both = [], threading.Barrier(2, timeout=20)

    def draw(size):
        both.wait()
        for _ in range(50):
            with styled():
                matplotlib.rcParams["font.size"] = size
                seen.append(matplotlib.rcParams["font.size"] == size)

    threads = [threading.Thread(target=draw, args=(size,)) for size in (7.0, 8.0)]
    before = matplotlib.rcParams["font.size"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(seen)
    assert matplotlib.rcParams["font.size"] == before


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_the_pictures_that_are_shown_are_those_that_are_drawn(name, tmp_path):
    """Up to what another version of matplotlib does to letters and edges."""
    one = pictures.PICTURES[name]
    with styled():
        drawn = imread(save(import_module(f"figures.{one.figure}").draw(**one.data()), tmp_path / name)[0])
    shown = imread(COMMITTED / f"{name}.png")
    assert shown.shape == drawn.shape
    assert np.abs(shown - drawn).mean() < 0.004
    high, wide = (size // 32 * 32 for size in shown.shape[:2])
    blocks = np.abs(shown - drawn)[:high, :wide].reshape(high // 32, 32, wide // 32, 32, -1)
    assert blocks.mean((1, 3, 4)).max() < 0.1  # nor may any part of it be another


def test_the_caption_of_the_clouds_is_true():
    spreads = {name: np.divide(*cloud.std(0)) for name, cloud in pictures.clouds()["clouds"].items()}
    assert 4 < spreads["SGD"] < 5  # the root of 20
    assert 4 < spreads["Momentum"] < 5
    assert 0.9 < spreads["Adam"] < 1.1
    assert 1.2 < spreads["Adai"] < 4


def test_momentum_and_adai_leave_together_and_sgd_sooner():
    found = pictures.survival(walkers=1000)
    half = {name: curve.iterations[curve.probability < 0.5][0] for name, curve in found["curves"].items()}
    assert abs(half["Momentum"] / half["Adai"] - 1) < 0.1
    assert half["SGD"] < 0.7 * half["Adai"]
    # the stated means stand at the same optimizers
    assert found["means"]["Kramers, SGD"] < 0.7 * found["means"]["Kramers, Momentum and Adai"]


def test_data_of_variance_4_leave_a_single_well():
    found = pictures.effective_potential()
    wells = {
        name: int(((loss[1:-1] < loss[:-2]) & (loss[1:-1] < loss[2:])).sum())
        for name, loss in found["potentials"].items()
    }
    assert list(wells.values()) == [2, 2, 1]
    bottom = found["x"][np.argmin(list(found["potentials"].values())[-1])]
    assert found["minimum"] < bottom < found["boundary"]


def test_the_moving_picture_shows_every_walker_where_it_is(monkeypatch):
    """One dot moves to the right and up, one to the left and down, less far; up is a smaller y on a page."""
    way = np.linspace(0, 1, moving.FRAMES)[:, None, None] * np.array([[4.0, 2.0], [-1.0, -0.5]])
    monkeypatch.setattr(moving, "WALKERS", 2)
    monkeypatch.setattr(moving, "paths", lambda optimizer: way)
    drawn = moving.draw()
    ends = re.findall(r'<circle cx="(\d+)" cy="(\d+)" r="2.6" fill="(.*?)"', drawn)
    assert [colour for *_, colour in ends] == [COLOURS[name] for name in moving.AROUND_A_SADDLE for _ in "ab"]
    starts = [int(first) for first in re.findall(r'values="(\d+);', drawn)]
    for number, (x, y, _) in enumerate(ends):
        from_x, from_y = starts[2 * number : 2 * number + 2]
        scale = 0.48 * moving.SIDE / 4
        right, up = way[-1, number % 2] * scale
        assert abs(int(x) - from_x - right) <= 1
        assert abs(from_y - int(y) - up) <= 1


def test_an_unknown_picture_is_one_sentence(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["picture", "rainbow"])
    assert stopped.value.code == 2
    assert "rainbow is not a picture; there are landscape," in capsys.readouterr().err
