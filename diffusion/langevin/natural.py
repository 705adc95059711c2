"""The scheme that fits a process, for those who do not ask for one."""

from diffusion.langevin.coefficients import varies
from diffusion.langevin.end_point import end_point
from diffusion.langevin.euler_maruyama import euler_maruyama
from diffusion.langevin.heun import heun

BY_READING = {"ito": euler_maruyama, "stratonovich": heun, "fick": end_point}


def natural_scheme(langevin):
    """Return Euler-Maruyama, or for an overdamped D that is not read as Ito's the scheme of its reading."""
    if not varies(getattr(langevin, "D", None)):
        return euler_maruyama
    return BY_READING[getattr(langevin, "interpretation", "ito")]
