"""Table 1: which optimizers leave saddles fast and prefer flat minima, in numbers.

The paper's table has two rows of ticks. Saddles: SGD is slow, since a flat way out takes longer than a steep one;
Adam and Adai are fast, since theirs take equally long. Minima: SGD and Adai prefer flat valleys, Adam less. Here walkers
leave along a way out with 1/100 of the curvature of another, and escape from a valley and from one twice as sharp;
what the ticks amount to is taken from the theorems behind them.

A fair race: SGD and Adai have one learning rate, as their walls of friction are the same. Adam's is such that it
makes SGD's step in the steep direction (which is what limits a learning rate), and in a valley of sharpness 4.
"""

from dataclasses import dataclass

import numpy as np

from diffusion import SGD, Adai, Adam, Estimate, Exits, FrozenNoise, Quadratic, StyblinskiTang, escape_times
from sims.experiments import Experiment
from sims.experiments.shared.isotropy import quotient
from sims.judging.claims import Claims
from sims.judging.judges import judge
from sims.judging.points import Panel, Point, as_dataset, where
from sims.storage.seeds import derived_seed
from theory.escape import adai_log_time_printed, adam_log_time_printed, sgd_log_time_printed
from theory.exact import sgd_mean_escape_iterations
from theory.table1 import leaving_ratio_printed

(STATEMENT,) = STATEMENTS = ("Table 1",)
SLOW, FAST = 1.0, 0.0
SADDLE = {"SGD": ("slow", SLOW), "Adam": ("fast", FAST), "Adai": ("fast", FAST)}
MINIMA = {
    "SGD": "SGD prefers flat minima",
    "Adam": "Adam prefers them half as much",
    "Adai": "Adai prefers flat minima",
}
PANELS = {
    "leave": Panel("Saddle: way out", r"curvature of the way out $|H|$", "mean time to leave (iterations)",
                   ratio_to="exact", lines=("distance",)),
    "saddle": Panel("Saddle: flat / steep", r"distance to go, over $\sqrt{\eta/2B}$", "time flat / time steep"),
    "valley": Panel("Valley", "sharpness $k$", r"mean escape time $\tau(k)\,/\,\tau(6)$", xscale="linear"),
}  # fmt: skip


@dataclass(frozen=True)
class SaddleAndMinimum:
    """Settings.

    Parameters
    ----------
    walkers : of every run.
    seed : every run derives its own from it.
    eta : learning rate of SGD and Adai.
    B : batch size at the saddle.
    flat, steep : curvatures of the two ways out; beside each there is a valley with the other's curvature.
    near : distance to go, in steps that the noise makes in the steep direction.
    far : distance to go, in units of sqrt(eta / 2B), beyond which the force is stronger than the noise.
    sharpness, adams : sharpness of the valleys, and of Adam's, whose times vary less.
    noise : covariance of the gradient noise over the curvature of the valley, 1/B.
    fair : sharpness at which Adam makes SGD's step.
    start_up : iterations at the start of an escape that are left out.
    """

    walkers: int = 2**15
    seed: int = 0
    eta: float = 1e-3
    B: float = 10.0
    flat: float = 0.01
    steep: float = 1.0
    near: float = 10.0
    far: float = 10.0
    sharpness: tuple[float, ...] = (3.0, 4.0, 6.0)
    adams: tuple[float, ...] = (3.0, 4.0, 6.0, 12.0)
    noise: float = 100.0
    fair: float = 4.0
    start_up: int = 60


FULL, QUICK = SaddleAndMinimum(), SaddleAndMinimum(walkers=2**11)
LONGEST = 10**8  # iterations: no walker stays that long
PAIR = 3.0, 6.0  # sharpness of the flat and of the sharp valley that are compared


def run(config: SaddleAndMinimum, *, workers=None, watch=None):
    """Return times to leave saddles and valleys, which decide Table 1."""
    size = {"walkers": config.walkers, "workers": workers, "watch": watch}
    unit = np.sqrt(config.eta / (2 * config.B))
    reaches = {
        "near": config.near * config.eta * np.sqrt(config.steep / config.B),
        "far": config.far * unit,
    }
    points, work = [], 0.0
    for name, optimizer in optimizers(config, config.steep / config.B).items():
        stated = float(leaving_ratio_printed(config.steep, config.flat, power=SADDLE[name][1]))
        for distance, reach in reaches.items():
            times = {H: leave(config, name, optimizer, H, reach, size) for H in (config.flat, config.steep)}
            for H, measured in times.items():
                points.append(time_point(config, name, distance, H, reach, measured))
                work += 2 * measured.mean * config.walkers
            ratio = quotient(times[config.flat], times[config.steep])
            at = {"of": "saddle", "distance": distance}
            points.append(Point("saddle", at, reach / unit, ratio.mean, ratio.stderr, name, printed=stated))
    for name, optimizer in optimizers(config, noise_in_valley(config, config.fair)).items():
        sharpness = config.adams if name == "Adam" else config.sharpness
        times = {k: stay(config, name, optimizer, k, size) for k in sharpness}
        points += preference(config, name, optimizer, times)
        work += 2 * sum(tau.mean for tau in times.values()) * config.walkers
    runs = 4 * len(SADDLE) + 2 * len(config.sharpness) + len(config.adams)
    points.sort(key=lambda point: point.panel == "leave")  # the plain lines first: they get the plain colours
    return as_dataset(
        points, PANELS, config, walkers=config.walkers * runs, work=work, stop="first passage",
        noise="frozen; |H| / B at the saddle, the minimum's own in a valley", interpretation="Ito",
        time_unit="iterations",
    )  # fmt: skip


def optimizers(config, C):
    """Return the contestants; Adam makes SGD's step at noise C."""
    return {"SGD": SGD(config.eta), "Adam": Adam(config.eta * np.sqrt(C)), "Adai": Adai(config.eta)}


def leave(config, name, optimizer, H, reach, size):
    """Return the mean iterations until walkers are ``reach`` from a saddle."""
    other = config.steep if config.flat == H else config.flat
    above = np.array([reach, np.inf])
    run = escape_times(
        Quadratic([-H, other]), FrozenNoise(np.array([H, other]) / config.B), optimizer, start=0.0,
        boundary=Exits(-above, above), max_iterations=LONGEST, seed=derived_seed(config.seed, name, H, reach), **size,
    )  # fmt: skip
    return Estimate.of(run.iterations)


def time_point(config, name, distance, H, reach, measured):
    """Return one time to leave a saddle, beside SGD's exact time."""
    # by symmetry |theta| of SGD is the iteration with a reflecting wall at 0
    rule = {"eta": config.eta, "C": H / config.B, "lower": 0.0}
    exact = sgd_mean_escape_iterations(lambda x: -H * x, 0.0, reach, **rule)
    at = {"way": "flat" if config.flat == H else "steep", "distance": distance}
    form = {"SGD": {"exact": exact}, "Adai": {"corrected": exact}}.get(name, {})
    return Point("leave", at, H, measured.mean, measured.stderr, name, **form)


def noise_in_valley(config, k):
    """Return the noise covariance in the valley at sharpness k."""
    return config.noise * StyblinskiTang(1, k).H_a


def stay(config, name, optimizer, k, size):
    """Return the mean iterations in a valley of sharpness k."""
    valley = StyblinskiTang(2, k)
    run = escape_times(
        valley, FrozenNoise(noise_in_valley(config, k)), optimizer, start=valley.minimum, boundary=valley.boundary,
        max_iterations=LONGEST, seed=derived_seed(config.seed, name, "valley", k), **size,
    )  # fmt: skip
    rate = run.rate(cut=config.start_up)
    return Estimate(rate.mean_time, rate.mean_time / np.sqrt(rate.events), rate.events)


def preference(config, name, optimizer, times):
    """Return how long each valley holds, over the sharp one's time."""
    sharp = PAIR[1]
    printed = {
        k: np.exp(log_time(config, name, optimizer, k) - log_time(config, name, optimizer, sharp))
        for k in times
    }
    points = [Point("valley", {}, sharp, optimizer=name, printed=1.0)]
    for k in (k for k in times if k != sharp):
        ratio, at = quotient(times[k], times[sharp]), {"of": "valley"}
        points.append(Point("valley", at, k, ratio.mean, ratio.stderr, name, printed=printed[k]))
    return points


def log_time(config, name, optimizer, k):
    """Return the log of the printed mean iterations, valley noise throughout."""
    valley = StyblinskiTang(1, k)
    way = valley.H_a, valley.H_b, valley.barrier
    settings = {"B": 1 / config.noise, "s": 1.0, "unit": "iterations"}
    if name == "Adam":
        return float(adam_log_time_printed(*way, eta=optimizer.eta, beta1=optimizer.beta1, **settings))
    if name == "Adai":
        spectrum = {"beta0": optimizer.beta0, "H_b_spectrum": [valley.H_b, valley.H_a]}
        return float(adai_log_time_printed(*way, eta=config.eta, **spectrum, **settings))
    return float(sgd_log_time_printed(*way, eta=config.eta, **settings))


def verdicts(dataset):
    """Return what the numbers say of the ticks."""
    on = Claims(STATEMENT, dataset)
    found = [on.exact({"what": "SGD's times at a saddle"}, panel="leave")]
    for name, (tick, _) in SADDLE.items():
        for distance in ("near", "far"):
            at = {"tick": f"{name} is {tick} at saddles", "distance": distance}
            chosen = {"panel": "saddle", "optimizer": name, "distance": distance}
            found.append(on.judge(at, tolerance=0.15, power=0.25, **chosen))
    far = {"panel": "leave", "optimizer": "Adai", "distance": "far"}
    at = {"tick": "Adai leaves saddles as SGD does", "distance": "far"}
    found.append(on.judge(at, "corrected", tolerance=0.1, power=0.1, **far))
    pairs = {name: logs(*where(dataset, panel="valley", optimizer=name, x=PAIR[0])) for name in MINIMA}
    for name, tick in MINIMA.items():
        found.append(judge(*pairs[name], tolerance=0.1, power=0.15).on(STATEMENT, {"tick": tick}))
    measured, _ = where(dataset, panel="saddle", optimizer="SGD", distance="far")
    found.append(on.wrong(measured, np.ones(1), "SGD fast at saddles"))
    (measured, _), (_, law) = pairs["Adam"], pairs["SGD"]
    return [*found, on.wrong(measured, law, "Adam prefers flat minima as SGD does")]


def logs(measured, stated):
    """Return logs of measured and stated values, to judge preferences."""
    return Estimate(np.log(measured.mean), measured.stderr / measured.mean, measured.n), np.log(stated)


EXPERIMENT = Experiment("saddle_and_minimum", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
