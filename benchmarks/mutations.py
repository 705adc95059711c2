"""Does a test notice it? Put one mistake after the other into a copy of the project and run the tests that should.

    python -m benchmarks.mutations                 # all that are not recorded yet
    python -m benchmarks.mutations --only theory   # those whose file or kind has this word
    python -m benchmarks.mutations --again         # also those that are recorded
    python -m benchmarks.mutations --confirm       # the tests that noticed a mistake pass without it
    python -m benchmarks.mutations --table         # print the record

The list is `mutation_list.py`, the record `mutations_recorded.json`. The copy keeps its compiled kernels; a mistake in
`diffusion/` gets a cache of its own, which is thrown away.
"""

import argparse
import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from importlib import import_module
from pathlib import Path

from benchmarks.mutation_list import MUTATIONS, Mutation

ROOT = Path(__file__).resolve().parents[1]
RECORD = Path(__file__).with_name("mutations_recorded.json")
LIMIT = 420  # seconds for the tests of one mutation; a run that takes longer counts as noticed
NOTICED, SURVIVED = "noticed", "survived"
SECONDS = itertools.count(
    int(time.time()) - 1_000_000
)  # times of files that are written, each a second later


def key_of(one: Mutation) -> str:
    """Return what tells one mutation from the others."""
    return f"{one.file}: {one.old} -> {one.new}"


def recorded() -> dict[str, dict]:
    """Return the record, by mutation."""
    return json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}


def write(record: dict[str, dict]) -> None:
    """Write the record in the order of the list; what is no longer in the list is dropped."""
    kept = {key_of(one): record[key_of(one)] for one in MUTATIONS if key_of(one) in record}
    RECORD.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def copied(tree: Path) -> None:
    """Bring the copy up to date: every file that git knows or would add, and nothing else but caches."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    for name in names:
        source, target = ROOT / name, tree / name
        if not source.is_file():
            continue
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    if not (tree / ".git").exists():  # provenance asks for a commit
        for words in (
            ["init", "-q"],
            ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "copy", "--allow-empty"],
        ):
            subprocess.run(["git", "-C", str(tree), *words], check=True)


def preload() -> None:
    """Import what all tests need and no mutation touches, so that forked runs need not."""
    for name in ("numba", "scipy.special", "scipy.stats", "scipy.optimize", "scipy.integrate", "xarray", "pandas", "h5netcdf",
                 "matplotlib.figure", "rich.console", "cyclopts", "pytest", "mpmath"):  # fmt: skip
        with contextlib.suppress(ImportError):
            import_module(name)


class Failures:
    """A plugin of pytest that writes the names of failed tests into a file.

    What pytest prints last can be lost, because this process ends without Python's own clean-up.
    """

    def __init__(self, file: Path):
        self.file = file

    def pytest_runtest_logreport(self, report) -> None:
        """Write down a test that failed, or a file that could not be collected."""
        if report.failed:
            with open(self.file, "a", encoding="utf-8") as out:
                out.write(f"FAILED {report.nodeid}\n")

    pytest_collectreport = pytest_runtest_logreport


def child(command: list[str], tree: Path, cache: Path | None, said: Path) -> None:
    """Run pytest in the copy; this process has been forked for it and ends here."""
    code = 3
    try:
        os.setsid()
        with open(said, "ab") as out:
            for stream in (1, 2):
                os.dup2(out.fileno(), stream)
        os.chdir(tree)
        os.environ["PYTHONPATH"] = str(tree)
        sys.path[:] = [str(tree), *(place for place in sys.path if place not in ("", str(ROOT)))]
        for name in [name for name in sys.modules if name.partition(".")[0] == "benchmarks"]:
            del sys.modules[name]
        if cache is not None:
            import numba

            os.environ["NUMBA_CACHE_DIR"] = numba.config.CACHE_DIR = str(cache)
        import pytest

        code = int(pytest.main(command, plugins=[Failures(said.with_suffix(".failed"))]))
    except BaseException:  # noqa: BLE001  whatever it is, it is told
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def pytest_run(
    words: list[str], tree: Path, cache: Path | None = None, limit=LIMIT
) -> tuple[int, str, float]:
    """Run pytest in the copy; return its exit code, what it said, and the seconds."""
    begin, said = time.monotonic(), tree / "said.txt"
    failed = said.with_suffix(".failed")
    said.unlink(missing_ok=True)
    failed.write_text("", encoding="utf-8")
    command = [
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
        *words,
    ]
    process = os.fork()
    if process == 0:
        child(command, tree, cache, said)
    while time.monotonic() - begin < limit:
        time.sleep(0.1)
        ended, found = os.waitpid(process, os.WNOHANG)
        if ended:
            return (
                os.waitstatus_to_exitcode(found),
                failed.read_text(encoding="utf-8") + said.read_text(errors="replace"),
                time.monotonic() - begin,
            )
    os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return 1, f"no end within {limit} s", time.monotonic() - begin


def run(tests: str, tree: Path, cache: Path | None = None) -> tuple[int, str, float]:
    """Run the tests of one mutation, up to the first failure."""
    total = 0.0
    for one in tests.split():
        file, _, word = one.partition(":")
        words = ["-x", f"tests/{file}.py", *(["-k", word.replace("+", " or ")] if word else [])]
        code, said, seconds = pytest_run(words, tree, cache)
        total += seconds
        if code not in (0, 1, 2):  # 2: the file cannot be imported any more
            raise RuntimeError(f"pytest ends with {code} for {one}: {said[-1000:]}")
        if code:
            return code, said, total
    return 0, "", total


def rewritten(path: Path, text: str) -> None:
    """Write a source file; its time is new to the second, by which Python tells whether bytecode is stale."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, (next(SECONDS),) * 2)


def first_failure(said: str) -> str:
    """Return the name of the test that failed, or what pytest said last."""
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", said, re.MULTILINE)
    return found[1].removeprefix("tests/") if found else (said.strip().splitlines() or ["nothing"])[-1][:150]


def tried(one: Mutation, tree: Path) -> dict:
    """Put one mistake into the copy, run its tests, and mend it again."""
    path = tree / one.file
    right = path.read_text(encoding="utf-8")
    if right.count(one.old) != 1:
        raise ValueError(f"{one.file} has {right.count(one.old)} times {one.old!r}")
    engine = one.file.startswith("diffusion/")
    cache = Path(tempfile.mkdtemp(prefix="mutation-cache-")) if engine else None
    try:
        rewritten(path, right.replace(one.old, one.new))
        code, said, seconds = run(one.tests, tree, cache)
    finally:
        rewritten(path, right)
        if cache is not None:
            shutil.rmtree(cache, ignore_errors=True)
    found = {
        "kind": one.kind,
        "tests": one.tests,
        "outcome": NOTICED if code else SURVIVED,
        "seconds": round(seconds, 1),
    }
    return found | {"by": first_failure(said)} if code else found


def confirm(tree: Path) -> None:
    """Run every test that noticed something in the copy without mistakes: one that fails there noticed nothing.

    File by file, each written down at once; what is confirmed already is not run again.
    """
    files: dict[str, set[str]] = {}
    for found in recorded().values():
        file, parts, name = found.get("by", "").partition("::")
        if parts and "sound" not in found:
            files.setdefault(file, set()).add(name.partition("[")[0])
    for file, names in files.items():
        code, said, seconds = pytest_run(
            [f"tests/{file}::{name}" for name in sorted(names)], tree, limit=3600
        )
        failed = set(
            re.findall(rf"^(?:FAILED|ERROR) tests/{re.escape(file)}::([^\s\[]+)", said, re.MULTILINE)
        )
        print(
            f"{file}: {len(names)} tests run without a mistake in {seconds:.0f} s; exit code {code}, "
            f"failed: {sorted(failed) or 'none'}",
            flush=True,
        )
        record = recorded()
        for found in record.values():
            own, _, name = found.get("by", "").partition("::")
            if own == file and name.partition("[")[0] in names:
                found["sound"] = code in (0, 1) and name.partition("[")[0] not in failed
        write(record)


def mixed(mutations: list[Mutation]) -> list[Mutation]:
    """Return all mutations, those of each package evenly spread, so that a run that is cut short has seen all."""
    packages: dict[str, list[Mutation]] = {}
    for one in mutations:
        packages.setdefault(one.file.partition("/")[0], []).append(one)
    placed = [(place / len(own), one) for own in packages.values() for place, one in enumerate(own)]
    return [one for _, one in sorted(placed, key=lambda pair: pair[0])]


def table(record: dict[str, dict]) -> str:
    """Return how many were noticed, by package, and every survivor with its reason."""
    packages, lines = {}, []
    for one in MUTATIONS:
        if found := record.get(key_of(one)):
            packages.setdefault(one.file.partition("/")[0], Counter())[found["outcome"]] += 1
    for name, counts in [*packages.items(), ("all", sum(packages.values(), Counter()))]:
        lines.append(f"{name:10} {counts[NOTICED]:4} of {counts.total():4} noticed")
    for key, found in record.items():
        if found["outcome"] == SURVIVED:
            lines.append(f"survived: {key} ({found.get('why', 'no reason yet')})")
    return "\n".join(lines)


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--tree", type=Path, default=Path(tempfile.gettempdir()) / "diffusion-mutations", help="the copy"
    )
    parser.add_argument("--only", default="", help="a word of the file or the kind")
    parser.add_argument("--again", action="store_true", help="run what is recorded once more")
    parser.add_argument(
        "--confirm", action="store_true", help="run the tests that noticed something without a mistake"
    )
    parser.add_argument("--table", action="store_true", help="print the record and run nothing")
    options = parser.parse_args()
    if options.table:
        print(table(recorded()))
        return 0
    options.tree.mkdir(parents=True, exist_ok=True)
    copied(options.tree)
    preload()
    for one in [] if options.confirm else mixed(MUTATIONS):
        record = recorded()
        before = record.get(key_of(one))
        known = before is not None and before["tests"] == one.tests and not options.again
        if known or not (options.only in one.file or options.only == one.kind):
            continue
        found = tried(one, options.tree)
        if before is not None and "why" in before and found["outcome"] == SURVIVED:
            found["why"] = before["why"]
        write(recorded() | {key_of(one): found})
        print(
            f"{found['seconds']:6.1f} s {found['outcome']}: {one.file} ({one.kind}) {found.get('by', '')}",
            flush=True,
        )
    if options.confirm:
        confirm(options.tree)
    print(table(recorded()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
