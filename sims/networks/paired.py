"""Paired comparisons of optimizers.

Network number n of every optimizer has the same start and the same order of rows, so differences are taken network by
network. A claim "A is below B" holds, or fails, where chance explains the difference once in a hundred such families of
claims; otherwise it is undecided. The number of comparisons is counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.stats import t as student

from diffusion.checks import finite_array, require
from sims.judging.ratio import Ratio
from sims.judging.verdict import Verdict

LEVEL = 0.01  # chance that a whole family of claims sees a difference where there is none
SIGNS = 50_000  # rows of random signs: 500 of them at LEVEL, so 5 for one of a hundred comparisons
POWER = 0.95


@dataclass(frozen=True)
class Comparison:
    """One optimizer's numbers beside another's.

    Attributes
    ----------
    ratio, error : float
        Ratio of the two means, and its standard error.
    chance : float
        Probability of a mean difference as large if every difference could as well have the other sign.
    t : float
        Mean difference over its standard error.
    networks : int
    """

    ratio: float
    error: float
    chance: float
    t: float
    networks: int

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of the ratio.

        By Student's t.
        """
        reach = float(student.ppf(0.975, self.networks - 1)) * self.error
        return self.ratio - reach, self.ratio + reach


def compare(first, second) -> Comparison:
    """Compare paired positive numbers, one of each network.

    Parameters
    ----------
    first, second : array_like, shape (networks,)

    Examples
    --------
    >>> found = compare([1.0, 1.1, 0.9, 1.0], [2.0, 2.1, 2.0, 1.9])
    >>> round(found.ratio, 6)
    0.5
    """
    a, b = finite_array(first, "first"), finite_array(second, "second")
    require(
        a.shape == b.shape and a.ndim == 1 and a.size >= 3,
        "first, second",
        "of one shape (3 or more,)",
        a.shape,
    )
    require(b.mean() > 0, "second", "of positive mean", b.tolist())
    n, ratio, apart = a.size, a.mean() / b.mean(), a - b
    # of a ratio of paired means, to first order in their errors
    error = np.std(a - ratio * b, ddof=1) / np.sqrt(n) / b.mean()
    spread = np.std(apart, ddof=1) / np.sqrt(n)
    # Signs, not Student's t: a network that never learned makes the differences far from normal.
    as_large = np.abs(_signs(SIGNS, n) @ apart) >= abs(apart.sum()) * (1 - 1e-12)
    chance = (1 + int(as_large.sum())) / (1 + SIGNS)
    t = float(apart.mean() / spread) if spread else 0.0
    return Comparison(float(ratio), float(error), chance, t, n)


def compare_logs(first, second) -> Comparison:
    """Compare paired positive numbers by their logs.

    The ratio is that of geometric means: a few networks with numbers many times larger do not decide.

    Examples
    --------
    >>> found = compare_logs([1.0, 1.1, 0.9, 1.0], [2.0, 2.2, 1.8, 2.0])
    >>> round(found.ratio, 6)
    0.5
    """
    a, b = finite_array(first, "first"), finite_array(second, "second")
    require(np.all(a > 0) and np.all(b > 0), "first, second", "positive", float(min(a.min(), b.min())))
    # shifted by the same number, so that `compare` sees positive means; differences stay what they are
    one = compare(np.log(a) - np.log(b) + 1, np.ones_like(b))
    ratio = float(np.exp(one.ratio - 1))
    return Comparison(ratio, ratio * one.error, one.chance, one.t, one.networks)


@cache
def _signs(rows, networks):
    return np.random.default_rng(0).integers(0, 2, (rows, networks)) * 2.0 - 1


def holm(chances: Sequence[float]) -> list[float]:
    """Return probabilities with all comparisons counted.

    This is Holm's method (1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order, reached, found = np.argsort(chances, kind="stable"), 0.0, [0.0] * len(chances)
    for place, number in enumerate(order):
        # none may be below one that was more likely by chance
        reached = max(reached, min(1.0, (len(chances) - place) * chances[number]))
        found[number] = round(reached, 12)
    return found


@dataclass(frozen=True)
class Claim:
    """A claim that one optimizer's mean is below another's.

    Attributes
    ----------
    at : dict
        Coordinates that identify the verdict.
    first, second : array_like, shape (networks,)
        Paired numbers.
    names : tuple of str
        Of the two, for the sentence.
    quantity : str
        What the numbers are, "test error".
    """

    at: Mapping[str, str | float]
    first: np.ndarray
    second: np.ndarray
    names: tuple[str, str]
    quantity: str = "test error"


def judge_claims(
    statement: str, claims: Sequence[Claim], form: str = "printed", by: Callable = compare
) -> list[Verdict]:
    """Judge claims "first is below second" together.

    They are one family; ``by`` compares two rows of numbers.
    """
    found = [by(claim.first, claim.second) for claim in claims]
    counted = holm([one.chance for one in found])
    verdicts = []
    for claim, one, chance in zip(claims, found, counted, strict=True):
        certain = chance < LEVEL
        outcome = ("holds" if one.ratio < 1 else "fails") if certain else "undecided"
        verdicts.append(
            Verdict(
                outcome, one.ratio, one.interval(), detectable(one, len(claims)), one.t, len(claims),
                sentence(claim, one, chance, len(claims)), form, statement, claim.at,
            )
        )  # fmt: skip
    return verdicts


def sentence(claim: Claim, one: Comparison, chance: float, comparisons: int) -> str:
    """Return a comparison in words."""
    first, second = claim.names
    times = Ratio(one.ratio, max(one.error, 1e-12)).text()
    counted = f", {comparisons} comparisons counted" if comparisons > 1 else ""
    told = f"p < {LEVEL / 100:g}" if chance < LEVEL / 100 else f"p = {chance:.2g}"
    return (
        f"{first}'s {claim.quantity} is {times} times {second}'s over {one.networks} pairs of networks "
        f"({told}{counted})."
    )


def detectable(one: Comparison, comparisons: int) -> float:
    """Return the difference that would have been seen.

    It is relative, and seen with probability .95.
    """
    free = one.networks - 1
    reach = student.isf(LEVEL / comparisons / 2, free) + student.ppf(POWER, free)
    return float(reach * one.error)


def judge_same(statement: str, claim: Claim, by: Callable = compare) -> Verdict:
    """Judge two runs that must not differ.

    They are runs of one optimizer with different seeds.
    """
    one = by(claim.first, claim.second)
    same = one.chance >= LEVEL / 100  # rarer than the family's level: one false alarm in 10,000 seeds
    words = "do not differ" if same else "DIFFER, as they must not"
    text = f"Two runs of one optimizer with different seeds {words}: {sentence(claim, one, one.chance, 1)}"
    outcome = "holds" if same else "fails"
    return Verdict(
        outcome, one.ratio, one.interval(), detectable(one, 1), one.t, 1, text, "exact", statement, claim.at
    )


def judge_shifted(statement: str, claim: Claim, share: float, by: Callable = compare) -> Verdict:
    """Judge numbers that were made larger on purpose.

    They must come out as larger by the share.
    """
    one = by(claim.first * (1 + share), claim.second)
    noticed = one.chance < LEVEL and one.ratio > 1
    words = "was rejected, as it must be" if noticed else "was NOT rejected: this comparison cannot see it"
    text = (
        f"Equal means, where one was made {share:.0%} larger on purpose: the claim {words} (t = {one.t:.3g})."
    )
    outcome = "rejected" if noticed else "not rejected"
    return Verdict(
        outcome, one.ratio, one.interval(), detectable(one, 1), one.t, 1, text, "control", statement, claim.at
    )
