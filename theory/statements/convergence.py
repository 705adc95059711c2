"""Register of the statements about convergence.

They are Theorem 4 and a step of its proof.
"""

from theory import convergence, gradient_overlap
from theory.statements.statement import Statement

THEOREM_4 = Statement(
    "Theorem 4",
    "Adai's gradient vanishes like 1 / sqrt(t + 1)",
    "bound on min E|grad L|^2",
    ("Theorem 4", "(117)"),
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
)
PROOF_STEP = Statement(
    "Eq. 84",
    "A step of Theorem 4's proof: a gradient does not depend on earlier noise",
    "E[grad L(theta_T) g_k], gradient^2",
    ("(84)", "(85)", "(86)", "(87)"),
    forms={
        "printed": gradient_overlap.gradient_overlap_printed,
        "exact": gradient_overlap.gradient_overlap_exact,
    },
    conditions=("k = T - lag < T",),
    drops="that theta_T moved along the noise of g_k: E[grad L(theta_T) xi_k] < 0",
)

STATEMENTS = THEOREM_4, PROOF_STEP
