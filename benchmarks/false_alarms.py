"""How often do the verdicts cry wolf? The quick run over many seeds, as a table for docs/false_alarms.md.

python -m benchmarks.false_alarms              # 20 seeds, some twenty minutes
python -m benchmarks.false_alarms --seeds 3 --experiments sgd-saddle
"""

import argparse
from pathlib import Path

import numpy as np
from scipy.stats import binom, norm

from sims.judging.points import where
from sims.judging.ratio import Z
from sims.verify import run as verify
from sims.verify.record import differences

PAGE = Path(__file__).parents[1] / "docs" / "false_alarms.md"
LEVELS = (1.96, 3.0, 4.0, Z)
ABOUT = (
    "`python -m benchmarks.false_alarms`: the quick run of all experiments with the seeds {first} to {last}. {size} "
    "numbers were compared with exact references. If the simulator and its standard errors are right, the deviations "
    "are standard normal (numbers of the same walkers at several times are correlated, so the ranges for chance are "
    "somewhat too narrow)."
)


def deviations(dataset):
    """Return every deviation of a walkers' number from its exact reference, in standard errors."""
    try:
        measured, exact = where(dataset, "exact")
    except ValueError:  # this experiment has no exact reference
        return np.empty(0)
    return (measured.mean - exact) / measured.stderr


def row(level, z):
    """Return how many deviations are beyond a level, beside how many chance would have there."""
    expected = 2 * norm.sf(level)
    low, high = binom.ppf([0.025, 0.975], z.size, expected)
    seen = int((np.abs(z) > level).sum())
    return f"| {level:.2f} | {seen} | {z.size * expected:.3g} | {low:.0f} to {high:.0f} |"


def table(seeds, experiments):
    """Return the page: pooled deviations, their spread by experiment, and verdicts that were not the recorded ones."""
    found, changed = {}, []
    for seed in seeds:
        for finding in verify.verify(experiments, size="quick", seed=seed):
            found.setdefault(finding.name, []).append(deviations(finding.dataset))
            changed += [f"seed {seed}: {line}" for line in differences([finding], "quick")]
            changed += [] if verify.sound([finding]) else [f"seed {seed}: {finding.name} is not sound"]
        print(f"seed {seed} done, {len(changed)} differences", flush=True)
    z = np.concatenate([np.concatenate(parts) for parts in found.values()])
    lines = [
        "# False alarms of the verdicts",
        "",
        ABOUT.format(first=seeds[0], last=seeds[-1], size=z.size),
        "",
        "| beyond (standard errors) | seen | expected | by chance (95 %) |",
        "|---|---|---|---|",
        *(row(level, z) for level in LEVELS),
        "",
        "| experiment | comparisons | standard deviation of z | largest |",
        "|---|---|---|---|",
    ]
    for name, parts in found.items():
        one = np.concatenate(parts)
        if one.size:
            lines.append(f"| {name} | {one.size} | {one.std():.2f} | {np.abs(one).max():.2f} |")
    lines += [
        "",
        f"Verdicts that differed from the recorded ones: {len(changed)}.",
        *(f"- {c}" for c in changed),
    ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--experiments", nargs="*", default=[])
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    page = table(seeds, verify.about(*options.experiments)[0])
    print(page)
    if options.write:
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
