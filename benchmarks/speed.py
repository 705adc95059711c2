"""How fast the engine is, beside NumPy, Numba and C doing the same: ``python -m benchmarks.speed``.

One process, one core, ten coordinates; contestants take turns, and each target is a ratio of their times.
Final positions must agree in mean and variance, or the row has measured two different things.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
from llvmlite.binding import get_host_cpu_features

from benchmarks import baselines_numba, baselines_numpy, c_twin, engine
from benchmarks import problems as p
from benchmarks.race import Ratio, disagreement, load, one_core, race, ratio
from diffusion.watch import worker_count

AGREE = 4.5  # standard errors; chance passes it once in some 20000 rows (8 comparisons each)


@dataclass(frozen=True)
class Job:
    """One job of fixed length, and how many times faster the engine must be than each baseline."""

    title: str
    numba: float
    numpy: float | None
    c: float | None = None
    iterations: int = 1000


JOBS = {
    "sgd": Job("SGD, saddle, frozen noise", 8, 20, 1.3),
    "momentum": Job("Momentum, Styblinski-Tang, frozen noise", 8, 20, 1.3),
    "momentum_sigma": Job("Momentum, sigma(theta)", 8, 20, 1.3),
    "adam": Job("Adam, sigma(theta)", 6, 14, 1.3),
    "adai": Job("Adai, sigma(theta)", 5, 14, 1.4),
    "minibatch": Job("Momentum, minibatch 10 of 50000 rows", 4, None, None, 400),
}
OTHERS = ("first_passage", "threads")
BUSY = 0.5  # a load above which something else than this runs
# For turns of some 10 to 150 ms; NumPy is fastest per walker while its arrays stay in the second cache.
WALKERS = {"engine": 4096, "C": 4096, "C in order": 4096, "numba": 512, "numpy": 1024}


@dataclass(frozen=True)
class Row:
    """One ratio beside its target; ``counts`` is false where the target is meant for another machine."""

    job: str
    measure: str
    value: Ratio
    sense: str  # ">=" or "<="
    target: float
    counts: bool

    @property
    def passed(self):
        return self.value.median >= self.target if self.sense == ">=" else self.value.median <= self.target

    @property
    def verdict(self):
        return ("pass" if self.passed else "MISS") + ("" if self.counts else " (not counted here)")


@dataclass(frozen=True)
class Result:
    """What one job measured: ns per walker, step and coordinate, ratios, the largest disagreement in z."""

    title: str
    ns: dict[str, float]
    rows: list[Row]
    z: float


def contestants(name, with_c):
    """Return who can run this job; "C in order" is shown beside the C that the targets speak of."""
    teams = {"engine": engine, "numba": baselines_numba, "numpy": baselines_numpy}
    if with_c:
        teams |= {"C": c_twin.FAST_MATH, "C in order": c_twin.IN_ORDER}
    return {who: getattr(team, name) for who, team in teams.items() if hasattr(team, name)}


def fixed_length(name, rounds, avx512, with_c):
    job = JOBS[name]
    final = {}

    def turn(who, positions, seed):
        final[who] = positions(WALKERS[who], job.iterations, seed)
        return final[who].size * job.iterations

    turns = {
        who: partial(turn, who, positions, seed)
        for seed, (who, positions) in enumerate(contestants(name, with_c).items())
    }
    ns = race(turns, rounds)
    rows = []
    for who, target in (("numba", job.numba), ("numpy", job.numpy)):
        if target is not None:
            value = ratio(ns[who], ns["engine"])
            rows.append(Row(name, f"times faster than {who}", value, ">=", target, avx512))
    if job.c is not None and "C" in ns:
        rows.append(Row(name, "time in units of C", ratio(ns["engine"], ns["C"]), "<=", job.c, True))
    z = np.max([disagreement(final["engine"], other) for who, other in final.items() if who != "engine"])
    return Result(job.title, {who: float(np.min(t)) for who, t in ns.items()}, rows, float(z))


def first_passage(rounds, avx512, walkers=10_000, iterations=10_000):
    times = {}

    def passage(who, first_passage, walkers):
        times[who] = first_passage(walkers, 1)
        return times[who].sum() * p.DIM

    turns = {
        "engine": partial(passage, "engine", engine.first_passage, walkers),
        "fixed length": lambda: engine.momentum(walkers, iterations, 2).size * iterations,
        "numba": partial(passage, "numba", baselines_numba.first_passage, walkers // 20),
    }
    ns = race(turns, rounds)
    value = ratio(ns["engine"], ns["fixed length"])
    title = f"First passage, {walkers} walkers, mean {times['engine'].mean():.0f} steps"
    return Result(
        title,
        {who: float(np.min(t)) for who, t in ns.items()},
        [Row("first_passage", "useful step in units of a fixed-length run's", value, "<=", 1.2, avx512)],
        disagreement(times["engine"][:, None], times["numba"][:, None]),
    )


def threads(rounds, avx512, walkers=16_384, iterations=1000):
    def turn(workers):
        return engine.momentum(walkers, iterations, 1, workers=workers).size * iterations

    ns = race({"engine": partial(turn, 1), "2 threads": partial(turn, 2)}, rounds, clock=time.perf_counter)
    value = ratio(ns["engine"], ns["2 threads"])
    one, two = (engine.momentum(walkers, 100, 1, workers=workers) for workers in (1, 2))
    return Result(
        "Two threads, wall time (Momentum, frozen noise)",
        {who: float(np.min(t)) for who, t in ns.items()},
        [Row("threads", "times faster than one thread", value, ">=", 1.6, avx512)],
        disagreement(one, two),
    )


def measure(names, rounds, avx512, with_c):
    """Yield the result of each job in ``names``."""
    for name in names:
        if name == "threads":
            if worker_count(None) > 1:
                yield threads(rounds, avx512)
            continue
        with one_core():
            if name == "first_passage":
                result = first_passage(min(rounds, 7), avx512)
            else:
                result = fixed_length(name, rounds, avx512, with_c)
        yield result


def table(result):
    ns = "  ".join(f"{who} {t:.3f}" for who, t in result.ns.items())
    lines = [result.title, f"    ns: {ns}"]
    for row in result.rows:
        value = row.value
        lines.append(
            f"    {row.measure:46s} {value.median:6.2f} [{value.low:.2f}, {value.high:.2f}]"
            f"  target {row.sense} {row.target:<4g} {row.verdict}"
        )
    agree = "agree" if result.z <= AGREE else "DISAGREE"
    lines.append(f"    the contestants {agree}: largest difference {result.z:.1f} standard errors")
    return "\n".join(lines)


def heading(avx512, with_c):
    lines = ["ns per walker, step and coordinate, least of the rounds; ratios: median [middle 80 %]."]
    if not avx512:
        lines.append("No AVX-512 here: targets other than the ratio to C are for machines that have it.")
    if not with_c:
        lines.append("No C compiler (cc) here: the ratio to C is not measured.")
    if (busy := load()) is not None and busy > BUSY:
        lines.append(f"Others use this machine (load {busy:.1f}): ratios suffer, that of two threads most.")
    return "\n".join(lines)


def document(result):
    rows = [{**asdict(row), "passed": row.passed} for row in result.rows]
    return {**asdict(result), "rows": rows, "agree": result.z <= AGREE}


def main():
    every = [*JOBS, *OTHERS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 rounds instead of 15")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.add_argument(
        "--jobs", nargs="+", default=every, choices=every, metavar="JOB", help=", ".join(every)
    )
    options = parser.parse_args()
    avx512, with_c = bool(get_host_cpu_features().get("avx512f")), c_twin.available()
    if not options.json:
        print(heading(avx512, with_c), flush=True)
    results = []
    for result in measure(options.jobs, 3 if options.quick else 15, avx512, with_c):
        results.append(result)
        if not options.json:
            print(table(result), flush=True)
    rows = [row for result in results for row in result.rows if row.counts]
    missed = sum(not row.passed for row in rows)
    disagree = sum(not result.z <= AGREE for result in results)  # not a number is no agreement
    if options.json:
        print(
            json.dumps({"avx512": avx512, "cc": with_c, "results": [document(r) for r in results]}, indent=1)
        )
    else:
        print(f"{len(rows) - missed} of {len(rows)} targets met; {disagree} jobs disagree")
    return int(missed > 0 or disagree > 0)


if __name__ == "__main__":
    sys.exit(main())
