"""The command line: `diffusion`, also `python -m sims`. Exit code 0 done, 2 bad input, 130 interrupted."""

import contextlib
import json
import os
import sys
import warnings
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter

from diffusion import Interrupted
from sims.commands.common import COMMON, Common, Flat
from sims.commands.single_runs import equilibrium, escape, saddle
from sims.commands.sweep import results, sweep
from sims.commands.theory import theory_app
from sims.commands.verify import judge_statements, verify
from sims.options.parts import Whole
from sims.storage.rows import show

HELP = """Does an optimizer do what its diffusion theory says?

Runs SGD, Momentum, Adam and Adai as the algorithms they are and sets what
they do beside the theory of Xie et al. (ICML 2022).
Start with `diffusion reproduce`.
"""


_dumps = json.dumps  # where an option is called json
Mode = Literal["kramers", "literal"]


def save_plot(dataset, path):
    """Draw a curve of `diffusion theory` into a file."""
    from figures import theory_curve
    from figures.look import styled

    with styled():
        theory_curve.draw(dataset).savefig(path)


def option(name):
    """Return a field's name as an option's: the paper's letters keep their case."""
    return name.replace("_", "-")


app = App(
    name="diffusion",
    version=version("optimizer-diffusion"),
    suppress_keyboard_interrupt=False,  # main says what became of the run
    help=HELP,
    help_format="plaintext",
    default_parameter=Parameter(name_transform=option),
)
app.command(theory_app(save_plot))
app.command(escape)
app.command(saddle)
app.command(equilibrium)
app.command(verify)
app.command(sweep)
app.command(results)


@app.command
def reproduce(
    *,
    walkers: Whole = 1000,
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
        Of Figure 6, independent walkers at each point; the paper has 100.
    full
        10000 walkers at each point of Figure 6, and statements at full size: about ten minutes.
    seed
        Every run derives its own seed from it.
    out
        Folder for report.md, pictures, NetCDF and CSV, and the folder verify.
    """
    from sims.commands.figure import run_figure6
    from sims.commands.reproduce_report import report
    from sims.experiments import every_experiment
    from sims.figure6.run import Figure6

    configs = [Figure6(mode, 10_000 if full else walkers, seed) for mode in ("kramers", "literal")]
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
        print(json.dumps(verdicts | {"statements": judging and judging.as_dict()}, indent=1))
    else:
        print(path.read_text(encoding="utf-8"))
        print(f"Written to {path}", file=sys.stderr)
    return judging.code if judging else 130


@app.command
def figure(
    number: Literal["6"],
    /,
    *,
    mode: Mode = "kramers",
    walkers: Whole = 1000,
    full: bool = False,
    seed: Whole = 0,
    data_seed: Whole = 0,
    shared_normals: bool = False,
    noise: Literal["frozen", "two-temperature", "hessian", "data", "isotropic"] = "frozen",
    s: float = 0.5,
    floor: float = 0.0,
    kappa: float = 1000.0,
    B: Whole = 10,
    low_temperature: bool = False,
    particles: Whole | None = None,
    out: Path = Path("out"),
    common: Annotated[Common, Flat] = COMMON,
) -> int:
    """Make a figure of the paper: PNG, SVG, NetCDF with all walkers, and a CSV table.

    Parameters
    ----------
    number
        6: escape time against sharpness.
    mode
        kramers: the exact function with Gaussian noise, the setting of the theorems. literal: minibatches of a
        data set, the set-up as printed.
    walkers
        Independent walkers at each point; the paper has 100.
    full
        10000 walkers at each point.
    seed
        Every point derives its own seed from it.
    data_seed
        Of literal mode: the data set is numpy.random.default_rng(DATA_SEED).normal(0, 2, (50000, 10)).
    shared_normals
        Give all points the same random numbers, for paired comparisons; intervals of the fits are then wrong.
    noise
        Of kramers mode. isotropic is the same at every k, and no law is claimed for it.
    s
        Share of the barrier that is climbed at the valley's temperature, of two-temperature noise; in (0, 1).
    floor
        Smallest curvature that counts, of hessian noise.
    kappa
        Strength of kramers mode's noise over |H| / B.
    B
        Batch size.
    low_temperature
        Carry the lines of kramers mode on to 1e21 iterations by splitting: a second figure, figure6_low_temperature.
    particles
        Climbs in each of 8 replicas of splitting, of low temperature. [default: 1000]
    out
        Folder for the files.
    """
    from sims.commands import figure as command
    from sims.figure6.run import Figure6

    config = Figure6(
        mode,
        10_000 if full else walkers,
        seed,
        data_seed,
        shared_normals=shared_normals,
        noise=noise,
        s=s,
        floor=floor,
        kappa=kappa,
        B=B,
    )
    cold = command.at_low_temperature(config, low_temperature, particles)
    running: dict = {"workers": common.workers, "quiet": common.json}
    dataset = command.run_figure6(config, out, **running)
    found = command.as_json(dataset)
    partial = dataset.partial == "yes"
    if cold is not None and not partial:
        lines = command.run_low_temperature(cold, dataset, out, **running)
        partial = lines is None or lines.partial == "yes"
        found["low_temperature"] = None if lines is None else command.as_json(lines)
    if common.json:
        print(json.dumps(found, indent=1))
    return 130 if partial else 0


@app.command
def picture(*names: str, out: Path = Path("out")) -> None:
    """Draw pictures of the documentation: PNG and SVG.

    Parameters
    ----------
    names
        landscape, landscape-3d, clouds, survival, phase-portrait, effective-potential; all of them unless given.
    out
        Folder for the files.
    """
    from figures.look import styled
    from figures.save import save
    from sims.runs.pictures import PICTURES

    for name in names:
        if name not in PICTURES:
            raise ValueError(f"picture must be one of {', '.join(PICTURES)}, got {name!r}")
    for name in names or PICTURES:
        drawn = import_module(f"figures.{PICTURES[name].figure}")
        with styled():
            figure = drawn.draw(**PICTURES[name].data())
        print(*save(figure, out / name))


@app.command
def teach(*, port: Whole = 2718, browser: bool = True, export: Path | None = None) -> None:
    """Open six lessons with sliders in the browser; they need no network.

    Parameters
    ----------
    port
        Of this machine, where the lessons are; 0 takes any that is free.
    browser
        Open the contents page.
    export
        Instead write each lesson as one page that needs no server, into this folder.
    """
    if find_spec("marimo") is None:
        raise ValueError(
            "teach needs marimo: uv run --extra teach diffusion teach, or pip install optimizer-diffusion[teach]"
        )
    words = ["-m", "lessons", "--port", str(port)] + ["--no-browser"] * (not browser)
    words += ["--export", str(export)] * (export is not None)
    sys.stdout.flush()
    # not a child, so that Ctrl-C and the exit code are the server's; -P: a folder "lessons" here is not meant
    os.execv(sys.executable, [sys.executable, "-P", *words])


@app.command(name="list")
def list_parts(*, json: bool = False) -> int:
    """List optimizers, landscapes, noises, schemes, figures, pictures and statements, with their options.

    Parameters
    ----------
    json
        Print JSON instead of tables.
    """
    from sims.options.parts import (
        LANDSCAPES,
        NOISES,
        OPTIMIZERS,
        SCHEME_NAMES,
        description,
        scheme_description,
    )
    from sims.runs.pictures import PICTURES
    from theory.statements import STATEMENTS

    found = {
        kind: {name: description(cls) for name, cls in registry.items()}
        for kind, registry in (("optimizers", OPTIMIZERS), ("landscapes", LANDSCAPES), ("noises", NOISES))
    }
    found["schemes"] = {name: scheme_description(scheme) for name, scheme in SCHEME_NAMES.items()}
    found["figures"] = {"6": "mode=kramers or literal"}
    found["pictures"] = {name: picture.shows for name, picture in PICTURES.items()}
    found["statements"] = {s.name: s.title for s in STATEMENTS}
    if json:
        print(_dumps(found, indent=1))
        return 0
    for kind, entries in found.items():
        show(
            kind,
            [
                {"name": name, {"statements": "says", "pictures": "shows"}.get(kind, "options"): text}
                for name, text in entries.items()
            ],
        )
    return 0


def main(tokens=None) -> None:
    """Run the command line; every error is one line on standard error."""
    warnings.showwarning = _show_warning
    try:
        code = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        code = _fail(str(error).splitlines()[0] if str(error) else "bad arguments; see --help")
    except KeyboardInterrupt:
        code = _fail("interrupted before anything was finished", 130)
    except BrokenPipeError:  # the reader, head for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        code = _fail(f"{error.strerror or error}: {error.filename or 'while the results were written'}")
    except (ValueError, ArithmeticError) as error:
        code = _fail(" ".join(str(error).split()))
    sys.exit(code or 0)


def _show_warning(message, category, filename, lineno, file=None, line=None):
    """Print a warning as one line, without the place in the source that Python would show."""
    print(f"diffusion: note: {' '.join(str(message).split())}", file=sys.stderr)


def _fail(text, code=2):
    print(f"diffusion: {text}", file=sys.stderr)
    return code
