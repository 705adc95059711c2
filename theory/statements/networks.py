"""Register of the statements about networks.

They are what the paper's figures and tables on networks claim.
"""

from theory import networks
from theory.statements.statement import Statement

STATEMENTS: tuple[Statement, ...] = (
    Statement(
        "Figure 1",
        "Noise covariance is proportional to the Hessian, also away from minima",
        "variance of a minibatch gradient along an eigenvector, gradient^2",
        ("Figure 1", "(3)"),
        forms={
            "printed": networks.noise_covariance_printed,
            "corrected": networks.noise_covariance_power,
        },
        conditions=("loss a log-likelihood", "labels distributed as the model says"),
        drops="that a network which fits its labels is surer than its errors warrant: C falls below H, with a slope above 1",
    ),
)
