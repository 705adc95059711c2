"""Figure 1: gradient noise against curvature."""

import numpy as np

from diffusion import Estimate
from sims.judging.claims import Claims
from sims.judging.points import Panel, Point, as_dataset
from sims.networks.cells.noise_and_curvature import LAYERS, OWN_LABELS
from sims.networks.figure import Grid, NetworkFigure, Settings, blocks

(STATEMENT,) = STATEMENTS = ("Figure 1",)
CLAIM = (
    "The covariance of minibatch gradients is the Hessian over the batch size, at random starts and after training: "
    "along each eigenvector C = |H| / B."
)
PANELS = {
    name: Panel(title, "training loss", title, yscale="linear", lines=("data",))
    for name, title in (
        ("gamma", r"slope $\gamma$ of $\log C$ in $\log |H|$"),
        ("ratio", "median of $B C / |H|$"),
        ("r", "correlation of $C$ and $|H|$"),
        ("gamma_all", r"slope $\gamma$, all directions"),
        ("ratio_all", "median of $B C / |H|$, all directions"),
        ("r_all", "correlation, all directions"),
        ("trace", "trace of the second moment over that of the Gauss-Newton matrix"),
    )
}
STATED = ("gamma", "ratio", "gamma_all", "ratio_all")  # the paper says 1
TOLERANCE = 0.1  # of slope and ratio: the paper says "approximately"


def grids(settings: Settings) -> list[Grid]:
    """Return the cells: eight networks each."""
    data = ["digits"] if settings.quick else list(LAYERS)
    seeds = 16 if settings.quick else 32
    values = {"data": data, "first": blocks(seeds, 4)}
    return [Grid("network-noise", {"networks": 4}, values)]


def summary(rows: list[dict], settings: Settings):
    """Return means over networks, with the points of the first one to draw."""
    points = []
    for data in dict.fromkeys(row["data"] for row in rows):
        mine = [row for row in rows if row["data"] == data]
        for place in dict.fromkeys(row["place"] for row in mine):
            here = [row for row in mine if row["place"] == place]
            loss = float(np.mean([row["loss"] for row in here]))
            for name in PANELS:
                values = np.array([row[name] for row in here])
                values = values[np.isfinite(values)]
                if len(values) < 3 or (name == "trace" and place != OWN_LABELS):
                    continue
                found = Estimate.of(values)
                stated: dict = (
                    {"printed": 1.0} if name in STATED else {"exact": 1.0} if name == "trace" else {}
                )
                points.append(
                    Point(
                        name, {"data": data, "place": place, "networks": float(len(values))}, loss,
                        float(found.mean), float(found.stderr), **stated,
                    )
                )  # fmt: skip
    networks = len({(row["data"], row["network"]) for row in rows})
    steps = 120 * 70  # at most
    dataset = as_dataset(
        points, PANELS, settings, walkers=networks, work=networks * steps * 1000.0,
        noise="minibatches of 10 rows, each row once an epoch", time_unit="one iteration",
    )  # fmt: skip
    # The first network that got there: some never reach a loss.
    first: dict[tuple, dict] = {}
    for row in sorted(rows, key=lambda row: row["network"]):
        first.setdefault((row["data"], row["place"]), row)
    seen = [(*where, h, c) for where, row in first.items() for h, c in zip(row["H"], row["C"], strict=True)]
    names = "drawn_data", "drawn_place", "drawn_H", "drawn_C"
    columns = zip(*seen, strict=True)
    return dataset.assign(
        {name: ("drawn", list(column)) for name, column in zip(names, columns, strict=True)}
    )


def verdicts(dataset):
    """Return what the numbers say of Figure 1."""
    on = Claims(STATEMENT, dataset)
    found = [on.exact(panel="trace"), on.scaled(1.5, panel="trace")]
    measured = dataset.where(dataset.panel == "gamma", drop=True)
    for data, place in zip(measured.data.values, measured.place.values, strict=True):
        for name in ("gamma", "ratio"):
            at = {"data": str(data), "place": str(place), "of": name}
            chosen = {"panel": name, "data": str(data), "place": str(place)}
            found.append(on.judge(at, tolerance=TOLERANCE, power=TOLERANCE, **chosen))
    return found


def table(dataset) -> list[dict]:
    """Return a row for each data set and place."""
    rows: dict[tuple, dict] = {}
    for point in dataset.drop_dims("drawn").to_dataframe().to_dict("records"):
        if point["panel"] == "trace":
            continue
        key = point["data"], point["place"]
        row = rows.setdefault(
            key, {"data": key[0], "place": key[1], "loss": point["x"], "networks": int(point["networks"])}
        )
        row[point["panel"]] = point["measured"]
        if point["panel"] in STATED[:2]:
            row[f"{point['panel']}_error"] = point["stderr"]
    return list(rows.values())


FIGURE = NetworkFigure(
    "figure_1", "Gradient noise against curvature", CLAIM, STATEMENTS, grids, summary, verdicts, table,
    "network_noise",
)  # fmt: skip
