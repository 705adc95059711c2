"""How often do the verdicts cry wolf? The quick run over many seeds, as a table for docs/false_alarms.md.

python -m benchmarks.false_alarms              # 20 seeds, some twenty minutes, without the network experiments
python -m benchmarks.false_alarms --seeds 3 --networks       # those: some minutes a seed; --write keeps the other part
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
TITLE, NETWORKS = "# False alarms of the verdicts", "## Experiments on networks"
LEVELS = (1.96, 3.0, 4.0, Z)
ABOUT = (
    "`python -m benchmarks.false_alarms{how}`: the quick run of {which} with the seeds {first} to {last}. {size} "
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


def table(seeds, experiments, networks):
    """Return a part of the page.

    It has pooled deviations, their spread by experiment, and verdicts that were not the recorded ones.
    """
    found, changed = {}, []
    for seed in seeds:
        for finding in verify.verify(experiments, size="quick", seed=seed):
            found.setdefault(finding.name, []).append(deviations(finding.dataset))
            changed += [f"seed {seed}: {line}" for line in differences([finding], "quick")]
            changed += [] if verify.sound([finding]) else [f"seed {seed}: {finding.name} is not sound"]
        print(f"seed {seed} done, {len(changed)} differences", flush=True)
    z = np.concatenate([np.concatenate(parts) for parts in found.values()])
    lines = [
        NETWORKS if networks else TITLE,
        "",
        ABOUT.format(
            how=" --networks" if networks else "",
            first=seeds[0],
            last=seeds[-1],
            size=z.size,
            which="the experiments on networks" if networks else "all experiments but those on networks",
        ),
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


def joined(part, page, networks):
    """Return the page with one of its two parts made anew."""
    before, _, after = page.partition(NETWORKS)
    if networks:
        return f"{before.rstrip()}\n\n{part}"
    return part + (f"\n{NETWORKS}{after}" if after else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--experiments", nargs="*", default=[])
    parser.add_argument(
        "--networks", action="store_true", help="run the experiments on networks, and no others"
    )
    parser.add_argument("--write", action="store_true", help=f"write this part of {PAGE.name}")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    chosen = verify.about(*options.experiments)[0]
    if not options.experiments:
        chosen = tuple(one for one in chosen if one.name.startswith("network_") == options.networks)
    part = table(seeds, chosen, options.networks)
    print(part)
    if options.write:
        PAGE.write_text(joined(part, PAGE.read_text(encoding="utf-8"), options.networks), encoding="utf-8")


if __name__ == "__main__":
    main()
