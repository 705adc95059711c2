"""Proposition 1: Adam spreads from a saddle equally fast in every direction.

Adam divides each gradient by the root of its mean square. The noise is then the same in all directions; what is left
of the curvature is the force, and the proposition drops it: it must be weak, sqrt(B|H|) eta T << 1. Without a force
isotropy is exact, since a factor of all gradients cancels; the size of the spread is not, for v must be learned.

Each walker of Adam runs beside one that knows v = |H| / B, on the same noise. The latter's spread is known exactly
(and tested), and only the difference is measured: at T = 1000 its error is nine times smaller.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from diffusion import Adam, Estimate, FrozenNoise, Momentum, Quadratic, evolve
from sims.experiments import Experiment
from sims.experiments.shared.isotropy import to_mean
from sims.experiments.shared.same_noise import beyond
from sims.judging.claims import Claims
from sims.judging.judges import judge
from sims.judging.order import judge_order
from sims.judging.points import Panel, along, as_dataset, having, where
from sims.storage.seeds import derived_seed
from theory.saddle import adam_msd_exact, adam_msd_leading, adam_msd_printed

(STATEMENT,) = STATEMENTS = ("Proposition 1",)
EXCESS = "excess over eta^2 T"
LOOKED_AT = 10, 100, 1000  # iterations at which directions are compared
UNIT = r"$\langle\Delta\theta^2\rangle\,/\,(\eta^2T)$"
PANELS = {
    "direction": Panel("No force to speak of", "$|H|$", UNIT, yscale="linear", lines=("who", "T")),
    "excess": Panel("Beyond $\\eta^2T$, all directions", "$T$", r"$\langle\Delta\theta^2\rangle/\eta^2 - T$"),
    "force": Panel(
        "With the force, $T = 1000$", r"$\sqrt{B|H|}\,\eta T$", UNIT, ratio_to="leading", lines=("who", "T")
    ),
}


@dataclass(frozen=True)
class AdamSaddle:
    """Settings.

    Parameters
    ----------
    walkers : independent walkers in each run.
    seed : every run derives its own from it.
    weak, strong : learning rates: at the first the force is negligible in every direction, at the second it is not.
    B : batch size.
    beta1 : inertia; beta2 is 0.999 and eps 0, as the paper has none.
    H : |H| along the directions of the saddle.
    T : iterations at which the walkers are looked at.
    """

    walkers: int = 2**20
    seed: int = 0
    weak: float = 1e-7
    strong: float = 2e-4
    B: float = 10.0
    beta1: float = 0.9
    H: tuple[float, ...] = (1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0)
    T: tuple[int, ...] = (10, 30, 100, 300, 1000)


FULL, QUICK = AdamSaddle(), AdamSaddle(walkers=2**16)


def run(config: AdamSaddle, *, workers=None, watch=None):
    """Return Adam's spread beside that with known v, and Proposition 1."""
    how = {"workers": workers, "watch": watch}
    points = []
    for force, eta in (("weak", config.weak), ("strong", config.strong)):
        T = np.array(config.T if force == "weak" else config.T[-1:])
        adam, knowing = walkers_of(config, eta, T, how)
        seed = derived_seed(config.seed, "paired", force)
        ideal = adam_msd_exact(-np.array(config.H), T[:, None], eta=eta, B=config.B, beta1=config.beta1)
        learned = beyond(partial(adam, seed=seed), partial(knowing, seed=seed), walkers=config.walkers)
        msd = Estimate(ideal + learned.mean, learned.stderr, learned.n)
        seed = derived_seed(config.seed, "v known", force)
        known = knowing(walkers=config.walkers, seed=seed).msd()
        points += along_directions(config, eta, T, msd, known, ideal, force)
        if force == "weak":
            points += excesses(config, eta, T, msd, ideal)
    return as_dataset(
        points, PANELS, config, walkers=6 * config.walkers, work=6 * config.walkers * config.T[-1] * len(config.H),
        noise="frozen, C = |H| / B", time_unit="iterations T",
    )  # fmt: skip


def walkers_of(config, eta, T, how):
    """Return how to run Adam, and momentum for Adam that knows v."""
    H = np.array(config.H)
    adam = partial(
        evolve, Quadratic(-H), FrozenNoise(H / config.B), Adam(eta, config.beta1, eps=0.0), 0.0, T, **how
    )
    momentum = Momentum(eta, config.beta1, 1 - config.beta1, bias_correction=True)
    pull = Quadratic(-np.sqrt(config.B * H))
    return adam, partial(evolve, pull, FrozenNoise(np.ones(H.size)), momentum, 0.0, T, **how)


def along_directions(config, eta, T, msd, known, ideal, force):
    """Return the spread over eta^2 T by direction, beside stated values."""
    H, points = np.array(config.H), []
    rule = {"eta": eta, "B": config.B, "beta1": config.beta1}
    for t, age in enumerate(T):
        if force == "weak" and age not in LOOKED_AT:
            continue
        unit = eta**2 * age
        both = {"printed": adam_msd_printed(-H, age, **rule), "leading": adam_msd_leading(-H, age, **rule)}
        panel, x = ("direction", H) if force == "weak" else ("force", np.sqrt(config.B * H) * eta * age)
        at = {"force": f"{force} force", "T": float(age)}
        how = {"optimizer": "Adam", "unit": unit} | both
        learned = along(panel, at, x, Estimate(msd.mean[t], msd.stderr[t], msd.n), corrected=ideal[t], **how)
        knowing = Estimate(known.mean[t], known.stderr[t], known.n)
        ideally = along(panel, at | {"who": "v known"}, x, knowing, exact=ideal[t], **how)
        points += [point for pair in zip(learned, ideally, strict=True) for point in pair]
    return points


def excesses(config, eta, T, msd, ideal):
    """Return the mean spread beyond eta^2 T, over eta^2, beside stated values."""
    rule = {"eta": eta, "B": config.B, "beta1": config.beta1}
    stated = (adam_msd_printed(-np.array(config.H), T[:, None], **rule).mean(1), ideal.mean(1))
    printed, corrected = (values / eta**2 - T for values in stated)
    error = np.sqrt((msd.stderr**2).sum(1)) / len(config.H) / eta**2
    measured = Estimate(msd.mean.mean(1) / eta**2 - T, error, msd.n)
    at = {"what": EXCESS}
    return along("excess", at, T, measured, optimizer="Adam", printed=printed, corrected=corrected)


def verdicts(dataset):
    """Return what the numbers say of Proposition 1."""
    on, known = Claims(STATEMENT, dataset), {"who": "v known"}
    found = [on.exact(known | {"points": "every"}), on.scaled(1.05)]
    for T in map(float, LOOKED_AT):
        weak = {"force": "weak force", "T": T}
        mine = having(dataset, who="", **weak)
        share, each = to_mean(where(mine)[0]), np.ones(mine.x.size)
        found.append(judge(share, each).on(STATEMENT, {"what": "isotropy", "T": T}))
        found.append(on.judge(weak, "leading", tolerance=0.02, who="", **weak))
        found.append(on.judge({"what": EXCESS, "T": T}, panel="excess", x=T))
    found.append(on.wrong(share, mine.x.values / mine.x.values.mean(), "spread as |H|, SGD's"))
    found.append(on.judge({"what": EXCESS, "T": 10.0}, "corrected", panel="excess", x=10.0))
    strong = having(dataset, panel="force", who="", T=1000.0)
    share, each, last = to_mean(where(strong)[0]), np.ones(strong.x.size), float(strong.x.max())
    found.append(judge(share, each).on(STATEMENT, {"what": "isotropy", "force": "strong force", "T": 1000.0}))
    for form in ("leading", "printed", "corrected"):
        at = {"force": "strong force", "pull": float(f"{last:.3g}")}
        found.append(Claims(STATEMENT, strong).judge(at, form, tolerance=0.05, x=last))
    weaker = Claims(STATEMENT, strong.isel(point=strong.x < last))
    limit = {"T": 1000.0, "limit": "force -> 0"}
    found.append(weaker.order(limit, "leading", parameter="sqrt(B|H|) eta T"))
    late = having(dataset, panel="excess")
    late = late.isel(point=late.x >= 100)
    T = late.x.values
    spread = Estimate(1 + late.measured.values / T, late.stderr.values / T, int(late.walkers))
    limit = {"force": "no force", "limit": "T -> infinity"}
    return [
        *found,
        judge_order(1 / T, spread, np.ones(T.size), parameter="(1/T)").on(STATEMENT, limit, "leading"),
    ]


EXPERIMENT = Experiment("adam_saddle", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
