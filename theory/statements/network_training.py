"""Register of the statements about trained networks.

They are what the paper's learning curves, heat maps and tables claim. Each compares optimizers on one task.
"""

from theory.network_training import above_the_other_printed, below_the_other_printed
from theory.statements.statement import Statement

DROPS = "that learning rate, schedule and training loss decide as much as the optimizer"


def _comparison(name: str, title: str, quantity: str, printed=below_the_other_printed) -> Statement:
    """Return the statement that one optimizer's number is below, or above, another's."""
    conditions = ("the same network, data and number of epochs", "a good learning rate for each optimizer")
    return Statement(name, title, quantity, (name,), {"printed": printed}, conditions, DROPS)


STATEMENTS: tuple[Statement, ...] = (
    _comparison("Figure 2", "Adai's test error ends below that of other optimizers", "test error, share"),
    _comparison("Figure 3", "Adai generalizes better and converges as fast", "test error, or epochs to a loss"),
    _comparison(
        "Figure 5", "Adai's basin over rate and decay is deeper and wider", "width, decades times decades",
        above_the_other_printed,
    ),
    _comparison("Figure 10", "The best weight decay is 0.0005, and Adai is better there", "test error, share"),
    _comparison("Figure 11", "Adai at two rates is as fast as Momentum and Adam", "test error, or epochs to a loss"),
    _comparison("Figure 12", "At fixed rates Adai ends lower or is faster than Adam", "training loss, or epochs to it"),
    _comparison("Figure 13", "Adai and Adam reach lower perplexities than Momentum", "perplexity"),
    _comparison("Table 2", "Adai and AdaiW have the lowest test errors of ten", "test error, share"),
    _comparison("Table 3", "So they have beside variants with less weight decay", "test error, share"),
)  # fmt: skip
