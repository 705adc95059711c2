"""`diffusion theory`: evaluate the paper's statements on a grid."""

import json as json_text
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sims.commands.common import draw
from sims.commands.table import say, show
from sims.options.numbers import values

HELP = """Evaluate a statement of the paper: printed, corrected or exact, on a grid.

NAME is a statement of `diffusion theory list`, such as theorem-2. The options are the statement's parameters, each a
number, a list (--H=-1,-0.1), a linear range (--H=-1:1:9, first:last:count) or a logarithmic one
(--T=1:1000:7:log); T and n are rounded to whole numbers.

    diffusion theory theorem-1 --H=-1:1:9 --eta 1e-3 --B 10 --T 1000
    diffusion theory compare theorem-2 --H -1e-3 --eta 0.01 --B 10 --beta1 0.9 --beta3 0.1 --T 1,10,100,1000
    diffusion theory theorem-3 --explain
"""
Options = Annotated[str, Parameter(allow_leading_hyphen=True, help="A parameter: number, list, or range.")]
COUNTS = ("T", "n")  # whole numbers: a range of them is rounded
MOST = 10_000  # values in a range

app = App(name="theory", help=HELP, help_format="plaintext")


@app.default
def evaluate(
    name: str,
    /,
    *,
    form: str | None = None,
    json: bool = False,
    plot: Path | None = None,
    explain: bool = False,
    **parameters: Options,
) -> None:
    """Evaluate one form of a statement.

    Parameters
    ----------
    name
        Statement, as `diffusion theory list` names it.
    form
        Form to evaluate: printed, leading, corrected, exact, ... [default: printed]
    json
        Print JSON instead of a table.
    plot
        Draw into this file (.svg, .pdf or .png); needs a parameter with several values.
    explain
        Print what the statement says, its parameters and conditions, instead of evaluating it.
    """
    if not explain:
        return _evaluate(name, (form or "printed",), parameters, json, plot)
    others = {"form": form, "json": json, "plot": plot} | parameters
    for other in (key for key, value in others.items() if value):
        raise ValueError(f"--{other} does not work with --explain, which evaluates nothing.")
    return _explain(name)


@app.command
def compare(name: str, /, *, json: bool = False, plot: Path | None = None, **parameters: Options) -> None:
    """Set all forms of a statement side by side, with printed over each of the others.

    Parameters
    ----------
    name
        Statement, as `diffusion theory list` names it.
    json
        Print JSON instead of a table.
    plot
        Draw into this file (.svg, .pdf or .png); needs a parameter with several values.
    """
    _evaluate(name, None, parameters, json, plot)


@app.command(name="list")
def list_statements(*, json: bool = False, verdicts: Path | None = None) -> None:
    """List the statements, their forms and parameters, and what recorded runs say of them.

    Parameters
    ----------
    json
        Print JSON instead of a table.
    verdicts
        File of recorded verdicts.
    """
    from theory.recorded import known
    from theory.statements import STATEMENTS

    records = [
        {
            "name": s.key,
            "says": s.title,
            "forms": list(s.forms),
            "parameters": list(s.parameters()),
            "verdicts": known(s.name, verdicts),
        }
        for s in STATEMENTS
    ]
    if json:
        print(json_text.dumps(records, indent=1))
        return
    rows = [
        {k: ", ".join(v) if k == "forms" else v for k, v in r.items() if k != "parameters"} for r in records
    ]
    show("Statements", rows, prose=("says", "forms", "verdicts"))
    say("The parameters and conditions of one: diffusion theory NAME --explain")


def _evaluate(
    name: str, forms: tuple[str, ...] | None, options: dict[str, str], as_json: bool, plot: Path | None
) -> None:
    from sims.commands.theory_table import as_record, rows
    from sims.runs.regime import corner_flags
    from sims.runs.theory_grid import run
    from theory.statements import statement

    parameters = {key.replace("-", "_"): parse_value(key, text) for key, text in options.items()}
    dataset, which = run(name, parameters, forms=forms), statement(name)
    flags = corner_flags(which.flags, parameters, which.vectors)
    if plot is not None:
        draw("theory_curve", dataset, plot)
    if as_json:
        from sims.storage.netcdf import origin

        print(json_text.dumps(as_record(dataset, flags) | {"provenance": origin()}, indent=1))
        return
    show(f"{dataset.attrs['statement']}: {dataset.attrs['quantity']}", rows(dataset))
    for flag in flags:
        say(str(flag), "  ")


def parse_value(name: str, text: str) -> float | str | list[float]:
    """Return "3" as a number, "1,2" and "0:1:5" and "1:100:3:log" as lists, and a word as itself.

    Raises
    ------
    ValueError
        If it looks like numbers and is none of these.
    """
    if text.replace("-", "").replace("_", "").isalpha() and text.lower() not in ("nan", "inf", "-inf"):
        return {"true": 1.0, "false": 0.0}.get(text.lower(), text)
    found = values(text, name, whole=name in COUNTS, most=MOST)
    if not all(abs(value) < float("inf") for value in found):  # NaN compares false
        raise ValueError(f"{name} must be finite, got {text[:60]}")
    return found if "," in text or ":" in text else found[0]


def _explain(name: str) -> None:
    import inspect

    from theory.recorded import known
    from theory.statements import statement

    which = statement(name)
    lines = [
        f"{which.name}: {which.title}.",
        f"Printed in {', '.join(which.equations)}. Returns the {which.quantity}.",
        f"Holds if: {'; '.join(which.conditions)}.",
        f"Drops: {which.drops}.",
        f"Recorded: {known(which.name)}.",
    ]
    say("\n".join(lines))
    for form, function in which.forms.items():
        print(
            "",
            f"[{form}] {function.__module__}.{function.__name__}",
            inspect.getdoc(function) or "",
            sep="\n",
        )
