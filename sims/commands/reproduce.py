"""`diffusion reproduce`: reproduce the paper in one report."""

import contextlib
import json
import sys
from pathlib import Path
from typing import Annotated

from sims.commands.common import COMMON, Common, Flat
from sims.options.numbers import Whole


def reproduce(
    *,
    walkers: Whole | None = None,
    full: bool = False,
    seed: Whole = 0,
    out: Path = Path("out"),
    common: Annotated[Common, Flat] = COMMON,
) -> int:
    """Reproduce Figure 6 in both readings, judge every statement of the paper, and write a report of both.

    Exit code 1 if a verdict on a statement differs from the recorded one.

    Parameters
    ----------
    walkers
        Independent walkers at each point of Figure 6; the paper has 100. [default: 1000]
    full
        Take 10,000 walkers at each point of Figure 6, and judge statements at full size: about ten minutes.
    seed
        Seed from which every run derives its own.
    out
        Folder for report.html, report.md, pictures, NetCDF and CSV, and the folder verify.
    """
    from diffusion import Interrupted
    from sims.commands.figure import run_figure6
    from sims.commands.figure_6 import walkers_of
    from sims.commands.reproduce_report import report
    from sims.commands.verify import judge_statements
    from sims.experiments import every_experiment
    from sims.figure6.run import Figure6
    from sims.storage.netcdf import origin
    from sims.storage.rows import about

    configs = [Figure6(mode, walkers_of(walkers, full), seed) for mode in ("kramers", "literal")]
    datasets, judging = {}, None
    with contextlib.suppress(Interrupted, KeyboardInterrupt):  # what is finished is reported
        for config in configs:
            datasets[config.mode] = run_figure6(config, out, workers=common.workers, quiet=True)
            if datasets[config.mode].partial == "yes":
                break
        else:
            size = "full" if full else "quick"
            judging = judge_statements(every_experiment(), size, seed, out, workers=common.workers)
    if not datasets:
        raise KeyboardInterrupt
    path = report(datasets, out, judging)
    if common.json:
        verdicts = {mode: dataset.verdict.splitlines() for mode, dataset in datasets.items()}
        settings = {mode: about(dataset.attrs)["settings"] for mode, dataset in datasets.items()}
        found = verdicts | {"statements": judging and judging.as_dict(), "settings": settings}
        print(json.dumps(found | {"partial": judging is None, "provenance": origin()}, indent=1))
    else:
        print(path.read_text(encoding="utf-8"))
        print(f"Written to {path}, and as a page to {path.with_suffix('.html')}", file=sys.stderr)
    return judging.code if judging else 130
