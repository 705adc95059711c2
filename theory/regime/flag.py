"""Regime flag: a dimensionless number with its level.

A sentence says what the level means.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from theory.checks import require

Level = Literal["holds", "doubtful", "fails"]
Steps = tuple[tuple[float, Level, str], ...]
ROUNDING = 1e-12  # relative: 0.01 / 0.1 * 0.1 must count as 0.01
BELOW = 1 - 2 * ROUNDING  # times a limit that belongs to the next step: E = 6 holds, however it is rounded


@dataclass(frozen=True)
class Flag:
    """One condition of a statement.

    It has a number, a level and a sentence on what that means.

    name : letter in the paper, or formula.
    value : float.
    level : "holds", "doubtful" or "fails", for the statements that rest on this condition.
    sentence : meaning of the level here.
    """

    name: str
    value: float
    level: Level
    sentence: str

    def __str__(self) -> str:
        """Return the flag on one line.

        The line has its level, number and sentence.
        """
        return f"{self.level}: {self.name} = {self.value:.4g}, {self.sentence}"

    def as_dict(self) -> dict[str, Any]:
        """Return the four fields, for JSON."""
        return asdict(self)


def grade(name: str, value: float, steps: Steps) -> Flag:
    """Grade ``value`` by a list of steps.

    The flag is at the first step whose upper end reaches ``value``.
    """
    require(not np.isnan(value), name, "a number: these sizes lie too far apart", value)
    level, sentence = next((level, text) for top, level, text in steps if value <= top * (1 + ROUNDING))
    return Flag(name, float(value), level, sentence)


def failed(flags: tuple[Flag, ...]) -> tuple[Flag, ...]:
    """Conditions that do not hold.

    Failed ones come before doubtful ones.

    Parameters
    ----------
    flags : tuple of Flag
        From `theory.regime.flags` or `Statement.flags`.

    Returns
    -------
    tuple of Flag
        Empty if every condition holds.

    Examples
    --------
    >>> from theory.regime import flags
    >>> [flag.name for flag in failed(flags(T=50, beta1=0.9))]
    ['u']
    """
    return tuple(flag for level in ("fails", "doubtful") for flag in flags if flag.level == level)
