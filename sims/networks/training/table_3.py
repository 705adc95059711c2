"""Table 3: test error at a fifth of the weight decay."""

from sims.networks.cells.tasks import DECAY, LOWER_DECAY, RULES
from sims.networks.figure import Grid, NetworkFigure, Settings
from sims.networks.paired import Claim, judge_claims
from sims.networks.training.curves import (
    control_grid,
    controls,
    curve_grid,
    curves_of,
    data_of,
    half_interval,
    pick,
    summary,
)
from sims.networks.training.curves import note as curve_note

(STATEMENT,) = STATEMENTS = ("Table 3",)
CLAIM = (
    "AdaiW, Adai and Momentum with decay 0.0005 have lower test errors than Momentum and Adam's variants with 0.0001; "
    "the variants compare well only with a Momentum that has too little decay."
)
FIRST = ("adaiw", "adai", "momentum")
OTHERS = tuple(name for name in RULES if name not in ("adaiw", "adai"))
# test errors in percent at the lower decay, as the paper prints them, in the order of OTHERS
PAPER = {
    "digits": (5.58, 6.08, 5.72, 5.33, 6.87, 5.83, 5.43, 5.81),
    "mnist14": (24.92, 25.56, 24.74, 23.61, 25.67, 25.39, 23.72, 25.65),
}


def grids(settings: Settings) -> list[Grid]:
    """Return three optimizers at Table 2's decay, which are its cells, and eight at the lower one."""
    data = data_of(settings)
    return [
        curve_grid(settings, data, FIRST),
        control_grid(settings, data),
        curve_grid(settings, data, OTHERS, decay=LOWER_DECAY),
    ]


def verdicts(dataset):
    """Return whether the three are below each of the eight, and whether Momentum is better than Adam at the low decay."""
    curves, claims = curves_of(dataset), []
    for data in dict.fromkeys(one.about["data"] for one in curves):
        low = {name: pick(curves, data=data, optimizer=name, decay=LOWER_DECAY) for name in OTHERS}
        for name in FIRST:
            first = pick(curves, data=data, optimizer=name, decay=DECAY)
            for second in low.values():
                at = {"data": data, "optimizer": first.title, "against": f"{second.title} at 0.0001"}
                names = f"{first.title} at decay 0.0005", f"{second.title} at 0.0001"
                claims.append(Claim(at, first.error[-1], second.error[-1], names))
        for second in list(low.values())[1:]:
            at = {"data": data, "optimizer": "Momentum at 0.0001", "against": f"{second.title} at 0.0001"}
            names = "Momentum at decay 0.0001", f"{second.title} at 0.0001"
            claims.append(Claim(at, low["momentum"].error[-1], second.error[-1], names))
    return judge_claims(STATEMENT, claims) + controls(STATEMENT, curves)


def table(dataset) -> list[dict]:
    """Return a row for each run."""
    rows = []
    for one in curves_of(dataset):
        if one.about["control"]:
            continue
        data, name = one.about["data"], one.about["optimizer"]
        lower = one.about["decay"] == LOWER_DECAY
        rows.append(
            {
                "data": data,
                "optimizer": one.title,
                "rate": one.about["rate"],
                "decay": one.about["decay"],
                "error_%": 100 * float(one.error[-1].mean()),
                "error_%_95": 100 * half_interval(one.error[-1]),
                "best_epoch_error_%": 100 * float(one.error.min(axis=0).mean()),
                "loss": float(one.loss[-1].mean()),
                "paper_%": PAPER[data][OTHERS.index(name)] if lower else None,
                "note": curve_note(one),
            }
        )
    return rows


FIGURE = NetworkFigure(
    "table_3", "Test error at a fifth of the weight decay", CLAIM, STATEMENTS, grids, summary, verdicts, table,
    "network_table",
)  # fmt: skip
