"""Register of the statements about Figure 6.

Scaling laws, Table 1 and the statistics of escape belong to it.
"""

from theory import scaling, statistics, table1
from theory.statements.statement import Statement
from theory.statements.words import HESSIAN_NOISE

SCALING_IDENTITY = Statement(
    "Scaling identity",
    "Sharpness k and learning rate are one parameter: the k-laws of Figure 6 follow",
    "learning rate, theta^2 / L",
    ("Figure 6 (the identity itself is not in the paper)",),
    forms={"printed": scaling.rescaled_learning_rate},
    conditions=("gradient noise that scales with the gradient", "no memory at the start"),
    drops="nothing: it is exact",
)
DEGREE_LAW = Statement(
    "Degree law",
    "How an optimizer tells flat from sharp minima follows from the degree of its update",
    "exponent p: log tau ~ k^-p on a loss sharpened by k",
    ("Figure 6 and Table 2 (the law itself is not in the paper)",),
    forms={"printed": scaling.scaling_exponent},
    conditions=(
        "update of one degree h in the gradients and one degree d in the parameters",
        "gradient noise that scales with the gradient",
        "constants with a dimension (eps, clip, decay) rescaled",
        "a stationary rule, for the escape times",
    ),
    drops="nothing as an identity; for escape times, fluctuations and memory of the preconditioner",
)
ADAM_VARIANTS = Statement(
    "Adam variants",
    "Adam's variants are as poor as Adam at selecting flat minima",
    "exponent p: log tau ~ k^-p on a loss sharpened by k",
    ("Section 5, paragraph on Adam variants (a guess)",),
    forms={"printed": scaling.variant_exponent_printed, "corrected": scaling.scaling_exponent},
    conditions=("update of one degree in the gradients and in the parameters", "a stationary rule"),
    drops="that a variant may have another degree: Padam's is between SGD's and Adam's, AdaBound's becomes SGD's",
)
STATEMENTS: tuple[Statement, ...] = (
    SCALING_IDENTITY,
    DEGREE_LAW,
    ADAM_VARIANTS,
    Statement(
        "Table 1",
        "SGD is slow at saddles and prefers flat minima, Adam fast and sharp, Adai fast and flat",
        "time to leave a saddle's flat way out over that of its steep one",
        ("Table 1",),
        forms={"printed": table1.leaving_ratio_printed},
        conditions=(
            "ways out one at a time; equal learning rates of SGD and Adai, Adam's step equal to SGD's where it is steep",
            HESSIAN_NOISE,
        ),
        drops="that the force takes over where the noise ends: then flat is slow for Adam too, and for Adai as for SGD",
    ),
    Statement(
        "Eq. 119",
        "Escape rate from n escape times",
        "escape rate, 1 / unit of the times",
        ("(119)",),
        forms={"printed": statistics.escape_rate_printed, "corrected": statistics.escape_rate_corrected},
        conditions=("exponential times", "none censored"),
        drops="unbiasedness: n - 1, not n - 2",
        vectors=frozenset({"times"}),
    ),
    Statement(
        "Eq. 120",
        "Coverage of the 95 % interval of the escape rate",
        "probability",
        ("(120)",),
        forms={"printed": statistics.nominal_coverage, "exact": statistics.printed_coverage},
        conditions=("exponential times", "none censored", "n large"),
        drops="the skewness of the estimate",
        checks=frozenset({"n"}),
        margin=0.01,
    ),
)
