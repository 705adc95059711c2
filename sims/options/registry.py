"""The parts with names on the command line.

Optimizers are listed in `diffusion.optimizers`, landscapes and noises here: one line each.
"""

from importlib import import_module
from typing import Any

from sims.options.names import named
from sims.options.own_file import is_own, own_class

LANDSCAPES = {
    "quadratic": "diffusion.landscapes.quadratic:Quadratic",
    "styblinski-tang": "diffusion.landscapes.styblinski_tang:StyblinskiTang",
}
NOISES = {
    "frozen": "diffusion.noise.frozen:FrozenNoise",
    "isotropic": "diffusion.noise.isotropic:IsotropicNoise",
    "two-temperature": "diffusion.noise.two_temperature:TwoTemperatureNoise",
    "hessian": "diffusion.noise.hessian:HessianNoise",
    "data": "diffusion.noise.data:DataNoise",
    "minibatch": "diffusion.noise.minibatch:MinibatchNoise",
}
ARTICLES = {"optimizer": "an optimizer", "landscape": "a landscape", "noise": "a noise"}


def known_parts(kind: str) -> dict[str, Any]:
    """Return the parts of a kind by name, as classes or "module:Class"."""
    if kind == "optimizer":
        from diffusion.optimizers import OPTIMIZERS

        return OPTIMIZERS
    return {"landscape": LANDSCAPES, "noise": NOISES}[kind]


def checked_name(kind: str, name: str) -> str:
    """Return a part's name as the registry has it, or FILE.py:Name.

    Raises
    ------
    ValueError
        If there is no such part; the message has the nearest names.
    """
    return name if is_own(name) else named(name, known_parts(kind), ARTICLES[kind])


def part_class(kind: str, name: str) -> type:
    """Return the class of a part by name, also FILE.py:Name.

    Parameters
    ----------
    kind : str
        "optimizer", "landscape" or "noise".
    name : str

    Raises
    ------
    ValueError
        If there is none, or the user's file has an error: one line with the file, the line and the reason.
    """
    name = checked_name(kind, name)
    if is_own(name):
        return own_class(name)
    found = known_parts(kind)[name]
    if isinstance(found, type):
        return found
    module, _, attribute = found.partition(":")
    return getattr(import_module(module), attribute)
