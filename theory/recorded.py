"""What recorded runs found of each statement: read from files, never written by hand."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from theory.checks import require
from theory.statements import statement

RECORDED = Path(__file__).with_name(
    "verdicts"
)  # full.json and quick.json, as `diffusion verify --record` writes them
NOT_RECORDED = "not yet recorded"
JUDGED = (
    "printed",
    "leading",
    "corrected",
)  # forms that are the paper's or ours, not checks of the simulator


def recorded_verdicts(name: str, path: str | Path | None = None) -> tuple[dict[str, Any], ...]:
    """Return the verdicts that a run has recorded for one statement; empty if none have.

    Parameters
    ----------
    name : str
        A statement's name or key.
    path : str or Path, optional
        JSON file: a list of objects that have at least "statement", "form", "regime" and "outcome"; the recorded full
        run unless given. It need not exist.

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
    path = RECORDED / "full.json" if path is None else Path(path)
    if not path.exists():
        return ()
    verdicts = json.loads(path.read_text(encoding="utf-8"))
    needed = {"statement", "form", "regime", "outcome"}
    for verdict in verdicts:
        require(needed <= set(verdict), "a verdict", ", ".join(sorted(needed)), verdict)
    return tuple(verdict for verdict in verdicts if statement(verdict["statement"]).key == key)


def known(name: str, path: str | Path | None = None) -> str:
    """Return what a recorded run says of a statement, in one line: "printed: holds 3, fails 1; corrected: holds 4"."""
    verdicts = recorded_verdicts(name, path)
    texts = []
    for form in JUDGED:
        outcomes = Counter(verdict["outcome"] for verdict in verdicts if verdict["form"] == form)
        if outcomes:
            texts.append(f"{form}: " + ", ".join(f"{outcome} {count}" for outcome, count in outcomes.items()))
    return "; ".join(texts) or NOT_RECORDED
