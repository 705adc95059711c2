"""Compute numbers for the lessons' lines.

`theory` computes them; `python -m lessons.tables` writes them into site/tables.js.
"""

import json
from pathlib import Path

from sims.judging.ratio import POWER, Z
from theory.exact import sgd_mean_escape_iterations

FILE = Path(__file__).parent / "site" / "tables.js"
TEMPERATURES = (6, 7, 8, 10, 12, 16, 20)  # of the escape in lesson 5, at sharpness 4
SHARPNESS = (4, 4.5, 5, 6, 7, 8)  # of lessons 5 and 6
ETA, STRENGTH = 1e-3, 100.0  # learning rate, and gradient noise over the curvature of the valley
SHARED = 5  # sharpness whose noise all valleys get in "the same for all k"
MINIMUM, TOP, OTHER = -2.903534027771177, 0.15673125678034008, 2.746802770990837
HA = 34.58305910255069


def escape(k: float, C: float, boundary: float) -> float:
    """Return SGD's exact mean escape time in iterations.

    It runs from the minimum to a boundary, at sharpness k and noise C.
    """
    root = k**0.5

    def slope(x):
        return root * (2 * (root * x) ** 3 - 16 * root * x + 2.5)

    exact = sgd_mean_escape_iterations(slope, MINIMUM / root, boundary / root, eta=ETA, C=C)
    return float(f"{exact:.8g}")  # as exact as the grid; other machines round the last digits otherwise


def tables() -> dict:
    """Return all tables by name."""
    return {
        "warmth": {str(D): escape(4, 2 * D / ETA, TOP) for D in TEMPERATURES},
        "curved": {str(k): escape(k, STRENGTH * k * HA, TOP) for k in SHARPNESS},
        "shared": {str(k): escape(k, STRENGTH * SHARED * HA, TOP) for k in SHARPNESS},
        "committed": {str(k): escape(k, STRENGTH * k * HA, OTHER) for k in SHARPNESS},
        "Z": round(Z, 3),
        "POWER": round(POWER, 3),
    }


def script() -> str:
    """Return the tables as a script."""
    return (
        "/* Written by `python -m lessons.tables`: exact mean escape iterations of SGD, and the judge's threshold. */\n"
        f'"use strict";\nglobalThis.lab ??= {{}};\n\nlab.TABLES = {json.dumps(tables(), indent=2)};\n'
    )


if __name__ == "__main__":
    FILE.write_text(script(), encoding="utf-8")
