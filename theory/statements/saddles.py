"""Register of the statements about saddles.

They are Eq. 3, Theorems 1 and 2, Eq. 10, Propositions 1 and 3.
"""

from theory import dynamics, saddle
from theory.statements.statement import Statement
from theory.statements.words import HESSIAN_NOISE

MSD = "mean squared displacement, theta^2"
SADDLE = ("the walker starts on the critical point", "quadratic loss (Assumption 1)")
GROWTH = ("(eta H)^2 T", "(eta H)^2 T (1 + beta1) / (1 - beta1)", "eta|H|")
FLIGHT = frozenset({"u", "|H| / (gamma^2 M)", *GROWTH})
NO_DRIFT = frozenset({"excess / printed drift"})

STATEMENTS: tuple[Statement, ...] = (
    Statement(
        "Eq. 3",
        "Diffusion coefficient of SGD near a critical point",
        "diffusion coefficient, theta^2 per unit of t",
        ("(3)",),
        forms={"printed": dynamics.sgd_diffusion},
        conditions=(
            "close to a critical point",
            "loss a log-likelihood, so that Hessian and Fisher matrix agree",
        ),
        drops="the mean gradient's outer product",
    ),
    Statement(
        "Theorem 1",
        "SGD escapes saddles by diffusion, slowly where the loss is flat",
        MSD,
        ("Theorem 1", "(20)", "(21)"),
        forms={
            "printed": saddle.sgd_msd_printed,
            "leading": saddle.sgd_msd_leading,
            "exact": saddle.sgd_msd_exact,
        },
        conditions=(*SADDLE, HESSIAN_NOISE, "eta |H| << 1"),
        drops="the finite learning rate",
        checks=frozenset(GROWTH),
        margin=0.02,
    ),
    Statement(
        "Theorem 2",
        "Momentum escapes saddles by a drift besides the diffusion",
        MSD,
        ("Theorem 2", "(9)", "(30)", "(31)", "(32)"),
        forms={
            "printed": saddle.momentum_msd_printed,
            "leading": saddle.momentum_msd_leading,
            "corrected": saddle.momentum_msd_corrected,
            "exact": saddle.momentum_msd_exact,
        },
        conditions=(*SADDLE, HESSIAN_NOISE, "|H| < gamma^2 M"),
        drops="the force during the flight, and that drift and diffusion are one displacement",
        checks=FLIGHT,
        margin=0.05,
    ),
    Statement(
        "Theorem 2 drift",
        "The momentum drift alone",
        MSD,
        ("(9), first term", "(27)"),
        forms={"printed": saddle.momentum_drift_printed, "leading": saddle.momentum_drift_leading},
        conditions=(*SADDLE, "velocities in equilibrium at the start"),
        drops="the force; it is the difference between a thermal start and a start at rest as H -> 0",
        checks=frozenset({"|H| / (gamma^2 M)"}),
    ),
    Statement(
        "Theorem 2 diffusion",
        "Momentum's diffusion alone",
        MSD,
        ("(9), second term", "(29)"),
        forms={"printed": saddle.momentum_diffusion_printed, "leading": saddle.momentum_diffusion_leading},
        conditions=(*SADDLE, "(1 - beta1) T >> 1"),
        drops="inertia",
        checks=FLIGHT,
    ),
    Statement(
        "Eq. 10",
        "Total momentum drift past a saddle",
        MSD,
        ("(10)",),
        forms={
            "printed": saddle.momentum_total_drift_printed,
            "corrected": saddle.momentum_total_drift_corrected,
        },
        conditions=(*SADDLE, HESSIAN_NOISE, "beta3 = 1 - beta1", "(1 - beta1) T >> 1"),
        drops="as Theorem 2",
        checks=NO_DRIFT,
    ),
    Statement(
        "Proposition 1",
        "Adam escapes saddles equally fast in every direction",
        MSD,
        ("Proposition 1",),
        forms={
            "printed": saddle.adam_msd_printed,
            "leading": saddle.adam_msd_leading,
            "corrected": saddle.adam_msd_corrected,
            "exact": saddle.adam_msd_exact,
        },
        conditions=(*SADDLE, HESSIAN_NOISE, "v = |H| / B known", "sqrt(B|H|) eta T << 1"),
        drops="fluctuations of v, bias correction, and what Theorem 2 drops",
        adam=True,
        checks=frozenset({"u", "sqrt(B|H|) eta T"}),
        margin=0.02,
    ),
    Statement(
        "Proposition 3",
        "Adai drifts past a saddle equally far in every direction",
        MSD,
        ("Proposition 3",),
        forms={
            "printed": saddle.adai_total_drift_printed,
            "corrected": saddle.adai_total_drift_corrected,
            "exact": saddle.adai_total_drift_exact,
        },
        conditions=(*SADDLE, HESSIAN_NOISE, "beta1 = 1 - beta0 |H| / mean|H| known"),
        drops="bias correction, the clip of beta1, and what Theorem 2 drops",
        vectors=frozenset({"H"}),
        checks=NO_DRIFT,
    ),
)
