"""The house rules that a program can check: style, types, the README's code and commands."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("tool", [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)], ids=" ".join)
def test_the_sources_pass(tool):
    if importlib.util.find_spec(tool[0]) is None:
        pytest.skip(f"{tool[0]} is not installed")
    run = subprocess.run([sys.executable, "-m", *tool], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_code_in_the_readme_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    shown = re.findall(r"# prints (.*)", code)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102
    assert capsys.readouterr().out.strip().splitlines() == shown != []


def test_the_files_that_the_readme_shows_and_links_are_there():
    targets = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert targets
    for target in targets:
        assert (ROOT / target).exists(), target


def test_the_readme_prints_the_two_commands():
    commands = re.findall(r"^    (python3 .*)$", README, flags=re.MULTILINE)
    start = "python3 -m venv .venv && .venv/bin/pip install -q uv && .venv/bin/uv run --locked "
    assert commands[:2] == [start + "--no-dev diffusion reproduce", start + "pytest"]
