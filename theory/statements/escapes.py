"""Register of the statements about escapes.

They are Theorem 3, Propositions 2 and 4 and Eq. 42.
"""

from theory import escape
from theory.statements.statement import Statement
from theory.statements.words import HESSIAN_NOISE

LOG_TIME = "log of the mean escape time"
VALLEY = (
    "quadratic loss near a and b (Assumption 1)",
    "quasi-equilibrium in the valley (Assumption 2)",
    "E = dL/kT >= 6",
)
CLIMB = frozenset({"E", "eta|H|", "eta|H| E", "H_a / |H_b|"})

STATEMENTS: tuple[Statement, ...] = (
    Statement(
        "Theorem 3",
        "Momentum leaves minima as SGD does",
        LOG_TIME,
        ("Theorem 3", "(65)", "(66)"),
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
        checks=CLIMB | {"z", "gamma M"},
        margin=0.15,
    ),
    Statement(
        "Theorem 3 SGD",
        "SGD leaves sharp minima exponentially faster",
        LOG_TIME,
        ("Theorem 3 for z -> 0",),
        forms={
            "printed": escape.sgd_log_time_printed,
            "leading": escape.sgd_log_time_leading,
            "corrected": escape.sgd_log_time_corrected,
        },
        conditions=(*VALLEY, HESSIAN_NOISE, "noise of a up to the height s, of b above"),
        drops="that SGD's noise is Ito's: 2 pi / |H_b| should read 2 pi / H_a",
        log=True,
        checks=CLIMB,
        margin=0.15,
    ),
    Statement(
        "Proposition 2",
        "Adam leaves sharp minima less readily: log tau ~ H_a^(-1/2)",
        LOG_TIME,
        ("Proposition 2", "(69)"),
        forms={
            "printed": escape.adam_log_time_printed,
            "leading": escape.adam_log_time_leading,
            "frozen": escape.adam_log_time_frozen,
        },
        conditions=(*VALLEY, HESSIAN_NOISE, "v adapts during the climb"),
        drops="the memory and the fluctuations of v",
        log=True,
        adam=True,
        checks=frozenset({"z", "E", "eta_hat H_a / (1 - beta2)"}),
    ),
    Statement(
        "Proposition 4",
        "Adai leaves minima as SGD does",
        LOG_TIME,
        ("Proposition 4", "(73)"),
        forms={"printed": escape.adai_log_time_printed, "leading": escape.adai_log_time_leading},
        conditions=(*VALLEY, HESSIAN_NOISE, "beta1 adapts during the climb"),
        drops="the memory of beta1: it stays that of the valley",
        log=True,
        vectors=frozenset({"H_b_spectrum"}),
        checks=CLIMB,
    ),
    Statement(
        "Eq. 42",
        "Effective diffusion coefficient of finite inertia",
        "diffusion coefficient, theta^2 per unit of t",
        ("(42)", "(57)"),
        forms={"printed": escape.effective_diffusion_printed},
        conditions=("H <= gamma^2 M / 4",),
        drops="everything beyond the harmonic approximation",
    ),
)
