"""Every run of every experiment has a seed of its own, but for those that are compared walker by walker."""

import ast
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from sims import experiments
from sims.degree import exponent, response
from sims.experiments import momentum_escape
from sims.experiments.shared import valley

ROOT = Path(__file__).parents[1]
RUNS = "evolve", "escape_times", "passage_times", "integrate", "split_escape"
# settings that take little time; how many walkers there are does not matter here
TINY = {
    "sgd_escape": {"fick_walkers": 32, "barriers": (2.0, 2.5, 3.0)},
    "momentum_escape": {"barriers": (2.0, 2.5), "process_barriers": (2.0, 2.5), "weak_references": 0},
    "adam_escape": {"constant": (2.0, 2.5), "barriers": (2.0, 2.5), "memories": (0.9, 0.99), "sharpness": (1.0, 1.2)},
    "adai_escape": {"barriers": (2.0, 2.5), "E": 2.0, "memories": (100.0, 300.0), "cut": 10},
    "convergence": {"horizons": (10, 100), "path_walkers": 64},
    "noise_covariance": {"rows": 100},
    "rate_interval": {"walkers": 256, "estimates": 100, "n": (10, 30)},
    "saddle_and_minimum": {"sharpness": (3.0, 6.0), "adams": (3.0, 6.0), "noise": 200.0, "start_up": 5, "flat": 0.3},
    "adam_saddle": {"T": (10, 100, 1000)},
    "degree_law": {"rules": ("sgd",), "particles": 150, "replicas": 4},
    "network_minimum": {"time": 10.0, "looks": 4, "early_walkers": 32},
    "network_saddle": {"ages": (0.01, 0.02, 0.03), "adam_T": (2, 3), "adai_T": 3, "flights": (0.1, 1.0)},
    "network_twin": {"time": 1.0, "age": 0.01, "tail_walkers": 32, "tail_T": (1, 3)},
}  # fmt: skip
# which runs share a seed, because their walkers are compared one by one on the same noise
TRIPLE = 3 * ("Momentum",)  # with a velocity, with its mirror image, from rest
SHARED = {
    "momentum_drift": {TRIPLE, 3 * ("PhaseSpace",)},
    "momentum_excess": {("Momentum", "SGD")},
    "adam_saddle": {("Adam", "Momentum")},
    "adai_saddle": {TRIPLE, ("Momentum", "SGD"), ("Adai", "SGD")},
    "rotated_saddle": {("Adai", "SGD")},
    "network_saddle": {("Adai", "Momentum")},
    "adai_escape": {("Adai", "Momentum")},
    # the identity's sharpnesses, beside sharpness 1; two forces on the same noise
    "degree_law": {3 * ("SGD",), 2 * ("SGD",)},
    # every sharpness, positions and escapes, beside sharpness 1
    "scaling_identity": {12 * (name,) for name in ("SGD", "Momentum", "Adam", "Adai")},
}


def seeds_of(one, monkeypatch):
    """Return which movers ran on each seed in a tiny run of an experiment."""
    module, ran = __import__(one.run.__module__, fromlist=["run"]), defaultdict(list)

    def spied(run):
        def spy(landscape, *parts, seed, **options):
            optimizers = [part for part in (*parts, options.get("optimizer")) if hasattr(part, "update")]
            ran[seed].append(type((optimizers or parts)[0]).__name__)  # without an optimizer: a process
            return run(landscape, *parts, seed=seed, **options)

        return spy

    with monkeypatch.context() as patch:
        for place in (module, valley, exponent, response):
            for name in RUNS:
                if hasattr(place, name):
                    patch.setattr(place, name, spied(getattr(place, name)))
            for name in ("exact_iterations", "phase_space_passage_time"):  # which take long, and draw nothing
                if hasattr(place, name):
                    patch.setattr(place, name, lambda *_, **__: 1.0)
        one.run(replace(one.quick, **{"walkers": 64} | TINY.get(one.name, {})))
    return ran


@pytest.mark.filterwarnings("ignore:.*replicas scatter")  # few particles: only the seeds matter here
@pytest.mark.parametrize("name", experiments.NAMES)
def test_all_seeds_are_distinct_but_for_documented_pairs(name, monkeypatch):
    ran = seeds_of(experiments.experiment(name), monkeypatch)
    assert len(ran) > 1
    assert {tuple(sorted(names)) for names in ran.values() if len(names) > 1} == SHARED.get(name, set())


def test_one_seed_for_all_barriers_would_be_noticed(monkeypatch):
    true = valley.derived_seed
    monkeypatch.setattr(valley, "derived_seed", lambda seed, stream, E: true(seed, stream))
    ran = seeds_of(momentum_escape.EXPERIMENT, monkeypatch)
    assert ("Momentum", "Momentum") in {tuple(names) for names in ran.values()}


def test_no_run_has_a_seed_that_nobody_chose():
    """Every seed in `sims` comes from the settings, but those of resampling and of the documentation's pictures."""
    fixed = set()
    for path in sorted((ROOT / "sims").rglob("*.py")):
        for call in (one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, ast.Call)):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            seeds = [one.value for one in call.keywords if one.arg == "seed"]
            seeds += call.args[:1] if name in ("derived_seed", "default_rng") else []
            if any(isinstance(one, ast.Constant) for one in seeds):
                fixed.add((path.relative_to(ROOT / "sims").as_posix(), name))
    pictures = {("runs/pictures.py", name) for name in ("evolve", "escape_times", "integrate")}
    resampling = {
        "check/stability.py",
        "networks/paired.py",
        "networks/training/figure_5.py",
        "networks/training/table_2.py",
    }
    assert fixed == pictures | {(name, "default_rng") for name in resampling}
