"""Measure the house from its imports, and write its picture and its table: ``python docs/architecture.py``."""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, it finds the packages beside it
PAGE, PICTURE = ROOT / "docs" / "architecture.md", ROOT / "docs" / "architecture.svg"
START, END = "<!-- packages -->", "<!-- /packages -->"


def packages() -> list[str]:
    """Return the packages that the picture shows: the rooms of sims one by one, the others whole."""
    rooms = sorted(path.parent.name for path in (ROOT / "sims").glob("*/__init__.py"))
    return ["diffusion", "theory", *(f"sims.{room}" for room in rooms), "figures", "lessons"]


def imports() -> dict[str, set[str]]:
    """Return which packages each of them imports, wherever in its code."""
    known = packages()
    found: dict[str, set[str]] = {name: set() for name in known}
    for name in known:
        for path in sorted((ROOT / name.replace(".", "/")).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    used = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    used = [f"{node.module}.{alias.name}" for alias in node.names]
                else:
                    continue
                found[name] |= {one for one in known for module in used if f"{module}.".startswith(f"{one}.")}
        found[name].discard(name)
    return found


def floors(found: dict[str, set[str]]) -> list[list[str]]:
    """Return the packages by floor, from the ground up: each stands one above the highest that it imports.

    Raises
    ------
    ValueError
        If packages import each other in a circle.
    """
    level: dict[str, int] = {}
    while len(level) < len(found):
        ready = [name for name in found if name not in level and found[name] <= set(level)]
        if not ready:
            raise ValueError(
                f"these packages import each other in a circle: {sorted(set(found) - set(level))}"
            )
        level |= {name: 1 + max((level[one] for one in found[name]), default=-1) for name in ready}
    return [[name for name in found if level[name] == floor] for floor in range(1 + max(level.values()))]


def sentence(name: str) -> str:
    """Return the first line of a package's docstring."""
    tree = ast.parse((ROOT / name.replace(".", "/") / "__init__.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def table(found: dict[str, set[str]]) -> str:
    """Return the table of the page: package, what lives there, what it imports."""
    rows = ["| package | what lives there | imports |", "|---|---|---|"]
    for floor in reversed(floors(found)):
        for name in floor:
            used = ", ".join(f"`{one}`" for one in sorted(found[name])) or "nothing of ours"
            rows.append(f"| `{name}` | {sentence(name)} | {used} |")
    return "\n".join(rows)


def page(found: dict[str, set[str]]) -> str:
    """Return the page with its table renewed."""
    text = PAGE.read_text(encoding="utf-8")
    return re.sub(f"{START}.*{END}", lambda _: f"{START}\n{table(found)}\n{END}", text, flags=re.DOTALL)


def main() -> None:
    """Write the page's table and its picture."""
    from figures.architecture import draw
    from figures.look import styled

    found = imports()
    PAGE.write_text(page(found), encoding="utf-8")
    with styled():
        draw(floors(found), found).savefig(PICTURE, metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    main()
