"""The register of statements: what the command line, the verdict table, the README and the docs read.

A statement needs one entry in `STATEMENTS` and appears everywhere. What is known of its truth is not written here:
it is read from recorded runs.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from theory import convergence, dynamics, escape, gradient_overlap, saddle, scaling, statistics, table1
from theory.checks import require
from theory.regime import flags


@dataclass(frozen=True)
class Statement:
    """One statement of the paper and the functions that evaluate it.

    name : as the paper calls it, "Theorem 1".
    title : what it says, in a few words.
    quantity : what its functions return, with the unit.
    equations : where it is printed.
    forms : "printed", "leading", "corrected", "exact", ... -> function of numbers.
    conditions : what must hold for it.
    drops : what the printed form leaves out.
    log : whether the functions return the log of the quantity.
    vectors : parameters that take one number per direction (or per observation) and are not swept over.
    adam : whether its steps are Adam's, for the regime flags.
    """

    name: str
    title: str
    quantity: str
    equations: tuple[str, ...]
    forms: Mapping[str, Callable[..., Any]]
    conditions: tuple[str, ...]
    drops: str
    log: bool = False
    vectors: frozenset[str] = frozenset()
    adam: bool = False

    def __post_init__(self):
        require("printed" in self.forms, "forms", "given with a 'printed' one", tuple(self.forms))
        object.__setattr__(self, "forms", MappingProxyType(dict(self.forms)))

    @property
    def key(self) -> str:
        """Name on the command line: "theorem-1"."""
        return self.name.lower().replace(".", "").replace(" ", "-")

    def parameters(self, form: str | None = None) -> dict[str, inspect.Parameter]:
        """Return the parameters of one form, or of all forms together, in their order of appearance."""
        chosen = self.forms.values() if form is None else [self.forms[form]]
        found: dict[str, inspect.Parameter] = {}
        for function in chosen:
            for name, parameter in inspect.signature(function).parameters.items():
                found.setdefault(name, parameter)
        return found

    def flags(self, **parameters: float):
        """Return the regime flags (`theory.regime.flags`) that these numbers decide; others are ignored."""
        known = inspect.signature(flags).parameters
        return flags(adam=self.adam, **{name: value for name, value in parameters.items() if name in known})


def _statement(name: str, title: str, quantity: str, equations: str, **rest: Any) -> Statement:
    return Statement(name, title, quantity, tuple(equations.split("; ")), **rest)


MSD = "mean squared displacement, theta^2"
LOG_TIME = "log of the mean escape time"
SADDLE = ("the walker starts on the critical point", "quadratic loss (Assumption 1)")
VALLEY = (
    "quadratic loss near a and b (Assumption 1)",
    "quasi-equilibrium in the valley (Assumption 2)",
    "E = dL/kT >= 6",
)
HESSIAN_NOISE = "gradient noise |H| / B (Eq. 3)"

STATEMENTS: tuple[Statement, ...] = (
    _statement(
        "Eq. 3",
        "Diffusion coefficient of SGD near a critical point",
        "diffusion coefficient, theta^2 per unit of t",
        "(3)",
        forms={"printed": dynamics.sgd_diffusion},
        conditions=(
            "close to a critical point",
            "loss a log-likelihood, so that Hessian and Fisher matrix agree",
        ),
        drops="the mean gradient's outer product",
    ),
    _statement(
        "Theorem 1",
        "SGD escapes saddles by diffusion, slowly where the loss is flat",
        MSD,
        "Theorem 1; (20); (21)",
        forms={
            "printed": saddle.sgd_msd_printed,
            "leading": saddle.sgd_msd_leading,
            "exact": saddle.sgd_msd_exact,
        },
        conditions=(*SADDLE, HESSIAN_NOISE, "eta |H| << 1"),
        drops="the finite learning rate",
    ),
    _statement(
        "Theorem 2",
        "Momentum escapes saddles by a drift besides the diffusion",
        MSD,
        "Theorem 2; (9); (30); (31); (32)",
        forms={
            "printed": saddle.momentum_msd_printed,
            "leading": saddle.momentum_msd_leading,
            "corrected": saddle.momentum_msd_corrected,
            "exact": saddle.momentum_msd_exact,
        },
        conditions=(*SADDLE, HESSIAN_NOISE, "|H| < gamma^2 M"),
        drops="the force during the flight, and that drift and diffusion are one displacement",
    ),
    _statement(
        "Theorem 2 drift",
        "The momentum drift alone",
        MSD,
        "(9), first term; (27)",
        forms={"printed": saddle.momentum_drift_printed, "leading": saddle.momentum_drift_leading},
        conditions=(*SADDLE, "velocities in equilibrium at the start"),
        drops="the force; it is the difference between a thermal start and a start at rest as H -> 0",
    ),
    _statement(
        "Theorem 2 diffusion",
        "Momentum's diffusion alone",
        MSD,
        "(9), second term; (29)",
        forms={"printed": saddle.momentum_diffusion_printed, "leading": saddle.momentum_diffusion_leading},
        conditions=(*SADDLE, "(1 - beta1) T >> 1"),
        drops="inertia",
    ),
    _statement(
        "Eq. 10",
        "Total momentum drift past a saddle",
        MSD,
        "(10)",
        forms={
            "printed": saddle.momentum_total_drift_printed,
            "corrected": saddle.momentum_total_drift_corrected,
        },
        conditions=(*SADDLE, HESSIAN_NOISE, "beta3 = 1 - beta1", "(1 - beta1) T >> 1"),
        drops="as Theorem 2",
    ),
    _statement(
        "Proposition 1",
        "Adam escapes saddles equally fast in every direction",
        MSD,
        "Proposition 1",
        forms={
            "printed": saddle.adam_msd_printed,
            "leading": saddle.adam_msd_leading,
            "corrected": saddle.adam_msd_corrected,
            "exact": saddle.adam_msd_exact,
        },
        conditions=(*SADDLE, HESSIAN_NOISE, "v = |H| / B known", "sqrt(B|H|) eta T << 1"),
        drops="fluctuations of v, bias correction, and what Theorem 2 drops",
        adam=True,
    ),
    _statement(
        "Proposition 3",
        "Adai drifts past a saddle equally far in every direction",
        MSD,
        "Proposition 3",
        forms={
            "printed": saddle.adai_total_drift_printed,
            "corrected": saddle.adai_total_drift_corrected,
            "exact": saddle.adai_total_drift_exact,
        },
        conditions=(*SADDLE, HESSIAN_NOISE, "beta1 = 1 - beta0 |H| / mean|H| known"),
        drops="bias correction, the clip of beta1, and what Theorem 2 drops",
        vectors=frozenset({"H"}),
    ),
    _statement(
        "Theorem 3",
        "Momentum leaves minima as SGD does",
        LOG_TIME,
        "Theorem 3; (65); (66)",
        forms={
            "printed": escape.momentum_log_time_printed,
            "leading": escape.momentum_log_time_leading,
            "corrected": escape.momentum_log_time_corrected,
            "kramers": escape.momentum_log_time_kramers,
        },
        conditions=(
            *VALLEY,
            HESSIAN_NOISE,
            "noise of a up to the height s, of b above",
            "Fick's reading of the noise",
        ),
        drops="a factor gamma M; the low-friction turnover",
        log=True,
    ),
    _statement(
        "Theorem 3 SGD",
        "SGD leaves sharp minima exponentially faster",
        LOG_TIME,
        "Theorem 3 for z -> 0",
        forms={
            "printed": escape.sgd_log_time_printed,
            "leading": escape.sgd_log_time_leading,
            "corrected": escape.sgd_log_time_corrected,
        },
        conditions=(*VALLEY, HESSIAN_NOISE, "noise of a up to the height s, of b above"),
        drops="that SGD's noise is Ito's: 2 pi / |H_b| should read 2 pi / H_a",
        log=True,
    ),
    _statement(
        "Proposition 2",
        "Adam leaves sharp minima less readily: log tau ~ H_a^(-1/2)",
        LOG_TIME,
        "Proposition 2; (69)",
        forms={
            "printed": escape.adam_log_time_printed,
            "leading": escape.adam_log_time_leading,
            "frozen": escape.adam_log_time_frozen,
        },
        conditions=(*VALLEY, HESSIAN_NOISE, "v adapts during the climb"),
        drops="the memory and the fluctuations of v",
        log=True,
        adam=True,
    ),
    _statement(
        "Proposition 4",
        "Adai leaves minima as SGD does",
        LOG_TIME,
        "Proposition 4; (73)",
        forms={"printed": escape.adai_log_time_printed, "leading": escape.adai_log_time_leading},
        conditions=(*VALLEY, HESSIAN_NOISE, "beta1 adapts during the climb"),
        drops="the memory of beta1: it stays that of the valley",
        log=True,
        vectors=frozenset({"H_b_spectrum"}),
    ),
    _statement(
        "Eq. 42",
        "Effective diffusion coefficient of finite inertia",
        "diffusion coefficient, theta^2 per unit of t",
        "(42); (57)",
        forms={"printed": escape.effective_diffusion_printed},
        conditions=("H <= gamma^2 M / 4",),
        drops="everything beyond the harmonic approximation",
    ),
    _statement(
        "Theorem 4",
        "Adai's gradient vanishes like 1 / sqrt(t + 1)",
        "bound on min E|grad L|^2",
        "Theorem 4; (117)",
        forms={
            "printed": convergence.adai_gradient_bound_printed,
            "corrected": convergence.adai_gradient_bound_corrected,
        },
        conditions=(
            "eta = C / sqrt(t + 1), not <=",
            "smooth loss, bounded below, gradient bounded everywhere",
            "inertia that does not depend on the current gradient",
        ),
        drops="a factor lipschitz in C2, and correlations of a gradient with earlier noise",
    ),
    _statement(
        "Scaling identity",
        "Sharpness k and learning rate are one parameter: the k-laws of Figure 6 follow",
        "learning rate, theta^2 / L",
        "Figure 6 (the identity itself is not in the paper)",
        forms={"printed": scaling.rescaled_learning_rate},
        conditions=("gradient noise that scales with the gradient", "no memory at the start"),
        drops="nothing: it is exact",
    ),
    _statement(
        "Eq. 84",
        "A step of Theorem 4's proof: a gradient does not depend on earlier noise",
        "E[grad L(theta_T) g_k], gradient^2",
        "(84); (85); (86); (87)",
        forms={
            "printed": gradient_overlap.gradient_overlap_printed,
            "exact": gradient_overlap.gradient_overlap_exact,
        },
        conditions=("k = T - lag < T",),
        drops="that theta_T moved along the noise of g_k: E[grad L(theta_T) xi_k] < 0",
    ),
    _statement(
        "Table 1",
        "SGD is slow at saddles and prefers flat minima, Adam fast and sharp, Adai fast and flat",
        "time to leave a saddle's flat way out over that of its steep one",
        "Table 1",
        forms={"printed": table1.leaving_ratio_printed},
        conditions=(
            "ways out one at a time; equal learning rates of SGD and Adai, Adam's step equal to SGD's where it is steep",
            HESSIAN_NOISE,
        ),
        drops="that the force takes over where the noise ends: then flat is slow for Adam too, and for Adai as for SGD",
    ),
    _statement(
        "Eq. 119",
        "Escape rate from n escape times",
        "escape rate, 1 / unit of the times",
        "(119)",
        forms={"printed": statistics.escape_rate_printed, "corrected": statistics.escape_rate_corrected},
        conditions=("exponential times", "none censored"),
        drops="unbiasedness: n - 1, not n - 2",
        vectors=frozenset({"times"}),
    ),
    _statement(
        "Eq. 120",
        "Coverage of the 95 % interval of the escape rate",
        "probability",
        "(120)",
        forms={"printed": statistics.nominal_coverage, "exact": statistics.printed_coverage},
        conditions=("exponential times", "none censored", "n large"),
        drops="the skewness of the estimate",
    ),
)


def statement(name: str) -> Statement:
    """Return the statement called ``name``, "Theorem 1" or "theorem-1".

    Raises
    ------
    ValueError
        If there is none.
    """
    wanted = name.lower().replace(".", "").replace(" ", "-")
    for candidate in STATEMENTS:
        if candidate.key == wanted:
            return candidate
    raise ValueError(f"no statement is called {name!r}; there are {', '.join(s.key for s in STATEMENTS)}")
