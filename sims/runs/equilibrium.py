"""Errors of schemes in equilibrium: temperatures and Boltzmann's density."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy.linalg import solve_discrete_lyapunov

from diffusion import Interrupted, Overdamped, PhaseSpace, Quadratic, Watch, integrate
from diffusion.checks import positive, require, whole
from diffusion.contract import form_of
from diffusion.langevin.linear import LinearScheme
from sims.options.equilibrium import DEFAULTS, Equilibrium
from sims.options.fields import assigned, fields_of
from sims.options.landscape import curvatures, landscape_part, require_members
from sims.options.names import named
from sims.options.own_file import is_own
from sims.options.process import scheme_names
from sims.options.registry import checked_name, part_class
from sims.storage.netcdf import provenance

CONTROL = 1.2  # times kT: the temperature that the last column asks about
HEADLINE = (  # columns that a sweep's table shows
    "scheme", "dt", "position", "position_stderr", "velocity", "boltzmann_p", "control_p",
)  # fmt: skip
WIDTH = 40.0  # how many kT above the minimum the density still counts
UNSTABLE = 1e3  # times kT: a run that is that hot follows no density
SETTLED = 0.01  # deficit of the temperature that is below the standard error of 10,000 walkers


@dataclass(frozen=True)
class Parts:
    """Parts of an equilibrium run."""

    landscape: Any
    kT: float
    mass: float
    damping: float
    schemes: dict[str, Any]
    dt: tuple[float, ...]


def parts(config: Equilibrium) -> Parts:
    """Return what a run needs, defaults filled in.

    Raises
    ------
    ValueError
        If a setting is out of range or works only elsewhere, or the landscape lacks something.
    """
    name, known = checked_name("landscape", config.landscape), scheme_names()
    if not is_own(name):
        named(name, DEFAULTS, "a landscape of equilibrium")
    schemes = {one: known[named(one, known, "a scheme")] for one in config.schemes}
    if not any(PhaseSpace in scheme.processes for scheme in schemes.values()):
        for one in ("mass", "damping"):
            if getattr(config, one) is not None:
                raise ValueError(f"{one} works only with a scheme in phase space, such as baoab.")
    if config.H != 1 and name != "quadratic":
        raise ValueError(f"H works only with --landscape quadratic; {name} has its own curvature.")
    chosen: dict[str, Any] = dict(DEFAULTS.get(name, {"mass": 1.0, "damping": 1.0}))
    chosen |= {
        one: getattr(config, one)
        for one in ("kT", "mass", "damping", "dt")
        if getattr(config, one) is not None
    }
    for one in ("kT", "dt"):
        if one not in chosen:
            raise ValueError(f"{name} has no usual {one}: add --{one} VALUE.")
    for one in ("kT", "mass", "damping"):
        positive(chosen[one], one)
    positive(config.time, "time")
    positive(config.H, "H")
    require(all(step > 0 for step in chosen["dt"]), "dt", "positive", list(chosen["dt"]))
    fields = set(fields_of(part_class("landscape", name)))
    texts = assigned(config.set, {"landscape": fields})["landscape"]
    usual: dict[str, dict[str, Any]] = {"quadratic": {"H": [config.H]}, "styblinski-tang": {"dim": 1}}
    landscape = landscape_part(name, usual.get(name, {"dim": 1} if "dim" in fields else {}), texts)
    require(landscape.dim == 1, "dim", "1 for equilibrium", landscape.dim)
    require_members(landscape, "equilibrium", "minimum", "loss")
    return Parts(landscape, schemes=schemes, **chosen)


def check(config: Equilibrium) -> None:
    """Validate a run's settings before a sweep; raise as `run`."""
    parts(config)
    whole(config.walkers, "walkers", 8)


def run(
    config: Equilibrium, built: Parts | None = None, *, workers: int | None = None, watch: Watch | None = None
) -> list[dict]:
    """Return one `row` per scheme and time step.

    Raises
    ------
    ValueError
        On bad settings.
    Interrupted
        On Ctrl-C; ``partial`` holds the rows that are finished, or is None.
    """
    whole(config.walkers, "walkers", 8)
    built = built or parts(config)
    landscape, kT, mass, damping = built.landscape, built.kT, built.mass, built.damping
    rows: list[dict] = []
    for name, scheme in built.schemes.items():
        inert = PhaseSpace in scheme.processes
        langevin = PhaseSpace(mass, damping, damping * mass * kT) if inert else Overdamped(kT)
        for dt in built.dt:
            settled = dt * max(1, round(config.time / dt))
            try:
                ensemble = integrate(
                    landscape, langevin, landscape.minimum, settled, dt=float(dt), scheme=scheme,
                    walkers=config.walkers, seed=config.seed, workers=workers, keep="states", watch=watch,
                )  # fmt: skip
                r = ensemble.states[-1, 1, :, 0] if inert else None
                with np.errstate(over="raise", invalid="raise"):  # so far away that its square is no number
                    found = row(landscape, kT, mass, ensemble.positions[-1, :, 0], r)
            except Interrupted:
                raise Interrupted(rows or None) from None
            except ArithmeticError:  # diverged: that is what this scheme does at this step
                rows.append({"scheme": name, "dt": float(dt)} | dict.fromkeys(MEASURED))
                continue
            known = isinstance(landscape, Quadratic)
            own = own_temperature(scheme, langevin, landscape, dt, kT) if known else None
            rows.append({"scheme": name, "dt": float(dt)} | found | {"position_by_algebra": own})
    return rows


def rows(config: Equilibrium, found: list[dict]) -> list[dict]:
    """Return the result of `run`, already a table."""
    return found


MEASURED = (
    "position", "position_stderr", "velocity", "velocity_stderr", "boltzmann_p", "control_p",
    "position_by_algebra",
)  # fmt: skip


def row(landscape, kT, mass, theta, r) -> dict:
    """Return a scheme's temperatures over kT, and its fit to Boltzmann's density.

    Of positions by the virial, <theta dL/dtheta> = kT; of velocities by equipartition, M <r^2> = kT. The p-values
    are those of Kolmogorov and Smirnov's test against exp(-L / kT), and against one CONTROL times as hot.
    """
    from scipy.stats import kstest

    virial = theta * slope(landscape, theta) / kT
    found = {"position": virial.mean(), "position_stderr": virial.std(ddof=1) / np.sqrt(theta.size)}
    if r is None:
        found |= {"velocity": None, "velocity_stderr": None}
    else:
        kinetic = mass * r * r / kT
        found |= {"velocity": kinetic.mean(), "velocity_stderr": kinetic.std(ddof=1) / np.sqrt(r.size)}
    for name, temperature in (("boltzmann_p", kT), ("control_p", CONTROL * kT)):
        found[name] = kstest(theta, boltzmann(landscape, temperature)).pvalue
    return {name: None if value is None else float(value) for name, value in found.items()}


def slope(landscape, theta):
    """Return dL/dtheta of a landscape of one dimension."""
    return form_of(landscape).slope(theta, 0)


def boltzmann(landscape, kT):
    """Return the distribution function of exp(-L / kT), a callable."""
    reach, least = np.linspace(-1, 1, 20_001), landscape.loss(landscape.minimum)
    wide = next(
        (w for w in 2.0 ** np.arange(-500, 500) if min(landscape.loss([[-w], [w]]) - least) > WIDTH * kT),
        None,
    )
    if wide is None:
        raise ValueError(f"the well is too flat for kT = {kT:g}: walkers would spread further than 2**500")
    x = wide * reach
    share = np.cumsum(np.exp((least - landscape.loss(x[:, None])) / kT))
    return lambda at: np.interp(at, x, share / share[-1])


def own_temperature(scheme, langevin, landscape, dt, kT):
    """Return a scheme's temperature of positions by algebra, or None."""
    if scheme.matrices is None:
        return None
    step, _ = LinearScheme(langevin, dt, scheme.matrices).on(landscape)
    if np.abs(np.linalg.eigvals(step.P)).max() >= 1:
        return None  # unstable: nothing settles
    covariance = solve_discrete_lyapunov(step.P, step.S @ step.S.T)
    return float(landscape.H[0] * covariance[0, 0] / kT)


def unsettled(config: Equilibrium, built: Parts) -> float | None:
    """Return the share that temperatures still lack, None without a mass.

    Near the minimum the variances relax at twice the smallest rate of theta'' = -damping theta' - H theta / mass.
    """
    if not any(PhaseSpace in scheme.processes for scheme in built.schemes.values()):
        return None
    (h,) = curvatures(built.landscape, built.landscape.minimum)
    rates = np.roots([1.0, -built.damping, h / built.mass])
    return float(np.exp(-2 * rates.real.min() * config.time))


def sentence(config: Equilibrium, built: Parts, rows: list[dict]) -> str:
    """State which scheme is off, where, and what to beware of."""

    def label(row):
        return f"{row['scheme']} at dt = {row['dt']:g}"

    known = [row for row in rows if row["position"] is not None]
    unstable = [row for row in rows if row["position"] is None or abs(row["position"]) > UNSTABLE]
    known = [row for row in known if row not in unstable]
    text = f"Unstable, lower dt: {', '.join(map(label, unstable))}. " if unstable else ""
    if not known:
        return text.strip()
    worst = max(known, key=lambda row: abs(row["position"] - 1))
    text += (
        f"Farthest from kT: {label(worst)}, whose positions are at "
        f"{worst['position']:.3g} +- {worst['position_stderr']:.1g} times kT."
    )
    wrong = [label(row) for row in known if row["boltzmann_p"] < 1e-3]
    text += f" Not Boltzmann's density (p < 0.001): {', '.join(wrong) or 'none of them'}."
    blind = sum(min(row["boltzmann_p"], row["control_p"]) > 1e-3 for row in known)
    if blind:
        text += f" Beware: {blind} of those that pass would pass at {CONTROL} kT too; take more walkers."
    short = unsettled(config, built)
    if short is not None and short > SETTLED:
        text += (
            f" Beware: walkers have not settled by time {config.time:g}, temperatures are still {100 * short:.2g} % "
            "too low, whatever the scheme; raise --time."
        )
    return text


def dataset(config: Equilibrium, rows: list[dict], partial: bool) -> xr.Dataset:
    """Return the rows as a dataset, with settings, seed and versions."""
    columns = {
        name: ("row", np.array([row[name] for row in rows], None if name == "scheme" else float))
        for name in rows[0]
    }
    attrs = provenance(config, config.seed) | {"partial": "yes" if partial else "no"}
    return xr.Dataset(columns, attrs=attrs)
