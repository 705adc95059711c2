"""Verdicts on one statement, from one dataset's points."""

from collections.abc import Mapping
from dataclasses import dataclass

import xarray as xr

from sims.judging.judges import control, judge, judge_exact
from sims.judging.order import judge_order
from sims.judging.points import having, where
from sims.judging.verdict import Verdict

At = Mapping[str, str | float]
EVERY: At = {"points": "every"}


@dataclass(frozen=True)
class Claims:
    """Judges of one statement.

    In every method ``at`` are the coordinates that identify the verdict, and ``chosen`` those of the points that are
    looked at, as `sims.judging.points.where` takes them; left out, they are the same. ``form`` is that of the prediction.

    Attributes
    ----------
    statement : str
        As the register calls it.
    dataset : Dataset
    """

    statement: str
    dataset: xr.Dataset

    def judge(self, at: At, form="printed", *, tolerance=0.01, power=0.05, **chosen) -> Verdict:
        """Return whether stated values are those that were measured."""
        verdict = judge(*where(self.dataset, form, **(chosen or at)), tolerance=tolerance, power=power)
        return verdict.on(self.statement, at, form)

    def exact(self, at: At = EVERY, **chosen) -> Verdict:
        """Judge the walkers by the exact reference, at every point unless chosen."""
        return judge_exact(*where(self.dataset, "exact", **chosen)).on(self.statement, at)

    def scaled(self, factor: float, **chosen) -> Verdict:
        """Judge whether the exact reference times a factor is rejected."""
        measured, exact = where(self.dataset, "exact", **chosen)
        return self.wrong(measured, factor * exact, f"exact times {factor:g}")

    def wrong(self, measured, prediction, why: str) -> Verdict:
        """Judge whether a wrong prediction is rejected; ``why`` identifies it."""
        return control(measured, prediction).on(self.statement, {"wrong": why})

    def order(self, at: At, form="printed", *, parameter: str, small="x", inverse=False, **chosen) -> Verdict:
        """Judge whether the deviation vanishes with a column, or with its inverse."""
        points = having(self.dataset, form, **chosen)[small].values
        verdict = judge_order(
            1 / points if inverse else points, *where(self.dataset, form, **chosen), parameter=parameter
        )
        return verdict.on(self.statement, at, form)
