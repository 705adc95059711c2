"""The theory chapter, made anew at every build: a page a statement, from the register and the recorded full run."""

import inspect
from collections import Counter
from pathlib import Path

from sims.judging.verdict import OUTCOMES
from sims.verify.report import formula
from theory.recorded import recorded_verdicts
from theory.statements import STATEMENTS

FORMS = {
    "printed": "as printed",
    "leading": "leading order",
    "corrected": "corrected",
    "kramers": "Kramers' time",
    "exact": "simulator against the exact reference",
    "control": "wrong on purpose",
}
ABOUT = (
    "An erratum with evidence, from the recorded full run of `diffusion verify`. A verdict is for the regime named beside "
    "it, and the regimes were chosen so that both sides show. The words, each from the numbers alone:"
)
FIGURE6 = """## Figure 6

The paper times the escape from a valley of the Styblinski-Tang function, shifted by random data of variance 4. Averaged
over the data that function has a single well, whose bottom lies between the start and the exit: what is timed is the
passage of a level on the way down and past the bottom, not an escape over a barrier.

![The averaged loss for data of variance 0, 1 and 4](../../figures/readme/effective-potential.png)

`diffusion figure 6 --mode literal` runs the set-up as printed, `--mode kramers` that of the theorems;
[what comes out](../index.md#what-comes-out) is on the first page, and <a href="../lessons/figure6.html">lesson 6</a> lets you
move the variance."""
CHECKS = ("exact", "control")  # of the simulator, not of the paper


def page(statement):
    """Return the page of one statement as Markdown with directives."""
    lines = [
        f"# {statement.name}",
        "",
        f"**{statement.title}.** Printed in {', '.join(statement.equations)}.",
        "",
        f"**Its functions return** the {statement.quantity}.",
        "",
        f"**Holds if** {'; '.join(statement.conditions)}.",
        "",
        f"**Drops** {statement.drops}.",
        "",
        *verdict_table(statement),
        "## The formulas",
        "",
    ]
    for form, function in statement.forms.items():
        where = f"{function.__module__}.{function.__name__}"
        lines += [f"### {form.capitalize()}", "", "```{eval-rst}", f".. autofunction:: {where}", "```", ""]
    return "\n".join(lines)


def verdict_table(statement):
    """Return what the recorded full run found, a row a verdict."""
    verdicts = recorded_verdicts(statement.name)
    if not verdicts:
        return []
    lines = ["## What was found", "", "| form | regime | verdict | in words |", "|---|---|---|---|"]
    for verdict in verdicts:
        cells = FORMS[verdict["form"]], verdict["regime"], verdict["outcome"], verdict["sentence"]
        lines.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
    experiment = verdicts[0]["experiment"].replace("_", "-")
    return [*lines, "", f"Run it again: `diffusion verify {experiment}`.", ""]


def found():
    """Return the erratum: of every statement what is printed, what that leaves out, what holds, and the evidence."""
    shown = {
        v["outcome"] for one in STATEMENTS for v in recorded_verdicts(one.name) if v["form"] not in CHECKS
    }
    lines = ["# What the paper says and what we found", "", ABOUT, ""]
    lines += [f"- **{outcome}**: {meaning}." for outcome, meaning in OUTCOMES.items() if outcome in shown]
    lines += ["", "| statement | as printed | what the printed form leaves out |", "|---|---|---|"]
    for one in STATEMENTS:
        cells = f"[{one.name}](#{one.key})", counts(one, "printed"), one.drops
        lines.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
    for one in STATEMENTS:
        lines += ["", *erratum(one)]
    lines += ["", FIGURE6]
    return "\n".join(lines) + "\n"


def counts(statement, form):
    """Return how often one form had each outcome: "fails 2, holds 1"."""
    outcomes = Counter(v["outcome"] for v in recorded_verdicts(statement.name) if v["form"] == form)
    return ", ".join(f"{outcome} {count}" for outcome, count in outcomes.items()) or "not judged yet"


def erratum(statement):
    """Return one statement's part of the erratum, line by line."""
    where = ", ".join(statement.equations)
    lines = [f"## {statement.name}", "", f"{statement.title}. Printed in {where}:", ""]
    lines += [f"$${formula(statement.name)}$$", ""]
    lines.append(f"- **Leaves out** {statement.drops}.")
    lines.append(f"- **As printed:** {counts(statement, 'printed')}.")
    if "corrected" in statement.forms:
        says = inspect.getdoc(statement.forms["corrected"]).splitlines()[0].replace("<", r"\<")
        lines.append(f"- **In its place:** {says}")
    if any(v["form"] == "corrected" for v in recorded_verdicts(statement.name)):
        lines.append(f"- **As corrected:** {counts(statement, 'corrected')}.")
    lines += [f"- [All its formulas]({statement.key}.md).", ""]
    verdicts = [
        v for v in recorded_verdicts(statement.name) if v["form"] in FORMS and v["form"] not in CHECKS
    ]
    if verdicts:
        lines += ["Evidence:", ""]
    lines += [f"- **{FORMS[v['form']]}, {v['regime']}: {v['outcome']}.** {v['sentence']}" for v in verdicts]
    return lines


def write(app):
    """Write the pages that changed."""
    folder = Path(app.srcdir) / "theory"
    folder.mkdir(exist_ok=True)
    pages = {statement.key: page(statement) for statement in STATEMENTS} | {"found": found()}
    rows = "\n".join(statement.key for statement in STATEMENTS)
    pages["index"] = (
        "# The theory, statement by statement\n\n"
        "Each statement of Xie et al. (ICML 2022) as printed, as corrected where it differs, the exact reference where "
        "there is one, and the verdicts of the recorded full run of `diffusion verify`.\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{rows}\n```\n"
    )
    for name, text in pages.items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app):
    """Make the pages before Sphinx looks for them."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
