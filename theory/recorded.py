"""Recorded verdicts: findings of runs on each statement.

They are read from files, never written by hand.

A record is an object with an "id" that never changes with wording: experiment, statement, form and the coordinates of the
regime, ``momentum_saddle/theorem-2/printed/of=process,start=rest,u=1,z=0.0001``. Labels are made from the coordinates
when a record is shown. A new experiment needs nothing here: its verdicts bring their own coordinates, and the record takes
them in beside the others.

>>> verdict_id("degree_law", "Degree law", "printed", {"optimizer": "Lion", "k": 4.0})
'degree_law/degree-law/printed/k=4,optimizer=Lion'
"""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from theory.labels import identity, label
from theory.statements import statement
from theory.statements.statement import key_of

RECORDED = Path(__file__).with_name(
    "verdicts"
)  # full.json, quick.json: `diffusion verify --record` writes them
NOT_RECORDED = "not yet recorded"
JUDGED = "printed", "leading", "corrected"  # forms that are the paper's or ours, not checks of the simulator
NEEDED = {"id", "experiment", "statement", "form", "at", "outcome"}


def verdict_id(experiment: str, statement: str, form: str, at: Mapping[str, str | float]) -> str:
    """Return the identity of a recorded verdict."""
    return f"{experiment}/{key_of(statement)}/{form}/{identity(at)}"


def read_record(path: str | Path) -> list[dict[str, Any]]:
    """Return all verdicts of a record.

    Each has its "regime" in words; the answer is empty if there is no such file.

    Raises
    ------
    ValueError
        If the file is no record.
    """
    path = Path(path)
    if not path.exists():
        return []
    try:
        verdicts = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise ValueError(f"{path} is not a record of verdicts: it is not JSON.") from None
    for verdict in verdicts:
        missing = NEEDED.difference(verdict)
        if missing:
            raise ValueError(f"A verdict in {path} lacks {', '.join(sorted(missing))}.")
    return [verdict | {"regime": label(verdict["at"])} for verdict in verdicts]


def recorded_verdicts(name: str, path: str | Path | None = None) -> tuple[dict[str, Any], ...]:
    """Return the recorded verdicts on one statement.

    The answer is empty if there are none.

    Parameters
    ----------
    name : str
        A statement's name or key.
    path : str or Path, optional
        Record as `read_record` reads it; that of the full run unless given. It need not exist.

    Returns
    -------
    tuple of dict
        In the file's order.

    Raises
    ------
    ValueError
        If the statement or the file's form is unknown.
    """
    key = statement(name).key
    verdicts = read_record(RECORDED / "full.json" if path is None else path)
    return tuple(verdict for verdict in verdicts if key_of(verdict["statement"]) == key)


def known(name: str, path: str | Path | None = None) -> str:
    """Return a recorded run's findings in one line.

    An example is "printed: holds 3, fails 1; corrected: holds 4".
    """
    verdicts = recorded_verdicts(name, path)
    texts = []
    for form in JUDGED:
        outcomes = Counter(verdict["outcome"] for verdict in verdicts if verdict["form"] == form)
        if outcomes:
            texts.append(f"{form}: " + ", ".join(f"{outcome} {count}" for outcome, count in outcomes.items()))
    return "; ".join(texts) or NOT_RECORDED
