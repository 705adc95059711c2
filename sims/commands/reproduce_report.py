"""Report of a reproduction: verdicts, pictures, tables, settings."""

import json
from dataclasses import fields
from pathlib import Path

import xarray as xr

from sims.commands.reproduce_page import write_page
from sims.commands.verify import Judging
from sims.figure6.run import Figure6, table
from sims.networks.figure import left_out
from sims.storage.files import replacing
from sims.verify.report import markdown_table, provenance, summary
from sims.verify.run import all_verdicts

READING = {
    "kramers": (
        "The exact Styblinski-Tang function with Gaussian gradient noise of covariance kappa H_a / B: the setting "
        "of the theorems."
    ),
    "literal": (
        "The set-up as printed: minibatches of 10 out of 50000 samples, loss f(sqrt(k) theta - x). Averaged over "
        "such data the loss has a single minimum, so what is timed is the passage of a level in one well, not "
        "the escape from a valley."
    ),
}
LEGEND = (
    "tau: mean number of iterations with its exact 95 % interval; printed rate: Eqs. (119), (120), per iteration; "
    "CV: 1 for exponential times; A-D p: Anderson-Darling's test of that."
)
COLUMNS = {
    "optimizer": "optimizer",
    "k": "k",
    "events": "n",
    "tau": "tau",
    "tau_low": "low",
    "tau_high": "high",
    "rate_printed": "printed rate",
    "rate_printed_low": "printed low",
    "rate_printed_high": "printed high",
    "cv": "CV",
    "anderson_darling_p": "A-D p",
}


def report(datasets: dict[str, xr.Dataset], out, judging: Judging | None = None) -> Path:
    """Write report.md and report.html into the folder ``out``, beside the pictures, and return the first one's path.

    Parameters
    ----------
    datasets : dict of str to Dataset
        Figure 6 by mode, as `sims.figure6.run.run` returns them.
    judging : Judging, optional
        The statements' verdicts; None if they were not reached.
    """
    path = Path(out) / "report.md"
    sections = {mode: _section(mode, dataset) for mode, dataset in datasets.items()}
    figure = ["# Figure 6: does sharpness set the escape rate?", *sections.values()]
    text = "\n\n".join([*figure, *_statements(judging), "# The paper's other figures", left_out()])
    with replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    write_page(sections, out, judging)
    return path


def _statements(judging):
    """Return the verdicts on the statements as Markdown: what stands, a line a statement, and where to read on."""
    title = "# Does each statement hold?"
    if judging is None:
        return [title, "**Interrupted before a statement was judged.**"]
    table = markdown_table(summary(all_verdicts(judging.findings)))
    more = (
        "How many of the regimes that were tried; which, by how much, with intervals, pictures and formulas: "
        "[verify/report.html](verify/report.html)."
    )
    return [title, *judging.sentences(), table, more]


def _section(mode, dataset):
    """Return one mode as Markdown: verdict first, picture, table of points, provenance."""
    partial = ["**Partial: the run was interrupted; points that were not finished are missing.**"]
    lines = [
        f"## {mode.capitalize()} mode",
        READING[mode],
        *(partial if dataset.partial == "yes" else []),
        "\n".join(f"- {line}" for line in dataset.verdict.splitlines()),
        *([] if dataset.partial == "yes" else [f"![Figure 6, {mode} mode](figure6_{mode}.png)"]),
        LEGEND,
        _points(table(dataset)),
        _provenance(dataset),
    ]
    return "\n\n".join(lines)


def _points(rows):
    """Return the points of the drawn grid as a Markdown table."""
    main = [row for row in rows if row["panel"] == "main"]
    return markdown_table([{words: _cell(row[name]) for name, words in COLUMNS.items()} for row in main])


def _cell(value):
    return value if isinstance(value, str) else f"{value:.4g}"


def _setting(value):
    """Return one setting as people write it."""
    if value is None or isinstance(value, bool):
        return {None: "all processors", True: "yes", False: "no"}[value]
    if isinstance(value, list):
        return " and ".join(map(_setting, value))
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _provenance(dataset):
    """Return how to run it again: rules, every setting, commit and versions."""
    chosen = json.loads(dataset.settings)
    lists = {"k": "of its own", "optimizers": "of the paper"}  # what an empty one means
    names = [field.name for field in sorted(fields(Figure6), key=lambda field: field.kw_only)]
    settings = ", ".join(
        f"{name.replace('_', ' ')} {_setting(chosen[name]) or lists[name]}" for name in names
    )
    rules = f"Stop rule: {dataset.stop}. Noise: {dataset.noise}, {dataset.interpretation}. Time: {dataset.time_unit}."
    return "\n\n".join([rules, f"Settings: {settings}.", provenance(dataset)])
