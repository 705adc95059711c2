"""`diffusion verify`: run the experiments and print the verdicts."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from sims.commands.common import COMMON, Common, Flat
from sims.commands.table import say, show
from sims.options.numbers import Whole

if TYPE_CHECKING:
    from sims.experiments import Experiment

FEW = 4  # experiments of which every single verdict is printed


def verify(
    *statements: str,
    quick: bool = False,
    seed: Whole = 0,
    out: Path = Path("out"),
    record: Path | None = None,
    common: Annotated[Common, Flat] = COMMON,
) -> int:
    """Judge the statements of the paper: whether each holds, where, and by how much it misses.

    Writes verify/report.html (stands alone), report.md, and for each experiment its figure and its data (NetCDF). Exit
    code 1 if a verdict differs from the recorded one, or the simulator or a negative control does not do as it must.

    Parameters
    ----------
    statements
        Statements (theorem-1) or experiments (sgd-saddle); of a few, every verdict is printed. Parts of your own
        (FILE.py:Name) are not judged: each statement is about built-in parts whose exact values are known. [default:
        all]
    quick
        A tenth of the walkers: all statements in about a minute.
    seed
        Every run derives its own seed from it.
    out
        Folder for the folder verify.
    record
        Write the verdicts into this file, beside those of experiments that did not run. theory/verdicts/quick.json and
        full.json are the recorded ones; with full.json the README's table is written too.
    """
    from diffusion.checks import seed_number
    from sims.verify.record import record as write_record
    from sims.verify.run import about

    seed_number(seed)
    experiments, wanted = about(*statements)
    size = "quick" if quick else "full"
    if record is not None and record.name in ("quick.json", "full.json") and record.stem != size:
        how = "leave out" if quick else "add"
        raise ValueError(f"{record.name} holds the verdicts of {record.stem} runs: {how} --quick.")
    judging = judge_statements(experiments, size, seed, out, workers=common.workers, wanted=wanted)
    if record is not None:
        write_record(judging.findings, record)
    if common.json:
        print(json.dumps(judging.as_dict(), indent=1))
    else:
        judging.show()
    print(f"Written to {judging.path}, report.md, and a picture and data of each experiment", file=sys.stderr)
    return judging.code


@dataclass(frozen=True)
class Judging:
    """What a run of experiments came to.

    ``changed`` are the verdicts that differ from the recorded run, ``note`` says that the run was interrupted, ``path`` is
    that of the report, and ``wanted`` are the statements that were asked for (all that are judged, if empty).
    """

    findings: list
    changed: list[str]
    note: str
    path: Path
    wanted: frozenset[str] = frozenset()

    @property
    def code(self) -> int:
        """Exit code of the command line."""
        from sims.verify.run import sound

        return 130 if self.note else 1 if self.changed or not sound(self.findings) else 0

    def as_dict(self) -> dict:
        """Return verdicts and checks as JSON holds them."""
        from sims.storage.netcdf import origin
        from sims.storage.rows import about
        from sims.verify import record, run
        from theory.labels import label

        settings = {one.name: about(one.dataset.attrs).get("settings") for one in self.findings}
        return {
            "verdicts": [one | {"regime": label(one["at"])} for one in record.records(self.findings)],
            "changed": self.changed,
            "sound": run.sound(self.findings),
            "partial": bool(self.note),
            "settings": settings,
            "provenance": origin(),
        }

    def sentences(self) -> list[str]:
        """Return how many statements stand, whether the simulator did as it must, and what changed."""
        from sims.verify import report

        told = [self.note, report.headline(self.findings, self.wanted), report.checks(self.findings)]
        return [text for text in told if text] + [f"Differs from the record: {line}" for line in self.changed]

    def others(self) -> list[str]:
        """Return which other statements the experiments judge, a sentence each; only the report has those verdicts."""
        told = []
        for finding in self.findings if self.wanted else []:
            rest = [name for name in finding.experiment.statements if name not in self.wanted]
            if rest:
                told.append(f"{finding.name} also judges {', '.join(rest)}: see the report.")
        return told

    def show(self) -> None:
        """Print a line a statement, or of a few experiments every verdict, and the sentences."""
        from sims.verify import report
        from sims.verify.run import all_verdicts

        def asked(verdicts):
            return [one for one in verdicts if not self.wanted or one.statement in self.wanted]

        if len(self.findings) <= FEW:
            for finding in self.findings:
                title, _ = report.question(finding.experiment)
                show(title, report.rows(asked(finding.verdicts)), prose=("what", "regime", "in words"))
        table = report.summary(asked(all_verdicts(self.findings)))
        show(report.TITLE, table, prose=tuple(table[0])[1:])
        for sentence in [*self.sentences(), *self.others()]:
            say(sentence)


def judge_statements(
    experiments: "Sequence[Experiment]", size: str, seed: int, out: Path, workers: int | None = None,
    wanted: frozenset[str] = frozenset(),
) -> Judging:  # fmt: skip
    """Run experiments, and write the report, pictures and data into the folder verify of ``out``.

    Raises
    ------
    Interrupted, KeyboardInterrupt
        If nothing was finished by then; otherwise what was finished is reported.
    """
    import figures.formula
    import figures.statement
    from diffusion import Interrupted
    from figures.save import save
    from sims.commands.progress import progress
    from sims.storage.files import writable_folder
    from sims.storage.netcdf import write_netcdf
    from sims.verify import record, report, run
    from theory.statements import statement

    experiments = _installed(experiments)
    folder = writable_folder(out / "verify")
    findings, note = [], ""
    with progress("verify") as watch:
        try:
            for finding in run.verify(experiments, size=size, seed=seed, workers=workers, watch=watch):
                findings.append(finding)
                title, _ = report.question(finding.experiment)
                print(f"{len(findings)}/{len(experiments)} {title}: {finding.seconds:.1f} s", file=sys.stderr)
                write_netcdf(finding.dataset, folder / f"{finding.name}.nc")
                save(figures.statement.draw(finding.dataset), folder / finding.name)
        except (Interrupted, KeyboardInterrupt):
            if not findings:
                raise
            note = f"Interrupted: {len(findings)} of {len(experiments)} experiments finished."
    changed = record.differences(findings, size)
    named = {name: statement(name).formula for f in findings for name in f.experiment.statements}
    formulas = {name: figures.formula.drawn(latex).svg for name, latex in named.items() if latex}
    path = report.write(findings, folder, changed, formulas, note)
    return Judging(findings, changed, note, path, wanted)


def _installed(experiments):
    """Return the experiments whose packages are installed; say which are left out."""
    from diffusion.data import INSTALL

    missing = [one.name for one in experiments if one.missing]
    told = f"{', '.join(missing)} left out: they need digits from scikit-learn; {INSTALL} installs it."
    if missing and len(missing) == len(experiments):
        raise ValueError(told)
    if missing:
        print(told, file=sys.stderr)
    return [one for one in experiments if not one.missing]
