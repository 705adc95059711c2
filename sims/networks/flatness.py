"""How flat the minima are that optimizers find: what Figures 7 and 14 share.

Optimizers are compared three times: where training ends with the paper's rates; at one training loss, still with the
paper's rates; and at one training loss reached after one time, where a line through each optimizer's rates gives its
sharpness at that time.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from sims.networks.figure import Grid, Settings
from sims.networks.minima import DELTAS, END, LOSS, LOSSES
from sims.networks.paired import Claim, compare_logs, judge_claims, judge_same, judge_shifted
from sims.networks.tasks import RULES
from sims.storage.netcdf import provenance

# The paper's rate first, then others up to 10 times slower or faster: so that times to one loss overlap.
RATES = {"momentum": (0.1, 0.01, 0.03), "adam": (1e-3, 1e-2, 3e-3), "adai": (1.0, 0.1, 0.3)}
TRIED = {"digits": 3, "mnist14": 2}  # of these rates; MNIST takes four times as long
PAPER, ONE_LOSS, ONE_TIME = "the paper's rates", "one training loss", "one training loss and time"
EPOCHS = {"digits": 80, "mnist14": 30}  # until then nearly every network has reached the loss
TOP = 10
SHIFT = 1.0  # of the negative control


def grids(settings: Settings) -> list[Grid]:
    """Return the cells: every optimizer at the end, and every rate at one loss."""
    small = {"networks": 32}  # they fill the lanes of one block: fewer would be no faster
    data = ["digits"] if settings.quick else list(LOSSES)
    found = [Grid("network-minima", small | {"top": TOP}, {"data": data, "optimizer": list(RATES)})]
    # Momentum once more with other seeds: two runs of one optimizer must not differ.
    twin = {"data": ["digits"], "optimizer": ["momentum"], "seed": [settings.seed + 1]}
    found.append(Grid("network-minima", small | {"top": TOP}, twin))
    for name, rates in RATES.items():
        for one in data:
            fixed = small | {"top": 1, "epochs": EPOCHS[one], "loss": LOSSES[one]}
            values = {"data": [one], "optimizer": [name], "where": [LOSS], "rate": list(rates[: TRIED[one]])}
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
        attrs=provenance(settings, settings.seed) | {"walkers": len(rows), "work": float(len(rows))},
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


def runs(dataset, data, optimizer, where) -> list[int]:
    """Return the numbers of the runs, by rising rate."""
    here = (dataset.data.values == data) & (dataset.optimizer.values == optimizer)
    here &= (dataset["where"].values == where) & (dataset.seed.values == int(dataset.attrs["seed"]))
    return sorted(np.flatnonzero(here).tolist(), key=lambda n: dataset.rate.values[n])


def common_time(dataset, data) -> float:
    """Return the epochs at which optimizers are compared: the geometric mean of all times to the loss."""
    every = [n for name in RATES for n in runs(dataset, data, name, LOSS)]
    return float(np.exp(np.nanmean(np.log(dataset.epoch.values[every]))))


def regimes(dataset, measure: Measure, data: str) -> dict[str, dict[str, np.ndarray]]:
    """Return each optimizer's values by network in the three comparisons."""
    found: dict[str, dict[str, np.ndarray]] = {PAPER: {}, ONE_LOSS: {}, ONE_TIME: {}}
    time = np.log(common_time(dataset, data))
    for name in RATES:
        (end,) = runs(dataset, data, name, END)
        found[PAPER][name] = measure.of(dataset, end)
        tried = runs(dataset, data, name, LOSS)
        rates = dataset.rate.values[tried]
        paper = tried[int(np.argmin(np.abs(np.log(rates / RULES[name].rate))))]
        found[ONE_LOSS][name] = measure.of(dataset, paper)
        x, y = np.log(dataset.epoch.values[tried]), np.log([measure.of(dataset, n) for n in tried])
        x = x - time
        # a straight line in logs through each network's rates, taken at the common time
        slope = np.sum((x - x.mean(0)) * (y - y.mean(0)), axis=0) / np.sum((x - x.mean(0)) ** 2, axis=0)
        found[ONE_TIME][name] = np.exp(y.mean(0) - slope * x.mean(0))
    return found


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
    (own,) = runs(dataset, "digits", "momentum", END)
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
    return [row | {"means": meaning(told[key])} for key, row in rows.items()]


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
