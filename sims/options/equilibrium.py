"""Options of `diffusion equilibrium`."""

from dataclasses import dataclass

from sims.options.numbers import Fields, Names, Number, Row, Whole

DEFAULTS: dict[str, dict] = {
    "quadratic": {"kT": 1.0, "mass": 1.0, "damping": 1.0, "dt": (0.1, 0.2, 0.4, 0.8)},
    "styblinski-tang": {"kT": 20.0, "mass": 0.02, "damping": 20.0, "dt": (0.002, 0.004, 0.008)},
}  # where each landscape's walkers settle within the default time


@dataclass(frozen=True)
class Equilibrium:
    """Settings of one run.

    Parameters
    ----------
    landscape
        quadratic, L = H theta^2 / 2, styblinski-tang in one dimension, or FILE.py:Name for one of your own in
        one dimension; it needs minimum, loss and slope.
    schemes
        Names that `diffusion list` shows, separated by commas. Those of overdamped processes run with D = kT.
    dt
        Time steps. [default: 0.1,0.2,0.4,0.8; 0.002,0.004,0.008 on styblinski-tang]
    H
        Curvature of the quadratic, positive. [default: 1]
    kT
        Temperature. [default: 1 on the quadratic, 20 on styblinski-tang, whose barrier is 39]
    mass
        M. [default: 1; 0.02 on styblinski-tang]
    damping
        gamma. [default: 1; 20 on styblinski-tang]
    time
        How long walkers settle from the minimum, at rest, before they are measured.
    set
        FIELD=VALUE of the landscape; may be repeated.
    walkers
        Independent walkers, at least 8.
    seed
        Seed of the walkers' random numbers.
    """

    landscape: str = "quadratic"
    schemes: Names = ("baoab", "gjf", "obabo", "euler-maruyama")
    dt: Row | None = None
    H: Number = 1.0
    kT: Number | None = None
    mass: Number | None = None
    damping: Number | None = None
    time: Number = 20.0
    set: Fields = ()
    walkers: Whole = 10_000
    seed: Whole = 0
