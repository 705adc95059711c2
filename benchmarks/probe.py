"""Cost of a probe against parameters and samples: seconds of processor and peak memory, on a PyTorch network.

`python -m benchmarks.probe` needs PyTorch and prints the table of docs/guide/probe.md. Each size runs in a process of its
own, since memory that was taken is not given back; what Python and PyTorch take before the probe is subtracted.
"""

import json
import resource
import subprocess
import sys
import time

# width of the hidden layer of a network with 100 features and 10 classes, and samples: 10^3 to 10^6 parameters
SIZES = ((9, 1_000), (90, 100), (90, 1_000), (90, 10_000), (900, 1_000), (9_000, 100))
SETTINGS = {"B": 32, "eigenvalues": 10, "iterations": 100, "walkers": 8}


def measure(hidden: int, samples: int) -> dict:
    """Return what one probe costs, part by part."""
    import torch

    from sims.probe import from_torch, probe

    torch.manual_seed(0)
    torch.set_num_threads(1)
    x = torch.randn(samples, 100, dtype=torch.float64)
    y = torch.randint(0, 10, (samples,))
    module = torch.nn.Sequential(
        torch.nn.Linear(100, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, 10)
    ).double()
    model = from_torch(module, torch.nn.functional.cross_entropy, (x, y))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    parts, last = {}, [time.process_time(), ""]

    def told(what, share):
        if what != last[1]:  # the time since the last call belongs to the part before
            last[1] = what
        parts[what] = parts.get(what, 0.0) + time.process_time() - last[0]
        last[0] = time.process_time()

    start = time.process_time()
    found = probe(model, **SETTINGS, told=told)
    seconds = time.process_time() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "parameters": model.dim, "samples": samples, "seconds": seconds, "parts": parts,
        "megabytes": (after - before) / 1024, "said": model.memory(SETTINGS["eigenvalues"]) / 2**20,
        "products": found.spectrum.products, "converged": int(found.spectrum.converged.sum()),
    }  # fmt: skip


def table(rows) -> str:
    """Return the rows as a Markdown table."""
    head = (
        "parameters",
        "samples",
        "Hessian products",
        "eigenvalues, s",
        "noise, s",
        "own SGD, s",
        "memory, MB",
        "said, MB",
    )
    lines = ["| " + " | ".join(head) + " |", "|" + "---:|" * len(head)]
    for row in rows:
        # the part of an eigenvalue search that comes before the first call is the examination
        parts = [
            row["parts"].get(name, 0.0) for name in ("eigenvalues", "gradient noise", "SGD of the model")
        ]
        cells = [
            f"{row['parameters']:,}",
            f"{row['samples']:,}",
            str(row["products"]),
            *(f"{s:.2g}" for s in parts),
        ]
        lines.append("| " + " | ".join([*cells, f"{row['megabytes']:,.0f}", f"{row['said']:,.0f}"]) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
    else:
        found = []
        for hidden, samples in SIZES:
            command = [sys.executable, "-m", "benchmarks.probe", str(hidden), str(samples)]
            run = subprocess.run(command, capture_output=True, text=True, check=True)
            found.append(json.loads(run.stdout.splitlines()[-1]))
            print(found[-1], file=sys.stderr)
        print(table(found))
