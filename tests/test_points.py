"""What experiments return: points into a dataset and back, and one line for what cannot be one."""

from dataclasses import dataclass

import numpy as np
import pytest

from diffusion import Estimate
from sims.judging.claims import Claims
from sims.judging.points import (
    Panel,
    Point,
    along,
    as_dataset,
    coordinates_of,
    groups,
    having,
    panels_of,
    where,
)

PANELS = {"left": Panel("Left", "x", "y"), "right": Panel("Right", "x", "y", ratio_to="exact")}


@dataclass(frozen=True)
class Settings:
    walkers: int = 5
    seed: int = 0


def dataset(*points):
    return as_dataset(list(points), PANELS, Settings(), walkers=10, work=1e3, noise="frozen")


SLOW, FAST = {"speed": "slow", "z": 1e-4}, {"speed": "fast"}
POINTS = (
    Point("left", SLOW, 1.0, 2.0, 0.1, "SGD", printed=3.0),
    Point("left", FAST, 2.0, 4.0, 0.2, "SGD", printed=5.0, exact=4.1),
    Point("right", SLOW, 1.0, 6.0, 0.3, "Adam", exact=6.1),
    Point("left", {}, 1.5, printed=4.0),
)


def test_points_come_back_as_they_were():
    found = dataset(*POINTS)
    measured, printed = where(found)
    np.testing.assert_array_equal(measured.mean, [2, 4])
    np.testing.assert_array_equal(measured.stderr, [0.1, 0.2])
    np.testing.assert_array_equal(printed, [3, 5])
    assert where(found, speed="slow")[1].tolist() == [3]
    assert where(found, "exact", panel="right", speed="slow")[1].tolist() == [6.1]
    assert where(found, "exact", x=(1.0, 2.0))[1].tolist() == [4.1, 6.1]
    assert where(found, z=1e-4)[1].tolist() == [3]
    assert groups(found) == groups(found, "printed") == [SLOW, FAST]
    assert groups(found, "exact") == [FAST, SLOW]
    assert coordinates_of(found) == [SLOW, FAST, SLOW, {}]
    assert having(found, optimizer="Adam").x.values.tolist() == [1]


def test_the_dataset_says_how_it_is_drawn_and_where_it_came_from():
    found = dataset(*POINTS)
    assert panels_of(found) == PANELS
    assert (int(found.walkers), float(found.work), found.seed, found.noise) == (10, 1e3, "0", "frozen")
    assert found.sizes == {"point": 4}


def test_a_point_of_theory_alone_is_never_judged():
    with pytest.raises(ValueError, match="No measured point with a value 'printed' matches"):
        where(dataset(*POINTS), optimizer="")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: dataset(), "points must be at least one, got []"),
        (lambda: dataset(Point("middle", SLOW, 1.0)), "panel must be one of left, right"),
        (lambda: dataset(Point("left", SLOW, 1.0, 2.0)), "a measured point must be with coordinates and"),
        (
            lambda: dataset(Point("left", SLOW, 1.0, 2.0, np.inf)),
            "a measured point must be with coordinates",
        ),
        (
            lambda: dataset(Point("left", {}, 1.0, 2.0, 0.1)),
            "a measured point must be with coordinates and",
        ),
        (lambda: where(dataset(*POINTS), "prnted"), 'form must be "printed", "leading"'),
        (lambda: where(dataset(*POINTS), colour="red"), 'column must be "panel", "optimizer"'),
        (
            lambda: where(dataset(*POINTS), speed="none"),
            "No measured point with a value 'printed' matches {'speed': 'none'}.",
        ),
        (
            lambda: where(dataset(*POINTS), "corrected"),
            "No measured point with a value 'corrected' matches {}.",
        ),
        (
            lambda: dataset(Point("left", {"x": 1.0}, 1.0)),
            "a coordinate must be named differently from the columns",
        ),
        (
            lambda: dataset(*(Point("left", {"speed": v}, 1.0) for v in ("slow", 2.0))),
            "speed must be a number at every point or a text at every point",
        ),
        (lambda: Panel("T", "x", "y", ratio_to="paper"), "ratio_to must be one of printed"),
    ],
)
def test_bad_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011  the words are compared below
        call()
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_points_along_an_abscissa_are_in_a_unit_and_share_their_coordinates():
    measured = Estimate(np.array([2.0, 4.0]), np.array([0.2, 0.4]), 10)
    found = along("left", SLOW, [1, 2], measured, optimizer="SGD", unit=2.0, printed=6.0, exact=[8.0, 10.0])
    assert found == [
        Point("left", SLOW, 1.0, 1.0, 0.1, "SGD", printed=3.0, exact=4.0),
        Point("left", SLOW, 2.0, 2.0, 0.2, "SGD", printed=3.0, exact=5.0),
    ]
    (line,) = along("left", {}, 3.0, printed=6.0)
    assert (line.x, line.printed, np.isnan(line.measured)) == (3.0, 6.0, True)


def test_claims_judge_the_points_that_are_chosen_and_are_known_by_their_coordinates():
    measured = Estimate(1 + np.array([1e-3, 1e-2, 0.1]), np.full(3, 1e-4), 10)
    fast = along("left", FAST, [1e-3, 1e-2, 0.1], measured, printed=1.0, exact=measured.mean + 1e-4)
    slow = along("left", SLOW, [2.0, 4.0, 8.0], measured, printed=1.0)
    on = Claims("Theorem 1", dataset(*fast, *slow))
    first = on.judge(FAST | {"x": 1e-3}, tolerance=0.005, x=1e-3, **FAST)
    assert (first.outcome, first.comparisons, first.statement) == ("holds", 1, "Theorem 1")
    assert (first.at, first.form) == ({"speed": "fast", "x": 1e-3}, "printed")
    assert on.judge(FAST).outcome == "fails"
    assert on.judge(FAST, "exact").form == "exact"
    assert (on.exact().at, on.exact().comparisons, on.exact().outcome) == ({"points": "every"}, 3, "holds")
    assert on.exact({"of": "some"}, x=0.1).comparisons == 1
    assert (on.scaled(1.05).outcome, on.scaled(1.05).at) == ("rejected", {"wrong": "exact times 1.05"})
    assert on.scaled(1.0).outcome == "not rejected"
    limit = on.order({"limit": "x -> 0"}, parameter="x", **FAST)
    assert limit.outcome == "holds asymptotically"
    assert limit.sentence.startswith("The deviation falls as x^1.00 (+- 0.0")
    grows = on.order({"limit": "x -> infinity"}, parameter="1 / x", inverse=True, **SLOW)
    assert grows.sentence.startswith("The deviation does not vanish with 1 / x")


def test_coordinates_come_back_in_the_order_that_points_have_them_in():
    late, both = {"stop": "first", "z": 1.0}, {"of": "process", "stop": "last", "z": 1.0}
    found = dataset(Point("left", late, 1.0, 2.0, 0.1), Point("left", both, 1.0, 2.0, 0.1))
    assert [list(at) for at in coordinates_of(found)] == [["stop", "z"], ["of", "stop", "z"]]
    turned = dataset(*(Point("left", at, 1.0, 2.0, 0.1) for at in (late, {"z": 1.0, "stop": "first"})))
    assert groups(turned) == [late]
