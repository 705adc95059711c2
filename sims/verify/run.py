"""Run the experiments and judge whether statements hold."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import xarray as xr

from diffusion import Watch
from sims.experiments import Experiment, every_experiment
from sims.judging.verdict import Verdict
from sims.options.own_file import is_own
from theory.statements import STATEMENTS, statement


@dataclass(frozen=True)
class Finding:
    """What one experiment found, and the seconds it took."""

    experiment: Experiment
    dataset: xr.Dataset
    verdicts: tuple[Verdict, ...]
    seconds: float

    @property
    def name(self) -> str:
        """Name of the experiment."""
        return self.experiment.name

    @property
    def ns_per_step(self) -> float:
        """Nanoseconds per walker, step and coordinate, everything included."""
        return 1e9 * self.seconds / self.dataset.work


def about(*names: str) -> tuple[tuple[Experiment, ...], frozenset[str]]:
    """Return the experiments that judge some statements, and their names.

    Parameters
    ----------
    *names : str
        Statements ("theorem-1", "Theorem 1") and experiments ("sgd-saddle"), which stand for all their statements.
        Without any, all experiments and all their statements.

    Raises
    ------
    ValueError
        If a name is neither a statement nor an experiment, or no experiment judges it.
    """
    every = every_experiment()
    by_name = {one.name: one for one in every}
    chosen: set[str] = set()
    wanted: set[str] = set()
    for name in names or tuple(by_name):
        if is_own(name):
            raise ValueError(
                f"verify judges statements about built-in parts, whose exact values are known, and cannot take {name}; run "
                "it with escape, saddle, equilibrium, figure 6, figure degree, check or a sweep."
            )
        one = by_name.get(name.lower().replace("-", "_"))
        titles = one.statements if one else (statement(name).name,)
        judging = [one] if one else [each for each in every if titles[0] in each.statements]
        if not judging:
            raise ValueError(
                f"{name} is judged by a figure or table on networks: `diffusion figure --help` lists them."
            )
        chosen.update(each.name for each in judging)
        wanted.update(titles)
    return tuple(one for one in every if one.name in chosen), frozenset(wanted)


def verify(
    experiments: Sequence[Experiment], *, size: str, seed: int = 0, workers: int | None = None,
    watch: Watch | None = None,
) -> Iterator[Finding]:  # fmt: skip
    """Yield what each experiment found, one after the other.

    Parameters
    ----------
    experiments : sequence of Experiment
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
        dataset = experiment.run(experiment.settings(size, seed), workers=workers, watch=watch)
        yield Finding(experiment, dataset, tuple(experiment.verdicts(dataset)), time.perf_counter() - begin)


def sound(findings: Sequence[Finding]) -> bool:
    """Return whether exact references were met and wrong predictions rejected."""
    wanted = {"exact": "holds", "control": "rejected"}
    return all(wanted.get(v.form, v.outcome) == v.outcome for v in all_verdicts(findings))


def by_statement(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    """Return each statement's verdicts, in register order."""
    every = list(verdicts)
    found = {s.name: [v for v in every if v.statement == s.name] for s in STATEMENTS}
    return {name: mine for name, mine in found.items() if mine}


def all_verdicts(findings: Sequence[Finding]) -> list[Verdict]:
    """Return the verdicts of all experiments."""
    return [verdict for finding in findings for verdict in finding.verdicts]
