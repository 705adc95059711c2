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
        drops="that a network which fits its labels errs less often than it expects to: C falls below H, with a slope above 1",
    ),
    Statement(
        "Figure 7",
        "At the minima that Adai finds the Hessian's top eigenvalues are smaller than at Momentum's and Adam's",
        "top eigenvalue of the Hessian of the training loss",
        ("Figure 7",),
        forms={"printed": networks.sharpness_printed},
        conditions=("the paper's learning rates", "training ends at the same time, not at the same loss"),
        drops="that a larger learning rate finds flatter minima with any of the optimizers",
    ),
    Statement(
        "Figure 8",
        "Over minibatches gradient noise is Gaussian, not heavy-tailed",
        "excess kurtosis of a minibatch gradient along a direction",
        ("Figure 8", "Appendix C"),
        forms={"printed": networks.noise_kurtosis_printed, "corrected": networks.noise_kurtosis},
        conditions=("B >= 16",),
        drops="that a trained network's noise comes from a few images it gets wrong: it is far from normal at B = 16",
    ),
    Statement(
        "Figure 14",
        "At the minima of Adai and Momentum the loss rises less under noise on the weights than at Adam's",
        "rise of the training loss under noise on the weights",
        ("Figure 14",),
        forms={"printed": networks.sharpness_printed},
        conditions=("the paper's learning rates", "the same noise on weights of every size"),
        drops="that a larger learning rate finds flatter minima with any of the optimizers",
    ),
)
