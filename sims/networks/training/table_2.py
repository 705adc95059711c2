"""Table 2: test error of ten optimizers.

They are run at the rates found here and at the paper's. The search for rates is run too, on digits with networks of its own.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata

from sims.judging.ratio import Ratio
from sims.judging.verdict import Verdict
from sims.networks.cells.tasks import RULES
from sims.networks.figure import Grid, NetworkFigure, Settings
from sims.networks.paired import LEVEL, compare, judge_claims
from sims.networks.training.curves import (
    Curve,
    control_grid,
    controls,
    curve_grid,
    curves_of,
    data_of,
    error_claims,
    half_interval,
)
from sims.networks.training.curves import note as curve_note
from sims.networks.training.curves import summary as curves_summary

(STATEMENT,) = STATEMENTS = ("Table 2",)
CLAIM = "Adai and AdaiW have lower test errors than the eight other optimizers."
OURS = ("adaiw", "adai")  # the paper's proposals
SEARCHED = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # times the paper's rate
AS_GOOD = 0.05  # chance from which on a rate of the search counts as no worse than the best one
SEARCH_SEED = 7001  # added to the seed: networks of the search are not those that are judged
# test errors in percent, as the paper prints them: ResNet18 on CIFAR-10 and ResNet34 on CIFAR-100, in the order of RULES
PAPER = {
    "digits": (4.59, 4.74, 5.01, 6.53, 6.16, 5.08, 5.65, 5.12, 5.87, 6.01),
    "mnist14": (21.05, 20.79, 21.52, 27.16, 25.53, 22.99, 22.87, 22.72, 23.57, 24.41),
}
PERMUTATIONS, RESAMPLES = 20_000, 2000


def grids(settings: Settings) -> list[Grid]:
    """Return ten optimizers at both rates, and the search.

    Momentum is run with other seeds too. Cells at the rates found are those of Figure 2.
    """
    data = data_of(settings)
    found = [curve_grid(settings, data, RULES), control_grid(settings, data)]
    found.append(
        curve_grid(
            settings, data, [n for n, rule in RULES.items() if rule.rate != rule.found], rates=["paper"]
        )
    )
    if not settings.quick:
        seed = [settings.seed + SEARCH_SEED]
        found.append(
            curve_grid(settings, ["digits"], RULES, rates=["paper"], factor=list(SEARCHED), seed=seed)
        )
    return found


def summary(rows: list[dict], settings: Settings):
    """Return the curves of all runs, and the search.

    The search has a number for each optimizer and rate: the mean error, whether it is the lowest, and whether the rate is as
    good as the best one, as far as its networks tell, which are paired with that one's.
    """
    searched = settings.seed + SEARCH_SEED
    last: dict[str, dict[float, np.ndarray]] = {}
    for row in rows:
        if row["seed"] == searched and row["epoch"] == row["epochs"]:
            last.setdefault(row["optimizer"], {})[row["rate"]] = np.array(row["error"])
    dataset = curves_summary([row for row in rows if row["seed"] != searched], settings, rows_by="data")
    best = {name: min(errors, key=lambda rate: errors[rate].mean()) for name, errors in last.items()}
    pairs = [(name, rate) for name, errors in last.items() for rate in sorted(errors)]
    if not pairs:
        return dataset
    names, rates = zip(*pairs, strict=True)
    return dataset.assign(
        search_optimizer=("search", list(names)), search_rate=("search", list(rates)),
        search_error=("search", [float(last[name][rate].mean()) for name, rate in pairs]),
        search_best=("search", [rate == best[name] for name, rate in pairs]),
        search_as_good=(
            "search", [compare(last[name][rate], last[name][best[name]]).chance >= AS_GOOD for name, rate in pairs]
        ),
    )  # fmt: skip


def at_rates(curves: Sequence[Curve], data: str, rates: str) -> dict[str, Curve]:
    """Return each optimizer's curve at one kind of rates.

    They are the rates found or the paper's; where both are one, that one.
    """
    mine = [one for one in curves if one.about["data"] == data and not one.about["control"]]
    found = {one.about["optimizer"]: one for one in mine if one.about["rates"] == "found"}
    if rates == "paper":
        found |= {one.about["optimizer"]: one for one in mine if one.about["rates"] == "paper"}
    return {name: found[name] for name in RULES if name in found}


def verdicts(dataset) -> list[Verdict]:
    """Return whether Adai and AdaiW are below the others.

    The order of all ten is judged too.
    """
    curves, claims, orders = curves_of(dataset), [], []
    for data in dict.fromkeys(one.about["data"] for one in curves):
        for rates in ("found", "paper"):
            every = at_rates(curves, data, rates)
            for name in OURS:
                for other in every:
                    if other in OURS:
                        continue
                    at = {"data": data, "rates": f"{rates} rates", "optimizer": RULES[name].title}
                    # matched for training loss only at good rates: at others some have learned nothing
                    pair = error_claims(every[name], every[other], at)
                    claims += pair if rates == "found" else pair[:1]
            orders.append(judge_ranks(data, rates, every))
    return [*judge_claims(STATEMENT, claims), *orders, *controls(STATEMENT, curves)]


def judge_ranks(data: str, rates: str, every: dict[str, Curve]) -> Verdict:
    """Judge whether mean errors have the paper's order.

    The measure is Spearman's correlation of ranks.
    """
    paper, errors = np.array(PAPER[data]), np.array([one.error[-1] for one in every.values()])
    random = np.random.default_rng(0)
    networks, ranks = errors.shape[1], rankdata(paper)
    rho = correlation(ranks, rankdata(errors.mean(axis=1)))
    chosen = random.integers(0, networks, (RESAMPLES, networks))
    low, high = np.percentile(
        correlation(ranks, rankdata(errors[:, chosen].mean(axis=2), axis=0).T), (2.5, 97.5)
    )
    shuffled = np.array([random.permutation(ranks) for _ in range(PERMUTATIONS)])
    chance = float((1 + np.sum(correlation(ranks, shuffled) >= rho - 1e-12)) / (1 + PERMUTATIONS))
    outcome = "holds" if chance < LEVEL and low > 0 else "fails" if high < 0.5 else "undecided"
    error = max((high - low) / 3.92, 1e-3)
    text = (
        f"The ranks of ten mean test errors correlate with those of the paper's table by "
        f"{Ratio(rho, error).text()} (1 is the same order; p = {chance:.2g} for a random order)."
    )
    return Verdict(
        outcome, rho, (float(low), float(high)), float(5 * error), (rho - 1) / error, 1, text, "printed", STATEMENT,
        {"data": data, "rates": f"{rates} rates", "of": "order of ten"},
    )  # fmt: skip


def correlation(ranks, others):
    """Return Spearman's correlation with each row of others.

    Others may share ranks.
    """
    a, b = ranks - ranks.mean(), others - others.mean(axis=-1, keepdims=True)
    return b @ a / np.sqrt((a @ a) * np.sum(b * b, axis=-1))


def table(dataset) -> list[dict]:
    """Return a row for each optimizer and data set."""
    curves, rows = curves_of(dataset), []
    for data in dict.fromkeys(one.about["data"] for one in curves):
        found, paper = (at_rates(curves, data, rates) for rates in ("found", "paper"))
        for place, (name, one) in enumerate(found.items()):
            other = paper[name]
            rows.append(
                {
                    "data": data,
                    "optimizer": one.title,
                    "rate": one.about["rate"],
                    "error_%": 100 * float(one.error[-1].mean()),
                    "error_%_95": 100 * half_interval(one.error[-1]),
                    "best_epoch_error_%": 100 * float(one.error.min(axis=0).mean()),
                    "loss": float(one.loss[-1].mean()),
                    "paper_rate": other.about["rate"],
                    "at_paper_rate_%": 100 * float(other.error[-1].mean()),
                    "at_paper_rate_%_95": 100 * half_interval(other.error[-1]),
                    "paper_%": PAPER[data][place],
                    "note": remark(dataset, one, other),
                }
            )
    return rows


def remark(dataset, found: Curve, paper: Curve) -> str:
    """Return what is odd about an optimizer's runs.

    It also says where the search now finds another rate, and which rates are as good.
    """
    told = [
        curve_note(found),
        f"at the paper's rate {text}" if (text := curve_note(paper)) and paper is not found else "",
    ]
    if "search_rate" in dataset:
        mine = (dataset.search_optimizer.values == found.about["optimizer"]) & dataset.search_best.values
        best = float(dataset.search_rate.values[mine][0])
        if not np.isclose(best, found.about["rate"]):
            told.append(f"the search finds {best:g}")
    if "search_as_good" in dataset:  # datasets of earlier versions do not have it
        mine = dataset.search_optimizer.values == found.about["optimizer"]
        good = sorted(dataset.search_rate.values[mine & dataset.search_as_good.values].tolist())
        if len(good) > 1:
            told.append(f"there {' and '.join(f'{rate:g}' for rate in good)} are as good")
    return "; ".join(text for text in told if text)


FIGURE = NetworkFigure(
    "table_2",
    "Test error of ten optimizers",
    CLAIM,
    STATEMENTS,
    grids,
    summary,
    verdicts,
    table,
    "network_table",
)
