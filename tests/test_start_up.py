"""Starting the command line: quick help, closed streams, odd environments, and unknown words in one line."""

import os
import subprocess
import sys

import pytest
from test_cli import call

from sims.commands.app import COMMANDS
from sims.commands.figures import FIGURES
from sims.options.numbers import number, row, values, whole_number

START = [sys.executable, "-m", "sims"]


def run(*words, shell=None, **environment):
    """Return what a new process prints and its exit code; ``shell`` adds a redirection."""
    command = [*START, *words] if shell is None else f"{' '.join([*START, *words])} {shell}"
    return subprocess.run(
        command, shell=shell is not None, capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | environment,
    )  # fmt: skip


@pytest.mark.parametrize(
    "command", ["", *COMMANDS, *(f"figure {name}" for name in FIGURES), "table 1", "theory compare"]
)
def test_help_imports_no_compiler(command):
    """Numba and SciPy take seconds to import: help must not. The program is run, then asked what it imported."""
    words = [*command.split(), "--help"]
    code = (
        "import sys; from sims.commands.app import main\n"
        f"try: main({words!r})\n"
        "except SystemExit as stop: code = stop.code\n"
        "slow = {'numba', 'scipy', 'xarray', 'matplotlib', 'pandas'} & set(sys.modules)\n"
        "sys.exit(f'{slow} {code}' if slow or code else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: diffusion" in done.stdout


def test_python_m_diffusion_is_the_command_line():
    done = subprocess.run(
        [sys.executable, "-m", "diffusion", "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, run("--version").stdout)


@pytest.mark.skipif(os.name != "posix", reason="shell")
def test_closed_streams_and_odd_environments_do_no_harm():
    assert "theorem-1" in run("theory", "list", shell="2>&-").stdout
    assert run("theory", "list", shell=">&-").returncode == 0
    plot = ["theory", "theorem-1", "--H=1", "--eta=.1", "--B=1", "--T=1:9:3", "--plot=/dev/null.nothing"]
    told = run(*plot, MPLBACKEND="nonsense").stderr
    assert told.startswith("diffusion: --plot needs a file .svg, .pdf or .png")
    assert told.count("\n") == 1


@pytest.mark.parametrize("name", ["NUMBA_DISABLE_JIT", "DIFFUSION_LANES"])
def test_an_environment_that_cannot_work_is_one_line(name):
    done = run("escape", "--walkers", "9", **{name: "1" if name == "NUMBA_DISABLE_JIT" else "7"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert name in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["escape", "--optimizer", "Adam"], "Did you mean adam"),
        (["escape", "--optimizer", "sdg"], "Did you mean sgd"),
        (["theory", "theorm-2", "--H", "1"], "theorem-2"),
        (["picture", "cloud"], "Did you mean clouds?"),
        (["escape", "--walker", "3"], "--walkers"),
        (["escape", "--walkers", "10k"], "write 10e3"),
        (["escape", "--kappa", "1.5M"], "write 1.5e6"),
        (["escpe"], "escape"),
        (["escape", "--\x1b[31mred" + "x" * 500, "1"], "\\x1b[31mred"),
    ],
)
def test_an_unknown_word_is_one_line_with_the_nearest(capsys, words, message):
    code, out, err = call(capsys, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert "\x1b" not in err
    assert len(err) <= 300 + len("diffusion: \n")


def test_a_row_may_begin_with_a_minus(capsys):
    one, two = (
        call(capsys, "saddle", *h, "--walkers", 9, "--iterations", 3)[1]
        for h in (["--H", "-1,1"], ["--H=-1,1"])
    )
    assert one == two
    assert "-1\t" in one


def test_numbers_are_read_as_people_write_them():
    assert {whole_number(text, "n") for text in ("1e4", "10000", "10,000", " 10000 ")} == {10_000}
    assert whole_number("12345678901234567891", "n") == 12345678901234567891  # a float would round it
    assert number("1,234.5", "x") == 1234.5
    assert row("-1,1e3", "H") == (-1.0, 1000.0)
    assert values("0:1:3", "H") == [0, 0.5, 1]
    for bad, read in (
        ("1.5", whole_number),
        ("1,5,", number),
        ("nan", row),
        ("1:2", row),
        ("", row),
        ("1e999", row),
    ):
        with pytest.raises(ValueError, match="x must be"):
            read(bad, "x")
    for short, plain in (("10k", "10e3"), ("2M", "2e6"), ("3b", "3e9"), ("-1.5G", "-1.5e9")):
        with pytest.raises(ValueError, match=f"write {plain}$"):
            number(short, "x")
    with pytest.raises(ValueError, match="of at most 10 values"):
        values("0:1:11", "x", most=10)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_options(capsys, shell):
    code, out, _ = call(capsys, "completion", shell)
    assert code == 0
    for word in ("escape", "max-iterations", "saddle", "kappa"):
        assert word in out
