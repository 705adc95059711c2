"""What a scheme does to equilibrium: temperatures of positions and velocities, and Boltzmann's density, against dt."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.linalg import solve_discrete_lyapunov

from diffusion import Interrupted, Overdamped, PhaseSpace, Quadratic, StyblinskiTang, Watch, integrate
from diffusion.checks import positive, require, whole
from diffusion.contract import form_of
from diffusion.langevin.linear import LinearScheme
from sims.options.parts import SCHEME_NAMES, Whole, named, numbers

CONTROL = 1.2  # times kT: the temperature that the last column asks about
HEADLINE = (  # of a sweep's table
    "scheme", "dt", "position", "position_stderr", "velocity", "boltzmann_p", "control_p",
)  # fmt: skip
WIDTH = 40.0  # how many kT above the minimum the density still counts


@dataclass(frozen=True)
class Equilibrium:
    """Settings of one run.

    Parameters
    ----------
    landscape
        quadratic, L = H theta^2 / 2, or styblinski-tang in one dimension.
    schemes
        Names that `diffusion list` shows, separated by commas. Those of overdamped processes run with D = kT.
    dt
        Time steps, separated by commas. [default: 0.1,0.2,0.4,0.8; 0.002,0.004,0.008 on styblinski-tang]
    H
        Curvature of the quadratic, positive.
    kT
        Temperature. [default: 1 on the quadratic, 20 on styblinski-tang, whose barrier is 39]
    mass
        M. [default: 1; 0.02 on styblinski-tang]
    damping
        gamma. [default: 1; 20 on styblinski-tang]
    time
        How long walkers settle from the minimum, at rest, before they are looked at.
    walkers
        Independent walkers, at least 8.
    """

    landscape: str = "quadratic"
    schemes: str = "baoab,gjf,obabo,euler-maruyama"
    dt: str | None = None
    H: float = 1.0
    kT: float | None = None
    mass: float | None = None
    damping: float | None = None
    time: float = 20.0
    walkers: Whole = 10_000
    seed: Whole = 0

    def filled(self):
        """Return landscape, kT, mass, damping and the time steps, defaults filled in.

        Raises
        ------
        ValueError
            If a setting is out of range.
        """
        known = {
            "quadratic": (1.0, 1.0, 1.0, "0.1,0.2,0.4,0.8"),
            "styblinski-tang": (20.0, 0.02, 20.0, "0.002,0.004,0.008"),
        }
        defaults = named(known, "landscape", self.landscape)
        given = (self.kT, self.mass, self.damping, self.dt)
        kT, mass, damping, dt = (
            default if own is None else own for own, default in zip(given, defaults, strict=True)
        )
        for name, value in (("kT", kT), ("mass", mass), ("damping", damping), ("time", self.time)):
            positive(value, name)
        positive(self.H, "H")
        steps = numbers(dt, "dt")
        require(np.all(steps > 0), "dt", "positive", steps.tolist())
        ground = Quadratic([self.H]) if self.landscape == "quadratic" else StyblinskiTang(1)
        return ground, kT, mass, damping, steps


def check(config: Equilibrium) -> None:
    """Look at the settings of a run before many are begun.

    Raises
    ------
    ValueError
        As `run`.
    """
    config.filled()
    whole(config.walkers, "walkers", 8)
    for name in config.schemes.split(","):
        named(SCHEME_NAMES, "schemes", name)


def run(config: Equilibrium, *, workers: int | None = None, watch: Watch | None = None) -> list[dict]:
    """Return one row per scheme and time step, as `row` has it.

    Raises
    ------
    ValueError
        On bad settings.
    Interrupted
        On Ctrl-C; ``partial`` holds the rows that are finished, or is None.
    """
    check(config)
    landscape, kT, mass, damping, steps = config.filled()
    schemes = {name: SCHEME_NAMES[name] for name in config.schemes.split(",")}
    rows: list[dict] = []
    for name, scheme in schemes.items():
        inert = PhaseSpace in scheme.processes
        langevin = PhaseSpace(mass, damping, damping * mass * kT) if inert else Overdamped(kT)
        for dt in steps:
            settled = dt * max(1, round(config.time / dt))
            try:
                ensemble = integrate(
                    landscape, langevin, landscape.minimum, settled, dt=float(dt), scheme=scheme,
                    walkers=config.walkers, seed=config.seed, workers=workers, keep="states", watch=watch,
                )  # fmt: skip
            except Interrupted:
                raise Interrupted(rows or None) from None
            except ArithmeticError:  # diverged: that is what this scheme does at this step
                rows.append({"scheme": name, "dt": float(dt)} | dict.fromkeys(MEASURED))
                continue
            r = ensemble.states[-1, 1, :, 0] if inert else None
            found = row(landscape, kT, mass, ensemble.positions[-1, :, 0], r)
            known = isinstance(landscape, Quadratic)
            own = own_temperature(scheme, langevin, landscape, dt, kT) if known else None
            rows.append({"scheme": name, "dt": float(dt)} | found | {"position_by_algebra": own})
    return rows


MEASURED = (
    "position", "position_stderr", "velocity", "velocity_stderr", "boltzmann_p", "control_p",
    "position_by_algebra",
)  # fmt: skip


def row(landscape, kT, mass, theta, r) -> dict:
    """Return temperatures over kT with their standard errors, and how well positions fit Boltzmann's density.

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
    """Return the distribution function of exp(-L / kT) in one dimension, as a callable."""
    reach, least = np.linspace(-1, 1, 20_001), landscape.loss(landscape.minimum)
    wide = next(
        w for w in 2.0 ** np.arange(-500, 500) if min(landscape.loss([[-w], [w]]) - least) > WIDTH * kT
    )
    x = wide * reach
    share = np.cumsum(np.exp((least - landscape.loss(x[:, None])) / kT))
    return lambda at: np.interp(at, x, share / share[-1])


def own_temperature(scheme, langevin, landscape, dt, kT):
    """Return the temperature of positions over kT that a scheme has by its own algebra on a quadratic, or None."""
    if scheme.matrices is None:
        return None
    step, _ = LinearScheme(langevin, dt, scheme.matrices).on(landscape)
    if np.abs(np.linalg.eigvals(step.P)).max() >= 1:
        return None  # nothing settles
    covariance = solve_discrete_lyapunov(step.P, step.S @ step.S.T)
    return float(landscape.H[0] * covariance[0, 0] / kT)


def rows(config: Equilibrium, found: list[dict]) -> list[dict]:
    """Return the result of `run`, which is a table already."""
    return found


def sentence(rows: list[dict]) -> str:
    """Return in plain words which scheme is off, where."""
    known = [row for row in rows if row["position"] is not None]
    if not known:
        return "Every run diverged: lower dt."
    worst = max(known, key=lambda row: abs(row["position"] - 1))
    text = (
        f"Farthest from kT: {worst['scheme']} at dt = {worst['dt']:g}, whose positions are at "
        f"{worst['position']:.3g} +- {worst['position_stderr']:.1g} times kT."
    )
    wrong = [f"{row['scheme']} at {row['dt']:g}" for row in known if row["boltzmann_p"] < 1e-3]
    text += f" Not Boltzmann's density (p < 0.001): {', '.join(wrong) or 'none of them'}."
    blind = sum(min(row["boltzmann_p"], row["control_p"]) > 1e-3 for row in known)
    if blind:
        text += f" Beware: {blind} of those that pass would pass at {CONTROL} kT too; take more walkers."
    return text


def save(config: Equilibrium, rows: list[dict], partial: bool, out) -> None:
    """Write equilibrium.nc and equilibrium.csv into the folder ``out``."""
    import xarray as xr

    from sims.storage.files import write_csv
    from sims.storage.netcdf import provenance, write_netcdf

    columns = {
        name: ("row", np.array([row[name] for row in rows], None if name == "scheme" else float))
        for name in rows[0]
    }
    attrs = provenance(config, config.seed) | {"partial": "yes" if partial else "no"}
    write_netcdf(xr.Dataset(columns, attrs=attrs), Path(out) / "equilibrium.nc")
    write_csv(rows, Path(out) / "equilibrium.csv")
