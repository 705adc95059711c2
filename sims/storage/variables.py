"""Units and long names of every stored variable."""

from typing import NamedTuple

import numpy as np

ENDS = {  # endings of a name, and what they add to the long name
    "_low": "lower end of its interval",
    "_high": "upper end of its interval",
    "_stderr": "standard error",
    "_uncut": "with the start-up",
    "_setting": "as set",
}
# the unit of a dimensionless number is 1; "" is for text, flags and labels
NAMES: dict[str, tuple[str, str]] = {
    "k": ("sharpness of the valley", "1"),
    "x": ("abscissa of the point", ""),
    "T": ("iterations since the start", "iterations"),
    "H": ("curvature, an eigenvalue of the Hessian", "1 / time"),
    "seed": ("seed of the random numbers", ""),
    "cell": ("number of the cell in the grid", ""),
    "cut": ("start-up that is left out", "iterations"),
    "walkers": ("number of walkers", "1"),
    "walker": ("id of the walker", ""),
    "walker_cell": ("cell of the walker", ""),
    "iterations": ("escape time", "iterations"),
    "walker_iterations": ("escape time", "iterations"),
    "halved_iterations": ("escape time at half the time step", "iterations"),
    "escaped": ("whether the walker left before the run ended", ""),
    "walker_escaped": ("whether the walker left before the run ended", ""),
    "halved_escaped": ("whether the walker left before the run ended, at half the time step", ""),
    "exit": ("exit that the walker took", ""),
    "exits": ("exit that the walker took", ""),
    "ids": ("id of the walker", ""),
    "censored": ("walkers still inside when the run ended", "1"),
    "mean_iterations": ("mean escape time", "iterations"),
    "mean_time": ("mean escape time", "time, eta T"),
    "rate": ("escape rate", "1 / iteration"),
    "rate_printed": ("escape rate by the printed Eq. (119)", "1 / iteration"),
    "cv": ("standard deviation over mean of the escape times", "1"),
    "anderson_darling_p": ("probability by chance of a larger deviation from exponential times", "1"),
    "kramers_iterations": ("mean escape time by Kramers' theory", "iterations"),
    "events": ("walkers that left after the cut", "1"),
    "exposure": ("iterations of all walkers together after the cut", "iterations"),
    "tau": ("mean escape time after the cut", "iterations"),
    "log_tau": ("log of the mean escape time in iterations", "1"),
    "log_exact": ("log of the exact mean escape time in iterations", "1"),
    "log_gain": ("log of the walker-steps that direct simulation would take over those taken", "1"),
    "log_mean_iterations": ("log of the mean escape time in iterations", "1"),
    "log_chance": ("log of the chance that a climb leads out", "1"),
    "loop_time": ("time from one climb to the next", "steps"),
    "loop_iterations": ("time from one climb to the next", "iterations"),
    "levels": ("levels on the way out", "1"),
    "gain": ("walker-steps that direct simulation would take over those taken", "1"),
    "steps": ("walker-steps taken", "1"),
    "walker_steps": ("walker-steps taken", "1"),
    "spread": ("standard deviation of the log rate between replicas", "1"),
    "extinct": ("replicas that died out", "1"),
    "stderr": ("standard error", "unit of the number beside it"),
    "msd": ("mean squared displacement", "theta^2"),
    "measured": ("measured number", "that of the panel"),
    "printed": ("as the paper prints it", "that of the panel"),
    "leading": ("leading order of the paper's statement", "that of the panel"),
    "corrected": ("the paper's statement corrected", "that of the panel"),
    "kramers": ("Kramers' standard time", "that of the panel"),
    "exact": ("exact reference", "that of the panel"),
    "predicted_k": ("sharpness of a point on Kramers' line", "1"),
    "predicted_log_tau": ("log of Kramers' time in iterations, strong friction", "1"),
    "predicted_log_tau_underdamped": ("log of Kramers' time in iterations, weak friction", "1"),
    "a": ("intercept of log tau = a + b k^-p", "1"),
    "b": ("slope of log tau = a + b k^-p", "1"),
    "deviance": ("twice the log-likelihood lost against one free time a point", "1"),
    "fit_probability": ("probability by chance of a larger deviance if the law is true", "1"),
    "exponent": ("free exponent p of log tau = a + b k^-p", "1"),
    "claimed": ("exponent that the paper or the degree law claims", "1"),
    "kramers_b": ("barrier over temperature at k = 1", "1"),
    "kramers_exponent": ("exponent of Kramers' times at the same k", "1"),
    "exact_exponent": ("exponent of the exact times at the same k", "1"),
    "aic_in_favour_of_inverse": ("AIC of k^-1/2 less that of 1/k", "1"),
    "eta": ("learning rate", "time"),
    "dt": ("time step", "time"),
    "B": ("batch size", "1"),
    "start": ("start", "theta"),
    "speed0": ("speed at the start", "theta / iteration"),
    "states": ("positions at the saved iterations", "theta"),
    "position": ("temperature of the positions over kT", "1"),
    "velocity": ("temperature of the velocities over kT", "1"),
}


class Description(NamedTuple):
    """What a variable is, and its unit."""

    long_name: str
    units: str


def described_as(name: str) -> Description:
    """Return a variable's long name and units, or its name in words.

    Examples
    --------
    >>> described_as("tau_low")
    Description(long_name='mean escape time after the cut, lower end of its interval', units='iterations')
    """
    if name in NAMES:
        return Description(*NAMES[name])
    for end, words in ENDS.items():
        if name.endswith(end):
            long_name, units = described_as(name.removesuffix(end))
            return Description(f"{long_name}, {words}", units)
    return Description(name.replace("_", " "), "")


def described(dataset):
    """Return a dataset whose variables have long names and units."""
    copy = dataset.copy(deep=False)
    for name, variable in copy.variables.items():
        long_name, units = described_as(str(name))
        numbers = np.issubdtype(variable.dtype, np.number)
        own = {"long_name": long_name} | ({"units": units or "1"} if numbers else {})
        copy[name].attrs = own | copy[name].attrs
    return copy
