"""Saddle of a network: how SGD, Momentum, Adam and Adai leave a real one.

Newton's method finds a strict saddle of a small network on digits: 4 of its 71 curvatures are negative, and its Hessian and
the covariance of its gradients are known in full. Walkers start there and see minibatches. The theorems are taken with
the measured noise in place of |H| / B, which is judged apart as Eq. (3); they can hold as long as the walkers stay where
the loss is a quadratic, and that is measured too.

Most saddles of a network are of another kind. Where two hidden units are equal, as after a smaller network was embedded in
a larger one, every row's gradient is the same for both, and no minibatch ever tells them apart: along the ways out the
noise is zero, however negative the curvature.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from diffusion import Adai, Adam, Estimate, Minibatches, Momentum, evolve
from sims.experiments import Experiment
from sims.experiments.shared.small_network import ROWS, equal_units, saddle
from sims.judging.claims import Claims
from sims.judging.points import Panel, Point, as_dataset, where
from sims.storage.seeds import derived_seed
from theory.dynamics import adai_beta1
from theory.exact import coordinatewise_covariance, momentum_iteration_msd, sgd_iteration_msd
from theory.saddle import adai_total_drift_printed, adam_msd_printed, momentum_msd_printed, sgd_msd_printed

STATEMENTS = ("Eq. 3", "Theorem 1", "Theorem 2", "Proposition 1", "Proposition 3")
NOISE, SGD_LEAVES, MOMENTUM_LEAVES, ADAM_LEAVES, ADAI_LEAVES = STATEMENTS
WAYS = 4  # negative curvatures, the most negative one first
AGE, FREE = r"age $\eta|H_1|T$", r"$\langle\Delta\theta^2\rangle\,/\,(\eta^2 C_i T)$"
PANELS = {
    "noise": Panel("Noise along the ways out", "way out", r"$B C_i\,/\,|H_i|$", xscale="linear", lines=("saddle",)),
    "SGD": Panel("SGD, steepest and flattest way out", AGE, FREE, ratio_to="corrected", lines=("saddle", "rate", "way"),
                 only={"way": (1.0, WAYS)}),
    "Momentum": Panel("Momentum, from rest", r"$u = (1-\beta_1)T$", FREE, lines=("way",), only={"way": (1.0, WAYS)}),
    "Adam": Panel("Adam", "iterations", r"$\langle\Delta\theta^2\rangle\,/\,(\eta^2T)$", lines=("way",)),
    "Adai": Panel("Adai: excess over SGD", "way out", "excess / printed drift", xscale="linear"),
    "lasts": Panel("How long the quadratic lasts", r"learning rate $\eta$", "age when 10 % are missed",
                   yscale="linear"),
}  # fmt: skip
MISSED = 0.1  # relative deviation at which the quadratic counts as left
GROUPS = 8  # of walkers, left out one after the other: the jackknife's error of that age


@dataclass(frozen=True)
class NetworkSaddle:
    """Settings.

    Parameters
    ----------
    walkers : independent walkers in each run.
    seed : every run derives its own from it.
    B : rows a step.
    eta : learning rates of SGD; Momentum and the equal units have the middle one.
    beta1 : inertia of Momentum, whose own learning rate is 1 - beta1 times as large.
    ages : eta |H| T along the steepest way out.
    flights : u at which Momentum is looked at.
    adam_eta, adam_T : learning rate of Adam, so small that there is no force, and iterations.
    adai_eta, adai_T : the same of Adai.
    distance : from the saddle of equal units, along its steepest way out.
    """

    walkers: int = 2**13
    seed: int = 0
    B: int = 10
    eta: tuple[float, ...] = (0.04, 0.08, 0.16)
    beta1: float = 0.9
    ages: tuple[float, ...] = (0.15, 0.3, 0.6, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25)
    flights: tuple[float, ...] = (0.1, 1.0, 10.0, 100.0)
    adam_eta: float = 1e-6
    adam_T: tuple[int, ...] = (10, 100, 1000)
    adai_eta: float = 1e-3
    adai_T: int = 300
    distance: float = 0.01


FULL, QUICK = NetworkSaddle(), NetworkSaddle(walkers=2**11)


def run(config: NetworkSaddle, *, workers=None, watch=None):
    """Return displacements along the ways out beside their predictions."""
    place, B = saddle(), config.B
    how = {"walkers": config.walkers, "workers": workers, "watch": watch}

    def walk(optimizer, T, *name, point=place, start=None):
        seed = derived_seed(config.seed, *name)
        run = evolve(
            point.network, Minibatches(B), optimizer, point.theta if start is None else start, T, seed=seed,
            keep="positions", **how,
        )  # fmt: skip
        return point.along(run.positions)[..., :WAYS]

    C, H = np.diag(place.C)[:WAYS] / B, place.H[:WAYS]
    points, steps = [], 0
    for eta in config.eta:
        T = np.unique([1, *np.rint(np.array(config.ages) / (eta * abs(H[0])))]).astype(int)
        x = walk(Momentum(eta, 0.0), T, "SGD", eta)
        points += sgd(config, eta, T, x, H, C)
        points.append(lasting(config, eta, T, x, H, C))
        steps += T[-1]
    points += noise("network", x[0] / config.eta[-1], H, B)
    eta, b = (1 - config.beta1) * config.eta[1], config.beta1
    T = np.rint(np.array(config.flights) / (1 - b)).astype(int)
    points += momentum(config, Momentum(eta, b), T, walk(Momentum(eta, b), T, "Momentum"), H, C)
    T = np.array(config.adam_T)
    points += adam(config, place, T, walk(Adam(config.adam_eta, eps=0.0), T, "Adam"))
    both = [
        # one seed: both see the same minibatches
        walk(one, [config.adai_T], "Adai")[0]
        for one in (Adai(config.adai_eta), Momentum(config.adai_eta, 0.0))
    ]
    points += adai(config, place, *both)
    equal, eta = equal_units(), config.eta[1]
    way = equal.directions[:, 0]
    T = np.array([1, round(config.ages[1] / (eta * abs(equal.H[0])))])
    x = walk(Momentum(eta, 0.0), T, "equal units", point=equal, start=equal.theta + config.distance * way)[
        ..., :1
    ]
    points += noise("equal units", (x[0] - x[0].mean(axis=0)) / eta, equal.H[:1], B)
    points += leaving_equal_units(config, eta, T, x, equal.H[:1])
    steps += config.flights[-1] / (1 - b) + config.adam_T[-1] + 2 * config.adai_T + T[-1]
    return as_dataset(
        points, PANELS, config, walkers=config.walkers * (len(config.eta) + 5),
        work=config.walkers * steps * place.network.dim, noise=f"minibatches of {B} of {ROWS} rows of digits, replaced",
        time_unit="age eta |H| T",
    )  # fmt: skip


def per_way(panel, x, squares, unit, optimizer, at, **forms):
    """Return a point for each way out."""
    measured, points = Estimate.of(squares / unit), []
    for j in range(squares.shape[1]):
        stated = {form: float(np.broadcast_to(value, unit.shape)[j]) for form, value in forms.items()}
        place = j + 1.0 if np.ndim(x) == 0 and np.isnan(x) else x
        points.append(
            Point(
                panel, at | {"way": j + 1.0}, float(place), measured.mean[j].item(), measured.stderr[j].item(), optimizer,
                **stated,
            )
        )  # fmt: skip
    return points


def noise(name, gradients, H, B):
    """Return the noise of one step along each way out beside Eq. (3)."""
    return per_way("noise", np.nan, B * gradients**2, np.abs(H), "SGD", {"saddle": name}, printed=1.0)


def sgd(config, eta, T, x, H, C):
    """Return SGD's spread; of the first step, where it is exact."""
    points = []
    for t, moved in zip(T, x, strict=True):
        unit, age = eta**2 * C * t, age_of(config, eta, t, H)
        exactly = sgd_iteration_msd(H, t, eta=eta, C=C) / unit
        forms = {"printed": sgd_msd_printed(H, t, eta=eta, B=config.B) * measured_noise(config, H, C) / unit}
        forms |= {"exact": exactly} if t == 1 else {"corrected": exactly}
        points += per_way("SGD", age, moved**2, unit, "SGD", {"rate": eta}, **forms)
    return points


def age_of(config, eta, t, H):
    """Return the nearest age of the settings, so that points are found by it; that of one step is smaller."""
    age = eta * abs(H[0]) * t
    return age if t == 1 else min(config.ages, key=lambda one: abs(one - age))


def measured_noise(config, H, C):
    """Return the measured noise over |H| / B, which the theorems take for it."""
    return C * config.B / np.abs(H)


def lasting(config, eta, T, x, H, C):
    """Return the age at which the spread misses that of the quadratic.

    Spreads are averaged over the ways out, each divided by its own prediction.
    """
    age, groups = eta * abs(H[0]) * T[1:], np.array_split(x[1:], GROUPS, axis=1)
    stated = sgd_iteration_msd(H[None], T[1:, None], eta=eta, C=C)
    ratio = np.array([np.mean(np.mean(group**2, axis=1) / stated, axis=1) for group in groups])
    without = [missed(age, np.delete(ratio, j, axis=0).mean(axis=0)) for j in range(GROUPS)]
    error = np.std(without) * np.sqrt(GROUPS - 1)
    return Point("lasts", {"rate": eta}, eta, missed(age, ratio.mean(axis=0)), float(error), "SGD")


def missed(age, ratio):
    """Return the age at which the ratio is first 10 % off for good, between two looks on a straight line."""
    off = np.abs(ratio - 1)
    agrees = np.flatnonzero(off <= MISSED)
    last = int(agrees[-1]) if agrees.size else 0
    if last + 1 == len(age) or off[last] > MISSED:
        return float(age[last])
    return float(age[last] + (MISSED - off[last]) / (off[last + 1] - off[last]) * (age[last + 1] - age[last]))


def momentum(config, optimizer, T, x, H, C):
    """Return Momentum's spread beside Theorem 2."""
    rule = {"eta": optimizer.eta, "beta1": optimizer.beta1, "beta3": optimizer.beta3}
    points = []
    for t, moved in zip(T, x, strict=True):
        unit = (optimizer.eta / (1 - optimizer.beta1)) ** 2 * C * t
        printed = momentum_msd_printed(H, t, B=config.B, **rule) * measured_noise(config, H, C) / unit
        exactly = momentum_iteration_msd(H, t, C=C, **rule) / unit
        u = round((1 - optimizer.beta1) * t, 6)
        form = "exact" if t == 1 else "corrected"
        points += per_way(
            "Momentum", u, moved**2, unit, "Momentum", {"u": u}, printed=printed, **{form: exactly}
        )
    return points


def adam(config, place, T, x):
    """Return Adam's spread beside Proposition 1, and beside an Adam that knows each coordinate's v."""
    H, D, points = place.H[:WAYS], place.directions[:, :WAYS], []
    C = place.directions @ place.C @ place.directions.T / config.B
    rule = {"eta": config.adam_eta, "beta1": 0.9}
    for t, moved in zip(T, x, strict=True):
        unit = np.full(WAYS, config.adam_eta**2 * t)
        knowing = coordinatewise_covariance(C, int(t), scale=np.diag(C) ** -0.5, **rule)
        printed = adam_msd_printed(H, t, B=config.B, **rule)
        corrected = np.einsum("ki,kl,li->i", D, knowing, D)
        at = {"T": float(t)}
        points += per_way(
            "Adam", t, moved**2, unit, "Adam", at, printed=printed / unit, corrected=corrected / unit
        )
    return points


def adai(config, place, moved, beside):
    """Return Adai's excess over SGD on the same minibatches, beside Proposition 3."""
    D, T, eta = place.directions[:, :WAYS], config.adai_T, config.adai_eta
    C = place.directions @ place.C @ place.directions.T / config.B
    # of all directions together; each has its share
    total = adai_total_drift_printed(np.abs(place.H), eta=eta, B=config.B, beta0=0.1)
    unit = np.full(WAYS, float(np.mean(total)))
    known = coordinatewise_covariance(C, T, eta=eta, beta1=adai_beta1(np.diag(C), beta0=0.1))
    corrected = np.einsum("ki,kl,li->i", D, known - eta**2 * C * T, D)
    at = {"T": float(T)}
    return per_way(
        "Adai", np.nan, moved**2 - beside**2, unit, "Adai", at, printed=1.0, corrected=corrected / unit
    )


def leaving_equal_units(config, eta, T, x, H):
    """Return the spread of walkers that started beside equal units, in units of Theorem 1 with |H| / B."""
    moved = x[-1] - x[-1].mean(axis=0)
    unit = sgd_msd_printed(H, T[-1], eta=eta, B=config.B)
    at = {"saddle": "equal units"}
    return per_way("SGD", config.ages[1], moved**2, unit, "SGD", at, printed=1.0)


def verdicts(dataset):
    """Return what the numbers say of each theorem at a real saddle."""
    eq3, one, two, adam_, adai_ = (Claims(statement, dataset) for statement in STATEMENTS)
    rates = np.unique(dataset.rate.values[np.isfinite(dataset.rate)])
    slow, fast = float(rates[0]), float(rates[-1])
    at = {"saddle": "network"}
    found = [
        eq3.judge(at, tolerance=0.1, power=0.5, panel="noise", saddle="network"),
        eq3.judge({"saddle": "equal units"}, tolerance=0.1, power=0.5, panel="noise", saddle="equal units"),
        one.exact(at | {"points": "first step"}, panel="SGD"),
    ]
    by_way = mean_of_ways(dataset)
    whole_saddle = Claims(SGD_LEAVES, by_way)
    # beyond age 1 the fastest walkers are where the loss is no quadratic any more
    for age, rate in ((0.3, slow), (1.0, slow), (2.0, fast)):
        for form in ("printed", "corrected"):
            chosen = {"panel": "SGD", "rate": rate, "x": age}
            where_ = at | {"age": age, "rate": rate}
            found.append(whole_saddle.judge(where_, form, tolerance=0.1, power=0.2, **chosen))
    equal = {"saddle": "equal units"}
    found.append(one.judge(equal, tolerance=0.1, power=0.5, panel="SGD", saddle="equal units"))
    found.append(two.exact(at | {"points": "first step"}, panel="Momentum"))
    for u in (1.0, 100.0):
        for form in ("printed", "corrected"):
            claims = Claims(MOMENTUM_LEAVES, by_way)
            found.append(claims.judge(at | {"u": u}, form, tolerance=0.1, power=0.2, panel="Momentum", x=u))
    last = {"panel": "Adam", "T": 1000.0}
    found += [
        adam_.judge(at, tolerance=0.1, power=0.3, **last),
        Claims(ADAM_LEAVES, by_way).judge(at, "corrected", tolerance=0.1, power=0.2, **last),
        adai_.judge(at, panel="Adai"),
        adai_.judge(at, "corrected", panel="Adai"),
    ]
    measured, exactly = where(dataset, "corrected", **last)
    found.append(adam_.wrong(measured, exactly[::-1], "the ways out in the other order"))
    measured, exactly = where(dataset, "exact", panel="SGD", rate=slow)
    found.append(one.wrong(measured, 1.5 * exactly, "exact times 1.5"))
    return found


def mean_of_ways(dataset):
    """Return the dataset with each look's ways out averaged.

    Measured values and the forms are divided by the corrected one first, which every way has.
    """
    chosen = np.isfinite(dataset.corrected.values) & np.isfinite(dataset.way.values)
    points = dataset.isel(point=chosen)
    keys = list(zip(points.panel.values, points.rate.values, points.x.values, strict=True))
    rows = []
    for key in dict.fromkeys(map(repr, keys)):
        mine = [i for i, one in enumerate(keys) if repr(one) == key]
        of = points.isel(point=mine)
        one = of.isel(point=0).copy(deep=True)
        corrected = of.corrected.values
        one["measured"] = np.mean(of.measured.values / corrected)
        # ways out are eigenvectors: their walkers' squares are nearly uncorrelated
        one["stderr"] = np.sqrt(np.sum((of.stderr.values / corrected) ** 2)) / len(mine)
        one["printed"], one["corrected"] = np.mean(of.printed.values / corrected), 1.0
        rows.append(one)
    return xr.concat(rows, "point").assign_attrs(dataset.attrs)


EXPERIMENT = Experiment("network_saddle", STATEMENTS, PANELS, FULL, QUICK, run, verdicts, needs="sklearn")
