"""`diffusion theory`: evaluate the statements of the paper from the command line.

`sims/commands/app.py` mounts the app and hands it a function that draws, since only the command line may import figures:

    root.command(theory_app(save_plot))      # save_plot(dataset, path)
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

if TYPE_CHECKING:
    import xarray as xr

HELP = """Evaluate a statement of the paper: printed, corrected or exact, on a grid.

NAME is a statement of `diffusion theory list`, such as theorem-2. The options are the statement's parameters, each a
number, a list (--H=-1,-0.1), a linear range (--H=-1:1:9, first:last:count) or a logarithmic one
(--T=1:1000:7:log); T and n are rounded to whole numbers. Write `=` before a range that starts with a minus sign.

    diffusion theory theorem-1 --H=-1:1:9 --eta 1e-3 --B 10 --T 1000
    diffusion theory compare theorem-2 --H -1e-3 --eta 0.01 --B 10 --beta1 0.9 --beta3 0.1 --T 1,10,100,1000
    diffusion theory theorem-3 --explain
"""
Options = Annotated[str, Parameter(allow_leading_hyphen=True, help="A parameter: number, list, or range.")]
COUNTS = ("T", "n")  # whole numbers: a range of them is rounded
MOST = 10_000  # values in a range
SavePlot = Callable[["xr.Dataset", Path], None]


def theory_app(save_plot: SavePlot | None = None) -> App:
    """Return the app; ``save_plot`` draws a dataset of `sims.runs.theory_grid` into a file."""
    app = App(name="theory", help=HELP, help_format="plaintext")

    @app.default
    def evaluate(
        name: str,
        /,
        *,
        form: str = "printed",
        json: bool = False,
        plot: Path | None = None,
        explain: bool = False,
        **parameters: Options,
    ) -> int:
        """Evaluate one form of a statement.

        Parameters
        ----------
        name
            Statement, as `diffusion theory list` names it.
        form
            Which of its forms: printed, leading, corrected, exact, ...
        json
            Print JSON instead of a table.
        plot
            Draw into this file (svg, pdf, png); needs a parameter with several values.
        explain
            Print what the statement says, its parameters and conditions, instead of evaluating it.
        """
        if explain:
            return _answer(lambda: _explain(name))
        return _answer(lambda: _evaluate(name, (form,), parameters, json, plot, save_plot))

    @app.command
    def compare(name: str, /, *, json: bool = False, plot: Path | None = None, **parameters: Options) -> int:
        """Set all forms of a statement side by side, with printed over each of the others.

        Parameters
        ----------
        name
            Statement, as `diffusion theory list` names it.
        json
            Print JSON instead of a table.
        plot
            Draw into this file (svg, pdf, png); needs a parameter with several values.
        """
        return _answer(lambda: _evaluate(name, None, parameters, json, plot, save_plot))

    @app.command(name="list")
    def list_statements(*, json: bool = False, verdicts: Path | None = None) -> int:
        """List the statements, their forms and parameters, and what recorded runs say of them.

        Parameters
        ----------
        json
            Print JSON instead of a table.
        verdicts
            File of recorded verdicts.
        """
        return _answer(lambda: _list(json, verdicts))

    return app


def _answer(action: Callable[[], None]) -> int:
    """Run ``action``; turn bad input into one line and exit code 2."""
    try:
        action()
    except BrokenPipeError:
        raise
    except (ValueError, OSError) as error:
        print(f"diffusion theory: {error}", file=sys.stderr)
        return 2
    return 0


def _evaluate(
    name: str,
    forms: tuple[str, ...] | None,
    options: dict[str, str],
    as_json: bool,
    plot: Path | None,
    save_plot: SavePlot | None,
) -> None:
    from sims.commands.theory_table import as_record, corner_flags, show, table
    from sims.runs.theory_grid import run
    from theory.statements import statement

    parameters = {key.replace("-", "_"): parse_value(key, text) for key, text in options.items()}
    dataset = run(name, parameters, forms=forms)
    flags = corner_flags(statement(name), parameters)
    if as_json:
        print(json.dumps(as_record(dataset, flags), indent=1))
    else:
        heading = f"{dataset.attrs['statement']}: {dataset.attrs['quantity']}"
        show(
            heading, table(dataset), *(f"  {f.level}: {f.name} = {f.value:.4g}, {f.sentence}" for f in flags)
        )
    if plot is not None:
        if save_plot is None:
            raise ValueError("--plot is not available here")
        save_plot(dataset, plot)


def parse_value(name: str, text: str) -> float | str | list[float]:
    """Return "3" as a number, "1,2" and "0:1:5" and "1:100:3:log" as lists, and a word as itself.

    Raises
    ------
    ValueError
        If it looks like numbers and is none of these.
    """
    import numpy as np

    if text.replace("-", "").replace("_", "").isalpha() and text.lower() not in ("nan", "inf", "-inf"):
        return {"true": 1.0, "false": 0.0}.get(text.lower(), text)
    try:
        if ":" in text:
            first, last, count, *scale = text.split(":")
            ends, number = (float(first), float(last)), int(count)
            if scale not in ([], ["log"]) or not 1 <= number <= MOST or (scale and min(ends) <= 0):
                raise ValueError
            values = (np.geomspace if scale else np.linspace)(*ends, number)
            return np.unique(values.round()).tolist() if name in COUNTS else values.tolist()
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        rule = f"a number, a list 1,2,3, or a range first:last:count[:log] of at most {MOST} values"
        raise ValueError(f"--{name} must be {rule}, got {text!r}") from None
    return numbers if "," in text else numbers[0]


def _list(as_json: bool, verdicts: Path | None) -> None:
    from rich.table import Table

    from sims.commands.theory_table import show
    from theory.recorded import known
    from theory.statements import STATEMENTS

    if as_json:
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
        print(json.dumps(records, indent=1))
        return
    rows = Table("name", "says", "forms", "recorded verdicts")
    for s in STATEMENTS:
        rows.add_row(s.key, s.title, ", ".join(s.forms), known(s.name, verdicts))
    show(rows, "The parameters and conditions of one: diffusion theory NAME --explain")


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
    for form, function in which.forms.items():
        lines += ["", f"[{form}] {function.__module__}.{function.__name__}", inspect.getdoc(function) or ""]
    print("\n".join(lines))
