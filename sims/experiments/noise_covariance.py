"""Eq. (3): whether the gradient is as noisy as the loss is curved.

The paper takes the covariance of minibatch gradients for |H| / B: true of a log-likelihood at its optimum, where the
model is right. Here real minibatches are drawn, one step of SGD is taken, and the spread of that step is the noise. A
Gaussian and a logistic model whose data come from the model itself must obey Eq. (3), the logistic one only at its
optimum; the data of Figure 6 are no log-likelihood.
"""

from dataclasses import dataclass

import numpy as np

from diffusion import SGD, Estimate, MinibatchNoise, Quadratic, StyblinskiTang, evolve
from sims.experiments import Experiment
from sims.experiments.shared.log_cosh import LogCosh
from sims.judging.claims import Claims
from sims.judging.judges import judge
from sims.judging.points import Panel, Point, along, as_dataset, having, where
from sims.storage.seeds import derived_seed
from theory.dynamics import sgd_diffusion
from theory.figure6_noise import data_gradient_covariance, data_hessian

(STATEMENT,) = STATEMENTS = ("Eq. 3",)
UNIT = r"$2 B D\,/\,\eta = B\,C$"
PANELS = {
    "data": Panel("Data of Figure 6", r"$\phi = \sqrt{k}\,\theta$", UNIT, xscale="linear"),
    "sharpness": Panel("The same at the minimum", "sharpness $k$", UNIT, xscale="linear"),
    "models": Panel(
        "Log-likelihoods",
        r"distance from the optimum, $\theta$",
        UNIT,
        xscale="linear",
        yscale="linear",
        lines=("model",),
    ),
    "entries": Panel(
        "Correlated Gaussian", "entry of the Hessian, $H_{ij}$", UNIT, xscale="linear", yscale="linear"
    ),
}
FIGURE6 = "data of Figure 6"
AT_MINIMUM = {"model": "data of Figure 6 at the minimum"}


@dataclass(frozen=True)
class NoiseCovariance:
    """Settings.

    Parameters
    ----------
    walkers : minibatches drawn at each place.
    seed : data sets and minibatches derive their own from it.
    rows : samples of a data set.
    dim : coordinates; all are alike and averaged over.
    B : samples a minibatch.
    variance : of the data of Figure 6.
    path : places sqrt(k) theta on Figure 6's way, from its start over its minimum to its boundary.
    sharpness : values of k, the first one 1.
    apart : distances from the optimum of the likelihoods, from 0 on.
    precision : Hessian of the correlated Gaussian model.
    """

    walkers: int = 2**19
    seed: int = 0
    rows: int = 50_000
    dim: int = 10
    B: int = 10
    variance: float = 4.0
    path: tuple[float, ...] = (-2.903534, -2.0, -1.0, -0.3054, 0.156731)
    sharpness: tuple[float, ...] = (1.0, 2.0, 4.0)
    apart: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0)
    precision: tuple[tuple[float, float], ...] = ((2.0, -1.2), (-1.2, 1.0))


FULL, QUICK = NoiseCovariance(), NoiseCovariance(walkers=2**17)
ETA = 1e-3  # of the one step; it cancels


def run(config: NoiseCovariance, *, workers=None, watch=None):
    """Return the covariance of minibatch gradients beside Eq. (3)."""
    random = np.random.default_rng(derived_seed(config.seed, "data"))
    shape = config.rows, config.dim
    size = {"walkers": config.walkers, "workers": workers, "watch": watch}
    points = figure6_data(config, random.normal(0, np.sqrt(config.variance), shape), size)
    Gaussian, logistic = Quadratic(np.ones(config.dim)), LogCosh(np.ones(config.dim), width=2.0)
    points += likelihood(config, "Gaussian", Gaussian, random.normal(0, 1, shape), size)
    points += likelihood(config, "Gaussian, data too wide", Gaussian, random.normal(0, 2, shape), size)
    points += likelihood(config, "logistic", logistic, random.logistic(0, 1, shape), size)
    H = np.array(config.precision)
    samples = random.multivariate_normal(np.zeros(len(H)), np.linalg.inv(H), config.rows)
    points += correlated(config, H, samples, size)
    runs = len(config.path) + len(config.sharpness) + 3 * len(config.apart) + 1
    return as_dataset(
        points + theory_lines(config), PANELS, config, walkers=config.walkers * runs,
        work=config.walkers * ((runs - 1) * config.dim + len(H)),
        noise=f"minibatches of {config.B} rows, drawn with replacement", time_unit="one iteration",
    )  # fmt: skip


def gradients(landscape, samples, place, config, seed, size):
    """Return minibatch gradients, the moves of one SGD step over -eta."""
    noise = MinibatchNoise(samples, config.B)
    step = evolve(landscape, noise, SGD(ETA), place, [1], seed=seed, keep="positions", **size)
    return (place - step.positions[0]) / ETA


def strength(g, B):
    """Return B C over alike coordinates, as an `Estimate`."""
    return Estimate.of(B * np.mean((g - g.mean(0)) ** 2, axis=1))


def printed(H, B):
    """Return B C, from the diffusion coefficient of Eq. (3)."""
    return sgd_diffusion(H, eta=ETA, B=B) * 2 * B / ETA


def figure6_data(config, x, size):
    """Return points for Figure 6's data, along the way and at minima."""
    minimum = config.path[-2]
    places: list[tuple] = [("data", {"model": FIGURE6, "phi": phi}, phi, phi, 1.0) for phi in config.path]
    places += [("sharpness", AT_MINIMUM, k, minimum, k) for k in config.sharpness]
    points = []
    for panel, at, abscissa, phi, k in places:
        seed = derived_seed(config.seed, panel, abscissa)
        g = gradients(StyblinskiTang(config.dim, k), x, phi / np.sqrt(k), config, seed, size)
        measured, y = strength(g, config.B), phi - x
        # of this very data set, from the formula of f alone
        exact = k * np.mean(np.var(2 * y**3 - 16 * y + 2.5, axis=0))
        points.append(
            Point(
                panel, at, abscissa, measured.mean, measured.stderr, "SGD",
                printed=printed(k * np.mean(6 * y**2 - 16), config.B), exact=exact,
                corrected=closed_form(config, phi, k),
            )
        )  # fmt: skip
    return points


def closed_form(config, phi, k):
    """Return B C for infinitely many samples."""
    return float(data_gradient_covariance(phi, k=k, variance=config.variance, B=config.B) * config.B)


def likelihood(config, name, model, x, size):
    """Return points for a location model, -log p(x) = f(theta - x)."""
    points = []
    for theta in config.apart:
        g = gradients(model, x, theta, config, derived_seed(config.seed, name, theta), size)
        measured, u = strength(g, config.B), theta - x
        slope, curvature = (np.tanh(u / 2), 0.5 / np.cosh(u / 2) ** 2) if name == "logistic" else (u, 1.0)
        points.append(
            Point(
                "models", {"model": name, "distance": theta}, theta, measured.mean, measured.stderr,
                printed=printed(np.mean(curvature), config.B), exact=np.mean(np.var(slope, axis=0)),
            )
        )  # fmt: skip
    return points


def correlated(config, H, x, size):
    """Return a point for every covariance entry of a Gaussian model."""
    g = gradients(Quadratic(H), x, 0.0, config, derived_seed(config.seed, "correlated"), size)
    g, data = g - g.mean(0), np.cov(x @ H, rowvar=False, bias=True)
    points = []
    for i, j in zip(*np.triu_indices(len(H)), strict=True):
        measured = Estimate.of(config.B * g[:, i] * g[:, j])
        says = np.sign(H[i, j]) * printed(H[i, j], config.B)  # H is positive definite: [H]+ is H itself
        points.append(
            Point(
                "entries", {"model": "correlated Gaussian"}, H[i, j], measured.mean, measured.stderr,
                printed=says, exact=data[i, j],
            )
        )  # fmt: skip
    return points


def theory_lines(config):
    """Return Eq. (3) and the closed form as lines."""
    way, minimum = np.linspace(config.path[0], config.path[-1], 60), config.path[-2]
    sharper = np.geomspace(config.sharpness[0], config.sharpness[-1], 5)
    lines = []
    for panel, x, places in (
        ("data", way, [(phi, 1.0) for phi in way]),
        ("sharpness", sharper, [(minimum, k) for k in sharper]),
    ):
        says = [
            float(printed(data_hessian(phi, k=k, variance=config.variance), config.B)) for phi, k in places
        ]
        closed = [closed_form(config, phi, k) for phi, k in places]
        lines += along(panel, {}, x, printed=says, corrected=closed)
    return lines


def verdicts(dataset):
    """Return what the numbers say of Eq. (3)."""
    on = Claims(STATEMENT, dataset)
    path = [phi for phi in dataset.phi.values if np.isfinite(phi)]
    found = [on.exact(), on.scaled(1.05)]
    for at in (
        {"model": "correlated Gaussian"},
        *({"model": name, "distance": apart} for name, apart in (
            ("Gaussian", 0.0), ("logistic", 0.0), ("logistic", 2.0), ("logistic", 4.0), ("Gaussian, data too wide", 0.0),
        )),
        {"model": FIGURE6, "phi": float(path[0])},
        {"model": FIGURE6, "phi": float(path[-2])},
    ):  # fmt: skip
        found.append(on.judge(at, tolerance=0.02))
    # a data set of 50000 rows differs from the distribution it was drawn from by some per cent
    found.append(on.judge({"model": FIGURE6, "phi": "on the way"}, "corrected", tolerance=0.1, panel="data"))
    measured, exact = where(dataset, "exact", **AT_MINIMUM)
    k = having(dataset, **AT_MINIMUM).x.values
    found.append(judge(measured, k * exact[0]).on(STATEMENT, AT_MINIMUM | {"law": "proportional to k"}))
    return [*found, on.wrong(measured, np.full(k.size, exact[0]), "noise that does not know k")]


EXPERIMENT = Experiment("noise_covariance", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
