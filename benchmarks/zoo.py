"""How long each update rule takes, in units of Adam: ``python -m benchmarks.zoo``.

The job is ten coordinates of Styblinski-Tang with frozen noise, on one core. Rules and Adam take turns; a ratio is
the median over the rounds. The target is 2, save for rules that sum over the coordinates of a walker (marked S), take
a power that is no square root (P), or multiply matrices (M).
"""

import argparse
import sys
from functools import partial

import numpy as np

from benchmarks import problems as p
from benchmarks.race import load, one_core, race, ratio
from diffusion import (
    OPTIMIZERS,
    SGD,
    AdamW,
    Cautious,
    Clipped,
    FrozenNoise,
    Momentum,
    Muon,
    Padam,
    ScheduleFree,
    StyblinskiTang,
    evolve,
)

TARGET = 2.0
WALKERS, ITERATIONS = 2048, 200
OUT_OF_LINE = {  # why a rule may take longer
    "adai": "S", "adai-v2": "SP", "lamb": "S", "lars": "S", "dog": "S", "prodigy": "S", "mars": "S", "novograd": "S",
    "stable-adamw": "S", "adafactor": "S", "clipped": "S", "cautious": "S", "muon": "M",
    "padam 1/5": "P",
}  # fmt: skip
VALLEYS, NOISE = StyblinskiTang(p.DIM), FrozenNoise(p.VALLEY_SD**2)
START = np.full(p.DIM, p.VALLEY)
SMALL = 1e-6  # learning rate at which nobody leaves, so that all do the same work


def contestants():
    """Return every rule with its defaults, and those of its options that take other paths, by name."""
    rules = {
        "muon": Muon(SMALL, (2, 5)),
        "clipped": Clipped(Momentum(SMALL)),
        "cautious": Cautious(AdamW(SMALL)),
        "schedule-free": ScheduleFree(SGD(SMALL)),
    }
    for name, cls in OPTIMIZERS.items():
        if name not in rules:
            rules[name] = cls(eta=SMALL)
    return {**rules, "padam 1/8": Padam(SMALL, partial=0.125), "padam 1/5": Padam(SMALL, partial=0.2)}


def turn(optimizer):
    """Run the job once; return how many walkers, steps and coordinates that was."""
    evolve(VALLEYS, NOISE, optimizer, START, ITERATIONS, walkers=WALKERS, seed=1, workers=1)
    return WALKERS * ITERATIONS * p.DIM


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.zoo", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--rules", nargs="+", default=list(contestants()), metavar="NAME")
    options = parser.parse_args()
    rules = contestants()
    missed = 0
    print(f"load {load()}, {options.rounds} rounds\n\n| rule | ns | in units of Adam | |\n|---|--:|--:|---|")
    with one_core():
        for name in options.rules:
            ns = race(
                {"rule": partial(turn, rules[name]), "adam": partial(turn, rules["adam"])}, options.rounds
            )
            value, why = ratio(ns["rule"], ns["adam"]), OUT_OF_LINE.get(name, "")
            missed += value.median > TARGET and not why
            verdict = "" if value.median <= TARGET else why or "MISS"
            middle = f"{value.median:.2f} [{value.low:.2f}, {value.high:.2f}]"
            print(f"| {name} | {ns['rule'].min():.2f} | {middle} | {verdict} |", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
