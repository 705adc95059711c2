"""Exponents in ten coordinates.

The ten optimizers of the paper's Table 2 are measured on the grid of Figure 6.
"""

from dataclasses import replace

import numpy as np

from diffusion import FrozenNoise, StyblinskiTang, escape_times
from sims.degree.exponent import sharper
from sims.degree.response import response
from sims.degree.rules import Rule
from sims.judging.scaling_law import fit_line, free_exponent
from sims.storage.seeds import derived_seed

DIM, START_UP = 10, 60  # coordinates; iterations that are left out, as in Figure 6
STRENGTH = 100.0  # C = 100 H_a: kappa = 1000 and B = 10, as in Figure 6
FLATTEST = 2.5  # smallest k of Figure 6
# Half of the walkers leave within some hundred iterations. Rules whose steps take longer than that to reach their size
# get a shorter memory and a longer start-up. AdaBound's bounds stay open, which is its early half.
SETTINGS: dict[str, dict] = {
    "padam": {"beta2": 0.99},
    "radam": {"beta2": 0.99},
    "yogi": {"beta2": 0.97},
    "adabound": {"gamma": 1e-9},
}
START_UPS = {"padam": 300, "radam": 500, "yogi": 120}
EXPONENTS = (9.0, 7.4, 6.0, 5.0, 4.2, 3.5)  # E at the points, about those of Figure 6


def escapes(rule: Rule, *, walkers: int, seed: int, workers=None, watch=None) -> list[dict]:
    """Return first passages of the barrier's top.

    The first of ten coordinates to pass it counts. There is one row for each sharpness.
    """
    p = rule.predicted[0] if isinstance(rule.predicted, tuple) else rule.predicted
    flat = StyblinskiTang(1, FLATTEST)
    C = STRENGTH * flat.H_a
    optimizer = replace(rule.optimizer, **SETTINGS.get(rule.name, {}))
    base = sharper(optimizer, FLATTEST, optimizer.eta)
    answer = response(base, C**0.5, walkers=10_000, seed=derived_seed(seed, "response"), workers=workers)
    eta = answer.log_escape(flat, 1.0) / EXPONENTS[0]
    rows = []
    for wanted in EXPONENTS:
        k = FLATTEST * (EXPONENTS[0] / wanted) ** (1 / p)
        valley = StyblinskiTang(DIM, k)
        run = escape_times(
            valley, FrozenNoise(STRENGTH * valley.H_a), sharper(optimizer, k, eta), start=valley.minimum,
            boundary=valley.boundary, max_iterations=10_000_000, walkers=walkers,
            seed=derived_seed(seed, rule.name, wanted), workers=workers, watch=watch,
        )  # fmt: skip
        rate = run.rate(cut=START_UPS.get(rule.name, START_UP))
        rows.append(
            {
                "rule": rule.name,
                "title": rule.title,
                "predicted": p,
                "eta": float(eta),
                "k": float(k),
                "events": int(rate.events),
                "exposure": float(rate.exposure),
                "tau": float(rate.mean_time),
                "tau_low": float(rate.mean_time_low),
                "tau_high": float(rate.mean_time_high),
            }
        )
    return rows


def fit(rows: list[dict]) -> dict:
    """Fit the exponent of log(tau k^q) = a + b k^-p.

    The rows are those of one rule; q is as predicted.
    """
    k, events, exposure = (
        np.array([row[name] for row in rows], float) for name in ("k", "events", "exposure")
    )
    predicted = rows[0]["predicted"]
    free = free_exponent(k, events, exposure, q=predicted)
    return {
        "rule": rows[0]["rule"],
        "title": rows[0]["title"],
        "predicted": predicted,
        "measured": free.value,
        "low": free.low,
        "high": free.high,
        "fit_probability": fit_line(k, events, exposure, p=predicted, q=predicted).fits,
    }
