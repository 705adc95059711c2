"""Record numbers of real networks for lesson 9.

`python -m lessons.network_record` trains the networks of Figures 1 and 8 and writes what the lesson's pictures draw:
noise beside curvature, each image's noise along the leading directions, and the scales of all parameters.
"""

import json
from pathlib import Path

import numpy as np

from sims.networks.cells.noise_and_curvature import (
    LAYERS,
    WINDOW,
    NoiseAndCurvature,
    labels_of_its_own,
    noise_beside_curvature,
)
from sims.networks.cells.noise_and_curvature import places as places_of_curvature
from sims.networks.cells.noise_tails import NoiseTails, along_directions
from sims.networks.cells.noise_tails import places as places_of_tails
from sims.storage.netcdf import provenance
from sims.storage.seeds import derived_seed

FILE = Path(__file__).parent / "pages" / "network.data.js"
CURVATURE = NoiseAndCurvature(networks=8)
TAILS = NoiseTails(networks=1)
POINTS = 160  # of each cloud: more would only lie on one another
DRAWS = 50  # labels that the network draws for each image
UNIT = 100  # noise along a direction is kept in hundredths of its standard deviation


def curvature(data: str) -> dict:
    """Return noise beside curvature of the first network that gets to every loss."""
    config = NoiseAndCurvature(data=data, networks=CURVATURE.networks)
    network, visited = places_of_curvature(config)
    number = next(n for n, at in visited.items() if len(at) == 1 + len(config.losses))
    found = {}
    for name, theta in visited[number]:
        random = np.random.default_rng(derived_seed(config.seed, data, "labels", number, name))
        real = noise_beside_curvature(network, theta, name, most=network.dim)
        own = labels_of_its_own(network, theta, random, draws=DRAWS, most=network.dim)
        found[name] = {"real": thinned(real), "own": thinned(own)}
    return {"network": number, "layers": LAYERS[data], "places": found}


def thinned(row: dict) -> dict:
    """Return a cloud's numbers, and some of its points: evenly by rank, in the paper's window of curvatures."""
    H, C = np.array(row["H"]), np.array(row["C"])
    inside = np.flatnonzero((np.abs(H) >= WINDOW[0]) & (np.abs(H) <= WINDOW[1]) & (C > 0))
    kept = inside[np.unique(np.linspace(0, len(inside) - 1, POINTS).round().astype(int))]
    numbers = {name: rounded(row[name]) for name in ("loss", "gamma", "ratio", "r")}
    return numbers | {"H": [rounded(h) for h in H[kept]], "C": [rounded(c) for c in C[kept]]}


def rounded(value: float) -> float:
    """Return a number with four digits."""
    return float(f"{value:.4g}")


def tails() -> dict:
    """Return each image's noise along the leading directions, and the scales of all parameters."""
    network, visited = places_of_tails(TAILS)
    found: dict = {"rows": TAILS.rows, "layers": network.layers, "unit": UNIT}
    for name, theta in visited[TAILS.first]:
        _, scale, along = along_directions(network.sample_gradients(theta))
        found[name] = {
            "loss": rounded(float(network.loss(theta))),
            "along": np.rint(UNIT * along.T).astype(int).tolist(),
            "scales": [float(f"{one:.3g}") for one in scale / scale.max()],
        }
    return found


def record() -> dict:
    """Return all numbers, with the settings they were made with."""
    about = {"curvature": provenance(CURVATURE, CURVATURE.seed), "tails": provenance(TAILS, TAILS.seed)}
    return {"about": about, "curvature": {data: curvature(data) for data in LAYERS}, "tails": tails()}


def script(found: dict) -> str:
    """Return the numbers as a script."""
    return (
        "/* Written by `python -m lessons.network_record`: noise and curvature of small networks on real digits. */\n"
        f'"use strict";\nglobalThis.lab ??= {{}};\n\nlab.NETWORK = {json.dumps(found, separators=(",", ":"))};\n'
    )


if __name__ == "__main__":
    FILE.write_text(script(record()), encoding="utf-8")
