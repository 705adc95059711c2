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
from sims.judging.order import judge_order
from sims.judging.points import Panel, Point, as_dataset, having, where
from sims.judging.verdict import control, judge, judge_exact
from sims.storage.seeds import derived_seed
from theory.saddle import adam_msd_exact, adam_msd_leading, adam_msd_printed

(STATEMENT,) = STATEMENTS = ("Proposition 1",)
UNIT = r"$\langle\Delta\theta^2\rangle\,/\,(\eta^2T)$"
PANELS = {
    "direction": Panel("No force to speak of", "$|H|$", UNIT, yscale="linear"),
    "excess": Panel("Beyond $\\eta^2T$, all directions", "$T$", r"$\langle\Delta\theta^2\rangle/\eta^2 - T$"),
    "force": Panel("With the force, $T = 1000$", r"$\sqrt{B|H|}\,\eta T$", UNIT, ratio_to="leading"),
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
    """Return the mean squared displacement of Adam, and of Adam that knows v, beside Proposition 1."""
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
        points,
        PANELS,
        config,
        walkers=6 * config.walkers,
        work=6 * config.walkers * config.T[-1] * len(config.H),
        noise="frozen, C = |H| / B",
        time_unit="iterations T",
    )


def walkers_of(config, eta, T, how):
    """Return how to run Adam, and Adam that knows v: momentum on gradients of noise 1 and curvature sqrt(B |H|)."""
    H = np.array(config.H)
    adam = partial(
        evolve, Quadratic(-H), FrozenNoise(H / config.B), Adam(eta, config.beta1, eps=0.0), 0.0, T, **how
    )
    momentum = Momentum(eta, config.beta1, 1 - config.beta1, bias_correction=True)
    pull = Quadratic(-np.sqrt(config.B * H))
    return adam, partial(evolve, pull, FrozenNoise(np.ones(H.size)), momentum, 0.0, T, **how)


def along_directions(config, eta, T, msd, known, ideal, force):
    """Return the spread along every direction, in units eta^2 T, beside what is stated."""
    H, points = np.array(config.H), []
    rule = {"eta": eta, "B": config.B, "beta1": config.beta1}
    for t, age in enumerate(T):
        if force == "weak" and age not in (10, 100, 1000):
            continue
        unit = eta**2 * age
        printed, leading = (form(-H, age, **rule) / unit for form in (adam_msd_printed, adam_msd_leading))
        for j, h in enumerate(H):
            x = h if force == "weak" else np.sqrt(config.B * h) * eta * age
            panel, stated = "direction" if force == "weak" else "force", ideal[t, j] / unit
            both = {"printed": printed[j], "leading": leading[j]}
            points += [
                Point(
                    panel, f"{force} force, T = {age}", f"Adam, T = {age}", float(x), msd.mean[t, j] / unit,
                    msd.stderr[t, j] / unit, corrected=stated, **both,
                ),
                Point(
                    panel, f"{force} force, T = {age}, v known", f"Adam that knows v, T = {age}", float(x),
                    known.mean[t, j] / unit, known.stderr[t, j] / unit, exact=stated, **both,
                ),
            ]  # fmt: skip
    return points


def excesses(config, eta, T, msd, ideal):
    """Return the spread beyond eta^2 T, in units eta^2, mean over the directions, beside what is stated."""
    rule = {"eta": eta, "B": config.B, "beta1": config.beta1}
    stated = (adam_msd_printed(-np.array(config.H), T[:, None], **rule).mean(1), ideal.mean(1))
    printed, corrected = (values / eta**2 - T for values in stated)
    measured = msd.mean.mean(1) / eta**2 - T
    error = np.sqrt((msd.stderr**2).sum(1)) / len(config.H) / eta**2
    return [
        Point(
            "excess", "excess over eta^2 T", "Adam", float(T[t]), measured[t], error[t], printed=printed[t],
            corrected=corrected[t],
        )
        for t in range(T.size)
    ]  # fmt: skip


def verdicts(dataset):
    """Return what the numbers say of Proposition 1."""
    told = {"statement": STATEMENT}
    known = where(dataset, "exact")
    found = [
        judge_exact(*known, regime="v known, every point", **told),
        control(known[0], 1.05 * known[1], regime="exact times 1.05", **told),
    ]
    for T in (10, 100, 1000):
        mine = having(dataset, regime=f"weak force, T = {T}")
        share = to_mean(where(mine)[0])
        found.append(judge(share, np.ones(mine.x.size), regime=f"isotropy, T = {T}", **told))
        size = {"regime": f"weak force, T = {T}", "form": "leading", "tolerance": 0.02}
        found.append(judge(*where(mine, "leading"), **size, **told))
        regime = f"excess over eta^2 T, T = {T}"
        found.append(judge(*where(dataset, panel="excess", x=T), regime=regime, **told))
    found.append(control(share, mine.x.values / mine.x.values.mean(), regime="spread as |H|, SGD's", **told))
    ideal = where(dataset, "corrected", panel="excess", x=10)
    found.append(judge(*ideal, regime="excess over eta^2 T, T = 10", form="corrected", **told))
    strong = having(dataset, series="Adam, T = 1000", panel="force")
    regime = "isotropy, strong force, T = 1000"
    found.append(judge(to_mean(where(strong)[0]), np.ones(strong.x.size), regime=regime, **told))
    for form in ("leading", "printed", "corrected"):
        last = where(strong, form, x=float(strong.x.max()))
        regime = f"strong force, sqrt(B|H|) eta T = {float(strong.x.max()):.3g}"
        found.append(judge(*last, regime=regime, form=form, tolerance=0.05, **told))
    weaker = strong.isel(point=strong.x < strong.x.max())
    limit = {"regime": "force -> 0, T = 1000", "parameter": "sqrt(B|H|) eta T", "form": "leading"}
    found.append(judge_order(weaker.x.values, *where(weaker, "leading"), **limit, **told))
    late = having(dataset, panel="excess")
    late = late.isel(point=late.x >= 100)
    T = late.x.values
    spread = Estimate(1 + late.measured.values / T, late.stderr.values / T, int(late.walkers))
    limit = {"regime": "T -> infinity, no force", "parameter": "(1/T)", "form": "leading"}
    found.append(judge_order(1 / T, spread, np.ones(T.size), **limit, **told))
    return found


EXPERIMENT = Experiment("adam_saddle", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
