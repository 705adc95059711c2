"""One part of a cell, for a worker on any machine."""

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from diffusion import Interrupted, Watch
from sims.options.by_name import chosen_in
from sims.storage.netcdf import origin
from sims.sweep.archive import packed
from sims.sweep.registry import Sweepable, experiment
from sims.sweep.source_digest import own_files, sources_digest

SAME = ("version_numpy", "version_scipy", "version_numba", "machine")  # must agree wherever a sweep runs


@dataclass(frozen=True)
class Task:
    """Task for a worker: walkers ``first`` to ``stop`` of a configuration.

    Attributes
    ----------
    experiment : str
    config : dataclass
    first, stop : int
    key : str
        The cell's key.
    code : str
        `code_digest` of the sender: a worker with other code refuses.
    own : str
        Digests of the user's files in the configuration: a worker with other files refuses.
    """

    experiment: str
    config: Any
    first: int
    stop: int
    key: str
    code: str
    own: str = "{}"


@dataclass(frozen=True)
class Failed:
    """A cell that raised, and why, in one line."""

    reason: str


@cache
def code_digest(name: str) -> str:
    """Return the digest of an experiment's code and the versions below it."""
    return json.dumps([sources_digest(experiment(name).module), *map(origin().get, SAME)])


def run_part(task: Task, watch: Watch | None = None) -> bytes | Failed | None:
    """Return a task's result, why it failed, or None if stopped.

    It runs on one thread: a sweep keeps processors busy with many parts.
    """
    if code_digest(task.experiment) != task.code:
        return Failed(
            "a worker has other sources or other versions of NumPy, SciPy or Numba than this client; install "
            "the same on every machine"
        )
    which = experiment(task.experiment)
    try:
        if own_files(chosen_in(task.config)) != task.own:
            return Failed(
                "a worker has another version of a file with parts of your own; copy it to every machine"
            )
        return packed(which.run(_of_walkers(which, task), workers=1, watch=watch))
    except Interrupted:
        return None
    except Exception as error:  # noqa: BLE001  whatever it is, the other cells go on
        text = " ".join(str(error).split())
        kind = "" if isinstance(error, ValueError | ArithmeticError) and text else f"{type(error).__name__}: "
        return Failed(f"{kind}{text}".rstrip(": "))


def _of_walkers(which: Sweepable, task: Task):
    """Return the configuration for some of its walkers."""
    if not which.split or (task.first, task.stop) == (0, task.config.walkers):
        return task.config
    return replace(task.config, walkers=range(task.first, task.stop))
