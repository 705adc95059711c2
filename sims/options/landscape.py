"""Which landscape, and what a command needs of it."""

from collections.abc import Mapping
from typing import Any

from sims.options.fields import made
from sims.options.registry import checked_name, part_class

MEANING = {
    "minimum": "the point where walkers start, an array of shape (dim,)",
    "boundary": "the coordinate at which a walker is out",
    "other_minimum": "the minimum beyond the barrier, an array of shape (dim,)",
    "barrier": "the height of the barrier",
    "saddle": "a critical point to leave, an array of shape (dim,)",
    "hessian": "a method hessian(theta) that returns the Hessian, shape (dim, dim)",
    "curvature": "a method curvature(x, i) that returns the second derivative of one coordinate",
    "split": "a method split(s) that returns where a share s of the barrier is climbed",
    "loss": "a method loss(theta) that returns the loss",
    "slope": "a method slope(x, i) that returns the derivative of one coordinate",
    "data_average": "a method data_average(variance) that returns the average over Gaussian data",
}  # members that commands and noises ask for, in the order in which `diffusion list --landscape` shows them
VALLEY = {"k": 4.0, "dim": 10}  # defaults of Styblinski-Tang
DENSE = 1000  # coordinates up to which a whole Hessian is made to read its diagonal


def valley_defaults(landscape: str, k: float | None, dim: int | None) -> tuple[float | None, int | None]:
    """Return k and dim, with the defaults of Styblinski-Tang."""
    if landscape.replace("_", "-") != "styblinski-tang":
        return k, dim
    return VALLEY["k"] if k is None else k, int(VALLEY["dim"]) if dim is None else dim


def landscape_part(name: str, given: Mapping[str, Any], texts: Mapping[str, str]):
    """Return a landscape made of options, None left out, and `--set` fields.

    Raises
    ------
    ValueError
        If there is no such landscape, it does not have an option, or a value is out of range.
    """
    chosen = {field: value for field, value in given.items() if value is not None and field not in texts}
    return made("landscape", part_class("landscape", name), checked_name("landscape", name), chosen, texts)


def require_members(landscape, purpose: str, *members: str) -> None:
    """Raise ``ValueError`` unless a landscape has some members.

    Raises
    ------
    ValueError
        If one is missing; the message says what it means.
    """
    for member in members:
        if not hasattr(landscape, member):
            name = type(landscape).__name__
            raise ValueError(
                f"{purpose} needs a landscape with {member}; {name} has none. It is {MEANING[member]}."
            )


COMMANDS = {
    "escape": ("minimum", "boundary"),
    "escape --stop committed": ("minimum", "boundary", "other_minimum"),
    "escape, noise of strength kappa |H| / B": ("minimum", "boundary", "hessian"),
    "escape --noise two-temperature": ("minimum", "boundary", "barrier", "split"),
    "saddle, from the saddle": ("saddle", "hessian"),
    "saddle, from the minimum": ("minimum", "hessian"),
    "equilibrium, in one dimension": ("minimum", "loss", "slope"),
}  # what each needs of a landscape


def has(cls: type, member: str) -> bool:
    """Return whether a landscape's class has a member."""
    return hasattr(cls, member) or member in getattr(cls, "__dataclass_fields__", {})


def members(cls: type) -> list[dict[str, str]]:
    """Return what a landscape can give, as rows."""
    return [
        {"member": name, "given": "yes" if has(cls, name) else "no", "meaning": meaning}
        for name, meaning in MEANING.items()
    ]


def abilities(cls: type) -> list[dict[str, str]]:
    """Return which commands a landscape allows, and what is missing."""
    rows = []
    for command, needs in COMMANDS.items():
        missing = [member for member in needs if not has(cls, member)]
        rows.append({"command": command, "possible": "no: needs " + ", ".join(missing) if missing else "yes"})
    return rows


def curvatures(landscape, theta):
    """Return the Hessian's diagonal at theta, shape (dim,)."""
    import numpy as np

    if landscape.dim > DENSE and hasattr(landscape, "curvature"):  # a Hessian of 10^5 coordinates takes 80 GB
        return np.array([landscape.curvature(x, i) for i, x in enumerate(theta)])
    require_members(landscape, "Noise of strength kappa |H| / B", "hessian")
    return np.diag(landscape.hessian(theta))
