"""Names of parts on the command line, and how options become a part."""

from dataclasses import MISSING, dataclass, fields, replace
from typing import Annotated, Any, ClassVar

import numpy as np
from cyclopts import Parameter

from diffusion import (
    SCHEMES,
    SGD,
    Adai,
    Adam,
    DataNoise,
    FrozenNoise,
    HessianNoise,
    IsotropicNoise,
    Langevin,
    MinibatchNoise,
    Momentum,
    Overdamped,
    PhaseSpace,
    Quadratic,
    StyblinskiTang,
    TwoTemperatureNoise,
    baoab,
)
from diffusion.checks import finite_array, positive, require, whole
from diffusion.langevin.schemes import natural_scheme

OPTIMIZERS: dict[str, Any] = {"sgd": SGD, "momentum": Momentum, "adam": Adam, "adai": Adai}
LANDSCAPES: dict[str, Any] = {"quadratic": Quadratic, "styblinski-tang": StyblinskiTang}
NOISES: dict[str, Any] = {
    "frozen": FrozenNoise,
    "isotropic": IsotropicNoise,
    "two-temperature": TwoTemperatureNoise,
    "hessian": HessianNoise,
    "data": DataNoise,
    "minibatch": MinibatchNoise,
}
SCHEME_NAMES = {name.replace("_", "-"): scheme for name, scheme in SCHEMES.items()}
KINDS = {"overdamped": Overdamped, "in phase space": PhaseSpace}
FLAT = Parameter(name="*")  # options of a nested part stand beside the others on the command line


def whole_number(type_, tokens):
    """Return the int that an option's text means: "10000" and "1e4" alike, and no rounding of "1.5"."""
    number = float(tokens[0].value)
    if number != int(number):
        raise ValueError("not a whole number")
    return int(tokens[0].value) if tokens[0].value.lstrip("+-").isdigit() else int(number)


Whole = Annotated[int, Parameter(converter=whole_number)]
SAMPLES = 50_000  # rows of the data set of minibatch noise


def named(registry, kind, name):
    """Return the part class of that name.

    Raises
    ------
    ValueError
        If there is none; the message lists what there is.
    """
    require(name in registry, kind, f"one of {', '.join(registry)}", name)
    return registry[name]


@dataclass(frozen=True)
class OptimizerOptions:
    """Which optimizer, and its hyper-parameters.

    Parameters
    ----------
    optimizer
        sgd, momentum, adam or adai.
    eta
        Learning rate, positive. [default: sgd 1e-3, momentum 1e-4, adam 0.1, adai 1e-3]
    beta1
        Inertia in [0, 1), of momentum and adam. [default: 0.9]
    beta2
        Memory of the squared gradient in [0, 1), of adam [default: 0.999] and adai [default: 0.99].
    beta3
        Weight of a new gradient, of momentum: 1 is the SGD style, 1 - beta1 Adam's. [default: 1]
    bias_correction
        Divide momentum's m by 1 - beta1^t.
    beta0
        Strength of the inertia adaptation, of adai. [default: 0.1]
    eps
        Of adam, added to the root of the second moment [default: 1e-8]; of adai, 1 - eps is the most inertia
        [default: 1e-3].
    weight_decay
        Decoupled weight decay, of adai. [default: 0]
    """

    default_eta: ClassVar[dict] = {"sgd": 1e-3, "momentum": 1e-4, "adam": 0.1, "adai": 1e-3}
    optimizer: str = "sgd"
    eta: float | None = None
    beta1: float | None = None
    beta2: float | None = None
    beta3: float | None = None
    bias_correction: bool | None = None
    beta0: float | None = None
    eps: float | None = None
    weight_decay: float | None = None

    def part(self):
        """Return the optimizer.

        Raises
        ------
        ValueError
            If there is no such optimizer, it does not have an option given, or a value is out of range.
        """
        cls = named(OPTIMIZERS, "optimizer", self.optimizer)
        known = [field.name for field in fields(cls) if field.init]
        given = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "optimizer"}
        given = {name: value for name, value in given.items() if value is not None}
        for name in given:
            if name not in known:
                raise ValueError(f"{name} is not an option of {self.optimizer}, which has {', '.join(known)}")
        if self.optimizer in self.default_eta:
            given = {"eta": self.default_eta[self.optimizer]} | given
        for field in fields(cls):
            if field.init and field.default is MISSING and field.name not in given:
                raise ValueError(f"{field.name} must be given for {self.optimizer}")
        return cls(**given)


@dataclass(frozen=True)
class ProcessOptions:
    """Whether to run the stochastic process that theory reads into the optimizer, and how.

    Parameters
    ----------
    process
        Run the process in place of the iteration; its iterations are those of time t = eta T.
    scheme
        One that `diffusion list` shows. [default: euler-maruyama for sgd, whose
        process is overdamped, baoab for the others]
    dt
        Time step, in units of t = eta T. [default: the learning rate]
    interpretation
        ito, stratonovich or fick: how the noise of sgd's process is read where it varies.
    frozen_v
        Of adam: its second moment stays what it is in the minimum, in place of following theta.
    """

    process: bool = False
    scheme: str | None = None
    dt: float | None = None
    interpretation: str = "ito"
    frozen_v: bool = False

    def checked(self):
        """Return these options after a look at them.

        Raises
        ------
        ValueError
            If dt or scheme is out of range, or an option is given where no process is run.
        """
        for option in fields(self):
            given = getattr(self, option.name)
            require(self.process or given == option.default, option.name, "given with --process only", given)
        if self.scheme is not None:
            named(SCHEME_NAMES, "scheme", self.scheme)
        if self.dt is not None:
            positive(self.dt, "dt")
        return self

    def of(self, optimizer, landscape, noise):
        """Return the process that theory reads into an optimizer, and the landscape that it runs on.

        Raises
        ------
        ValueError
            If there is none, or an option is for another optimizer.
        """
        langevin = Langevin.of(optimizer, landscape, noise, frozen_v=self.frozen_v)
        ground = noise.meet(landscape)[0] if isinstance(noise, DataNoise) else landscape  # averaged over data
        if isinstance(langevin, Overdamped):
            return replace(langevin, interpretation=self.interpretation), ground
        rule = "left out where there is inertia: all readings agree"
        require(self.interpretation == "ito", "interpretation", rule, self.interpretation)
        return langevin, ground

    def scheme_for(self, langevin):
        """Return the scheme by name, or the default one of the process.

        Raises
        ------
        ValueError
            If the scheme is for processes of the other kind.
        """
        if self.scheme is not None:
            fits = [name for name, scheme in SCHEME_NAMES.items() if isinstance(langevin, scheme.processes)]
            (kind,) = (name for name, cls in KINDS.items() if isinstance(langevin, cls))
            rule = f"one of {', '.join(fits)} for a process that is {kind}"
            require(self.scheme in fits, "scheme", rule, self.scheme)
            return SCHEME_NAMES[self.scheme]
        return baoab if isinstance(langevin, PhaseSpace) else natural_scheme(langevin)


@dataclass(frozen=True)
class NoiseOptions:
    """Which gradient noise, and how strong.

    Parameters
    ----------
    noise
        frozen, isotropic, two-temperature, hessian, data or minibatch.
    C
        Variance of each coordinate of the gradient, of frozen and isotropic noise. [default: kappa |H| / B,
        with H the curvature where the walkers start]
    kappa
        Strength of the noise over |H| / B.
    B
        Batch size.
    s
        Share of the barrier that is climbed at the valley's temperature, of two-temperature noise; in (0, 1).
    floor
        Smallest curvature that counts, of hessian noise.
    variance
        Of the data, of data and minibatch noise.
    drift
        data: averaging over the data changes the drift too; bare: it does not. Of data noise.
    data_seed
        The data set of minibatch noise is numpy.random.default_rng(DATA_SEED).normal(0, sqrt(VARIANCE),
        (50000, dim)).
    """

    noise: str = "frozen"
    C: float | None = None
    kappa: float = 1000.0
    B: Whole = 10
    s: float = 0.5
    floor: float = 0.0
    variance: float = 4.0
    drift: str = "data"
    data_seed: Whole = 0

    def checked(self):
        """Return these options after a look at them that takes no time, whatever the noise.

        Raises
        ------
        ValueError
            If there is no such noise, or kappa or the batch size is out of range.
        """
        named(NOISES, "noise", self.noise)
        positive(self.kappa, "kappa")
        whole(self.B, "B")
        return self

    def part(self, landscape):
        """Return the noise on ``landscape``.

        Raises
        ------
        ValueError
            If there is no such noise, the landscape does not have it, or a value is out of range.
        """
        cls = NOISES[self.checked().noise]
        share = self.kappa / self.B
        H = np.diag(landscape.hessian(landscape.minimum)) if hasattr(landscape, "hessian") else np.ones(1)
        if cls is FrozenNoise:
            return FrozenNoise(share * np.abs(H) if self.C is None else self.C)
        if cls is IsotropicNoise:
            return IsotropicNoise(float(share * np.abs(H).mean()) if self.C is None else self.C)
        require(self.C is None, "C", "given with frozen or isotropic noise only (others have kappa)", self.C)
        if cls is TwoTemperatureNoise:
            require(hasattr(landscape, "split"), "noise", "another where there is no barrier", self.noise)
            return TwoTemperatureNoise(
                share * landscape.H_a, share * abs(landscape.H_b), landscape.split(self.s)
            )
        if cls is HessianNoise:
            return HessianNoise(self.B, self.kappa, self.floor)
        positive(self.variance, "variance")
        if cls is DataNoise:
            return DataNoise(self.B, self.variance, self.drift)
        whole(self.data_seed, "data_seed", 0)
        shape = SAMPLES, landscape.dim
        samples = np.random.default_rng(self.data_seed).normal(0, np.sqrt(self.variance), shape)
        return MinibatchNoise(samples, self.B)


def numbers(text, name):
    """Return "1,2,3" as an array of numbers.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    try:
        return finite_array([float(word) for word in str(text).replace(" ", "").split(",")], name)
    except ValueError:
        raise ValueError(f"{name} must be numbers separated by commas, got {text!r}") from None


def description(cls):
    """Return a part's fields as text: "eta, beta1=0.9"."""
    shown = [f for f in fields(cls) if f.init]
    return ", ".join(
        f.name
        if f.default is MISSING
        else f"{f.name}={f.default:g}"
        if isinstance(f.default, float)
        else f"{f.name}={f.default}"
        for f in shown
    )


def scheme_description(scheme):
    """Return what a scheme is for, as text: "in phase space; weak order 2"."""
    kinds = " and ".join(name for name, cls in KINDS.items() if cls in scheme.processes)
    order = "exact on quadratics" if np.isinf(scheme.weak_order) else f"weak order {scheme.weak_order:g}"
    return f"{kinds}; {order}"
