"""Does each statement hold? Run the experiments, judge them, and hold the verdicts against recorded ones."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import xarray as xr

from diffusion import Watch
from diffusion.checks import require
from sims.experiments import (
    adai_escape,
    adai_saddle,
    adam_escape,
    adam_saddle,
    convergence,
    effective_diffusion,
    momentum_drift,
    momentum_escape,
    momentum_excess,
    momentum_saddle,
    noise_covariance,
    rate_interval,
    rotated_saddle,
    saddle_and_minimum,
    scaling_identity,
    sgd_escape,
    sgd_saddle,
)
from sims.judging.verdict import Verdict
from sims.storage.files import replacing
from theory.recorded import RECORDED
from theory.statements import STATEMENTS, statement

EXPERIMENTS: tuple[ModuleType, ...] = (
    sgd_saddle,
    momentum_saddle,
    momentum_drift,
    momentum_excess,
    adam_saddle,
    adai_saddle,
    rotated_saddle,
    sgd_escape,
    momentum_escape,
    adam_escape,
    adai_escape,
    effective_diffusion,
    convergence,
    noise_covariance,
    rate_interval,
    scaling_identity,
    saddle_and_minimum,
)
SIZES = ("quick", "full")


@dataclass(frozen=True)
class Finding:
    """What one experiment found.

    Attributes
    ----------
    experiment : module
    dataset : Dataset
    verdicts : tuple of Verdict
    seconds : float
        On the clock.
    """

    experiment: ModuleType
    dataset: xr.Dataset
    verdicts: tuple[Verdict, ...]
    seconds: float

    @property
    def name(self) -> str:
        """Name of the experiment."""
        return name_of(self.experiment)

    @property
    def ns_per_step(self) -> float:
        """Nanoseconds per walker, step and coordinate, everything included."""
        return 1e9 * self.seconds / self.dataset.work


def name_of(experiment: ModuleType) -> str:
    """Return an experiment's name, that of its file."""
    return experiment.__name__.rpartition(".")[2]


def about(*names: str) -> tuple[ModuleType, ...]:
    """Return the experiments that judge the named statements ("theorem-1", "Theorem 1") or are so called; all if none.

    Raises
    ------
    ValueError
        If a name is neither a statement nor an experiment, or no experiment judges it.
    """
    if not names:
        return EXPERIMENTS
    known = {name_of(experiment): {name_of(experiment)} for experiment in EXPERIMENTS}
    wanted = set()
    for name in names:
        key = name.lower().replace("-", "_")
        if key in known:
            wanted.add(key)
            continue
        title = statement(name).name
        judging = {name_of(experiment) for experiment in EXPERIMENTS if title in experiment.STATEMENTS}
        require(judging, "statement", "one that an experiment judges", name)
        wanted |= judging
    return tuple(experiment for experiment in EXPERIMENTS if name_of(experiment) in wanted)


def settings(experiment: ModuleType, size: str, seed: int) -> Any:
    """Return the settings of an experiment at one size."""
    return replace(experiment.QUICK if size == "quick" else experiment.FULL, seed=seed)


def verify(
    experiments: Sequence[ModuleType], *, size: str, seed: int = 0, workers: int | None = None,
    watch: Watch | None = None,
) -> Iterator[Finding]:  # fmt: skip
    """Yield what each experiment found, one after the other.

    Parameters
    ----------
    experiments : sequence of modules
        As `about` returns them.
    size : {"quick", "full"}
    seed : int
        Every run of every experiment derives its own from it.
    workers, watch
        As for `diffusion.evolve`.

    Yields
    ------
    Finding
    """
    for experiment in experiments:
        begin = time.perf_counter()
        dataset = experiment.run(settings(experiment, size, seed), workers=workers, watch=watch)
        yield Finding(experiment, dataset, tuple(experiment.verdicts(dataset)), time.perf_counter() - begin)


def key(verdict: dict) -> tuple[str, ...]:
    """Return what tells one recorded verdict from the others."""
    return verdict["experiment"], verdict["statement"], verdict["form"], verdict["regime"]


def records(findings: Sequence[Finding]) -> list[dict]:
    """Return all verdicts as plain dicts, each with its experiment."""
    return [{"experiment": f.name, **v.as_dict()} for f in findings for v in f.verdicts]


def recorded(size: str) -> list[dict]:
    """Return the verdicts of the recorded run of this size; empty if there is none."""
    path = RECORDED / f"{size}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def record(findings: Sequence[Finding], path) -> Path:
    """Write the verdicts of a run into a file that `recorded` and `theory.statements` read."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(records(findings), indent=1) + "\n", encoding="utf-8")
    return Path(path)


def differences(findings: Sequence[Finding], size: str) -> list[str]:
    """Return in which verdicts a run differs from the recorded one, a line each, among the experiments that ran."""
    ran = {f.name for f in findings}
    before = {key(v): v["outcome"] for v in recorded(size) if v["experiment"] in ran}
    if not before:
        return [f"no {size} run of {', '.join(sorted(ran))} is recorded"]
    now = {key(v): v["outcome"] for v in records(findings)}
    lines = []
    for one in dict.fromkeys([*before, *now]):
        if before.get(one) != now.get(one):
            _, title, form, regime = one
            was, became = before.get(one, "not recorded"), now.get(one, "no verdict")
            lines.append(f"{title}, {form}, {regime}: recorded as {was!r}, now {became!r}")
    return lines


def sound(findings: Sequence[Finding]) -> bool:
    """Return whether the simulator met every exact reference and every wrong prediction was rejected."""
    wanted = {"exact": "holds", "control": "rejected"}
    return all(wanted.get(v.form, v.outcome) == v.outcome for v in all_verdicts(findings))


def recorded_as_verdicts(size: str) -> list[Verdict]:
    """Return the verdicts of the recorded run of this size as they were."""
    names = [field.name for field in fields(Verdict)]
    return [
        Verdict(**{name: one[name] for name in names} | {"interval": tuple(one["interval"])})
        for one in recorded(size)
    ]


def by_statement(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    """Return the verdicts of each statement, in the order of the register."""
    every = list(verdicts)
    found = {s.name: [v for v in every if v.statement == s.name] for s in STATEMENTS}
    return {name: mine for name, mine in found.items() if mine}


def all_verdicts(findings: Sequence[Finding]) -> list[Verdict]:
    """Return the verdicts of all experiments."""
    return [verdict for finding in findings for verdict in finding.verdicts]
