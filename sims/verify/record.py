"""Recorded verdicts: written, compared with, and shown in the README."""

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from sims import experiments
from sims.judging.verdict import Verdict
from sims.storage.files import replacing
from sims.verify.report import markdown_table, summary
from sims.verify.run import Finding
from theory.labels import label
from theory.recorded import RECORDED, read_record, verdict_id

MARKERS = "<!-- verdicts -->\n", "\n<!-- /verdicts -->"  # the README's table stands between them


def records(findings: Sequence[Finding]) -> list[dict]:
    """Return all verdicts as dicts with id and experiment."""
    return [
        {"id": verdict_id(f.name, v.statement, v.form, v.at), "experiment": f.name, **v.as_dict()}
        for f in findings
        for v in f.verdicts
    ]


def record(findings: Sequence[Finding], path: str | Path) -> Path:
    """Write a run's verdicts into a record, beside those of other experiments.

    If the record is the project's full one, the README's table of verdicts is written too.

    Parameters
    ----------
    findings : sequence of Finding
    path : str or Path
        File that `theory.recorded` reads; made if it does not exist.

    Returns
    -------
    Path
        That of the record.
    """
    path, ran = Path(path), {finding.name for finding in findings}
    kept = [verdict for verdict in read_record(path) if verdict["experiment"] not in ran]
    order = {name: place for place, name in enumerate(experiments.NAMES)}
    every = sorted(kept + records(findings), key=lambda v: order.get(v["experiment"], len(order)))
    every = [
        {name: value for name, value in verdict.items() if name != "regime"} for verdict in every
    ]  # in words
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(every, indent=1) + "\n", encoding="utf-8")
    readme = RECORDED.parents[1] / "README.md"
    if path.resolve() == (RECORDED / "full.json").resolve() and readme.exists():
        write_table(readme)
    return path


def write_table(readme: Path) -> None:
    """Write the recorded full run into a README, between its markers."""
    before, begin, rest = readme.read_text(encoding="utf-8").partition(MARKERS[0])
    _, end, after = rest.partition(MARKERS[1])
    if begin and end:
        with replacing(readme) as temporary:
            temporary.write_text(before + begin + readme_table() + end + after, encoding="utf-8")


def readme_table(size: str = "full") -> str:
    """Return the recorded run's summary as a Markdown table."""
    names = [field.name for field in fields(Verdict)]
    every = [{name: one[name] for name in names} for one in read_record(RECORDED / f"{size}.json")]
    return markdown_table(summary(Verdict(**one | {"interval": tuple(one["interval"])}) for one in every))


def differences(findings: Sequence[Finding], size: str) -> list[str]:
    """Return verdicts that differ from the recorded ones, a line each."""
    ran = {f.name for f in findings}
    before = {v["id"]: v for v in read_record(RECORDED / f"{size}.json") if v["experiment"] in ran}
    if not before:
        return [f"no {size} run of {', '.join(sorted(ran))} is recorded"]
    now = {v["id"]: v for v in records(findings)}
    lines = []
    for one in dict.fromkeys([*before, *now]):
        was, became = (found[one]["outcome"] if one in found else None for found in (before, now))
        if was != became:
            verdict = before.get(one) or now[one]
            told = f"recorded as {was or 'not recorded'!r}, now {became or 'no verdict'!r}"
            lines.append(f"{verdict['statement']}, {verdict['form']}, {label(verdict['at'])}: {told}")
    return lines
