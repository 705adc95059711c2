"""The theory chapter, made anew at every build: a page a statement, from the register and the recorded full run."""

from pathlib import Path

from figures import ratios
from sims.verify.report import FORMS, markdown_table
from theory.recorded import recorded_verdicts
from theory.statements import STATEMENTS


def page(statement, described=None):
    """Return the page of one statement as Markdown with directives.

    ``described`` are the functions of earlier pages, none unless given: one that several statements share is indexed once.
    """
    described = set() if described is None else described
    printed = statement.formula
    parts = [
        f"# {statement.name}",
        f"**{statement.title}.** Printed in {', '.join(statement.equations)}{':' if printed else '.'}",
        *([f"$${printed}$$"] if printed else []),
        *picture(statement),
        f"The letters: [notation](../notation.md). Its functions return the {statement.quantity}.",
        f"**Holds if** {'; '.join(statement.conditions)}.",
        *promise(statement),
        f"**Drops** {statement.drops}.",
        *verdict_table(statement),
        "## The formulas",
    ]
    for form, function in statement.forms.items():
        where = f"{function.__module__}.{function.__name__}"
        again = "\n   :no-index:" if where in described else ""
        described.add(where)
        parts += [f"### {form.capitalize()}", f"```{{eval-rst}}\n.. autofunction:: {where}{again}\n```"]
    return "\n\n".join(parts) + "\n"


def picture(statement):
    """Return measured over stated by regime, from the recorded run; nothing where nothing is recorded."""
    drawn = ratios.draw(recorded_verdicts(statement.name))
    said = "Measured over stated, a dot a regime; 1 is right, hollow dots fail."
    return [f'```{{raw}} html\n<div class="ratios">{drawn}<p>{said}</p></div>\n```'] if drawn else []


def promise(statement):
    """Return how far the printed form may be trusted where its regime flags hold."""
    if statement.margin is None:
        return []
    names = ", ".join(f"`{name}`" for name in sorted(statement.checks))
    close = f"the printed form is within {100 * statement.margin:.0f} % of the exact one"
    where = "[regime flags](../notation.md#which-conditions-hold-at-my-setting)"
    return [f"**Where all its {where} hold** ({names}), {close}."]


def verdict_table(statement):
    """Return the verdicts of the recorded full run, a row each, and the commands that run it again."""
    verdicts = recorded_verdicts(statement.name)
    if not verdicts:
        return []
    rows = [
        {"form": FORMS[v["form"]], "regime": v["regime"], "verdict": v["outcome"], "in words": v["sentence"]}
        for v in verdicts
    ]
    names = list(dict.fromkeys(v["experiment"] for v in verdicts))
    figures = [name.replace("_", " ") for name in names if name.startswith(("figure_", "table_"))]
    judged = " ".join(name.replace("_", "-") for name in names if name.replace("_", " ") not in figures)
    commands = [f"`diffusion {name}`" for name in figures] + (
        [f"`diffusion verify {judged}`"] if judged else []
    )
    return ["## What was found", markdown_table(rows), f"Run it again: {', '.join(commands)}."]


def write(app):
    """Write the pages that changed."""
    folder = Path(app.srcdir) / "theory"
    folder.mkdir(exist_ok=True)
    described: set[str] = set()
    pages = {statement.key: page(statement, described) for statement in STATEMENTS}
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
