"""Degree law: how optimizers tell flat from sharp minima.

An update of degree h in the gradients and d in the parameters walks on a loss sharpened by k as it would on the
plain one with its learning rate times k^p, p = (1 + h - d) / 2. So log(tau k^p) is linear in k^(-p). The identity is
checked step by step; the exponent and the slope of log tau are measured by splitting, without using the law. The paper
guesses that Adam's variants select flat minima as poorly as Adam does, p = 1/2. Negative controls: constants that are
not rescaled, and Adam's exponent for a rule that has another.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from diffusion import FrozenNoise, StyblinskiTang, evolve, sharpened
from sims.degree.exponent import SIGMA, Escapes, escapes, fit
from sims.degree.rules import find_rule
from sims.experiments import Experiment
from sims.judging.judges import control, judge, judge_identity
from sims.judging.points import Panel, Point, as_dataset, having, where
from sims.storage.seeds import derived_seed

LAW, VARIANTS = STATEMENTS = ("Degree law", "Adam variants")
STEPS, UNIT = 400, float(np.finfo(float).eps)
ROUNDING = 1e-10  # of the largest position after STEPS: rules that divide by small gradients magnify rounding
ADAMS = 0.5  # Adam's exponent, which the paper guesses its variants have too
ADAPTIVE = (
    "Padam(0.25)",
    "RMSprop",
    "Yogi",
    "AdaBelief",
    "AdamW",
    "InvAdam",
)  # variants of Adam that may be measured
POWER = 0.45  # of exponents that must be seen: less than the 50 % between 1/2 and 3/4, Adam's and Padam's
ON_EPS = 1e-2  # eps in the test of the identity: large enough to matter
PANELS = {
    "identity": Panel(
        "The same steps", "sharpness $k$", r"largest $|\phi_k-\phi_1|$ / largest $|\phi|$ [$2^{-52}$]",
        xscale="linear", yscale="linear",
    ),
    "exponent": Panel(
        "Exponents", "predicted $p$", "measured $p$", xscale="linear", yscale="linear", lines=("rule",)
    ),
    "slope": Panel(
        "Slopes of log τ, without a free parameter", "predicted $p$", "measured / predicted slope",
        xscale="linear", yscale="linear", lines=("rule",),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class DegreeLaw:
    """Settings.

    Parameters
    ----------
    walkers : of the identity.
    seed : every rule derives its own from it.
    rules : names of the optimizers.
    particles, replicas : of splitting.
    """

    walkers: int = 256
    seed: int = 0
    rules: tuple[str, ...] = ("sgd", "momentum", "padam", "yogi")
    particles: int = 150
    replicas: int = 8


FULL, QUICK = DegreeLaw(), DegreeLaw(walkers=64, rules=("padam",), particles=120, replicas=6)


def with_constants(optimizer):
    """Return an optimizer with large constants.

    Its eps and weight decay, where it has them, are large enough to matter.
    """
    known = {field.name for field in fields(optimizer) if field.init}
    given = {"eps": ON_EPS} if "eps" in getattr(optimizer, "powers_of_k", {}) else {}
    return replace(optimizer, **given, **({"weight_decay": 0.5} if "weight_decay" in known else {}))


def paths(optimizer, k, config, seed, *, rescaled=True, workers=None, watch=None):
    """Return sqrt(k) theta on the loss sharpened by k."""
    valley = StyblinskiTang(2, k)
    twin = sharpened(optimizer, k)
    if not rescaled:  # only the learning rate is: every other constant stays as it is
        twin = replace(optimizer, eta=twin.eta)
    run = evolve(
        valley, FrozenNoise(k * 100.0), twin, valley.minimum, [1, 20, STEPS], keep="positions",
        walkers=config.walkers, seed=seed, workers=workers, watch=watch,
    )  # fmt: skip
    return valley.stretch * run.positions


def run(config: DegreeLaw, *, workers=None, watch=None):
    """Return sharpened walks and escape times.

    The points say how far walks are apart, and the exponents and slopes of escape times.
    """
    points, work = [], 0.0
    for name in config.rules:
        rule = find_rule(name)
        optimizer, seed = with_constants(rule.optimizer), derived_seed(config.seed, "identity", name)
        first = paths(optimizer, 1.0, config, seed, workers=workers, watch=watch)
        for k, rescaled in ((3.0, True), (4.0, True), (4.0, False)):
            if not rescaled and optimizer == rule.optimizer:
                continue  # it has no constant that could be left as it is
            there = paths(optimizer, k, config, seed, rescaled=rescaled, workers=workers, watch=watch)
            apart = float(abs(there - first).max() / abs(first).max())
            at = {"rule": rule.title, "constants": "rescaled" if rescaled else "left as they are"}
            points.append(Point("identity", at, k, apart / UNIT, 0.0))
        size = Escapes(config.seed, config.particles, config.replicas, workers=workers)
        rows = escapes(rule, size, watch)
        found = fit(rows)
        p, stderr = found["predicted"], (found["high"] - found["low"]) / 3.92
        at = {"rule": rule.title}
        points.append(Point("exponent", at, p, found["measured"], stderr, printed=p))
        error = (found["slope_high"] - found["slope_low"]) / 3.92
        points.append(Point("slope", at, p, found["slope"], error, printed=1.0))
        work += sum(row["steps"] for row in rows) + 3.0 * STEPS * config.walkers
    return as_dataset(
        points, PANELS, config, walkers=config.walkers * len(config.rules), work=work,
        noise=f"frozen, sigma = {SIGMA:g} at k = 1", interpretation="Ito", stop="first passage of the barrier's top",
        time_unit="iterations T",
    )  # fmt: skip


def verdicts(dataset):
    """Judge the identity, and the exponents and slopes of escape times."""
    found = []
    for name in dict.fromkeys(dataset.rule.values.tolist()):
        steps = having(dataset, panel="identity", rule=name)
        for constants in dict.fromkeys(steps.constants.values.tolist()):
            one = having(dataset, panel="identity", rule=name, constants=constants)
            apart, wrong = float(one.measured.max()) * UNIT, constants != "rescaled"
            verdict = judge_identity(apart, ROUNDING, one.sizes["point"], wrong=wrong)
            at = {"wrong": f"constants {constants}"} if wrong else {"what": "steps"}
            found.append(verdict.on(LAW, {"rule": name} | at))
        at = {"rule": name, "what": "exponent"}
        exponent, predicted = where(dataset, panel="exponent", rule=name)
        right = judge(exponent, predicted, tolerance=0.05, power=POWER)
        found.append(right.on(LAW, at))
        slope, one = where(dataset, panel="slope", rule=name)
        found.append(judge(slope, one, tolerance=0.03, power=0.15).on(LAW, {"rule": name, "what": "slope"}))
        adams = np.full_like(predicted, ADAMS)
        if predicted[0] > ADAMS:
            found.append(control(exponent, adams).on(LAW, {"rule": name, "wrong": "Adam's exponent"}))
        if name in ADAPTIVE:
            guess = judge(exponent, adams, tolerance=0.05, power=POWER)
            found += [guess.on(VARIANTS, at), right.on(VARIANTS, at, form="corrected")]
    return found


EXPERIMENT = Experiment("degree_law", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
