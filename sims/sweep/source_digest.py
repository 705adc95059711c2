"""Digest of the code that a result depends on, without comments."""

import ast
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from sims.options.own_file import file_digest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("diffusion", "theory", "sims")
OWN_FILE = re.compile(
    r"([^,=]+\.py):\w"
)  # in an option: FILE.py:Name, also behind --set FIELD= and in a list


def own_files(chosen: dict[str, Any]) -> str:
    """Return the digests of the user's files that options name, as JSON.

    Parameters
    ----------
    chosen : dict
        Options by name, as `sims.options.by_name.chosen_in` returns them.

    Raises
    ------
    ValueError
        If a file cannot be read.
    """
    texts = [text for value in chosen.values() for text in (value if isinstance(value, list) else [value])]
    files = {file for text in texts if isinstance(text, str) for file in OWN_FILE.findall(text)}
    return json.dumps({file: file_digest(file) for file in sorted(files)})


@cache
def sources_digest(module: str, root: Path = ROOT) -> str:
    """Return the digest of diffusion/ and of all that ``module`` imports.

    Parameters
    ----------
    module : str
        Its dotted name: "sims.runs.escape".
    root : Path
        Where the packages are.
    """
    digest = hashlib.sha256()
    for path in sorted({*(root / "diffusion").rglob("*.py"), *imported(module, root)}):
        digest.update(f"{path.relative_to(root).as_posix()}\n{_read(path)[0]}\n".encode())
    return digest.hexdigest()


def imported(module: str, root: Path = ROOT) -> set[Path]:
    """Return the files of this project that ``module`` imports, recursively."""
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        for path in _files(waiting.pop(), root):
            if path not in found:
                found.add(path)
                waiting += _read(path)[1]
    return found


@cache
def _read(path: Path) -> tuple[str, list[str]]:
    """Return a file's code without docstrings, and the modules it imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = _imports(tree)
    return ast.dump(_bare(tree)), names


def _files(name, root):
    """Return the files that an import runs, those of its packages first."""
    steps = name.split(".")
    places = [root.joinpath(*steps[:n]) for n in range(1, len(steps) + 1)]
    candidates = [place / "__init__.py" for place in places] + [places[-1].with_suffix(".py")]
    return [path for path in candidates if path.is_file()] if steps[0] in OURS else []


def _imports(tree):
    """Return the modules that a file may import."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def _bare(tree):
    """Remove a syntax tree's docstrings and return it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return tree
