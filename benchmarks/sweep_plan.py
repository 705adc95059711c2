"""From measured overheads of sweeps to many machines, and both as the tables of docs/scale.md."""

from dataclasses import dataclass

ASSUMED = {"workers": 16, "network": 125e6, "start": 10.0, "cells": 100_000}
MACHINES, CELL_SECONDS = (1, 10, 100), (0.1, 1.0, 10.0, 100.0, 1000.0)
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(frozen=True)
class Overheads:
    """What one cell costs beside its own work.

    Attributes
    ----------
    client, scheduler : float
        Processor time of these processes for a cell, s. The client's has its writes to the store in it.
    worker : float
        Processor time of a worker for a cell without work, s.
    network : float
        Bytes through the scheduler, in the busier direction.
    layout, table : float
        Processor time of the client before the first and after the last cell, s a cell.
    """

    client: float
    scheduler: float
    worker: float
    network: float
    layout: float
    table: float


def plan(costs: Overheads, machines: int, seconds: float, assumed=ASSUMED) -> dict:
    """Return how a sweep of cells of so many seconds runs on so many machines.

    Workers run at once; client, scheduler and network are one each, so that the slowest of the four sets the rate.
    Before and after it come what only the client does, the start of the workers, and the last cell.

    Returns
    -------
    dict
        ``rate`` in cells a second, ``limit`` (what sets it), ``hours`` in all, and ``used``: the share of all workers'
        time that cells were computed in.
    """
    workers, cells = machines * assumed["workers"], assumed["cells"]
    rates = {
        "workers": workers / (seconds + costs.worker),
        "client": 1 / costs.client,
        "scheduler": 1 / costs.scheduler,
        "network": assumed["network"] / costs.network,
    }
    limit = min(rates, key=rates.__getitem__)
    alone = assumed["start"] + cells * (costs.layout + costs.table) + seconds
    total = cells / rates[limit] + alone
    used = cells * seconds / workers / total
    return {
        "machines": machines,
        "seconds": seconds,
        "rate": rates[limit],
        "limit": limit,
        "hours": total / 3600,
        "used": used,
    }


def saturation(costs: Overheads, seconds: float, assumed=ASSUMED) -> float:
    """Return the machines from which on more of them make a sweep of such cells no faster."""
    most = min(1 / costs.client, 1 / costs.scheduler, assumed["network"] / costs.network)
    return most * (seconds + costs.worker) / assumed["workers"]


def overheads(record: dict) -> Overheads:
    """Return the overheads of a record: the largest of client and scheduler with many workers, of others with few."""
    many, few = record["pretended"], record["messages"]
    return Overheads(
        client=max(one["client s"] for one in many),
        scheduler=max(one["scheduler s"] for one in many),
        worker=max(one["workers s"] for one in few),
        network=max(max(one["scheduler bytes"], one["client bytes"] + one["workers bytes"]) for one in few),
        layout=record["serial"]["layout"],
        table=record["serial"]["table"],
    )


def tables(record: dict) -> str:
    """Return all tables as Markdown."""
    parts = [_conditions(record), _throughput(record), _messages(record), _serial(record)]
    return "\n\n".join([*parts, _pretended(record), _planned(record)])


def _table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|---|" + "--:|" * (len(header) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _conditions(record):
    about = record["about"]
    return (
        f"Recorded on {about['date']}: {about['cores']} cores shared with other programs (load {about['load before']:.1f} "
        f"before, {about['load after']:.1f} after), {about['rounds']} rounds in which all take turns; Python "
        f"{about['python']}, distributed {about['distributed']}."
    )


def _throughput(record):
    rows = []
    for one in record["throughput"]:
        middle, low, high = one["against"]
        ratio = f"{middle:.2f} [{low:.2f}, {high:.2f}]"
        rows.append([one["where"], one["kind"], f"{one['rate']:.3g}", ratio, f"{1e3 * one['processor']:.1f}"])
    header = ["where", "cells", "cells/s", "to one thread [least, most]", "processor ms a cell"]
    return "### Throughput\n\n" + _table(header, rows)


def _messages(record):
    rows = []
    for one in record["messages"]:
        for role in ("client", "scheduler", "workers"):
            cost = [
                f"{1e3 * one[f'{role} s']:.2f}",
                f"{one[f'{role} messages']:.1f}",
                f"{one[f'{role} bytes']:.0f}",
            ]
            rows.append([one["where"], role, *cost])
    sizes = record["sizes"]
    title = (
        "### Messages and bytes for one cell\n\n"
        f"A task is {sizes['task']} bytes, the result of 1000 walkers {sizes['result']} bytes as it is stored. Counted where it "
        "is written; a result goes from worker to scheduler to client, so its bytes count twice.\n\n"
    )
    return title + _table(["where", "who", "processor ms", "messages", "bytes"], rows)


def _serial(record):
    serial = record["serial"]
    rows = [
        ["lay out the grid: settings, seed and key of a cell", f"{1e3 * serial['layout']:.2f}", ""],
        [
            "store a result, one at a time",
            f"{1e3 * serial['store one'][0]:.2f}",
            f"{1e3 * serial['store one'][1]:.2f}",
        ],
        [
            "store a result, a hundred at a time",
            f"{1e3 * serial['store hundred'][0]:.2f}",
            f"{1e3 * serial['store hundred'][1]:.2f}",
        ],
        ["dataset and table at the end", f"{1e3 * serial['table']:.2f}", ""],
    ]
    return "### What only the client does, for one cell\n\n" + _table(
        ["what", "processor ms", "with the disk, ms"], rows
    )


def _pretended(record):
    rows = [
        [
            str(one["workers"]), str(one["threads"]), f"{one['seconds']:g}", str(one["cells"]), f"{one['demand']:.0f}",
            f"{one['rate']:.0f}", f"{1e3 * one['client s']:.2f}", f"{1e3 * one['scheduler s']:.2f}",
        ]
        for one in record["pretended"]
    ]  # fmt: skip
    header = [
        "workers", "threads each", "cell s", "cells", "workers could, cells/s", "measured, cells/s", "client ms", "scheduler ms",
    ]  # fmt: skip
    return "### A hundred machines, pretended\n\n" + _table(header, rows)


def _planned(record):
    costs = overheads(record)
    rows = []
    for seconds in CELL_SECONDS:
        row = [f"{seconds:g} s"]
        for machines in MACHINES:
            found = plan(costs, machines, seconds)
            row.append(f"{_hours(found['hours'])}, {found['used']:.0%}, {found['limit']}")
        rows.append([*row, f"{saturation(costs, seconds):,.0f}"])
    header = [
        "a cell takes",
        *(f"{n} machine{'s' * (n > 1)}" for n in MACHINES),
        "machines at which it saturates",
    ]
    return f"### The plan: a sweep of {ASSUMED['cells']:,} cells\n\n" + _table(header, rows)


def _hours(hours):
    return f"{hours:.1f} h" if hours >= 1 else f"{60 * hours:.1f} min"


def filled(page: str, record: dict) -> str:
    """Return a page with the tables of a record between its marks."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{tables(record)}\n\n{END}{rest.split(END)[1]}"
