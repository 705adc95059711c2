"""Options of the process that theory reads into an optimizer."""

from dataclasses import dataclass, fields, replace
from typing import Any

from sims.options.names import listed, named
from sims.options.numbers import Number


def scheme_names() -> dict[str, Any]:
    """Return the schemes by command-line name."""
    from diffusion import SCHEMES

    return {name.replace("_", "-"): scheme for name, scheme in SCHEMES.items()}


def process_kinds() -> dict[str, type]:
    """Return the two kinds of processes, described in words."""
    from diffusion import Overdamped, PhaseSpace

    return {"overdamped": Overdamped, "in phase space": PhaseSpace}


def scheme_description(scheme) -> str:
    """Return a scheme's purpose: "in phase space; weak order 2"."""
    kinds = " and ".join(name for name, cls in process_kinds().items() if cls in scheme.processes)
    exact = scheme.weak_order == float("inf")
    return f"{kinds}; {'exact on quadratics' if exact else f'weak order {scheme.weak_order:g}'}"


@dataclass(frozen=True)
class Process:
    """A process ready to run, with its scheme and time step."""

    landscape: Any
    langevin: Any
    scheme: Any
    dt: float


@dataclass(frozen=True)
class ProcessOptions:
    """Whether to run the stochastic process that theory reads into the optimizer, and how.

    Parameters
    ----------
    process
        Run the process in place of the iteration; its iterations are those of time t = eta T.
    scheme
        Scheme of the time step, one that `diffusion list` shows. [default: euler-maruyama for sgd, whose
        process is overdamped, baoab for the others]
    dt
        Time step, in units of t = eta T. [default: the learning rate]
    interpretation
        Reading of the noise of sgd's process where it varies: ito, stratonovich or fick.
    frozen_v
        Keep adam's second moment as it is in the minimum; otherwise it follows theta.
    """

    process: bool = False
    scheme: str | None = None
    dt: Number | None = None
    interpretation: str = "ito"
    frozen_v: bool = False

    def checked(self):
        """Validate the options and return them.

        Raises
        ------
        ValueError
            If dt or scheme is out of range, or an option is given where no process is run.
        """
        from diffusion.checks import positive

        for option in fields(self):
            if not self.process and getattr(self, option.name) != option.default:
                raise ValueError(f"{option.name} works only with --process.")
        if self.scheme is not None:
            named(self.scheme, scheme_names(), "a scheme")
        if self.dt is not None:
            positive(self.dt, "dt")
        return self

    def part(self, optimizer, landscape, noise) -> Process | None:
        """Return the optimizer's process, None where its iteration is to run.

        Raises
        ------
        ValueError
            If there is no such process, or an option is for another optimizer.
        """
        if not self.checked().process:
            return None
        from diffusion import Adam, DataNoise, Langevin, Overdamped
        from diffusion.langevin.coefficients import varies

        if self.frozen_v and not isinstance(optimizer, Adam):
            raise ValueError(
                f"frozen_v works only with adam; {type(optimizer).__name__} has no second moment to keep."
            )
        langevin = Langevin.of(optimizer, landscape, noise)
        if self.frozen_v:
            if not varies(langevin.mass):
                raise ValueError(
                    "frozen_v works only with noise that varies with theta; this one leaves v as it is."
                )
            langevin = Langevin.of(optimizer, landscape, noise, frozen_v=True)
        if isinstance(noise, DataNoise):  # the drift is that of the landscape averaged over the data
            landscape = noise.meet(landscape)[0]
        if isinstance(langevin, Overdamped):
            langevin = replace(langevin, interpretation=self.interpretation)
        elif self.interpretation != "ito":
            raise ValueError("interpretation works only with sgd: all readings agree where there is inertia.")
        return Process(landscape, langevin, self._scheme(langevin), self.dt or optimizer.eta)

    def _scheme(self, langevin):
        """Return the scheme by name, or the process's default."""
        from diffusion import PhaseSpace, baoab
        from diffusion.langevin.schemes import natural_scheme

        if self.scheme is None:
            return baoab if isinstance(langevin, PhaseSpace) else natural_scheme(langevin)
        schemes = scheme_names()
        name = named(self.scheme, schemes, "a scheme")
        if not isinstance(langevin, schemes[name].processes):
            (kind,) = (kind for kind, cls in process_kinds().items() if isinstance(langevin, cls))
            fits = [one for one, scheme in schemes.items() if isinstance(langevin, scheme.processes)]
            raise ValueError(f"{name} does not fit a process that is {kind}; {listed(fits)} do.")  # noqa: TRY004  as every bad input
        return schemes[name]
