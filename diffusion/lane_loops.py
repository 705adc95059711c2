"""What couples the coordinates of a walker, and other loops over lanes that optimizers share."""

from numba import njit

from diffusion.jit import LANES, OPTIONS


@njit(**OPTIONS)
def ratio_to_mean(v, ratio, coordinates):
    """Write v / (mean of v over the walker's coordinates) into ``ratio``; 1 where every v is zero."""
    dim = len(coordinates)  # known to the compiler, as LANES is: both loops over j vanish
    for l in range(LANES):
        total = 0.0
        for j in range(dim):
            total += v[j * LANES + l]
        scale = dim / total if total > 0 else 0.0
        undefined = 1.0 if total <= 0 else 0.0
        for j in range(dim):
            ratio[j * LANES + l] = v[j * LANES + l] * scale + undefined


@njit(**OPTIONS)
def unbias(power, beta, factor, coordinates):
    """Advance ``power`` = beta**t of every lane by a step and write 1 / (1 - beta**t) into ``factor``.

    Lanes start their walkers at different times, so each has its own t.
    """
    dim = len(coordinates)
    for l in range(LANES):
        # 1 - 1e-30 is 1: the floor changes no digit, and keeps slow subnormal numbers away
        power[l] = max(power[l] * beta, 1e-30)
        inverse = 1 / (1 - power[l])
        for j in range(dim):
            factor[j * LANES + l] = inverse
