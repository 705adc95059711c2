"""Register of the statements about valleys of a network.

They are the temperature of a valley, the order of an epoch, and Gaussian noise.
"""

from theory import stationary
from theory.statements.statement import Statement

VALLEY = ("quadratic loss around the minimum", "noise as at the minimum", "long after the start")

STATEMENTS: tuple[Statement, ...] = (
    Statement(
        "Valley temperature",
        "In a valley SGD and Momentum spread as at the temperature eta C / 2",
        "stationary variance along an eigenvector of the Hessian, theta^2",
        ("(7)", "(9) for t -> infinity"),
        forms={
            "printed": stationary.valley_variance_printed,
            "corrected": stationary.valley_variance_corrected,
        },
        conditions=(*VALLEY, "rows drawn with replacement", "eta H << 1"),
        drops="the finite learning rate",
    ),
    Statement(
        "Epoch order",
        "Shuffled epochs spread as rows drawn with replacement do",
        "stationary variance along an eigenvector of the Hessian, theta^2",
        ("(1): its noise is white, whatever the order of the rows",),
        forms={
            "printed": stationary.valley_variance_printed,
            "corrected": stationary.epoch_variance_corrected,
        },
        conditions=(*VALLEY, "every row once an epoch"),
        drops="that batches of an epoch share no row: along flat directions their noise cancels",
    ),
    Statement(
        "Gaussian noise",
        "Gradient noise acts as Gaussian noise of its covariance does",
        "kurtosis of the spread",
        ("(1)", "(4)"),
        forms={"printed": stationary.kurtosis_printed, "corrected": stationary.kurtosis_corrected},
        conditions=("quadratic loss around the minimum", "noise as at the minimum"),
        drops="the tails of the noise, which fade as gradients add up",
    ),
)
