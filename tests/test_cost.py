"""Runs that cannot end or do not fit the memory are refused in one line; long ones say so at once."""

import warnings

import pytest

from diffusion import (
    SGD,
    FrozenNoise,
    Overdamped,
    Quadratic,
    StyblinskiTang,
    cost,
    escape_times,
    evolve,
    integrate,
    passage_times,
    split_escape,
)
from sims.commands import progress
from sims.probe import Model, probe

BOWL, VALLEY, NOISE, RULE = Quadratic([1.0]), StyblinskiTang(1), FrozenNoise(1.0), SGD(1e-3)
OUT = {"start": VALLEY.minimum, "boundary": VALLEY.boundary, "seed": 0}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: evolve(BOWL, NOISE, RULE, 0.0, [2**52], walkers=10**9, seed=0), "would take at least"),
        (lambda: evolve(BOWL, NOISE, RULE, 0.0, [1], walkers=2**40, seed=0, keep="states"), "fit|memory"),
        (
            lambda: integrate(BOWL, Overdamped(1.0), 0.0, [1e12], dt=1e-3, walkers=10**6, seed=0),
            "would take at least",
        ),
        (
            lambda: escape_times(VALLEY, NOISE, RULE, max_iterations=1, walkers=2**40, **OUT),
            "walkers must be few enough for the memory",
        ),
        (
            lambda: passage_times(
                BOWL, Overdamped(1.0), start=0.0, above=1.0, dt=0.1, max_time=1.0, walkers=2**40, seed=0
            ),
            "walkers must be few enough for the memory",
        ),
        (
            lambda: split_escape(VALLEY, NOISE, RULE, particles=2**20, settle=2**62, **OUT),
            "would take at least",
        ),
        (
            lambda: split_escape(StyblinskiTang(100_000), NOISE, RULE, particles=2**27, **OUT | {"start": -0.5}),
            "particles must be few enough for the memory",
        ),
    ],
)  # fmt: skip
def test_a_run_that_is_beyond_reason_is_refused_in_one_line(call, message, monkeypatch):
    monkeypatch.setattr(cost, "memory_limit", lambda: 2.0**35)
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)
    assert len(str(error.value)) <= 300


def test_a_long_run_says_so_at_once_and_a_short_one_does_not():
    with pytest.warns(UserWarning, match=r"this run takes at least 1\.2 hours on 1 thread$"):
        cost.foretell(walkers=1000, dim=9, steps=10**9, workers=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cost.foretell(walkers=1000, dim=10, steps=10**6, workers=1)
        assert evolve(BOWL, NOISE, RULE, 0.0, [2], walkers=2, seed=0).walkers == 2


def test_the_machine_has_memory():
    assert 2**28 < cost.memory_limit() < 2**60


def test_a_container_may_allow_less(tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text(f"{2**29}\n")
    monkeypatch.setattr(cost, "CONTAINER", tmp_path / "memory.max")
    assert cost.memory_limit.__wrapped__() == 2**29
    (tmp_path / "memory.max").write_text("max\n")
    assert cost.memory_limit.__wrapped__() > 2**29


def told(finished, wanted, after, monkeypatch, earlier=0):
    """Return the lines about a run of which so much is finished after some seconds."""
    lines, clock = [], iter([0.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    far = progress.Far("walkers", lines.append)
    for seconds, done in ((0.0, earlier), (after, finished), (after + 1, finished)):
        clock = iter([seconds])
        far.tell(done, wanted)
    return lines


def test_a_run_whose_end_is_far_says_so_once(monkeypatch):
    assert told(10, 1000, 30, monkeypatch) == ["10 of 1,000 walkers after 30 s: about 50 minutes left"]
    assert told(0, 1000, 61, monkeypatch) == [
        "none of 1,000 walkers has finished after 61 s; Ctrl-C stops the run"
    ]
    # 990 of an earlier run say nothing about the speed of this one
    assert told(995, 10_000, 30, monkeypatch, earlier=990) == [
        "995 of 10,000 walkers after 30 s: about 15 hours left"
    ]


def test_a_run_whose_end_is_near_says_nothing(monkeypatch):
    assert told(500, 1000, 30, monkeypatch) == []
    assert told(10, 1000, 5, monkeypatch) == []
    assert told(0, 1000, 30, monkeypatch) == []


def test_a_probe_refuses_its_sizes_before_it_runs():
    def never(*arguments):
        raise AssertionError("the model was asked before the sizes were checked")

    model = Model(loss=never, sample_gradients=never, hvp=never, theta=[0.0, 1.0], rows=5)
    for name, value in (("iterations", 2**70), ("walkers", 3), ("most_products", 0), ("eigenvalues", 3)):
        with pytest.raises(ValueError, match=name):
            probe(model, **({"B": 2, "eigenvalues": 1} | {name: value}))
