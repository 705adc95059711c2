"""Figure 8: whether gradient noise is Gaussian or heavy-tailed."""

import numpy as np

from diffusion import Estimate
from sims.judging.claims import Claims
from sims.judging.points import Panel, Point, as_dataset
from sims.networks.cells.noise_tails import DRAWS, INDEX, LAYERS, NETWORK, TWIN
from sims.networks.figure import Grid, NetworkFigure, Settings, blocks

(STATEMENT,) = STATEMENTS = ("Figure 8",)
CLAIM = (
    "Over minibatches gradient noise is Gaussian, from B = 16 on; only computed across the parameters of one minibatch "
    "does it look like heavy-tailed Levy noise."
)
PANELS = {
    name: Panel(title, "samples of a minibatch, B", title, yscale="linear", lines=("data", "place", "noise"))
    for name, title in (
        ("parameters", "tail index across parameters"),
        ("minibatches", "tail index across minibatches"),
        ("fourth", "fourth moment over that of normal noise"),
        ("law", "fourth moment over that of the mean of B samples"),
    )
}
PAPER_B = 16  # from which on the paper finds Gaussian noise
TOLERANCE = 0.05


def grids(settings: Settings) -> list[Grid]:
    """Return the cells: eight networks each."""
    data = ["digits"] if settings.quick else list(LAYERS)
    return [Grid("network-tails", {"networks": 8}, {"data": data, "first": blocks(32)})]


def summary(rows: list[dict], settings: Settings):
    """Return means over networks, with some noise of the first network to draw."""
    points = []
    for key in dict.fromkeys((row["data"], row["place"], row["noise"], row["B"]) for row in rows):
        data, place, noise, B = key
        mine = [row for row in rows if (row["data"], row["place"], row["noise"], row["B"]) == key]
        for name in PANELS:
            values = np.array(
                [row["fourth"] / row["predicted"] if name == "law" else row[name] for row in mine]
            )
            if not np.isfinite(values).all():
                continue
            found, at = Estimate.of(values), {"data": data, "place": place, "noise": noise, "size": float(B)}
            stated: dict = (
                {"exact": float(np.mean([row["predicted"] for row in mine]))} if name == "fourth" else {}
            )
            if name == "law":
                stated = {"exact": 1.0}
            else:
                stated["printed"] = 1.0 if name == "fourth" else 2.0  # of normal noise
            points.append(Point(name, at, max(B, 1), float(found.mean), float(found.stderr), **stated))
    networks = len({(row["data"], row["network"]) for row in rows})
    dataset = as_dataset(
        points, PANELS, settings, walkers=networks, work=float(networks * DRAWS),
        noise="minibatches drawn with replacement", time_unit="one iteration",
    )  # fmt: skip
    drawn = [
        row for row in rows if row["network"] == 0 and row["noise"] == NETWORK and row["B"] in (1, PAPER_B)
    ]
    return dataset.assign(
        drawn_data=("drawn", [row["data"] for row in drawn]), drawn_place=("drawn", [row["place"] for row in drawn]),
        drawn_B=("drawn", [row["B"] for row in drawn]), seen=(("drawn", "number"), [row["seen"] for row in drawn]),
    )  # fmt: skip


def verdicts(dataset):
    """Return whether the noise is Gaussian across minibatches, and what misleads across parameters."""
    on = Claims(STATEMENT, dataset)
    found = [on.exact(panel="law"), on.scaled(1.1, panel="law")]
    for data in dict.fromkeys(dataset.data.values.tolist()):
        for place in ("start", "trained"):
            for B in (1, PAPER_B, 128):
                for name in ("minibatches", "fourth"):
                    at = {"data": data, "place": place, "B": float(B), "of": name}
                    chosen = {"panel": name, "data": data, "place": place, "noise": NETWORK, "size": float(B)}
                    found.append(on.judge(at, tolerance=TOLERANCE, power=TOLERANCE, **chosen))
            at = {"data": data, "place": place, "of": "parameters"}
            chosen = {"panel": "parameters", "data": data, "place": place}
            found.append(
                on.judge(at | {"noise": TWIN}, tolerance=TOLERANCE, power=TOLERANCE, noise=TWIN, **chosen)
            )
    # The estimator must tell Levy noise from normal noise across minibatches.
    at = {"panel": "minibatches", "noise": f"Levy, index {INDEX:g}"}
    measured = dataset.where((dataset.panel == "minibatches") & (dataset.noise == at["noise"]), drop=True)
    levy = Estimate(measured.measured.values, measured.stderr.values, int(dataset.walkers))
    return [*found, on.wrong(levy, np.full(levy.mean.shape, 2.0), "Levy noise taken for normal")]


def table(dataset) -> list[dict]:
    """Return a row for each kind of noise."""
    rows: dict[tuple, dict] = {}
    for point in dataset.drop_dims(["drawn", "number"]).to_dataframe().to_dict("records"):
        B = point["size"] or None  # invented noise has no minibatches
        key = point["data"], point["place"], point["noise"], B
        row = rows.setdefault(key, dict(zip(("data", "place", "noise", "B"), key, strict=True)))
        row[point["panel"]] = point["measured"]
        row[f"{point['panel']}_error"] = point["stderr"]
    names = [*next(iter(rows.values()))]
    return [{name: row.get(name) for name in names} for row in rows.values()]


FIGURE = NetworkFigure(
    "figure_8", "Gradient noise: Gaussian or heavy-tailed?", CLAIM, STATEMENTS, grids, summary, verdicts, table,
    "network_tails",
)  # fmt: skip
