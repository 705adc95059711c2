"""What experiments return: points into a dataset and back, and one line for what cannot be one."""

from dataclasses import dataclass

import numpy as np
import pytest

from sims.judging.points import Panel, Point, as_dataset, panels_of, regimes, where

PANELS = {"left": Panel("Left", "x", "y"), "right": Panel("Right", "x", "y", ratio_to="exact")}


@dataclass(frozen=True)
class Settings:
    walkers: int = 5
    seed: int = 0


def dataset(*points):
    return as_dataset(list(points), PANELS, Settings(), walkers=10, work=1e3, noise="frozen")


POINTS = (
    Point("left", "slow", "SGD", 1.0, 2.0, 0.1, printed=3.0),
    Point("left", "fast", "SGD", 2.0, 4.0, 0.2, printed=5.0, exact=4.1),
    Point("right", "slow", "Adam", 1.0, 6.0, 0.3, exact=6.1),
    Point("left", "", "theory", 1.5, printed=4.0),
)


def test_points_come_back_as_they_were():
    found = dataset(*POINTS)
    measured, printed = where(found)
    np.testing.assert_array_equal(measured.mean, [2, 4])
    np.testing.assert_array_equal(measured.stderr, [0.1, 0.2])
    np.testing.assert_array_equal(printed, [3, 5])
    assert where(found, regime="slow")[1].tolist() == [3]
    assert where(found, "exact", panel="right", regime="slow")[1].tolist() == [6.1]
    assert regimes(found) == ["slow", "fast"]
    assert regimes(found, "exact") == ["fast", "slow"]
    assert regimes(found, "corrected") == []


def test_the_dataset_says_how_it_is_drawn_and_where_it_came_from():
    found = dataset(*POINTS)
    assert panels_of(found) == PANELS
    assert (int(found.walkers), float(found.work), found.seed, found.noise) == (10, 1e3, "0", "frozen")
    assert found.experiment == "test_points"
    assert found.sizes == {"point": 4}


def test_a_point_of_theory_alone_is_never_judged():
    with pytest.raises(ValueError, match="points must be some that were measured"):
        where(dataset(*POINTS), series="theory")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: dataset(), "points must be some, got []"),
        (lambda: dataset(Point("middle", "slow", "SGD", 1.0)), "panel must be one of left, right"),
        (lambda: dataset(Point("left", "slow", "SGD", 1.0, 2.0)), "a measured point must be in a regime and"),
        (
            lambda: dataset(Point("left", "slow", "SGD", 1.0, 2.0, np.inf)),
            "a measured point must be in a regime",
        ),
        (
            lambda: dataset(Point("left", "", "SGD", 1.0, 2.0, 0.1)),
            "a measured point must be in a regime and",
        ),
        (lambda: where(dataset(*POINTS), "prnted"), 'form must be "printed", "leading"'),
        (lambda: where(dataset(*POINTS), colour="red"), 'column must be "panel", "regime"'),
        (lambda: where(dataset(*POINTS), regime="none"), "points must be some that were measured"),
        (lambda: Panel("T", "x", "y", ratio_to="paper"), "ratio_to must be one of printed"),
    ],
)
def test_bad_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011  the words are compared below
        call()
    assert words in str(error.value)
    assert "\n" not in str(error.value)
