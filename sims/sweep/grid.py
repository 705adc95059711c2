"""A sweep as cells, each with its own seed and key."""

import hashlib
import itertools
import json
import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from diffusion.checks import require, seed_number, walker_ids
from sims.options.by_name import chosen_in, settings
from sims.options.numbers import row_text
from sims.storage.seeds import derived_seed
from sims.sweep.registry import Sweepable
from sims.sweep.source_digest import own_files, sources_digest

MOST_CELLS = 1_000_000  # a range mistyped by a factor of 1000 is refused before its cells fill the memory
LEAST, MOST = 256, 16384  # walkers in one part of a cell
BLOCK = 64  # parts begin at multiples of it


@dataclass(frozen=True)
class Cell:
    """One configuration of a sweep.

    Attributes
    ----------
    experiment : Sweepable
    config : dataclass
        Its settings, seed included.
    swept : dict
        The values that the grid gave it, by option.
    key : str
        Digest of the settings and of the sources: the same cell in any sweep, on any machine.
    """

    experiment: Sweepable
    config: Any
    swept: dict[str, Any]
    key: str

    @property
    def walkers(self) -> int:
        """Number of walkers; 1 without such an option."""
        return len(walker_ids(getattr(self.config, "walkers", 1))) if self.experiment.split else 1

    @property
    def own(self) -> str:
        """Digests of the user's files that its parts come from."""
        return own_files(chosen_in(self.config))

    def label(self) -> str:
        """Return the swept options as text: "optimizer=sgd, k=4"."""
        return _label(self.swept) or "the only cell"


@dataclass(frozen=True)
class Sweep:
    """An experiment over one or more grids.

    Attributes
    ----------
    experiment : Sweepable
    fixed : dict
        Options that all cells share, by name; the others keep their defaults.
    grids : tuple of dict
        Each has the values of some options; its cells are all combinations.
    seed : int
        From it and its settings every cell derives a seed, unless a grid has ``seed``.
    """

    experiment: Sweepable
    fixed: dict[str, Any] = field(default_factory=dict)
    grids: tuple[dict[str, list], ...] = ({},)
    seed: int = 0

    def __post_init__(self):
        seed_number(self.seed)
        require(self.size <= MOST_CELLS, "grid", f"at most {MOST_CELLS} cells", self.size)

    @property
    def size(self) -> int:
        """How many combinations the grids have."""
        return sum(math.prod(map(len, grid.values())) for grid in self.grids)

    @cached_property
    def swept(self) -> list[str]:
        """Names of the options that some grid sweeps."""
        return list(dict.fromkeys(name for grid in self.grids for name in grid))

    @cached_property
    def cells(self) -> list[Cell]:
        """The cells in grid order, duplicates dropped.

        Raises
        ------
        ValueError
            If a cell cannot run; the message says which and why.
        """
        found: dict[str, Cell] = {}
        for grid in self.grids:
            for values in itertools.product(*grid.values()):
                cell = self._cell(dict(zip(grid, values, strict=True)))
                found.setdefault(cell.key, cell)
        return list(found.values())

    def _cell(self, swept):
        config = settings(self.experiment.config, {"seed": self.seed} | self.fixed | swept)
        chosen = chosen_in(config)
        try:
            self.experiment.check(config)
        except ValueError as reason:
            raise ValueError(f"{_label(swept)}: {reason}" if swept else str(reason)) from None
        if "seed" not in swept:
            chosen["seed"] = cell_seed(self.seed, self.experiment, chosen)
            config = replace(config, seed=chosen["seed"])
        named = swept | {name: chosen[name] for name in self.swept if name not in swept}
        key = cell_key(self.experiment, chosen)
        return Cell(self.experiment, config, {name: named[name] for name in self.swept}, key)

    def definition(self) -> dict:
        """Return what the sweep was asked for, ready for JSON."""
        return {
            "experiment": self.experiment.name,
            "fixed": self.fixed,
            "grid": list(self.grids),
            "seed": self.seed,
        }


def _label(swept):
    return ", ".join(f"{name}={_text(value)}" for name, value in swept.items())


def _text(value):
    if isinstance(value, tuple):
        return row_text(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def cell_seed(seed: int, experiment: Sweepable, chosen: dict) -> int:
    """Return a cell's seed, from the options that are not defaults.

    It stays the same when an experiment gets a new option.
    """
    defaults = chosen_in(experiment.config())
    own = {
        name: value
        for name, value in chosen.items()
        if name != "seed" and value not in (None, defaults[name])
    }
    return derived_seed(seed, experiment.name, json.dumps(own, sort_keys=True))


def cell_key(experiment: Sweepable, chosen: dict) -> str:
    """Return the digest of a cell's options, sources and user's files."""
    sources = [sources_digest(experiment.module), own_files(chosen)]
    text = json.dumps([experiment.name, chosen, *sources], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def covered(total: int, parts) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return parts that tile the ids below ``total``, and the gaps.

    Where parts overlap, the one that begins first and reaches farthest counts, so that no walker does twice.

    Examples
    --------
    >>> covered(10, [(0, 4), (2, 6), (6, 10)])
    ([(0, 4), (6, 10)], [(4, 6)])
    """
    tiles, gaps, reached = [], [], 0
    for first, stop in sorted(parts, key=lambda part: (part[0], -part[1])):
        if first >= reached and stop <= total:
            if first > reached:
                gaps.append((reached, first))
            tiles.append((first, stop))
            reached = stop
    if reached < total:
        gaps.append((reached, total))
    return tiles, gaps


def pieces(first: int, stop: int, size: int) -> list[tuple[int, int]]:
    """Split ids into pieces of about ``size``, cut at multiples of 64.

    Examples
    --------
    >>> pieces(0, 1200, 512)
    [(0, 576), (576, 1200)]
    """
    count = max(1, (stop - first) // size)
    blocks = -(-(stop - first) // BLOCK)
    marks = [first + BLOCK * (blocks * i // count) for i in range(count)] + [stop]
    return list(itertools.pairwise(marks))


def part_size(walkers: int, workers: int) -> int:
    """Return how many walkers make a part: four parts a worker, if possible."""
    return min(max(LEAST, walkers // (4 * workers)), MOST)
