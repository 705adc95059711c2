"""Learning curves: what Figures 2, 3, 11, 12, 13 and Tables 2, 3 share.

A curve is one optimizer's training loss and test error at some epochs, for each of its networks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy.stats import t as student

from diffusion.checks import require
from sims.judging.verdict import Verdict
from sims.networks.cells.crossing import share_of_way
from sims.networks.cells.tasks import DECAY, RULES, TASKS
from sims.networks.figure import Grid, Settings
from sims.networks.paired import Claim, judge_same, judge_shifted
from sims.storage.netcdf import provenance

CELLS = "network-training"
QUICK_EPOCHS = 20  # on digits; a full run has 80
ABOUT = ("data", "optimizer", "rate", "decay", "rates", "factor", "scheduled", "epochs", "seed")
NUMBERS = ("loss", "error", "test_loss")
CONTROL = "momentum"  # the optimizer that is run once more with other seeds


@dataclass(frozen=True)
class Curve:
    """One optimizer's numbers.

    Attributes
    ----------
    about : dict
        Settings, and the optimizer's ``title``.
    epoch : ndarray, shape (looks,)
    loss, error, test_loss : ndarray, shape (looks, networks)
        Training loss, share of test rows that are wrong, and test loss.
    """

    about: dict[str, Any]
    epoch: np.ndarray
    loss: np.ndarray
    error: np.ndarray
    test_loss: np.ndarray

    @property
    def title(self) -> str:
        """Name of the optimizer."""
        return str(self.about["title"])


def curve_grid(
    settings: Settings, data: Iterable[str], optimizers: Iterable[str], *, scheduled=True, decay=DECAY,
    quick_epochs=QUICK_EPOCHS, epochs=0, **values,
) -> Grid:  # fmt: skip
    """Return the cells of some optimizers on some data.

    ``values`` are more options and their values; ``epochs`` of 0 are the task's own.
    """
    fixed = {"scheduled": scheduled, "decay": decay, "epochs": quick_epochs if settings.quick else epochs}
    return Grid(CELLS, fixed, {"data": list(data), "optimizer": list(optimizers)} | values)


def control_grid(settings: Settings, data: Iterable[str], **options) -> Grid:
    """Return Momentum's cells once more, with other starts and other orders of the rows."""
    return curve_grid(settings, data, [CONTROL], seed=[settings.seed + 1], **options)


def data_of(settings: Settings) -> list[str]:
    """Return the data sets of a figure: a quick one has digits alone."""
    return ["digits"] if settings.quick else ["digits", "mnist14"]


def summary(rows: list[dict], settings: Settings, rows_by: str = "data", **attrs) -> xr.Dataset:
    """Return the curves as a dataset.

    Its dimensions are curve, look and network; curves of fewer looks are filled up with NaN. ``rows_by`` names the variable
    that tells the rows of the picture apart, and ``attrs`` are more attributes.
    """
    groups: dict[tuple, list[dict]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in ABOUT), []).append(row)
    require(groups, "rows", "some", rows)
    looks = max(map(len, groups.values()))
    networks = max(len(row["loss"]) for row in rows)
    epoch = np.full((len(groups), looks), np.nan)
    numbers = {name: np.full((len(groups), looks, networks), np.nan) for name in NUMBERS}
    for place, group in enumerate(groups.values()):
        group.sort(key=lambda row: row["epoch"])
        epoch[place, : len(group)] = [row["epoch"] for row in group]
        for name, values in numbers.items():
            for look, row in enumerate(group):
                values[place, look, : len(row[name])] = row[name]
    about = {name: ("curve", [key[i] for key in groups]) for i, name in enumerate(ABOUT)}
    about["title"] = ("curve", [RULES[key[1]].title for key in groups])
    about["data_title"] = ("curve", [TASKS[key[0]].title for key in groups])
    about["control"] = ("curve", [key[-1] != settings.seed for key in groups])
    about["diverged"] = ("curve", [any(row["diverged"] for row in group) for group in groups.values()])
    steps = sum(TASKS[key[0]].steps * key[ABOUT.index("epochs")] for key in groups)
    found: dict[str, Any] = about | {"epoch": (("curve", "look"), epoch)}
    found |= {name: (("curve", "look", "network"), values) for name, values in numbers.items()}
    return xr.Dataset(
        found,
        attrs=provenance(settings, settings.seed)
        | {
            "walkers": networks * len(groups),
            "work": float(steps * networks * 1000),
            "noise": "minibatches in epochs",
            "rows_by": rows_by,
        }
        | attrs,
    )


def curves_of(dataset: xr.Dataset) -> list[Curve]:
    """Return the curves of a dataset."""
    names = [name for name in dataset.variables if dataset[name].dims == ("curve",)]
    found = []
    for place in range(dataset.sizes["curve"]):
        one = dataset.isel(curve=place)
        seen = np.isfinite(one.epoch.values)
        about = {str(name): one[name].values.item() for name in names}
        found.append(Curve(about, one.epoch.values[seen], *(one[name].values[seen] for name in NUMBERS)))
    return found


def pick(curves: Sequence[Curve], **wanted) -> Curve:
    """Return the curve with some settings; ``control`` is False unless asked for.

    Raises
    ------
    ValueError
        If there is none, or more than one.
    """
    wanted = {"control": False} | wanted
    found = [one for one in curves if all(one.about[name] == value for name, value in wanted.items())]
    require(len(found) == 1, "curves", f"one with {wanted}", len(found))
    return found[0]


def common_loss(first: Curve, second: Curve) -> np.ndarray:
    """Return the lowest training loss that both curves reach, network by network."""
    return np.maximum(np.min(first.loss, axis=0), np.min(second.loss, axis=0))


def reached(curve: Curve, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return epoch and test error where each network's loss first falls to its level.

    Between two looks log loss and error are taken for straight lines.
    """
    epochs, errors = np.empty(level.size), np.empty(level.size)
    for n in range(level.size):
        loss = curve.loss[:, n]
        look = int(np.flatnonzero(loss <= level[n])[0])
        share = share_of_way(loss[look - 1], loss[look], level[n]) if look > 0 else 1.0
        behind = max(look - 1, 0)
        epochs[n] = curve.epoch[behind] + share * (curve.epoch[look] - curve.epoch[behind])
        errors[n] = curve.error[behind, n] + share * (curve.error[look, n] - curve.error[behind, n])
    return epochs, errors


def error_claims(first: Curve, second: Curve, at: dict) -> list[Claim]:
    """Return the claim of a lower test error: after equal epochs, and at equal training loss.

    Equal epochs are nearly equal time too: at B = 32 a step of Adam or Adai takes 1.1 times as long as one of Momentum.
    """
    level, names = common_loss(first, second), (first.title, second.title)
    at = at | {"against": f"below {second.title}"}
    return [
        Claim(at | {"matched": "equal epochs"}, first.error[-1], second.error[-1], names),
        Claim(
            at | {"matched": "equal training loss"}, reached(first, level)[1], reached(second, level)[1], names,
            "test error at equal training loss",
        ),
    ]  # fmt: skip


def speed_claim(first: Curve, second: Curve, at: dict) -> Claim:
    """Return the claim of fewer epochs to a training loss: the lowest that both networks of a pair reach."""
    level = common_loss(first, second)
    at = at | {"against": f"below {second.title}", "of": "epochs to equal training loss"}
    epochs = reached(first, level)[0], reached(second, level)[0]
    return Claim(
        at, epochs[0], epochs[1], (first.title, second.title), "number of epochs to equal training loss"
    )


def controls(statement: str, curves: Sequence[Curve]) -> list[Verdict]:
    """Judge Momentum against itself with other seeds, and against itself made worse on purpose."""
    found = []
    for again in (one for one in curves if one.about["control"]):
        same = ("data", "optimizer", "rate", "rates", "decay", "scheduled", "epochs")
        once = pick(curves, **{name: again.about[name] for name in same})
        names = once.title, again.title
        at = {"data": again.about["data"], "of": "test error", "control": "other seeds"}
        found.append(judge_same(statement, Claim(at, once.error[-1], again.error[-1], names)))
        at = at | {"control": "one made 50 % larger"}
        found.append(judge_shifted(statement, Claim(at, once.error[-1], again.error[-1], names), 0.5))
    return found


def table(dataset: xr.Dataset) -> list[dict]:
    """Return a row for each curve: its settings, and its numbers at the end."""
    return [
        {
            "data": one.about["data"],
            "optimizer": one.title,
            "rate": one.about["rate"],
            "decay": one.about["decay"],
            "epochs": int(one.epoch[-1]),
            "schedule": "cut twice" if one.about["scheduled"] else "fixed rate",
            "loss": float(one.loss[-1].mean()),
            "error_%": 100 * float(one.error[-1].mean()),
            "error_%_95": 100 * half_interval(one.error[-1]),
            "best_error_%": 100 * float(one.error.min(axis=0).mean()),
            "note": note(one),
        }
        for one in curves_of(dataset)
    ]


def half_interval(values) -> float:
    """Return the half width of a mean's 95 % interval."""
    n = len(values)
    return float(student.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n))


def note(one: Curve) -> str:
    """Return what is odd about a curve, in words."""
    if one.about["diverged"]:
        return "diverged"
    lost = int(np.sum(one.error[-1] > 0.5))
    told = f"{lost} of {one.error.shape[1]} networks never learned" if lost else ""
    return "other seeds" if one.about["control"] and not told else told
