r"""Labels of points and verdicts.

They are made from their coordinates whenever they are shown.

Coordinates are data: ``{"of": "process", "start": "rest", "z": 1e-4}``. Nothing parses a label, and no record holds one,
so that rewording one changes no record. Names and values that are not listed here are shown as they are.
"""

from collections.abc import Mapping

NAMES = {
    "steepness": "eta|H|",
    "reach": "eta|H|T",
    "pull": "sqrt(B|H|) eta T",
    "flight": "gamma t",
    "largest": "largest inertia",
    "allowed": "C / sqrt(t + 1)",
    "degrees": "angle in degrees",
}
MATHTEXT = NAMES | {
    "steepness": r"$\eta|H|$",
    "beta0": r"$\beta_0$",
    "beta1": r"$\beta_1$",
    "beta2": r"$\beta_2$",
    "z": "$z$",
    "s": "$s$",
    "T": "$T$",
}
WORDS = {
    "every": "every point",
    "rest": "from rest",
    "thermal": "thermal start",
    "bias-corrected": "bias correction",
    "constant": "constant noise",
    "two": "two temperatures",
    "first": "first passage of the top",
    "low": "low barriers",
    "frozen": "frozen noise",
    "minibatch": "minibatch noise",
    "fick": "Fick's reading",
    "saddle": "leaving a saddle",
    "minimum": "back to a minimum, z < 1",
    "too low": "misses on the low side",
    "too high": "misses on the high side",
}


def label(at: Mapping[str, str | float], names: Mapping[str, str] = NAMES) -> str:
    """Return coordinates in words.

    Examples
    --------
    >>> label({"of": "process", "start": "rest", "z": 1e-4})
    'process, from rest, z = 0.0001'
    """
    return ", ".join(
        WORDS.get(value, value) if isinstance(value, str) else f"{names.get(name, name)} = {value:.6g}"
        for name, value in at.items()
    )


def identity(at: Mapping[str, str | float]) -> str:
    """Return coordinates as a key.

    The key does not depend on wording or order.

    Examples
    --------
    >>> identity({"z": 1e-4, "of": "process"})
    'of=process,z=0.0001'
    """
    return ",".join(
        f"{name}={value if isinstance(value, str) else format(value, '.6g')}"
        for name, value in sorted(at.items())
    )
