"""Options that every run on the command line has."""

from dataclasses import dataclass

from cyclopts import Parameter

from sims.options.parts import Whole


@dataclass(frozen=True)
class Common:
    """Options of every run.

    Parameters
    ----------
    workers
        Threads. [default: all processors]
    json
        Print JSON instead of a table.
    """

    workers: Whole | None = None
    json: bool = False


COMMON = Common()
Flat = Parameter(name="*")  # its fields are options, without a prefix
