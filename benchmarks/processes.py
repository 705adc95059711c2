"""How fast processes are integrated, beside Numba, JAX and diffrax: ``python -m benchmarks.processes``.

One process, one core, contestants in turns. JAX and diffrax come with the dependency group ``bench``; without
them their rows say so. Answers are compared: moments of the final positions in A, mean passage times in B, where
those who look at the ends of steps only have another mean, known exactly too.
"""

import os

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import argparse
import sys
from functools import partial

import numpy as np

from benchmarks import baselines_process as others
from benchmarks import c_twin
from benchmarks import process_problems as p
from benchmarks.race import disagreement, one_core, race, ratio
from diffusion import (
    Overdamped,
    PhaseSpace,
    Quadratic,
    StyblinskiTang,
    baoab,
    euler_maruyama,
    integrate,
    passage_times,
)

AGREE = 4.5  # standard errors
SADDLE, PROCESS = Quadratic(p.H), PhaseSpace(p.MASS, p.DAMPING, p.D)


def saddle(walkers, steps, seed, scheme=euler_maruyama):
    run = integrate(
        SADDLE, PROCESS, 0.0, steps * p.DT_A, dt=p.DT_A, scheme=scheme, walkers=walkers, seed=seed, workers=1,
        keep="positions",
    )  # fmt: skip
    return run.positions[-1]


def passage(walkers, seed):
    return passage_times(
        StyblinskiTang(1), Overdamped(p.T), start=p.START, above=p.EDGE, dt=p.DT_B, max_time=p.LONG,
        walkers=walkers, seed=seed, workers=1,
    ).iterations  # fmt: skip


def peers():
    """Return the jobs of JAX and diffrax where they are installed, and why not where they are not."""
    jobs, missing = {}, []
    for name, make in (("jax", others.jax_jobs), ("diffrax", others.diffrax_jobs)):
        try:
            jobs[name] = make()
        except ImportError as error:
            missing.append(f"{name} skipped: {error} (dependency group bench)")
    return jobs, missing


def job_a(rounds, jobs, steps=1000):
    in_c = {"C": c_twin.FAST_MATH, "C in order": c_twin.IN_ORDER} if c_twin.available() else {}
    contestants = {
        "engine": (saddle, 10_000),
        "engine, BAOAB": (partial(saddle, scheme=baoab), 10_000),
        **{name: (twin.inertia, 9984) for name, twin in in_c.items()},
        "numba": (others.saddle_numba, 2000),
        **{name: (job[0], 2000) for name, job in jobs.items()},
    }
    final = {}

    def turn(who, job, walkers, seed):
        final[who] = job(walkers, steps, seed)
        return walkers * steps

    ns = race({w: partial(turn, w, *job, k) for k, (w, job) in enumerate(contestants.items())}, rounds)
    print("A: Euler-Maruyama with inertia on a saddle, 2 coordinates, ns per step of a walker")
    show(ns)
    for name in in_c:
        show_ratio(f"in units of {name}", ratio(ns["engine"], ns[name]))
    z = max(disagreement(final["engine"], other) for other in final.values() if other is not final["engine"])
    return [
        target("times faster than numba", ratio(ns["numba"], ns["engine"]), ">=", 8),
        target("BAOAB in units of Euler-Maruyama", ratio(ns["engine, BAOAB"], ns["engine"]), "<=", 1.6),
        answer(f"largest difference of moments {z:.1f} standard errors", z <= AGREE),
    ]


def job_b(rounds, jobs, walkers=4000):
    contestants = {
        "engine": (passage, 4 * walkers, p.BRIDGED),
        "numba": (others.passage_numba, walkers // 8, p.AT_STEP_ENDS),
        **{name: (job[1], walkers // 8, p.AT_STEP_ENDS) for name, job in jobs.items()},
    }
    times = {}

    def turn(who, job, walkers, expected, seed):
        times[who] = job(walkers, seed)
        return times[who].sum()

    ns = race({w: partial(turn, w, *job, k) for k, (w, job) in enumerate(contestants.items())}, rounds)
    print("B: first passage on Styblinski-Tang (ours bridged), ns per step of a walker until it leaves")
    show(ns)
    rows = [target("times faster than numba", ratio(ns["numba"], ns["engine"]), ">=", 6)]
    for who, (_, _, expected) in contestants.items():
        t = times[who] * p.DT_B
        z = (t.mean() - expected) / (t.std() / np.sqrt(t.size))
        rows.append(
            answer(f"{who}: mean {t.mean():.3f}, exact {expected}, {z:+.1f} standard errors", abs(z) < AGREE)
        )
    return rows


def show(ns):
    print("    " + "  ".join(f"{who} {np.min(t):.2f}" for who, t in ns.items()))


def show_ratio(measure, value, verdict=""):
    print(f"    {measure:34s} {value.median:.2f} [{value.low:.2f}, {value.high:.2f}]{verdict}")


def target(measure, value, sense, limit):
    met = value.median >= limit if sense == ">=" else value.median <= limit
    show_ratio(measure, value, f"  target {sense} {limit} {'pass' if met else 'MISS'}")
    return met


def answer(text, agrees):
    print(f"    {text}: {'agree' if agrees else 'DISAGREE'}")
    return agrees


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.processes", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 rounds instead of 9")
    rounds = 3 if parser.parse_args().quick else 9
    with one_core():
        jobs, missing = peers()
        for reason in missing:
            print(reason)
        results = job_a(rounds, jobs) + job_b(rounds, jobs)
    print(f"{sum(results)} of {len(results)} met")
    return int(not all(results))


if __name__ == "__main__":
    sys.exit(main())
