"""A new statement and a new experiment, added to a copy of the project literally as docs/contributing.md says."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STATEMENT, EXPERIMENT = "theory/statements/flat_spread.py", "sims/experiments/flat_spread.py"
DRIVER = """
import contextlib, io, json, sys
from pathlib import Path

from sims.commands.app import main


def call(*tokens):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            code = main(list(tokens))
        except SystemExit as stop:
            code = stop.code
    return code or 0, out.getvalue()


sys.path.insert(0, "docs/_ext")
import statement_pages
from sims.sweep.registry import names
from theory.statements import statement

full = "verify", "flat-spread", "--out", "out"
ours = *full, "--quick"
found = {
    "first": call(*ours, "--record", "theory/verdicts/quick.json"),
    "again": call(*ours, "--json"),
    "full record": call(*full, "--record", "theory/verdicts/full.json")[0],
    "report": Path("out/verify/report.md").read_text(),
    "theory": call("theory", "flat-spread", "--T", "3", "--eta", "0.1", "--C", "2"),
    "sweeps": "flat-spread" in names(),
    "page": statement_pages.page(statement("flat-spread")),
}
print(json.dumps(found))
"""


def added(checkout, path, line, after):
    """Add a file of the page and one line to a list, as the page says."""
    page = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    (text,) = re.findall(rf"`{re.escape(path)}`.*?```python\n(.*?)```", page, flags=re.DOTALL)
    (checkout / path).write_text(text, encoding="utf-8")
    register, start = after
    before = (checkout / register).read_text(encoding="utf-8")
    assert before.count(start) == 1
    (checkout / register).write_text(before.replace(start, f"{start}\n    {line},"), encoding="utf-8")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    checkout = tmp_path_factory.mktemp("checkout")
    for name in ("diffusion", "theory", "sims", "figures", "docs/_ext"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout)
    added(checkout, STATEMENT, '"flat_spread"', ("theory/statements/__init__.py", '    "figure6",'))
    added(
        checkout, EXPERIMENT, '"flat_spread"', ("sims/experiments/__init__.py", '    "saddle_and_minimum",')
    )
    run = subprocess.run(
        [sys.executable, "-c", DRIVER], cwd=checkout, capture_output=True, text=True, check=False, timeout=300
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout.splitlines()[-1]), checkout


@pytest.mark.slow
def test_verify_runs_it_and_says_that_it_is_new(found):
    code, out = found[0]["first"]
    assert code == 1
    assert "Differs from the record: no quick run of flat_spread is recorded" in out
    assert "1 wherever they were tried (Flat spread)" in out
    assert (
        "Numbers compared with exact references: 6. Predictions wrong on purpose: 1. The simulator met all"
        in out
    )


def test_once_recorded_it_is_as_recorded(found):
    code, out = found[0]["again"]
    verdicts = json.loads(out)["verdicts"]
    assert (code, json.loads(out)["changed"]) == (0, [])
    assert [v["id"] for v in verdicts] == [
        "flat_spread/flat-spread/exact/points=every",
        "flat_spread/flat-spread/control/wrong=exact times 1.05",
        "flat_spread/flat-spread/printed/eta=0.001",
        "flat_spread/flat-spread/printed/eta=0.01",
    ]
    assert [v["outcome"] for v in verdicts] == ["holds", "rejected", "holds", "holds"]


@pytest.mark.parametrize("size", ["quick", "full"])
def test_recording_keeps_all_other_verdicts(found, size):
    ours, theirs = (
        json.loads((place / "theory" / "verdicts" / f"{size}.json").read_text()) for place in (ROOT, found[1])
    )
    new = [v for v in theirs if v["experiment"] == "flat_spread"]
    assert [v for v in theirs if v["experiment"] != "flat_spread"] == ours
    assert len(new) == 4


def test_the_readme_gets_its_row_and_keeps_the_others(found):
    before, after = ((place / "README.md").read_text(encoding="utf-8") for place in (ROOT, found[1]))
    row = "| Flat spread | SGD spreads by diffusion where the loss is flat | holds 2 | - |"
    assert [line for line in after.splitlines() if line not in before.splitlines()] == [row]
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []


def test_report_command_line_sweeps_and_documentation_have_it(found):
    got = found[0]
    assert "## Flat spread: how far SGD spreads without a force" in got["report"]
    assert r"$$\langle\Delta\theta^2\rangle = \eta^2 C T$$" in got["report"]
    assert (found[1] / "out" / "verify" / "flat_spread.png").stat().st_size > 10_000
    code, out = got["theory"]
    assert (code, "0.06" in out) == (0, True)
    assert got["sweeps"]
    assert "| as printed | eta = 0.001 | holds |" in got["page"]
