"""How flat the minima are that optimizers find: what Figures 7 and 14 share.

Optimizers are compared three times: where training ends with the paper's rates; at one training loss, still with the
paper's rates; and at one training loss with rates that reach it in about the same time.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from sims.networks.cells.minima import DELTAS, END, LOSS, LOSSES
from sims.networks.cells.tasks import RULES
from sims.networks.figure import Grid, NetworkFigure, Settings
from sims.networks.paired import Claim, compare_logs, judge_claims, judge_same, judge_shifted
from sims.storage.netcdf import provenance

# The paper's rates, but for Adai: with its rate of 1 it does not train these networks, which the table shows.
PAPERS = {"momentum": 0.1, "adam": 1e-3, "adai": 0.3}
# Rates that take about the same time to one training loss; the table shows the times.
FAST, SLOW = {"momentum": 0.03, "adam": 1e-2, "adai": 0.3}, {"momentum": 0.01, "adam": 3e-3, "adai": 0.1}
MATCHED = {"digits": (FAST, SLOW), "mnist14": (FAST,)}  # MNIST takes four times as long
PAPER, ONE_LOSS, ONE_TIME = "the paper's rates", "one training loss", "one training loss and time"
EPOCHS = {"digits": 80, "mnist14": 30}  # until then nearly every network has reached the loss
TOP = 10
SHIFT = 1.0  # of the negative control


def grids(settings: Settings) -> list[Grid]:
    """Return the cells: every optimizer at the end of training, and every rate at one loss."""
    small = {"networks": 32}  # they fill the lanes of one block: fewer would be no faster
    data = ["digits"] if settings.quick else list(LOSSES)
    end, found = small | {"top": TOP}, []
    found.append(Grid("network-minima", end, {"data": data, "optimizer": list(PAPERS)}))
    found.append(Grid("network-minima", end, {"data": data, "optimizer": ["adai"], "rate": [PAPERS["adai"]]}))
    # Momentum once more with other seeds: two runs of one optimizer must not differ.
    twin = {"data": ["digits"], "optimizer": ["momentum"], "seed": [settings.seed + 1]}
    found.append(Grid("network-minima", end, twin))
    for one in data:
        fixed = small | {"top": 1, "epochs": EPOCHS[one], "loss": LOSSES[one]}
        for name, rate in PAPERS.items():
            rates = dict.fromkeys([rate, *(matched[name] for matched in MATCHED[one])])
            values = {"data": [one], "optimizer": [name], "where": [LOSS], "rate": list(rates)}
            found.append(Grid("network-minima", fixed, values))
    return found


def summary(rows: list[dict], settings: Settings) -> xr.Dataset:
    """Return every network's numbers.

    Dimensions: ``run`` (data, optimizer, rate, where, seed), ``network``, ``rank`` of the eigenvalue and ``delta``, the
    scale of noise on the weights. Networks that did not reach the loss are NaN.
    """
    keys = list(dict.fromkeys(tuple(row[name] for name in KEYS) for row in rows))
    networks, ranks = 1 + max(row["network"] for row in rows), max(len(row["top"]) for row in rows)
    top = np.full((len(keys), networks, ranks), np.nan)
    rises = np.full((len(keys), networks, len(DELTAS)), np.nan)
    numbers = {name: np.full((len(keys), networks), np.nan) for name in ("epoch", "loss", "error", "norm")}
    for row in rows:
        at = keys.index(tuple(row[name] for name in KEYS)), row["network"]
        top[at][: len(row["top"])] = row["top"]
        rises[at] = row["rises"]
        for name, values in numbers.items():
            values[at] = row[name]
    columns = {
        name: ("run", list(column)) for name, column in zip(KEYS, zip(*keys, strict=True), strict=True)
    }
    return xr.Dataset(
        columns
        | {name: (("run", "network"), values) for name, values in numbers.items()}
        | {"top": (("run", "network", "rank"), top), "rises": (("run", "network", "delta"), rises)},
        coords={"delta": list(DELTAS), "rank": np.arange(1, ranks + 1)},
        attrs=provenance(settings, settings.seed)
        | {"walkers": len(rows), "work": float(len(rows))}
        | {f"loss_{name}": loss for name, loss in LOSSES.items()},
    )


KEYS = ("data", "optimizer", "rate", "where", "seed")


@dataclass(frozen=True)
class Measure:
    """A measure of sharpness: its name, and its values by network of one run of the dataset."""

    name: str
    variable: str
    place: int  # along its last dimension
    pairs: tuple[tuple[str, str], ...]  # of which the paper says that the first is flatter

    def of(self, dataset, number) -> np.ndarray:
        """Return the values of run ``number``, shape (networks,)."""
        return dataset[self.variable].values[number, :, self.place]


def run_of(dataset, data, optimizer, where, rate) -> int:
    """Return the number of a run.

    Raises
    ------
    ValueError
        If none of its networks reached the loss.
    """
    here = (dataset.data.values == data) & (dataset.optimizer.values == optimizer)
    here &= (dataset["where"].values == where) & (dataset.seed.values == int(dataset.attrs["seed"]))
    found = np.flatnonzero(here & np.isclose(dataset.rate.values, rate))
    if not len(found):
        raise ValueError(f"No network of {optimizer} with the rate {rate:g} reached the loss on {data}.")
    return int(found[0])


def regimes(dataset, measure: Measure, data: str) -> dict[str, dict[str, np.ndarray]]:
    """Return each optimizer's values by network in the three comparisons."""
    found: dict[str, dict[str, np.ndarray]] = {PAPER: {}, ONE_LOSS: {}, ONE_TIME: {}}
    for name, rate in PAPERS.items():
        found[PAPER][name] = measure.of(dataset, run_of(dataset, data, name, END, rate))
        found[ONE_LOSS][name] = measure.of(dataset, run_of(dataset, data, name, LOSS, rate))
        tried = [run_of(dataset, data, name, LOSS, rates[name]) for rates in MATCHED[data]]
        # the geometric mean over the times that are matched
        found[ONE_TIME][name] = np.exp(np.mean([np.log(measure.of(dataset, run)) for run in tried], axis=0))
    return found


def times(dataset, data) -> str:
    """Return the median epochs to the loss with matched rates, in words."""
    found = []
    for rates in MATCHED[data]:
        epochs = {
            n: np.nanmedian(dataset.epoch.values[run_of(dataset, data, n, LOSS, r)]) for n, r in rates.items()
        }
        found.append(", ".join(f"{RULES[name].title} {epoch:.1f}" for name, epoch in epochs.items()))
    return "; ".join(found)


def claims(dataset, measure: Measure) -> list[Claim]:
    """Return what the paper says of each pair, in every regime."""
    found = []
    for data in dict.fromkeys(dataset.data.values.tolist()):
        for regime, values in regimes(dataset, measure, data).items():
            for first, second in measure.pairs:
                a, b = values[first], values[second]
                both = np.isfinite(a) & np.isfinite(b)
                at = {"data": str(data), "matched": regime, "first": first, "second": second}
                names = RULES[first].title, RULES[second].title
                found.append(Claim(at, a[both], b[both], names, measure.name))
    return found


def verdicts(dataset, statement: str, measure: Measure) -> list:
    """Return what the numbers say, as one family of comparisons, and two controls."""
    own = run_of(dataset, "digits", "momentum", END, PAPERS["momentum"])
    twin = np.flatnonzero(dataset.seed.values != int(dataset.attrs["seed"]))[0]
    first, second = measure.of(dataset, own), measure.of(dataset, twin)
    names = "Momentum", "Momentum with other seeds"
    same = Claim({"points": "every"}, first, second, names, measure.name)
    wrong = Claim({"wrong": f"{SHIFT:.0%} larger"}, first, np.roll(first, 1), names, measure.name)
    return [
        *judge_claims(statement, claims(dataset, measure), by=compare_logs),
        judge_same(statement, same, compare_logs),
        judge_shifted(statement, wrong, SHIFT, compare_logs),
    ]


def table(dataset, measure: Measure, judged) -> list[dict]:
    """Return a row for each pair and data set: ratios in the three comparisons, and what they mean."""
    rows: dict[tuple, dict] = {}
    outcomes = {tuple(v.at.values()): v.outcome for v in judged if "matched" in v.at}
    told: dict[tuple, list[str]] = {}
    for claim in claims(dataset, measure):
        data, regime, first, second = claim.at.values()
        one, key = compare_logs(claim.first, claim.second), (data, first, second)
        row = rows.setdefault(key, {"data": data, "flatter": claim.names[0], "than": claim.names[1]})
        low, high = one.interval()
        row[regime] = f"{one.ratio:.2f} [{low:.2f}, {high:.2f}]"
        told.setdefault(key, []).append(outcomes[tuple(claim.at.values())])
    found = [
        row | {"epochs when matched": times(dataset, key[0]), "means": meaning(told[key])}
        for key, row in rows.items()
    ]
    for data in dict.fromkeys(dataset.data.values.tolist()):
        run = run_of(dataset, data, "adai", END, RULES["adai"].rate)
        error, loss = float(np.mean(dataset.error.values[run])), float(np.median(dataset.loss.values[run]))
        means = f"test error {error:.0%}, training loss {loss:.2g}"
        row = dict.fromkeys(found[0], "-") | {"data": data, "flatter": "Adai at the paper's rate, 1"}
        found.append(row | {"means": f"{means}: it does not train" if error > 0.5 else means})
    return found


def meaning(outcomes: list[str]) -> str:
    """Return what the three outcomes come to.

    Examples
    --------
    >>> meaning(["holds", "holds", "fails"])
    "holds at the paper's rates; turns round at one loss and time"
    """
    first, _, last = outcomes
    words = {"holds": "holds", "fails": "the opposite holds", "undecided": "no difference is seen"}
    then = {"holds": "holds", "fails": "turns round", "undecided": "is not seen"}
    end = then[last] if first == "holds" or last != "fails" else "the opposite holds"
    return f"{words[first]} at the paper's rates; {end} at one loss and time"


def figure(name: str, title: str, claim: str, statement: str, measure: Measure, **attrs) -> NetworkFigure:
    """Return the figure of one measure of sharpness.

    ``attrs`` are more attributes of its dataset, which its picture reads.
    """

    def own_summary(rows, settings):
        return summary(rows, settings).assign_attrs(measure=measure.variable, **attrs)

    def own_verdicts(dataset):
        return verdicts(dataset, statement, measure)

    def own_table(dataset):
        return table(dataset, measure, own_verdicts(dataset))

    return NetworkFigure(
        name, title, claim, (statement,), grids, own_summary, own_verdicts, own_table, "network_sharpness"
    )
