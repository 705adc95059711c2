"""Draw the moving picture of the README.

Four optimizers leave a saddle. `python -m lessons.moving` draws it anew.
"""

from pathlib import Path

import numpy as np

from diffusion import FrozenNoise, Quadratic, evolve
from figures.look import COLOURS
from sims.runs.pictures import AROUND_A_SADDLE

FILE = Path(__file__).parents[1] / "figures" / "readme" / "saddle-moving.svg"
H = np.array([-1.0, -0.05])  # the first way down is 20 times as steep as the second
WALKERS, LAST, FRAMES = 48, 120, 31
SIDE, GAP, HEAD = 170, 12, 26  # px of a panel, between panels, above them
SECONDS = 6  # of one round; the last fifth of it stands still


def paths(optimizer) -> np.ndarray:
    """Return walkers' positions on the saddle.

    The shape is (FRAMES, WALKERS, 2), with the first frame at the saddle.
    """
    times = np.linspace(0, LAST, FRAMES).astype(int)[1:]
    run = evolve(
        Quadratic(H), FrozenNoise(np.abs(H)), optimizer, 0.0, times, walkers=WALKERS, seed=4, keep="positions"
    )
    return np.concatenate([np.zeros((1, WALKERS, 2)), run.positions])


def draw() -> str:
    """Return the picture as SVG with moving dots.

    It stands still where animation is not wanted.
    """
    wide = 4 * SIDE + 3 * GAP
    parts = []
    for place, (name, optimizer) in enumerate(AROUND_A_SADDLE.items()):
        found = paths(optimizer)
        scale = 0.48 * SIDE / np.abs(found[-1]).max()
        left = place * (SIDE + GAP)
        middle = np.array([left + SIDE / 2, HEAD + SIDE / 2])
        parts.append(
            f'<rect x="{left}" y="{HEAD}" width="{SIDE}" height="{SIDE}" rx="8" fill="#8a8f98" fill-opacity=".13"/>'
            f'<text x="{middle[0]}" y="17" text-anchor="middle" font-size="14" fill="#7d838c">{name}</text>'
        )
        at = np.rint(middle + found * scale * np.array([1, -1])).astype(int)
        parts += [dot(at[:, w], COLOURS[name]) for w in range(WALKERS)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {HEAD + SIDE}" width="{wide}" '
        f'font-family="system-ui, sans-serif" role="img" aria-label="Walkers of SGD, Momentum, Adam and Adai leave a saddle">'
        f"{''.join(parts)}</svg>\n"
    )


def dot(at: np.ndarray, colour: str) -> str:
    """Return one walker's dot.

    It stands at its last place and moves there from its first.
    """
    still = 0.8  # of the round are steps
    keys = ";".join(f"{still * i / (FRAMES - 1):.3g}" for i in range(FRAMES)) + ";1"
    moves = "".join(
        f'<animate attributeName="{name}" dur="{SECONDS}s" repeatCount="indefinite" keyTimes="{keys}" '
        f'values="{";".join(map(str, [*values, values[-1]]))}"/>'
        for name, values in (("cx", at[:, 0]), ("cy", at[:, 1]))
    )
    return f'<circle cx="{at[-1, 0]}" cy="{at[-1, 1]}" r="2.6" fill="{colour}" fill-opacity=".8">{moves}</circle>'


if __name__ == "__main__":
    FILE.write_text(draw(), encoding="utf-8")
