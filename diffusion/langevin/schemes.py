"""Every scheme by its name. To add one, write its file and import it here.

The command line, `diffusion list` and the tests that ask every scheme for its order know it from then on.
"""

from diffusion.langevin.baoab import baoab
from diffusion.langevin.end_point import end_point
from diffusion.langevin.euler_maruyama import euler_maruyama
from diffusion.langevin.exact import exact
from diffusion.langevin.gjf import gjf
from diffusion.langevin.heun import heun
from diffusion.langevin.obabo import obabo

SCHEMES = {name: found for name, found in dict(globals()).items() if hasattr(found, "weak_order")}
