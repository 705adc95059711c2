"""`diffusion figure 6`: Figure 6 of the paper."""

import json
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from sims.commands.common import COMMON, Common, Flat
from sims.options.numbers import Number, Row, Whole

FULL, USUAL = 10_000, 1000  # walkers at each point
KINDS: tuple = ("png", "svg")  # files of a picture


def figure(
    *,
    mode: Literal["kramers", "literal"] = "kramers",
    walkers: Whole | None = None,
    full: bool = False,
    seed: Whole = 0,
    data_seed: Whole | None = None,
    shared_normals: bool = False,
    noise: Literal["frozen", "two-temperature", "hessian", "data", "isotropic"] = "frozen",
    s: Number | None = None,
    floor: Number | None = None,
    kappa: Number | None = None,
    B: Whole = 10,
    dim: Whole = 10,
    k: Row | None = None,
    optimizers: Annotated[tuple[str, ...] | None, Parameter(consume_multiple=True, negative="")] = None,
    level: Number = 0.95,
    panels: Literal["all", "2"] = "all",
    format: Annotated[
        tuple[Literal["png", "svg", "pdf"], ...], Parameter(consume_multiple=True, negative="")
    ] = KINDS,
    low_temperature: bool = False,
    particles: Whole | None = None,
    out: Path = Path("out"),
    common: Annotated[Common, Flat] = COMMON,
) -> int:
    """Make Figure 6, escape time against sharpness: PNG, SVG, NetCDF with all walkers, and a CSV table.

    Parameters
    ----------
    mode
        kramers: the exact function with Gaussian noise, the setting of the theorems. literal: minibatches of a
        data set, the set-up as printed.
    walkers
        Independent walkers at each point; the paper has 100. [default: 1000]
    full
        Take 10,000 walkers at each point.
    seed
        Seed from which every point derives its own.
    data_seed
        Seed of literal mode's data set, numpy.random.default_rng(DATA_SEED).normal(0, 2, (50000, DIM)). [default: 0]
    shared_normals
        Give all points the same random numbers, for paired comparisons; intervals of the fits are then wrong.
    noise
        Noise of kramers mode. isotropic is the same at every k, and no law is claimed for it.
    s
        Share of the barrier that is climbed at the valley's temperature, for two-temperature noise; in (0, 1).
        [default: 0.5]
    floor
        Smallest curvature that counts, for hessian noise. [default: 0]
    kappa
        Strength of kramers mode's noise, as a multiple of |H| / B; data noise has its own. [default: 1000]
    B
        Batch size.
    dim
        Coordinates of the landscape.
    k
        Sharpnesses that every optimizer runs at: 3,4,5 or 2:6:9:log. [default: each optimizer's own range]
    optimizers
        Names that `diffusion list` shows, with fields as in adam:eta=0.05,beta2=0.99, or FILE.py:Name for one of
        your own; several are separated by spaces or commas. [default: sgd momentum adai adam]
    level
        Confidence of all intervals, in (0, 1).
    panels
        2 draws both laws alone, at the width of a column.
    format
        Files of the picture: png, svg, pdf.
    low_temperature
        Carry the lines of kramers mode on to 1e21 iterations by splitting: a second figure, figure6_low_temperature.
    particles
        Climbs in each of 8 replicas of splitting, at low temperature. [default: 1000]
    out
        Folder for the files.
    """
    from sims.commands.figure import as_json, at_low_temperature, run_figure6, run_low_temperature
    from sims.figure6.run import Figure6, idle

    chosen = {"data_seed": data_seed, "s": s, "floor": floor, "kappa": kappa}
    given: dict = {name: value for name, value in chosen.items() if value is not None}
    for name, where in idle(mode, noise).items():
        if name in given:  # even with its usual value
            raise ValueError(f"--{name.replace('_', '-')} works only with {where}")
    config = Figure6(
        mode,
        walkers_of(walkers, full),
        seed,
        shared_normals=shared_normals,
        noise=noise,
        B=B,
        dim=dim,
        k=k or (),
        optimizers=tuple(one for text in optimizers or () for one in text.split(",")),
        level=level,
        **given,
    )
    cold = at_low_temperature(config, low_temperature, particles)
    running: dict = {"workers": common.workers, "quiet": common.json, "kinds": format}
    dataset = run_figure6(config, out, panels=2 if panels == "2" else panels, **running)
    found = as_json(dataset)
    partial = dataset.partial == "yes"
    if cold is not None and not partial:
        lines = run_low_temperature(cold, dataset, out, **running)
        partial = lines is None or lines.partial == "yes"
        found["low_temperature"] = None if lines is None else as_json(lines)
    if common.json:
        print(json.dumps(found, indent=1))
    return 130 if partial else 0


def walkers_of(walkers: int | None, full: bool) -> int:
    """Return how many walkers a figure takes at each point.

    Raises
    ------
    ValueError
        If both a number and the full size are asked for.
    """
    if full and walkers is not None:
        raise ValueError(f"--full takes {FULL:,} walkers; leave out --walkers or --full.")
    return FULL if full else USUAL if walkers is None else walkers
