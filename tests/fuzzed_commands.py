"""Command lines and files with hostile content, and what each may end in: see `fuzzed` for calls in Python."""

import contextlib
import io
import json
import os
import random
import sys
import warnings
from pathlib import Path
from unittest.mock import patch

import numpy as np

from lessons.__main__ import main as lessons
from sims.commands.app import main
from sims.storage import load, save, to_xarray
from sims.storage.netcdf import write_netcdf
from sims.storage.results import KINDS
from tests.fuzzed import LONGEST, Hang, bounded, results
from tests.fuzzed import violation as wrong
from tests.test_theory_any_input import GOOD
from theory.statements import STATEMENTS

NUMBERS = [
    "nan", "inf", "-inf", "1e308", "1e155", "5e-324", "1e-165", "-1", "0", "-0.0", "0.5", "1", "2", "true", "1e400", "1" + "0" * 400,
    str(2**64), "x", "", "None", "1,2", "-1:1:3", "1:100:3:log", "0:1:0", ":::", "1:2:1e9", "1e3,", "0x10", "1/3", "1j", "½", "10k", "1_0",
    "--json", "\x1b[31m", "a" * 400, "[1]", "{}", "'", "1 2", "\n", "é", "nan,1", "1,,2", "-", "+1", "1e", ".",
]  # fmt: skip
SIZES = [
    "0",
    "-1",
    "1.5",
    "x",
    "",
    "nan",
    "inf",
    "1e400",
    str(2**64),
    "9",
    "1e1",
    "1,0",
    "range(3)",
    "0x9",
    "-0",
    "1e15",
    "3:4",
]
WORDS = ["sgd", "adam", "momentum", "adai", "lion", "sdg", "frozen", "hessian", "isotropic", "data", "x", "", "two-temperature", "first",
    "committed", "ito", "fick", "baoab", "heun", "quadratic", "styblinski-tang", "nothing.py:X", "a" * 400, "\x1b[2J", "--", "../..", "\n",
    "nan", "1", "eta=1", "beta1=x", "optimizer=adam", "k=nan", "=", "x=", "landscape.k=3", "é"]  # fmt: skip
NUMERIC, SIZE, WORD, FLAG = NUMBERS, SIZES, WORDS, None
RULES = {
    "eta": NUMERIC, "beta1": NUMERIC, "beta2": NUMERIC, "beta3": NUMERIC, "beta0": NUMERIC, "eps": NUMERIC, "weight-decay": NUMERIC,
    "bias-correction": FLAG, "optimizer": WORD, "noise": WORD, "C": NUMERIC, "kappa": NUMERIC, "B": NUMERIC, "s": NUMERIC,
    "floor": NUMERIC, "variance": NUMERIC, "drift": WORD, "data-seed": NUMERIC, "process": FLAG, "scheme": WORD, "dt": NUMERIC,
    "interpretation": WORD, "frozen-v": FLAG, "landscape": WORD, "set": WORD, "seed": NUMERIC, "workers": SIZE, "walkers": SIZE, "out": ["/proc/nowhere", ""],
    "plot": ["/proc/nowhere.svg", "x.nothing", ""],
}  # fmt: skip
ESCAPE = RULES | {
    "below": NUMERIC, "halving": FLAG, "k": NUMERIC, "dim": SIZE, "max-iterations": SIZE, "stop": WORD, "cut": NUMERIC, "particles": SIZE,
    "replicas": SIZE, "settle": SIZE,
}  # fmt: skip
MODEL = Path(__file__).parent / "probed.py"
# words that run in a blink, and the options that are put behind them
COMMANDS = {
    "escape": (["escape", "--walkers=9", "--max-iterations=50", "--k=6", "--json"], ESCAPE),
    "escape of a process": (["escape", "--process", "--walkers=9", "--max-iterations=50", "--k=6", "--json"], ESCAPE),
    "splitting": (["escape", "--splitting", "--dim=1", "--particles=16", "--replicas=3", "--settle=20", "--max-iterations=2000", "--k=9", "--json"], ESCAPE),
    "saddle": (["saddle", "--walkers=9", "--iterations=3,5", "--json"], RULES | {"H": NUMERIC, "iterations": [one for one in NUMBERS if one not in ("1e308", "1e155")]}),
    "equilibrium": (["equilibrium", "--walkers=9", "--time=1", "--json"], {
        "landscape": WORD, "schemes": WORD, "dt": NUMERIC, "H": NUMERIC, "kT": NUMERIC, "mass": NUMERIC, "damping": NUMERIC,
        "time": ["nan", "inf", "-1", "0", "x", "1e308", "5e-324", "1"], "set": WORD, "walkers": SIZE, "seed": NUMERIC, "workers": SIZE,
    }),
    "figure": (["figure", "6", "--walkers=0"], {  # never runs: its sizes are refused last
        "mode": WORD, "seed": NUMERIC, "data-seed": NUMERIC, "shared-normals": FLAG, "noise": WORD, "s": NUMERIC, "floor": NUMERIC,
        "kappa": NUMERIC, "B": NUMERIC, "k": NUMERIC, "optimizers": WORD, "level": NUMERIC, "panels": WORD, "format": WORD, "low-temperature": FLAG,
        "particles": SIZE, "full": FLAG,
    }),
    "figure degree": (["figure", "degree", "--seed=x"], {"optimizers": WORD, "quick": FLAG, "workers": SIZE}),
    "list": (["list", "--json"], {"optimizer": WORD, "landscape": WORD, "noise": WORD}),
    "verify": (["verify", "--seed=-1"], {"quick": FLAG, "record": ["full.json", ""], "out": ["/proc/x"]}),
    "reproduce": (["reproduce", "--walkers=0"], {"seed": NUMERIC, "full": FLAG, "out": ["/proc/x"]}),
    "picture": (["picture", "--out=/proc/nowhere"], {"": WORD}),
    "check": (["check"], {"against": WORD, "set": WORD, "steps": SIZE, "dim": SIZE, "shape": NUMERIC, "seed": NUMERIC, "": WORD}),
    "check of a rule": (["check", f"{MODEL}:RULE", "--against=momentum", "--set=eta=0.1", "--steps=5"], {
        "dim": [one for one in SIZES if one != "1e15"], "shape": NUMERIC, "seed": NUMERIC, "json": FLAG,
    }),
    "probe": (["probe", "nothing.py:x"], {"optimizer": WORD, "eta": NUMERIC, "B": NUMERIC, "": WORD}),
    "probe of a model": (["probe", f"{MODEL}:make_model", "--out=/proc/nowhere"], {  # never runs: its sizes are looked at first
        "optimizer": WORD, "eta": NUMERIC, "beta1": NUMERIC, "B": SIZE, "eigenvalues": SIZE, "iterations": SIZE, "walkers": SIZE,
        "products": SIZE, "seed": NUMERIC, "order": WORD,
    }),
    "teach": (["teach", "--export=/proc/nowhere"], {"port": SIZE, "host": WORD, "no-browser": FLAG, "lesson": [*WORDS, "/proc"]}),
    "completion": (["completion"], {"": WORD}),
    "nothing": ([], {"": WORD, "help": FLAG, "version": FLAG}),
}  # fmt: skip
STATEMENT_WORDS = {one.key: tuple(one.parameters()) for one in STATEMENTS}


def words_of(chance: random.Random) -> list[str]:
    """Return a command line."""
    if chance.random() < 0.3:
        return theory_words(chance)
    base, options = COMMANDS[chance.choice(sorted(COMMANDS))]
    words = list(base)
    for name in chance.sample(sorted(options), k=min(len(options), chance.choice([0, 1, 1, 2, 3]))):
        values = options[name]
        if name == "":
            words.append(chance.choice(values))
        else:
            words += (
                [f"--{name}"]
                if values is None
                else chance.choice(
                    ([f"--{name}={chance.choice(values)}"], [f"--{name}", chance.choice(values)])
                )
            )
    return [word.replace("\0", "") for word in words]


def theory_words(chance: random.Random) -> list[str]:
    """Return a command line of `diffusion theory`."""
    name = chance.choice(sorted(STATEMENT_WORDS))
    values = {key: GOOD[key] for key in STATEMENT_WORDS[name] if isinstance(GOOD.get(key), int | float | str)}
    words = ["theory", *(["compare"] if chance.random() < 0.5 else []), name, "--json"]
    words += [f"--{key.replace('_', '-')}={value}" for key, value in values.items() if chance.random() < 0.95]
    for _ in range(chance.choice([0, 1, 1, 2])):
        words.append(
            f"--{chance.choice([*STATEMENT_WORDS[name], 'form', 'adam', 'unit', 'n', 'x'])}={chance.choice(NUMBERS)}"
        )
    return words


JUNK = [
    b"", b"\0" * 100, b"SQLite format 3\0", b"SQLite format 3\0" + b"\1" * 5000, b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + b"\xff" * 4000,
    b"CDF\x01" + b"\0" * 60, b"{}", b"[]", b"not toml [", b"experiment = 3\n", b'experiment = "escape"\n', b"\xff\xfe\x00", b"a = 1\n" * 1000,
    b'experiment = "escape"\n[grid]\n', b'experiment = "escape"\nwalkers = nan\n', b'[grid]\nk = []\n', b'experiment = "x\n', b"PK\x03\x04",
]  # fmt: skip
LINES = [
    'experiment = "escape"', 'experiment = "saddle"', 'experiment = "nothing"', "experiment = []", "walkers = 9", 'walkers = "x"', "walkers = -1",
    "k = 6", "k = nan", "k = inf", 'k = "1:2:0"', "max-iterations = 20", "max_iterations = 20", "seed = -1", "seed = 1e400", "seed = 99999999999999999999999",
    "[grid]", "[[grid]]", "[grid.x]", "optimizer = 3", 'optimizer = ["sgd", "sdg"]', "B = [10, nan]", "B = [[1]]", "k = [6, 7]", 'eta = ["x"]',
    "eta = []", "x = 1", "landscape = 1979-05-27", "k = true", 'set = ["k=3"]', "iterations = [3, 2]", "H = [[1]]",
]  # fmt: skip


def file_of(chance: random.Random, folder):
    """Write a file that is damaged or foreign; return a command line that reads it."""
    name = chance.choice(["x.nc", "cells.sqlite", "x.toml", "x.csv", "x"])
    kind = chance.random()
    if name == "x.toml" and kind < 0.8:
        content = "\n".join(chance.choices(LINES, k=chance.randrange(1, 7))).encode()
    elif kind < 0.6:
        content = chance.choice(JUNK)
    else:
        content = chance.choice(JUNK) + bytes(chance.randrange(256) for _ in range(chance.randrange(200)))
    path = folder / name
    path.write_bytes(content)
    if name == "x.toml":
        return [
            "sweep",
            str(path),
            "--out",
            str(folder / "out"),
            "--workers=1",
            "--json",
            *chance.choice([[], ["--resume"]]),
        ]
    if name == "cells.sqlite" and chance.random() < 0.3:
        own = folder / "own.toml"
        own.write_text('experiment = "escape"\nk = 9\nwalkers = 9\nmax-iterations = 50\n')
        return ["sweep", str(own), "--out", str(folder), "--resume", "--workers=1", "--json"]
    target = folder if name == "cells.sqlite" and chance.random() < 0.5 else path
    more = [[], ["--columns=all"], ["--plot", "k", "tau"], ["--where", "k=1"], ["--log=x"]]
    return ["results", str(target), "--json", *chance.choice(more)]


def loaded(chance: random.Random, folder) -> tuple[str, object]:
    """Write a saved result that is damaged or forged; return what was done, and what is wrong with how `load` ends."""
    result = chance.choice([one for one in results() if type(one).__name__ in KINDS])
    path = save(result, folder / "x.nc")
    content, done = bytearray(path.read_bytes()), chance.choice(["flipped", "cut", "foreign", "forged"])
    if done == "flipped":
        for _ in range(chance.choice([1, 1, 5])):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    elif done == "cut":
        content = content[: chance.randrange(len(content))]
    elif done == "foreign":
        content = bytearray(chance.choice(JUNK))
    if done != "forged":
        path.write_bytes(content)
        return f"{type(result).__name__}, {done}", wrong("load", lambda: used(load(path)), {})
    dataset = to_xarray(result)
    name = chance.choice([*dataset.variables, *dataset.attrs])
    value = np.asarray(chance.choice(
        [np.nan, -1, 0, 1.5, "x", 2**62, [1, 2], [np.nan] * 9, [-1] * 9, [0.5] * 33, ["x"] * 9, [], [[1, 2]], [True] * 33]
    ))  # fmt: skip
    if name in dataset.attrs:
        dataset.attrs[name] = value.tolist() if value.dtype.kind != "b" else 1  # NetCDF has no truth values
    else:
        dataset = dataset.drop_vars(name).assign(
            {name: (tuple(f"own_{axis}" for axis in range(value.ndim)), value)}
        )
    write_netcdf(dataset.assign_attrs({"seed": 0} | dataset.attrs), path)
    return f"{type(result).__name__}, {name} = {value}", wrong("load", lambda: used(load(path)), {})


def used(result) -> None:
    """Ask a result for what it tells: a forged one that is taken must at least answer or refuse."""
    repr(result)
    for name in ("rate", "survival", "msd", "displacement", "interval"):
        if hasattr(result, name) and type(result).__name__ in KINDS:
            with contextlib.suppress(ValueError, ArithmeticError):
                getattr(result, name)()


def strictly(text: str):
    """Return what JSON holds; NaN and infinity, which JSON does not know, are errors."""

    def refuse(word):
        raise ValueError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def _here(program: str, words: list[str]) -> None:
    """Run the lessons in this process, in place of the program that `diffusion teach` becomes; serve nothing."""
    assert any(word.startswith("--export=") for word in words), words
    with patch.object(sys, "argv", words[words.index("lessons") :]):
        sys.exit(lessons())


def violation(words: list[str]) -> str | None:
    """Return what is wrong with how a command ends, or None."""
    out, err = io.StringIO(), io.StringIO()
    code: object = None
    try:
        with (
            contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings(), np.errstate(all="warn", under="ignore"),
            bounded(), patch.object(os, "execv", _here),
        ):  # fmt: skip
            warnings.simplefilter("default")
            main(words)
    except SystemExit as stop:
        code = stop.code
    except Hang as error:
        return str(error)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"{type(error).__name__}: {str(error)[:300]}"
    told = [line for line in err.getvalue().splitlines() if not line.startswith("diffusion: note: ")]
    notes = err.getvalue().splitlines()
    if any("encountered in" in line for line in notes):
        return f"a warning of NumPy: {notes[0][:200]}"
    if code not in (0, 1, 2):
        return f"exit code {code!r}"
    if code == 2:
        if out.getvalue() or len(told) != 1 or not told[0].startswith("diffusion: "):
            return f"not one line: {out.getvalue()[:100]!r} {err.getvalue()[:300]!r}"
        if len(told[0]) > LONGEST + len("diffusion: ") or not told[0].isprintable():
            return f"a line of {len(told[0])} characters: {told[0][:320]!r}"
        return None
    if "--json" in words and "--help" not in words:
        try:
            strictly(out.getvalue())
        except ValueError as error:
            return f"no JSON ({error}): {out.getvalue()[:200]!r}"
    return None
