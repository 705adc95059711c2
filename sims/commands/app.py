"""The command line: `diffusion`, also `python -m diffusion`.

Exit code 0 means done, 2 bad input, 130 interrupted.
"""

import os
import re
import sys
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError

HELP = """Does an optimizer do what its diffusion theory says?

Runs SGD, Momentum, Adam and Adai as the algorithms they are and sets what
they do beside the theory of Xie et al. (ICML 2022).
Start with `diffusion reproduce`.
"""
ROOT = Path(__file__).parents[2]
LONGEST = 300  # characters of an error
# Commands are imported when they are called, so that --help and --version need not wait for Numba.
COMMANDS = {
    "theory": ("theory:app", "Evaluate a statement of the paper: printed, corrected or exact, on a grid."),
    "escape": ("escape:escape", "Time the escape from a valley."),
    "saddle": ("saddle:saddle", "Measure the spread from a saddle, beside theorem and exact value."),
    "equilibrium": ("equilibrium:equilibrium", "Check what schemes do to equilibrium."),
    "verify": ("verify:verify", "Judge the statements of the paper."),
    "sweep": ("sweep:sweep", "Run an experiment over a grid; every finished cell is stored at once."),
    "results": ("sweep:results", "Show what a sweep found, also while it runs."),
    "reproduce": ("reproduce:reproduce", "Reproduce Figure 6 and judge every statement of the paper."),
    "figure": ("figures:app", "Make a figure of the paper, or degree, the law behind Figure 6."),
    "table": ("tables:app", "Make a table of the paper on small networks."),
    "picture": ("picture:picture", "Draw pictures of the documentation."),
    "check": ("check:check", "Compare an implementation of an optimizer with a reference rule."),
    "probe": ("probe:probe", "Measure curvature and gradient noise of your own model, beside theory."),
    "teach": ("teach:teach", "Open nine lessons in the browser; their walkers run there."),
    "list": ("list:list_parts", "List what can be named on the command line, with its options."),
    "completion": (
        "completion:completion",
        "Print a script that completes commands and options in your shell.",
    ),
}


def option(name: str) -> str:
    """Return a field's name as an option's: the paper's letters keep their case."""
    return name.replace("_", "-")


SPELLING = Parameter(name_transform=option)


def _version() -> str:
    """Return the installed version; sources that are only on the path have none."""
    try:
        return version("optimizer-diffusion")
    except PackageNotFoundError:
        return "not installed"


app = App(
    name="diffusion",
    version=_version(),
    suppress_keyboard_interrupt=False,  # main says what became of the run
    help=HELP,
    help_format="plaintext",
    default_parameter=SPELLING,
)
for _name, (_place, _help) in COMMANDS.items():
    # an app of its own, as that of theory, brings its own spelling
    more: dict[str, Any] = {} if _place.endswith(":app") else {"default_parameter": SPELLING}
    app.command(f"sims.commands.{_place}", name=_name, help=_help, **more)


def main(tokens=None) -> None:
    """Run the command line; every error is one line on standard error."""
    warnings.showwarning = _show_warning
    os.environ["MPLBACKEND"] = "agg"  # figures go to files; a backend that is not installed must not matter
    try:
        code = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        code = _fail(_cyclopts_error(error))
    except KeyboardInterrupt:
        code = _fail("interrupted before anything was finished", 130)
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        code = _fail(f"{error.strerror or error}: {error.filename or 'while the results were written'}")
    except MemoryError:
        code = _fail("there is not enough memory for that; take fewer coordinates, walkers or iterations")
    except (OverflowError, ZeroDivisionError, FloatingPointError) as error:
        # Python's own words name no option
        code = _fail(f"some number is too large or too small for this ({error}); take numbers nearer to 1")
    except (ValueError, ArithmeticError) as error:
        code = _fail(str(error))
    except Exception as error:
        text = _compiler_error(error)
        if text is None:
            raise
        code = _fail(text)
    _leave(code or 0)


def _leave(code: int) -> None:
    """End the program; what cannot be stopped after Ctrl-C, such as a compilation, is not waited for."""
    engine, pools = sys.modules.get("diffusion.jit"), sys.modules.get("sims.sweep.pools")
    left_behind = (engine is not None and engine.COMPILING) or (pools is not None and pools.UNFINISHED)
    if code == 130 and left_behind:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _cyclopts_error(error: CycloptsError) -> str:
    """Return a Cyclopts error without its frame and its list of all names."""
    if isinstance(error, UnusedCliTokensError):
        words = " ".join(error.unused_tokens or ())
        return f"nothing takes the value {words!r}; several values of one option are joined by commas, as in --k=4,5,6."
    text = str(error)
    return text.splitlines()[0] if text else "bad arguments; see --help"


def _compiler_error(error: Exception) -> str | None:
    """Return what Numba found in a user's part, with file and line; None if the error is not Numba's."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return "NUMBA_DISABLE_JIT is set, and nothing can run without compiled code; unset it."
    if not type(error).__module__.startswith("numba."):
        return None
    text = str(error)
    # the innermost failure is told last, and the place where it is comes first
    lines = text.rpartition("Failed in nopython mode pipeline")[2].splitlines()
    reason = next((line.strip() for line in lines[1:] if line.strip()), type(error).__name__)
    places = [(Path(file).resolve(), line) for file, line in re.findall(r'File "([^"]+)", line (\d+)', text)]
    own = [f"{file}, line {line}" for file, line in places if not file.is_relative_to(ROOT)]
    kernel = re.search(r"'(\w+)'\) for (\w+)\(", text)
    where = own[0] if own else f"{kernel[2]}.{kernel[1]}" if kernel else "a part"
    return f"{where} cannot be compiled: {reason}"


def _show_warning(message, category, filename, lineno, file=None, line=None):
    """Print a warning as one line, without the place in the source that Python would show."""
    print(f"diffusion: note: {_one_line(str(message))}", file=sys.stderr)


def _one_line(text: str) -> str:
    """Return a text in one line; control characters, which could drive a terminal, are shown as what they are."""
    plain = "".join(one if one.isprintable() else repr(one)[1:-1] for one in " ".join(text.split()))
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 3] + "..."


def _fail(text: str, code: int = 2) -> int:
    print(f"diffusion: {_one_line(text)}", file=sys.stderr)
    return code
