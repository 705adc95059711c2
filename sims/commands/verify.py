"""`diffusion verify`: run the experiments, write their report, print the verdicts."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Annotated

from diffusion import Interrupted
from diffusion.checks import seed_number
from sims.commands.common import COMMON, Common, Flat
from sims.options.parts import Whole
from sims.storage.files import writable_folder
from sims.storage.rows import show

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
        Statements (theorem-1) or experiments (sgd-saddle); of a few, every verdict is printed. [default: all]
    quick
        A tenth of the walkers: all statements in about a minute.
    seed
        Every run derives its own seed from it.
    out
        Folder for the folder verify.
    record
        Write the verdicts into this file: quick.json or full.json of theory/verdicts are the recorded ones.
    """
    from sims.verify import run as runner

    seed_number(seed)
    judging = judge_statements(
        runner.about(*statements), "quick" if quick else "full", seed, out, workers=common.workers
    )
    if record is not None:
        runner.record(judging.findings, record)
    if common.json:
        print(json.dumps(judging.as_dict(), indent=1))
    else:
        judging.show()
    print(f"Written to {judging.path}, report.md, and a picture and data of each experiment", file=sys.stderr)
    return judging.code


@dataclass(frozen=True)
class Judging:
    """What a run of experiments came to.

    Attributes
    ----------
    findings : list of Finding
    changed : list of str
        Verdicts that differ from the recorded run.
    note : str
        That the run was interrupted; else empty.
    path : Path
        The report.
    """

    findings: list
    changed: list[str]
    note: str
    path: Path

    @property
    def code(self) -> int:
        """Exit code of the command line."""
        from sims.verify.run import sound

        return 130 if self.note else 1 if self.changed or not sound(self.findings) else 0

    def as_dict(self) -> dict:
        """Return verdicts and checks as JSON holds them."""
        from sims.verify import run as runner

        return {
            "verdicts": runner.records(self.findings),
            "changed": self.changed,
            "sound": runner.sound(self.findings),
            "partial": bool(self.note),
        }

    def sentences(self) -> list[str]:
        """Return how many statements stand, whether the simulator did as it must, and what changed."""
        from sims.verify import report as verify_report
        from sims.verify.run import all_verdicts

        told = [
            self.note,
            verify_report.headline(all_verdicts(self.findings)),
            verify_report.checks(self.findings),
        ]
        return [text for text in told if text] + [f"Differs from the record: {line}" for line in self.changed]

    def show(self) -> None:
        """Print a line a statement, or of a few experiments every verdict, and the sentences."""
        from sims.verify import report as verify_report
        from sims.verify.run import all_verdicts

        if len(self.findings) <= FEW:
            for finding in self.findings:
                title, _ = verify_report.question(finding)
                show(title, verify_report.rows(finding.verdicts), prose=("what", "regime", "in words"))
        table = verify_report.summary(all_verdicts(self.findings))
        show(verify_report.TITLE, table, prose=tuple(table[0])[1:])
        print(*self.sentences(), sep="\n")


def judge_statements(
    experiments: Sequence[ModuleType], size: str, seed: int, out: Path, workers: int | None = None
) -> Judging:
    """Run experiments, and write the report, pictures and data into the folder verify of ``out``.

    Raises
    ------
    Interrupted, KeyboardInterrupt
        If nothing was finished by then; otherwise what was finished is reported.
    """
    import figures.formula
    import figures.statement
    from figures.save import save
    from sims.commands.progress import progress
    from sims.storage.netcdf import write_netcdf
    from sims.verify import report as verify_report
    from sims.verify import run as runner

    folder = writable_folder(out / "verify")
    findings, note = [], ""
    with progress("verify") as watch:
        try:
            for finding in runner.verify(experiments, size=size, seed=seed, workers=workers, watch=watch):
                findings.append(finding)
                title, _ = verify_report.question(finding)
                print(f"{len(findings)}/{len(experiments)} {title}: {finding.seconds:.1f} s", file=sys.stderr)
                write_netcdf(finding.dataset, folder / f"{finding.name}.nc")
                save(figures.statement.draw(finding.dataset), folder / finding.name)
        except (Interrupted, KeyboardInterrupt):
            if not findings:
                raise
            note = f"Interrupted: {len(findings)} of {len(experiments)} experiments finished."
    changed = runner.differences(findings, size)
    named = {name: verify_report.formula(name) for f in findings for name in f.experiment.STATEMENTS}
    formulas = {name: figures.formula.drawn(latex).svg for name, latex in named.items() if latex}
    verify_report.write_markdown(findings, folder, changed, note)
    path = verify_report.write_html(findings, folder, changed, formulas, note)
    return Judging(findings, changed, note, path)
