"""Verdict on one statement in one regime."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from diffusion.checks import require
from sims.judging.ratio import Ratio, amount
from theory.labels import label

VACUOUS = 100.0  # a bound that many times too high says nothing

OUTCOMES = {
    "holds": "no deviation beyond the tolerance, and one would have been seen",
    "holds asymptotically": "the deviation vanishes in the limit that the statement is about, at the order measured",
    "exponent holds, prefactor off": "the exponential law is right, the factor before it is not",
    "fails": "differs by more than the tolerance, and not by chance",
    "vacuous": f"true, but more than {VACUOUS:g} times too weak to say anything",
    "undecided": "too few walkers to tell",
    "rejected": "a prediction that is wrong on purpose was noticed, as it must be",
    "not rejected": "a prediction that is wrong on purpose was not noticed: do not trust the other verdicts",
}


@dataclass(frozen=True)
class Verdict:
    """Verdict on one statement in one regime.

    Attributes
    ----------
    outcome : str
        A key of ``OUTCOMES``.
    ratio : float
        Measured over stated, at the point that decides.
    interval : tuple of float
        95 % interval of ``ratio``.
    detectable : float
        Relative deviation that would have stood out of chance with probability .95. Where a tolerance is granted, one
        of tolerance + detectable is called a miss with that probability.
    z : float
        Deviation from the statement in standard errors (of an identity: in units of what rounding explains).
    comparisons : int
        How many numbers were compared by chance.
    sentence : str
        In plain words.
    form : str
        What was judged: "printed", "leading", "corrected", "kramers"; "exact" for the simulator against an exact
        reference; "control" for a prediction that is wrong on purpose.
    statement : str
        As the register calls it, "Theorem 1"; empty for numbers of your own.
    at : dict of str to str or float
        Coordinates of the regime. With experiment, statement and form they identify the verdict.
    """

    outcome: str
    ratio: float
    interval: tuple[float, float]
    detectable: float
    z: float
    comparisons: int
    sentence: str
    form: str = "printed"
    statement: str = ""
    at: Mapping[str, str | float] = field(default_factory=dict)

    def __post_init__(self):
        require(self.outcome in OUTCOMES, "outcome", f"one of {', '.join(OUTCOMES)}", self.outcome)

    def on(self, statement: str, at: Mapping[str, str | float], form: str | None = None) -> "Verdict":
        """Return this verdict for a statement, a form and a regime."""
        return replace(self, statement=statement, at=at, form=form or self.form)

    def as_dict(self) -> dict:
        """Return the fields by name."""
        return asdict(self)

    @property
    def regime(self) -> str:
        """The regime in words."""
        return label(self.at)

    @property
    def short(self) -> str:
        """The outcome as "fails: 7.1 times too high"."""
        off = self.outcome in ("fails", "exponent holds, prefactor off")
        if off and self.form not in ("exact", "control") and self.interval[0] < self.interval[1]:
            return f"{self.outcome}: {amount(self.ratio)}"
        return f"vacuous: {1 / self.ratio:.3g} times too weak" if self.outcome == "vacuous" else self.outcome


def verdict_of(outcome: str, one: Ratio, detectable: float, comparisons: int, sentence: str) -> Verdict:
    """Return the verdict whose ratio decides."""
    return Verdict(outcome, one.value, one.interval, float(detectable), one.z, comparisons, sentence)
