"""Schemes by name, and each process's natural one.

To add a scheme, write its file and list it here.
The command line, `diffusion list` and the tests that ask every scheme for its order know it from then on.
"""

from diffusion.checks import require
from diffusion.langevin.baoab import baoab
from diffusion.langevin.coefficients import varies
from diffusion.langevin.end_point import end_point
from diffusion.langevin.euler_maruyama import euler_maruyama
from diffusion.langevin.exact import exact
from diffusion.langevin.gjf import gjf
from diffusion.langevin.heun import heun
from diffusion.langevin.obabo import obabo

LONGEST = 150  # characters of an error of somebody else's code
SCHEMES = {scheme.__name__: scheme for scheme in (baoab, end_point, euler_maruyama, exact, gjf, heun, obabo)}
# Where D varies each of these converges to another process: the reading decides, not the accuracy.
BY_READING = {"ito": euler_maruyama, "stratonovich": heun, "fick": end_point}


def natural_scheme(langevin):
    """Scheme for a process whose user names none.

    Euler-Maruyama; for an overdamped D that varies, the scheme of its reading.
    """
    if not varies(getattr(langevin, "D", None)):
        return euler_maruyama
    return BY_READING[getattr(langevin, "interpretation", "ito")]


def time_step(langevin, dt, scheme=None):
    """Time step of a process, by ``scheme``.

    If that is None, the natural scheme of the process makes it.
    """
    ok = scheme is None or callable(scheme)
    require(ok, "scheme", f"a function such as diffusion.baoab (there are {', '.join(SCHEMES)})", scheme)
    if scheme is None:
        return natural_scheme(langevin)(langevin, dt)
    try:
        return scheme(langevin, dt)
    except (ValueError, ArithmeticError):
        raise
    except Exception as error:  # a function of the user may do anything
        said = " ".join(str(error).split())[:LONGEST]
        raise ValueError(
            f"scheme must be a function of a process and dt, got {type(error).__name__}: {said}"
        ) from error
