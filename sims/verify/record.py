"""Recorded verdicts: written by a run, compared with the next, shown in the README."""

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from sims import experiments
from sims.judging.verdict import Verdict
from sims.storage.files import replacing
from sims.verify.report import markdown_table, summary
from sims.verify.run import Finding
from theory.recorded import RECORDED

MARKERS = "<!-- verdicts -->\n", "\n<!-- /verdicts -->"  # the README's table stands between them


def key(verdict: dict) -> tuple[str, ...]:
    """Return a recorded verdict's identity: experiment, statement, form, regime."""
    return verdict["experiment"], verdict["statement"], verdict["form"], verdict["regime"]


def records(findings: Sequence[Finding]) -> list[dict]:
    """Return all verdicts as plain dicts, each with its experiment."""
    return [{"experiment": f.name, **v.as_dict()} for f in findings for v in f.verdicts]


def recorded(size: str) -> list[dict]:
    """Return the verdicts of the recorded run of this size; empty if there is none."""
    return _read(RECORDED / f"{size}.json")


def _read(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def record(findings: Sequence[Finding], path: str | Path) -> Path:
    """Write the verdicts of a run into a record; those of experiments that did not run stay as they are.

    If the record is the project's full one, the README's table of verdicts is written too.

    Parameters
    ----------
    findings : sequence of Finding
    path : str or Path
        File that `recorded` and `theory.recorded` read; made if it does not exist.

    Returns
    -------
    Path
        That of the record.
    """
    path, ran = Path(path), {finding.name for finding in findings}
    kept = [verdict for verdict in _read(path) if verdict["experiment"] not in ran]
    order = {name: place for place, name in enumerate(experiments.NAMES)}
    every = sorted(kept + records(findings), key=lambda v: order.get(v["experiment"], len(order)))
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(every, indent=1) + "\n", encoding="utf-8")
    readme = RECORDED.parents[1] / "README.md"
    if path.resolve() == (RECORDED / "full.json").resolve() and readme.exists():
        write_table(readme)
    return path


def write_table(readme: Path) -> None:
    """Write the table of the recorded full run between the markers of a README; without markers, leave it alone."""
    before, begin, rest = readme.read_text(encoding="utf-8").partition(MARKERS[0])
    _, end, after = rest.partition(MARKERS[1])
    if begin and end:
        with replacing(readme) as temporary:
            temporary.write_text(before + begin + readme_table() + end + after, encoding="utf-8")


def readme_table(size: str = "full") -> str:
    """Return the summary of the recorded run as a Markdown table."""
    return markdown_table(summary(recorded_as_verdicts(size)))


def differences(findings: Sequence[Finding], size: str) -> list[str]:
    """Return which verdicts of a run differ from the recorded ones, a line each, among the experiments that ran."""
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


def recorded_as_verdicts(size: str) -> list[Verdict]:
    """Return the verdicts of the recorded run of this size as they were."""
    names = [field.name for field in fields(Verdict)]
    return [
        Verdict(**{name: one[name] for name in names} | {"interval": tuple(one["interval"])})
        for one in recorded(size)
    ]
