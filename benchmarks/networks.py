"""Cost of training `Network` beside PyTorch, in one process: ``python -m benchmarks.networks``.

32 networks train side by side on one core: ours in float64; PyTorch's one after the other in float64, and 32 at once by
``torch.func.vmap`` in float32. Contestants take turns, and times are of the processor. Data are random: they cost the same.
"""

import argparse
import itertools
import sys

import numpy as np

from benchmarks.race import load, one_core, race, ratio
from diffusion import Adam, Minibatches, Momentum, Network, evolve

SHAPES = {"64-16-16-10": (64, 16, 16, 10), "196-12-12-10": (196, 12, 12, 10), "64-64-64-10": (64, 64, 64, 10)}
NETWORKS, B, ROWS = 32, 10, 1400
RULES = {"Momentum": Momentum(1e-3), "Adam": Adam(1e-4)}


def data(layers):
    """Return random features and labels."""
    random = np.random.default_rng(0)
    return random.uniform(0, 1, (ROWS, layers[0])), random.integers(0, layers[-1], ROWS)


def ours(layers, optimizer, steps):
    """Return a turn of `evolve`; its work is counted in steps of one network."""
    network = Network(layers, *data(layers))
    start = network.initial(0, NETWORKS)

    def turn():
        evolve(network, Minibatches(B), optimizer, start, steps, walkers=NETWORKS, seed=1, workers=1)
        return steps * NETWORKS

    return turn


def torch_alone(layers, rule, steps):
    """Return a turn of one PyTorch network with its own loop, as everyone writes it."""
    import torch

    X, y = data(layers)
    X, y = torch.tensor(X), torch.tensor(y)
    parts: list = []
    for n, m in itertools.pairwise(layers):
        parts += [torch.nn.Linear(n, m, dtype=torch.float64), torch.nn.ReLU()]
    model, random = torch.nn.Sequential(*parts[:-1]), torch.Generator().manual_seed(0)
    how = {"Momentum": lambda p: torch.optim.SGD(p, 1e-3, 0.9), "Adam": lambda p: torch.optim.Adam(p, 1e-4)}
    optimizer = how[rule](model.parameters())

    def turn():
        for _ in range(steps):
            chosen = torch.randint(ROWS, (B,), generator=random)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(X[chosen]), y[chosen]).backward()
            optimizer.step()
        return steps

    return turn


def torch_side_by_side(layers, steps):
    """Return a turn of 32 networks with momentum by ``vmap``, in float32."""
    import torch
    from torch.func import grad, vmap

    X, y = data(layers)
    X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
    random = torch.Generator().manual_seed(0)
    shapes = [shape for n, m in itertools.pairwise(layers) for shape in ((n, m), (m,))]
    weights = tuple(torch.randn((NETWORKS, *shape), generator=random) * 0.1 for shape in shapes)
    speeds = [torch.zeros_like(w) for w in weights]

    def loss(weights, rows, labels):
        a = rows
        for place in range(0, len(weights), 2):
            a = a @ weights[place] + weights[place + 1]
            if place < len(weights) - 2:
                a = torch.relu(a)
        return torch.nn.functional.cross_entropy(a, labels)

    gradient = vmap(grad(loss))

    def turn():
        for _ in range(steps):
            chosen = torch.randint(ROWS, (NETWORKS, B), generator=random)
            for w, v, g in zip(weights, speeds, gradient(weights, X[chosen], y[chosen]), strict=True):
                v.mul_(0.9).add_(g)
                w.sub_(v, alpha=1e-3)
        return steps * NETWORKS

    return turn


def turns(layers, quick):
    """Return all contestants; those of PyTorch only where it is installed."""
    steps = 100 if quick else 400
    found = {f"ours, {name}": ours(layers, rule, steps) for name, rule in RULES.items()}
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed: only our own times follow.", file=sys.stderr)
        return found
    torch.set_num_threads(1)
    some = 40 if quick else 150
    found |= {f"PyTorch alone, {name}": torch_alone(layers, name, some) for name in RULES}
    return found | {"PyTorch vmap of 32, float32, Momentum": torch_side_by_side(layers, some)}


def main(arguments=None):
    """Print a table for each shape: microseconds a step and network, and ratios to ours."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer steps and rounds")
    quick = parser.parse_args(arguments).quick
    unit = None
    for name, layers in SHAPES.items():
        with one_core():
            times = race(turns(layers, quick), 3 if quick else 7)
        products = sum(n * m for n, m in itertools.pairwise(layers)) * B
        own = times["ours, Momentum"]
        print(f"{name}, B = {B}, {sum((n + 1) * m for n, m in itertools.pairwise(layers))} weights")
        for who, ns in times.items():
            theirs = ratio(ns, times["ours, Adam"] if who.endswith("Adam") else own)
            beside = (
                ""
                if who.startswith("ours")
                else f"  {theirs.median:.1f} times ours [{theirs.low:.1f}, {theirs.high:.1f}]"
            )
            print(f"  {who:40} {np.median(ns) / 1e3:8.2f} us{beside}")
        per = float(np.median(own)) / products
        unit = unit or per
        print(f"  ns a weight and sample: {per:.3f}, {per / unit:.2f} times those of the first network")
    print(f"load of the machine: {load()}")


if __name__ == "__main__":
    main()
