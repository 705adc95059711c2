"""`diffusion probe`: probe a user's own model.

It measures curvature and gradient noise, and tells what theory makes of them.
"""

import base64
import html
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sims.commands.table import say, show
from sims.options.numbers import Number, Whole
from sims.options.own_file import own_object

if TYPE_CHECKING:
    from sims.probe.run import Probe


def probe(
    model: str,
    /,
    *,
    optimizer: str = "sgd",
    eta: Number | None = None,
    beta1: Number | None = None,
    B: Whole = 32,
    eigenvalues: Whole | None = None,
    iterations: Whole = 400,
    walkers: Whole = 32,
    order: Literal["replacement", "epochs"] = "replacement",
    products: Whole = 2000,
    seed: Whole = 0,
    out: Path = Path("out"),
) -> int:
    """Measure curvature and gradient noise of your own model, and hold diffusion theory against its own SGD.

    MODEL is FILE.py:make_model, a function without arguments that returns a `sims.probe.Model`, such as
    `from_torch(module, loss, data)`. Writes probe/report.html, probe.nc and the figure.

    Parameters
    ----------
    model
        FILE.py:make_model.
    optimizer
        sgd, momentum or adam: whose temperature and stability are reported.
    eta
        Learning rate, positive. [default: 0.2 over the largest curvature]
    beta1
        Inertia of momentum and adam, in [0, 1). [default: 0.9]
    B
        Batch size.
    eigenvalues
        Largest eigenvalues of the Hessian that are computed. [default: 20, or as many as there are parameters]
    iterations
        Iterations of the model's own SGD.
    walkers
        How many times it is run from the same point.
    order
        Rows of its batches: drawn anew each step (replacement), or every row once an epoch (epochs).
    products
        Hessian products after which eigenvalues that have not converged are said not to have.
    seed
        Seed of all random numbers.
    out
        Folder for the folder probe.
    """
    from diffusion import SGD, Adam, Interrupted, Momentum
    from sims.probe.model import Model
    from sims.probe.run import probe as run_probe
    from sims.probe.run import sizes
    from sims.storage.files import writable_folder

    rules = {"sgd": SGD, "momentum": Momentum, "adam": Adam}
    made = own_object(model)
    try:
        found = made() if callable(made) and not isinstance(made, Model) else made
    except Exception as error:
        raise _own_failure(model, error) from error
    if not isinstance(found, Model):
        todo = "from_torch and from_jax, of sims.probe, make one"
        raise ValueError(f"{model} must return a sims.probe.Model, got {type(found).__name__}; {todo}.")  # noqa: TRY004
    eigenvalues = min(20, found.dim) if eigenvalues is None else eigenvalues
    if optimizer not in rules:
        raise ValueError(f"probe knows sgd, momentum and adam, not {optimizer}.")
    if eta is None and optimizer != "sgd":
        raise ValueError(f"--eta is needed with --optimizer {optimizer}.")
    if beta1 is not None and optimizer == "sgd":
        raise ValueError("--beta1 works only with --optimizer momentum or adam.")
    given = {"eta": eta} | ({} if beta1 is None else {"beta1": beta1})
    rule = None if eta is None else rules[optimizer](**given)
    sizes(found, B, eigenvalues, iterations, walkers, order, products, seed)
    folder = writable_folder(out / "probe")
    need = found.memory(eigenvalues) / 2**20
    print(
        f"{found.name}: {found.dim:,} parameters, {found.rows:,} samples; needs about {need:,.0f} MB",
        file=sys.stderr,
    )
    code, tell = 0, _teller()
    try:
        result = run_probe(
            found, rule, B=B, eigenvalues=eigenvalues, iterations=iterations, walkers=walkers, order=order,
            most_products=products, seed=seed, told=tell,
        )  # fmt: skip
    except Interrupted as stopped:
        if stopped.partial is None:
            raise
        result, code = stopped.partial, 130
        print("Interrupted: the report holds what was finished", file=sys.stderr)
    except (ValueError, ArithmeticError, OSError, MemoryError):
        raise
    except Exception as error:
        raise _own_failure(model, error) from error
    write_report(result, folder)
    say("\n".join(result.said))
    show(f"{found.name} along the steepest directions", directions(result))
    print(f"Written to {folder / 'report.html'}, probe.nc, probe.png, probe.svg", file=sys.stderr)
    return code


def _own_failure(model, error):
    """Return a one-line error about a function of the user's file, with the line where it failed."""
    import traceback

    file = str(Path(model.rpartition(":")[0]).resolve())
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    where = f", line {lines[-1]}" if lines else ""
    return ValueError(f"{model}{where} failed with {type(error).__name__}: {error}")


def _teller():
    """Return a function that shows how much is done, and says so where the end is far."""
    from sims.commands.progress import Far, print_of

    parts: dict[str, Far] = {}  # each part of a probe has a speed of its own

    def tell(what, share):
        if sys.stderr.isatty():
            end = "\n" if share >= 1 else ""
            print(f"\r{what}: {share:4.0%} ", end=end, file=sys.stderr, flush=True)
        parts.setdefault(what, Far(f"% of {what}", print_of(None))).tell(100 * share, 100)

    return tell


def directions(found: "Probe") -> list[dict]:
    """Return a row for each direction: curvature, whether it converged, noise, temperature, measured spread."""
    columns = found.to_xarray()
    names = [
        name for name in columns.variables if name not in ("noise_stderr", "walk_stationary", "walk_white")
    ]
    frame = columns[names].to_dataframe().reset_index(drop=True)
    return frame.to_dict("records")


def write_report(found: "Probe", folder: Path) -> Path:
    """Write report.html (stands alone), probe.nc and the figure into ``folder``; return the report's path."""
    from figures import probe as figure
    from figures.save import save
    from sims.storage.files import replacing
    from sims.storage.netcdf import write_netcdf

    dataset = found.to_xarray()
    _, svg = save(figure.draw(dataset), folder / "probe")
    write_netcdf(dataset, folder / "probe.nc")
    rows = directions(found)
    head = "".join(f"<th>{HEADS.get(name, name)}</th>" for name in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in row.values()) + "</tr>" for row in rows
    )
    picture = base64.b64encode(svg.read_bytes()).decode()
    settings = ", ".join(f"{name} = {value}" for name, value in found.settings.items())
    said = "".join(f"<li>{html.escape(one)}</li>" for one in found.said)
    page = PAGE.format(
        title=html.escape(found.model), said=said, picture=picture, head=head, body=body,
        settings=html.escape(settings), versions=html.escape(_versions(dataset.attrs)),
        partial="<p><b>The run was stopped early: this is what was finished.</b></p>" if found.walk is None else "",
    )  # fmt: skip
    with replacing(folder / "report.html") as half:
        half.write_text(page, encoding="utf-8")
    return folder / "report.html"


HEADS = {  # of the columns whose names are not words
    "curvature": "curvature <i>H<sub>i</sub></i>",
    "noise": "noise <i>C<sub>i</sub></i>",
    "walk_predicted": "predicted variance",
    "walk_measured": "measured variance",
    "walk_ratio": "measured / predicted",
    "walk_low": "from",
    "walk_high": "to (95 %)",
}


def _cell(value):
    if isinstance(value, bool | type(None)):
        return {True: "yes", False: "no"}.get(value, "")
    return f"{value:.4g}" if isinstance(value, float) else html.escape(str(value))


def _versions(attrs):
    return ", ".join(
        f"{name.removeprefix('version_')} {value}" for name, value in attrs.items() if "version" in name
    )


PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Probe of {title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
img {{ max-width: 100%; background: white }}
.wide {{ overflow-x: auto }}
.wide img {{ min-width: 40rem }}
table {{ border-collapse: collapse; font-size: .85rem }}
td, th {{ padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #8886; white-space: nowrap }}
small {{ color: #777 }}
</style>
<h1>Probe of {title}</h1>
{partial}
<ul>{said}</ul>
<div class="wide"><img alt="Left: gradient noise against curvature. Right: measured over predicted spread."
 src="data:image/svg+xml;base64,{picture}"></div>
<h2>Along the steepest directions</h2>
<p>Curvature is that of the Hessian of the mean loss, not of Gauss-Newton's or Fisher's matrix. Noise is the variance
of one sample's gradient; temperature is <i>&eta; C<sub>i</sub></i> / (2 <i>B H<sub>i</sub></i>) for SGD. Along a direction
without noise no sample pulls, and nothing is compared.</p>
<div class="wide"><table><tr>{head}</tr>{body}</table></div>
<p><small>{settings}. {versions}</small></p>
</html>
"""
