"""Options of `diffusion saddle`."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from sims.options.noise import NoiseOptions
from sims.options.numbers import FLAT, Fields, Row, Whole, WholeRow
from sims.options.optimizer import VALLEY_ETA, OptimizerOptions
from sims.options.process import ProcessOptions

CURVATURES = (-0.5, -0.05, 0.05, 0.5)  # two ways out, two ways back, each pair a factor 10 apart


@dataclass(frozen=True)
class Saddle:
    """Settings of one run.

    Parameters
    ----------
    H
        Hessian eigenvalues of the quadratic, one per coordinate; negative ones are ways out.
        [default: -0.5,-0.05,0.05,0.5]
    iterations
        Iterations at which to measure, increasing.
    landscape
        quadratic, or FILE.py:Name for one of your own; walkers start at its saddle, or at its minimum where it has
        no saddle.
    set
        FIELD=VALUE of a part, for fields without an option of their own; may be repeated.
    walkers
        Independent walkers, at least 2. All start at the critical point, at rest.
    seed
        Seed of the walkers' random numbers.
    """

    RATES: ClassVar[dict] = VALLEY_ETA | {"adam": 1e-3}
    optimizer: Annotated[OptimizerOptions, FLAT] = field(default_factory=OptimizerOptions)
    noise: Annotated[NoiseOptions, FLAT] = field(default_factory=NoiseOptions)
    process: Annotated[ProcessOptions, FLAT] = field(default_factory=ProcessOptions)
    H: Row | None = None
    iterations: WholeRow = (10, 100, 1000)
    landscape: str = "quadratic"
    set: Fields = ()
    walkers: Whole = 10_000
    seed: Whole = 0

    def __post_init__(self):
        if self.H is None and self.landscape == "quadratic":
            object.__setattr__(self, "H", CURVATURES)
        object.__setattr__(self, "noise", self.noise.filled("hessian", 1.0))

    def landscape_fields(self) -> dict:
        """Return the options that are fields of the landscape."""
        return {"H": None if self.H is None else list(self.H)}
