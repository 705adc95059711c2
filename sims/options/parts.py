"""The parts of one run, each built once from its options."""

from dataclasses import dataclass
from typing import Any

from sims.options.fields import assigned, fields_of
from sims.options.landscape import landscape_part, require_members
from sims.options.process import Process
from sims.options.registry import part_class


@dataclass(frozen=True)
class Parts:
    """What runs where.

    Attributes
    ----------
    landscape, noise, optimizer : part
    start : ndarray, shape (dim,)
    process : Process, optional
        The process that runs in place of the optimizer's iteration.
    """

    landscape: Any
    noise: Any
    optimizer: Any
    start: Any
    process: Process | None

    @property
    def eta(self) -> float:
        """Learning rate."""
        return self.optimizer.eta


def field_texts(config) -> dict[str, dict[str, str]]:
    """Return the fields that `--set` gives each part."""
    known = {
        "landscape": set(fields_of(part_class("landscape", config.landscape))),
        "optimizer": config.optimizer.field_names(config.set),
        "noise": config.noise.field_names(),
    }
    return assigned(config.set, known)


def check_parts(config) -> None:
    """Validate a run's options by making all parts but the noise.

    Raises
    ------
    ValueError
        As `parts_of`, of names and ranges that can be seen without running.
    """
    texts = field_texts(config)
    config.noise.checked()
    config.process.checked()
    landscape_part(config.landscape, config.landscape_fields(), texts["landscape"])
    config.optimizer.part(texts["optimizer"], config.RATES)


def parts_of(config, purpose: str, starts: tuple[str, ...], *needs: str) -> Parts:
    """Return the parts of a run.

    Parameters
    ----------
    config : Escape, Splitting or Saddle
    purpose : str
        What asks, for messages: "escape".
    starts : tuple of str
        Members of the landscape where walkers may start: the first that it has.
    *needs : str
        Other members that the landscape must have.

    Raises
    ------
    ValueError
        If a part cannot be made of its options, or the landscape lacks something.
    """
    texts = field_texts(config)
    config.noise.checked()
    config.process.checked()
    landscape = landscape_part(config.landscape, config.landscape_fields(), texts["landscape"])
    start = next((member for member in starts if hasattr(landscape, member)), starts[-1])
    require_members(landscape, purpose, start, *needs)
    optimizer = config.optimizer.part(texts["optimizer"], config.RATES)
    at = getattr(landscape, start)
    noise = config.noise.part(landscape, texts["noise"], at)
    return Parts(landscape, noise, optimizer, at, config.process.part(optimizer, landscape, noise))
