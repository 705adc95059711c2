"""Table 1 on a network: who leaves a saddle fast, and who ends in flat minima."""

import numpy as np

from diffusion import Estimate
from sims.judging.claims import Claims
from sims.judging.points import Panel, Point, as_dataset
from sims.networks.cells.leaving import FLAT, ROWS, STEEP, B
from sims.networks.cells.leaving import RULES as AT_SADDLE
from sims.networks.cells.tasks import RULES
from sims.networks.figure import Grid, NetworkFigure, Settings
from sims.networks.geometry.flatness import PAPERS, TOP
from sims.networks.paired import Claim, compare_logs, judge_claims
from theory.recorded import recorded_verdicts
from theory.table1 import leaving_ratio_printed

(STATEMENT,) = STATEMENTS = ("Table 1",)
CLAIM = (
    "SGD is slow at saddles and finds flat minima; adaptive learning rates are fast and find sharp ones; adaptive inertia "
    "is fast and finds flat ones."
)
TITLES = {"sgd": "SGD", "momentum": "Momentum", "adam": "Adam", "adai": "Adai"}
POWERS = {"sgd": ("slow", 1.0), "adam": ("fast", 0.0), "adai": ("fast", 0.0)}
SLOPE = 100.0  # curvature of the toy landscape's steep way out over that of its flat one
TOLERANCE = 0.15  # as on the toy landscape
PANELS = {
    "leave": Panel("Leaving a saddle", "curvature of the way out $|H|$", "epochs until ten times as far", ratio_to="corrected"),
    "ratio": Panel("Flat way over steep way", "|H| steep over flat", "time flat / time steep"),
    "top": Panel("Minima found", "rate", "top eigenvalue of the Hessian"),
}  # fmt: skip


def grids(settings: Settings) -> list[Grid]:
    """Return the cells: two ways out for each optimizer, and the minima of Figure 7."""
    networks = 32  # they fill the lanes of one block: fewer would be no faster
    both = {"optimizer": list(AT_SADDLE), "way": [STEEP, FLAT]}
    return [
        Grid("network-leaving", {"networks": networks}, both),
        *(
            Grid(
                "network-minima", {"networks": networks, "top": TOP},
                {"data": ["digits"], "optimizer": [name], "rate": [0.0 if rate == RULES[name].rate else rate]},
            )
            for name, rate in PAPERS.items()
        ),
    ]  # fmt: skip


def summary(rows: list[dict], settings: Settings):
    """Return mean times, ratios of times, and top eigenvalues, with every network's."""
    points, kept = [], {}
    for name, title in TITLES.items():
        epochs, H = {}, {}
        for way in (STEEP, FLAT):
            mine = [row for row in rows if row["cells"] == "network-leaving" and row["optimizer"] == name]
            mine = [row for row in mine if row["way"] == way]
            epochs[way], H[way] = np.array([row["epochs"] for row in mine]), abs(mine[0]["H"])
            kept[f"{name}_{way}"] = epochs[way]
            mean, error = _mean(epochs[way])
            # SGD on a quadratic, without noise: the distance grows by 1 + eta |H| a step.
            exact = (
                np.log(10) / np.log1p(AT_SADDLE[name].eta * H[way]) * B / ROWS if name == "sgd" else np.nan
            )
            at = {"who": name, "way": way}
            points.append(Point("leave", at, H[way], mean, error, title, corrected=float(exact)))
        power = POWERS.get(name, ("", np.nan))[1]
        stated = float("nan")
        if name in POWERS:
            stated = float(leaving_ratio_printed(-H[STEEP], H_flat=-H[FLAT], power=power))
        ratios = epochs[FLAT] / epochs[STEEP]
        mean, error = _mean(ratios)
        points.append(Point("ratio", {"who": name}, H[STEEP] / H[FLAT], mean, error, title, printed=stated))
        mine = [row for row in rows if row["cells"] == "network-minima" and row["optimizer"] == name]
        if mine:
            kept[f"{name}_top"] = np.array([row["top"][0] for row in mine])
            mean, error = _mean(kept[f"{name}_top"])
            points.append(Point("top", {"who": name}, PAPERS[name], mean, error, title))
    saddle = next(row for row in rows if row["cells"] == "network-leaving")
    return as_dataset(
        points, PANELS, settings, walkers=len(rows), work=float(len(rows)),
        noise=f"minibatches of {B} rows, each row once an epoch", time_unit="one epoch",
    ).assign(
        {f"every_{name}": (f"network_{len(values)}", values) for name, values in kept.items()}
    ).assign_attrs(noise_along_way=saddle["noise"], negative=saddle["negative"], saddle_loss=saddle["loss"])  # fmt: skip


def _mean(values):
    found = Estimate.of(values)
    return float(found.mean), float(found.stderr)


def verdicts(dataset):
    """Return which of the table's ticks hold on this saddle and for these minima."""
    on, found = Claims(STATEMENT, dataset), []
    for name, (pace, _) in POWERS.items():
        at = {"on": "network", "tick": f"{TITLES[name]} is {pace} at saddles"}
        found.append(on.judge(at, tolerance=TOLERANCE, power=TOLERANCE, panel="ratio", who=name))
    at = {"on": "network", "tick": "SGD's times at a saddle"}
    found.append(on.judge(at, "corrected", tolerance=TOLERANCE, power=TOLERANCE, panel="leave", who="sgd"))
    top = {name: dataset[f"every_{name}_top"].values for name in PAPERS}
    flat = [
        Claim(
            {"on": "network", "tick": f"{TITLES[name]} finds flatter minima than Adam"}, top[name], top["adam"],
            (TITLES[name], "Adam"), "top eigenvalue",
        )
        for name in ("momentum", "adai")
    ]  # fmt: skip
    chosen = dataset.where((dataset.panel == "ratio") & (dataset.who == "sgd"), drop=True)
    ratio = Estimate(chosen.measured.values, chosen.stderr.values, int(dataset.walkers))
    control = on.wrong(ratio, np.ones(1), "SGD fast at a network's saddle")
    return [*found, *judge_claims(STATEMENT, flat, by=compare_logs), control]


def toy_powers() -> dict[str, float]:
    """Return p of time flat / time steep = (H steep / H flat)^p on the toy landscape, far from its saddle."""
    found = {}
    for verdict in recorded_verdicts("Table 1"):
        at = verdict["at"]
        if at.get("distance") == "far" and verdict["form"] == "printed":
            name = at["tick"].partition(" ")[0].lower()
            found[name] = float(np.log(verdict["ratio"]) / np.log(SLOPE)) + POWERS[name][1]
    return found


def table(dataset) -> list[dict]:
    """Return a row for each optimizer."""
    toy = toy_powers()
    rows: dict[str, dict] = {}
    for point in (
        dataset[["panel", "who", "way", "x", "measured", "stderr"]].to_dataframe().to_dict("records")
    ):
        row = rows.setdefault(point["who"], {"optimizer": TITLES[point["who"]]})
        text = f"{point['measured']:.3g} +- {point['stderr']:.1g}"
        if point["panel"] == "leave":
            row[f"{point['way']}, epochs"] = text
        elif point["panel"] == "ratio":
            row["flat / steep"] = text
            row["power"] = round(float(np.log(point["measured"]) / np.log(point["x"])), 3)
            row["power, toy"] = toy.get(point["who"])
        else:
            row["top eigenvalue"] = text
    names = [
        "optimizer",
        "steep, epochs",
        "flat, epochs",
        "flat / steep",
        "power",
        "power, toy",
        "top eigenvalue",
    ]
    return [{name: row.get(name) for name in names} for row in rows.values()]


FIGURE = NetworkFigure(
    "table_1", "Saddles and minima of a network", CLAIM, STATEMENTS, grids, summary, verdicts, table,
    "network_ticks",
)  # fmt: skip
