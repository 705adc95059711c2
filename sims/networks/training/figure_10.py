"""Figure 10: test error over weight decay, of Adai and Momentum."""

from sims.networks.cells.tasks import DECAY
from sims.networks.figure import Grid, NetworkFigure, Settings
from sims.networks.paired import Claim, judge_claims
from sims.networks.training.curves import CELLS, CONTROL, curves_of, pick, summary
from sims.networks.training.curves import controls as curve_controls
from sims.networks.training.curves import table as curves_table
from sims.networks.training.figure_5 import DECAYS, fixed_of

(STATEMENT,) = STATEMENTS = ("Figure 10",)
CLAIM = "The best weight decay is 0.0005, and there Adai's test error is lower than Momentum's."
TWO = ("adai", "momentum")


def grids(settings: Settings) -> list[Grid]:
    """Return both optimizers at six weight decays; on digits they are cells of Figure 5."""
    found = []
    for data in ["digits"] if settings.quick else ["digits", "mnist14"]:
        fixed = fixed_of(settings, data)
        values = {"data": [data], "optimizer": list(TWO), "factor": [1.0], "decay": list(DECAYS)}
        again = {"data": [data], "optimizer": [CONTROL], "factor": [1.0], "decay": [DECAY]}
        found += [Grid(CELLS, fixed, values), Grid(CELLS, fixed, again | {"seed": [settings.seed + 1]})]
    return found


def verdicts(dataset):
    """Return whether the paper's decay is the best, and whether Adai is better there and at its best."""
    curves, claims = curves_of(dataset), []
    for data in dict.fromkeys(one.about["data"] for one in curves):
        best = {}
        for name in TWO:
            mine = [one for one in curves if (one.about["data"], one.about["optimizer"]) == (data, name)]
            mine = [one for one in mine if not one.about["control"]]
            at = pick(mine, decay=DECAY)
            best[name] = min(mine, key=lambda one: one.error[-1].mean())
            claims += [
                Claim(
                    {"data": data, "optimizer": at.title, "decay": one.about["decay"], "of": "best decay"},
                    at.error[-1], one.error[-1],
                    (f"{at.title} at 0.0005", f"{at.title} at {one.about['decay']:g}"),
                )
                for one in mine
                if one is not at
            ]  # fmt: skip
        at_paper = [pick(curves, data=data, optimizer=name, decay=DECAY) for name in TWO]
        for of, (first, second) in (("paper's decay", at_paper), ("best decay of each", best.values())):
            claims.append(
                Claim(
                    {"data": data, "against": f"below {second.title}", "at": of}, first.error[-1], second.error[-1],
                    (first.title, second.title),
                )
            )  # fmt: skip
    return judge_claims(STATEMENT, claims) + curve_controls(STATEMENT, curves)


FIGURE = NetworkFigure(
    "figure_10", "Test error over weight decay", CLAIM, STATEMENTS, grids, summary, verdicts, curves_table,
    "network_decay",
)  # fmt: skip
