"""Options of `diffusion escape`, also by splitting."""

from dataclasses import dataclass, field, fields
from typing import Annotated, ClassVar

from sims.options.landscape import valley_defaults
from sims.options.noise import NoiseOptions
from sims.options.numbers import FLAT, Fields, Number, Whole
from sims.options.optimizer import VALLEY_ETA, OptimizerOptions
from sims.options.process import ProcessOptions


@dataclass(frozen=True)
class ExitOptions:
    """Exits of a process.

    Parameters
    ----------
    below
        Second exit of a process: a walker is out too when a coordinate is at or below it, in theta's own
        coordinates.
    halving
        Run the process again with half the time step, and report how much the time step biases the mean time.
    """

    below: Number | None = None
    halving: bool = False

    def checked(self, process: ProcessOptions):
        """Validate the options and return them.

        Raises
        ------
        ValueError
            If one is given where no process is run, or ``below`` is not finite.
        """
        from diffusion.checks import require_number

        for name, given in (("below", self.below is not None), ("halving", self.halving)):
            if given and not process.process:
                raise ValueError(f"{name} works only with --process.")
        if self.below is not None:
            require_number(self.below, "below")
        return self


@dataclass(frozen=True)
class ValleyRun:
    """Settings of a run from a valley, waited for or split.

    Parameters
    ----------
    landscape
        A name that `diffusion list` shows, or FILE.py:Name for one of your own; it needs minimum and boundary.
    k
        Sharpness of the valley, positive: every curvature grows as k, the barrier stays. [default: 4]
    dim
        Coordinates; a walker is out when any of them passes the boundary. [default: 10]
    set
        FIELD=VALUE of a part, for fields without an option of their own; may be repeated.
    max_iterations
        Iterations after which a walker still inside counts as censored.
    stop
        first: passage of the barrier's top. committed: passage of the other minimum, which takes about twice
        as long where friction is strong, because every second walker falls back from the top.
    seed
        Seed of the walkers' random numbers.
    """

    RATES: ClassVar[dict] = VALLEY_ETA
    optimizer: Annotated[OptimizerOptions, FLAT] = field(default_factory=OptimizerOptions)
    noise: Annotated[NoiseOptions, FLAT] = field(default_factory=NoiseOptions)
    process: Annotated[ProcessOptions, FLAT] = field(default_factory=ProcessOptions)
    landscape: str = "styblinski-tang"
    k: Number | None = None
    dim: Whole | None = None
    set: Fields = ()
    max_iterations: Whole = 10_000_000
    stop: str = "first"
    seed: Whole = 0

    def __post_init__(self):
        k, dim = valley_defaults(self.landscape, self.k, self.dim)
        for name, value in (("k", k), ("dim", dim), ("noise", self.noise.filled())):
            object.__setattr__(self, name, value)

    def landscape_fields(self) -> dict:
        """Return the options that are fields of the landscape."""
        return {"k": self.k, "dim": self.dim}


@dataclass(frozen=True)
class Escape(ValleyRun):
    """Settings of a run whose walkers are waited for.

    Parameters
    ----------
    walkers
        Independent walkers.
    cut
        Iterations of start-up to leave out: walkers that were gone by then are dropped.
    """

    exits: Annotated[ExitOptions, FLAT] = field(default_factory=ExitOptions)
    walkers: Whole = 1000
    cut: Whole = 0


@dataclass(frozen=True)
class Splitting(ValleyRun):
    """Settings of a run by splitting; see `diffusion.split_escape`.

    Parameters
    ----------
    particles
        Climbs in each replica.
    replicas
        Independent repeats; their scatter gives the interval.
    settle
        Iterations after which walkers have forgotten their start.
    """

    particles: Whole = 1000
    replicas: Whole = 8
    settle: Whole = 5000


@dataclass(frozen=True)
class SplittingOptions:
    """Rare escapes.

    Parameters
    ----------
    splitting
        Time an escape that is too rare to wait for, by splitting: walkers that climb are cloned, those that fall
        back are dropped.
    particles
        Climbs in each replica of splitting. [default: 1000]
    replicas
        Independent repeats of splitting; their scatter gives the interval. [default: 8]
    settle
        Iterations of splitting after which walkers have forgotten their start. [default: 5000]
    """

    splitting: bool = False
    particles: Whole | None = None
    replicas: Whole | None = None
    settle: Whole | None = None

    def of(self, config: Escape) -> Splitting | None:
        """Return settings by splitting, None if it is not asked for.

        Raises
        ------
        ValueError
            If an option of splitting is given without it, or one that it does not have beside it.
        """
        own = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "splitting"}
        own = {name: value for name, value in own.items() if value is not None}
        if not self.splitting:
            for name in own:
                raise ValueError(f"{name} works only with --splitting.")
            return None
        config.exits.checked(config.process)
        for name, given in (
            ("walkers", config),
            ("cut", config),
            ("below", config.exits),
            ("halving", config.exits),
        ):
            if getattr(given, name) != getattr(type(given), name):  # a class holds its defaults
                instead = "; it has particles" if name == "walkers" else ""
                raise ValueError(f"{name} does not work with --splitting{instead}.")
        return Splitting(**{one.name: getattr(config, one.name) for one in fields(ValleyRun)}, **own)
