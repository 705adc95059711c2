"""Figure 9: escape from a sharp valley over a barrier, as an illustration."""

import numpy as np
import xarray as xr

from diffusion import SGD, FrozenNoise, StyblinskiTang, evolve
from sims.networks.figure import NetworkFigure, Settings
from sims.storage.netcdf import provenance
from sims.storage.seeds import derived_seed

CLAIM = (
    "An illustration, without a claim: the sharp valley a1, the barrier b and the flat valley a2, in one dimension and in "
    "several. Here they are those of the Styblinski-Tang function, and the paths are real walkers of SGD."
)
ETA, NOISE = 1e-3, 450.0  # covariance of the gradient over the curvature of the valley: 2 dL / eta C is 5
STEPS, EVERY, WALKERS = 6000, 10, 64
FLAT = 2.746803  # the other minimum


def summary(rows: list, settings: Settings) -> xr.Dataset:
    """Return the function, and the path of a walker that leaves, in one and in two dimensions."""
    valley = StyblinskiTang(1)
    x = np.linspace(-4.1, 4.1, 401)
    looks = np.arange(EVERY, STEPS + 1, EVERY)
    paths = {}
    for dim in (1, 2):
        here = StyblinskiTang(dim)
        run = evolve(
            here, FrozenNoise(NOISE * here.H_a), SGD(ETA), here.minimum, looks, walkers=WALKERS,
            seed=derived_seed(settings.seed, "illustration", dim), keep="positions",
        )  # fmt: skip
        path = run.positions[..., 0]
        # of the walkers that end across, the one that was there for about half of the time
        time_across = np.mean(path > valley.boundary, axis=0) * (path[-1] > valley.boundary)
        chosen = int(np.argmin(np.abs(time_across - 0.5)))
        paths[dim] = run.positions[:, chosen]
    return xr.Dataset(
        {
            "f": ("x", [float(0.5 * (u**4 - 16 * u**2 + 5 * u)) for u in x]),
            "path_1": ("step", paths[1][:, 0]),
            "path_2": (("step", "coordinate"), paths[2]),
        },
        coords={"x": x, "step": looks},
        attrs=provenance(settings, settings.seed)
        | {"a1": float(valley.minimum[0]), "b": float(valley.boundary), "a2": FLAT, "walkers": 2 * WALKERS}
        | {"work": float(3 * WALKERS * STEPS)},
    )


def table(dataset) -> list[dict]:
    """Return the critical points with their curvatures."""
    places = ("sharp valley", "a1"), ("barrier", "b"), ("flat valley", "a2")
    return [
        {
            "place": name,
            "theta": dataset.attrs[at],
            "curvature": 6 * dataset.attrs[at] ** 2 - 16,
            "loss": float(np.interp(dataset.attrs[at], dataset.x, dataset.f)),
        }
        for name, at in places
    ]


FIGURE = NetworkFigure(
    "figure_9", "Escape from a valley", CLAIM, (), lambda settings: (), summary, lambda dataset: (), table,
    "valley_escape",
)  # fmt: skip
