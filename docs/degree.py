"""Measured degree law, into the guide and the README's picture: ``python docs/degree.py out``.

``out`` is the folder of a finished `diffusion figure degree`.
"""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, it finds the packages beside it
PAGE, PICTURE = ROOT / "docs" / "guide" / "degree_law.md", ROOT / "figures" / "readme" / "degree.png"
START, END = "<!-- measured -->", "<!-- /measured -->"


def tables(found) -> str:
    """Return what was measured, as the guide shows it."""
    from sims.degree.summary import apart, table

    lines = [*found.verdict.splitlines(), ""]
    lines += ["| optimizer | p | measured | slope / predicted | what it means |", "|---|--:|---|--:|---|"]
    lines += [
        f"| {row['optimizer']} | {row['p']:g} | {row['measured']:.2f} [{row['low']:.2f}, {row['high']:.2f}] "
        f"| {row['slope']:.3f} | {row['means']} |"
        for row in table(found)
    ]
    reasons: dict[str, list[str]] = {}
    for row in apart(found):
        reasons.setdefault(row["why it is not measured"], []).append(row["optimizer"])
    lines += ["", "Not measured in one coordinate:", ""]
    lines += [f"- {', '.join(names)}: {reason.rstrip('.')}." for reason, names in reasons.items()]
    made = f"Recorded with seed {found.seed}, at commit {str(found.commit)[:7]}, numba {found.version_numba}."
    return "\n".join(
        [*(f"{line}\n" if line and number < 4 else line for number, line in enumerate(lines)), "", made]
    )


def main():
    """Write the tables into the page, and copy the picture."""
    from sims.storage.netcdf import read_netcdf

    folder = Path(sys.argv[1])
    text = PAGE.read_text(encoding="utf-8")
    written = re.sub(
        f"{re.escape(START)}.*{re.escape(END)}",
        lambda _: f"{START}\n{tables(read_netcdf(folder / 'degree.nc'))}\n{END}",
        text,
        flags=re.DOTALL,
    )
    PAGE.write_text(written, encoding="utf-8")
    shutil.copy(folder / "degree.png", PICTURE)


if __name__ == "__main__":
    main()
