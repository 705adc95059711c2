r"""Escape of the walker with inertia (Eq. 7).

Passage times and rates are computed.
"""

import numpy as np
from scipy.integrate import cumulative_trapezoid
from scipy.interpolate import RectBivariateSpline
from scipy.special import zeta

from theory.checks import Unresolved, finite, finite_answer, number, one_positive, require, require_all
from theory.exact.domain import (
    Function,
    as_function,
    check_ends,
    check_wall,
    on_path,
    reach,
    slope_over_temperature,
)
from theory.exact.klein_kramers import relaxation_rate
from theory.exact.nystrom import answer
from theory.exact.panels import resolve
from theory.exact.phase_grid import backward_time, positions, velocities

# Positions and velocities; each grid is 1.5 times finer than the one before, for the extrapolation.
GRIDS = ((80, 54), (120, 80), (180, 120), (270, 180), (405, 270))
ORDER = 2  # the extrapolation takes errors to fall with the square of the spacing
# Changes of log tau: below the first a grid is accepted, above the last refinement stops, and an answer
# whose last change is not below the second is refused.
ENOUGH, TOO_MUCH, HOPELESS = 1e-4, 0.02, 1.0
RISE = 20.0  # kT at the cut of the passage's landscape: its weight is e^-20 = 2e-9
# In thermal speeds: the least reach of a velocity grid, and its reach beyond free fall.
SLOWEST, MARGIN = 6.0, 3.0
SAMPLES = 2001  # points where the slope is read to find its turns and its climb
WALL = 36.0  # kT at both cuts of a double well: their weight, e^-36 = 2e-16, is rounding
FEWEST = (80, 12)  # positions and Hermite functions of the first basis
MOST = 30_000  # positions times Hermite functions: a basis as large as this is not refined
SETTLED, COARSE = 1e-5, 0.01  # relative changes of the rate: refinement stops, an answer is refused


@finite_answer
def phase_space_passage_time(
    slope: Function,
    start: float,
    boundary: float,
    *,
    mass: float,
    damping: float,
    D: float | Function,
    start_velocity: float = 0.0,
    lower: float | None = None,
    log: bool = False,
    return_error: bool = False,
) -> float | tuple[float, float]:
    r"""Mean first-passage time of a walker with inertia.

    The passage ends when the walker first reaches ``boundary``.

    Solves the backward Kolmogorov equation

    .. math:: r\, \tau_\theta - (\gamma r + L'/M)\, \tau_r + (D/M^2)\, \tau_{rr} = -1, \qquad
              \tau(b, r > 0) = 0, \quad \tau(lower, r) = \tau(lower, -r)

    by upwind-biased differences in theta, central ones in r, on three grids that crowd at the corner (b, 0), and
    extrapolates to zero spacing.

    Parameters
    ----------
    slope : callable
        L'(theta), [L/theta], vectorised.
    start, boundary : float
        Where the walker starts and stops, [theta]; start < boundary. First passage to a saddle is not yet an
        escape (see `first_passage_over_kramers`); a boundary well past it counts committed walkers only.
    mass, damping : float
        M, [time], and gamma, [1/time], positive. kT = D / (gamma M).
    D : float or callable
        Diffusion coefficient, [theta^2/time], positive; vectorised and continuous if callable.
    start_velocity : float
        r at the start, [theta/time].
    lower : float, optional
        A reflecting wall. Without it the landscape is cut 20 kT above its minimum.
    log : bool
        Return the logarithm.
    return_error : bool
        Return the pair (value, error): the change that the extrapolation made, which bounds what is left on every
        case known; relative if ``log``.

    Returns
    -------
    float, or (float, float)
        Mean time eta T, [time].

    Raises
    ------
    ValueError
        If an argument is out of its range, or the landscape does not confine the walker.
    ArithmeticError
        If the finest grids still disagree by more than 2 percent: the barrier is too high (20 kT when z ~ 1) or the
        damping too low (10 kT when z ~ 100); use `escape_rate` if D is one number.
    """
    check_ends(start, boundary)
    mass, damping = _inertia(mass, damping)
    require(np.isfinite(number(start_velocity, "start_velocity")), "start_velocity", "finite", start_velocity)
    diffusion = as_function(D)

    def kT(x):
        return on_path(diffusion, x) / (damping * mass)

    if lower is None:
        lower = reach(slope, kT, start, boundary - start, rise=RISE)
    check_wall(lower, start)
    fastest = max(abs(start_velocity), _fastest(slope, kT, mass, start, boundary))
    previous, change = -np.inf, np.inf
    for k, (nx, nr) in enumerate(GRIDS):
        x, r = positions(lower, boundary, nx), velocities(fastest, nr)
        temperature = on_path(kT, x)
        force = slope_over_temperature(slope, kT, x) * temperature / mass
        tau = backward_time(x, r, force, damping, temperature * damping / mass)
        at_start = float(RectBivariateSpline(x, r, tau)(start, start_velocity)[0, 0])
        log_tau = np.log(at_start) if at_start > 0 else -np.inf
        if k > 0:
            finite = min(log_tau, previous) > -np.inf
            change = (log_tau - previous) / ((nx / GRIDS[k - 1][0]) ** ORDER - 1) if finite else np.inf
            if abs(change) < ENOUGH or (k > 1 and abs(change) > HOPELESS):
                break
        previous = log_tau
    if not abs(change) < TOO_MUCH:
        instead = (
            "lower the barrier, or use mean_passage_time where z is small"
            if callable(D)
            else "use escape_rate"
        )
        raise Unresolved(
            f"the grids disagree by {abs(change):.2g}: the barrier is too high or the damping too low for them; {instead}"
        )
    value = answer(float(log_tau + change), log, "mean passage time")
    error = float(abs(change)) * (1.0 if log else value)
    return (value, error) if return_error else value


@finite_answer
def escape_rate(
    slope: Function,
    start: float,
    boundary: float,
    *,
    mass: float,
    damping: float,
    D: float,
    log: bool = False,
    return_error: bool = False,
) -> float | tuple[float, float]:
    r"""Escape rate of committed walkers over ``boundary``.

    With two wells, of statistical weights Z_1 and Z_2, populations relax as exp(-lambda_1 t), and

    .. math:: k_{1 \to 2} = \lambda_1 Z_2 / (Z_1 + Z_2)

    with lambda_1 the smallest nonzero eigenvalue of the Klein-Kramers operator, here in Hermite functions of the
    velocity times a sinc grid (discrete variable representation) of the position. Kramers' rate is its limit for
    a high barrier and z = 4|H_b|/(gamma^2 M) not above about 10; the exact rate falls below it by 2 to 7 percent
    for barriers above 6 kT, and by more at low friction, where energy diffuses too slowly.

    Parameters
    ----------
    slope : callable
        L'(theta), [L/theta], vectorised; the potential must have exactly two wells and confine on both sides.
    start, boundary : float
        A point of the well that is left, and the saddle between the wells, [theta]; start < boundary.
    mass, damping : float
        M, [time], and gamma, [1/time], positive.
    D : float
        Diffusion coefficient, [theta^2/time], positive. kT = D / (gamma M) must be one number here.
    log : bool
        Return the logarithm.
    return_error : bool
        Return the pair (value, error): the last change on refinement plus rounding (which is known because the
        stationary eigenvalue should vanish); relative if ``log``.

    Returns
    -------
    float, or (float, float)
        [1/time].

    Raises
    ------
    ValueError
        If an argument is out of its range.
    ArithmeticError
        If the basis does not resolve the mode (damping too low) or rounding hides it (barrier above about 33 kT).
    """
    check_ends(start, boundary)
    mass, damping = _inertia(mass, damping)
    require(not callable(D), "D", "one number (the velocity basis needs one temperature)", D)
    kT = one_positive(D, "D") / (damping * mass)
    ends = [
        reach(slope, as_function(kT), at, boundary - start, rise=WALL, direction=side, name=None)
        for at, side in ((start, -1), (boundary, 1))
    ]
    signs = np.sign(on_path(slope, np.linspace(ends[0], ends[1], SAMPLES)))
    turns = np.count_nonzero(
        np.diff(signs[signs != 0])
    )  # a sample may fall exactly on a minimum or on the saddle
    require(turns == 3, "slope", "that of two wells with one saddle (three sign changes)", int(turns))
    nodes, levels = FEWEST
    rate, rounding = relaxation_rate(slope, ends, nodes, levels, mass, damping, kT)
    errors = []
    for more_nodes, more_levels in ((1.0, 1.5), (1.25, 1.0)):
        error = np.inf
        while error > SETTLED and nodes * levels < MOST:
            nodes, levels, before = int(more_nodes * nodes), int(more_levels * levels), rate
            rate, rounding = relaxation_rate(slope, ends, nodes, levels, mass, damping, kT)
            error = abs(before / rate - 1)
            if rounding > SETTLED * abs(rate):
                break
        errors.append(error)
    error = max(*errors, rounding / abs(rate))
    if not (error < COARSE and rate > 0):
        raise Unresolved(
            f"the escape rate has a relative error of {error:.2g}: the damping is too low for the basis, or the barrier so "
            "high that rounding hides the rate (Kramers' rate is within a percent where z < 10 and E > 30)"
        )
    panels = resolve(lambda x: on_path(slope, x) / kT, np.ones_like, [ends[0], boundary, ends[1]])
    log_weight = panels.log_from_left(-panels.integral(on_path(slope, panels.x) / kT))[1]
    before = log_weight[np.searchsorted(panels.edges, boundary)]
    log_share = np.log1p(-np.exp(before - log_weight[-1]))
    value = answer(np.log(rate) + log_share, log, "escape rate")
    uncertain = float(error) * (1.0 if log else value)
    return (value, uncertain) if return_error else value


@finite_answer
def milne_length(*, mass: float, damping: float, D: float) -> float:
    r"""Milne length of an absorbing boundary.

    Inertia seems to move the boundary out by this length.

    .. math:: \ell = -\zeta(1/2)\, \gamma^{-1} (kT/M)^{1/2}, \qquad -\zeta(1/2) = 1.46035

    For strong damping the walker with inertia reaches ``boundary`` when the overdamped one reaches
    ``boundary + milne_length``, up to second order in the mean free path (Milne's problem for Klein-Kramers).

    Parameters
    ----------
    mass, damping, D : float
        M, [time]; gamma, [1/time]; [theta^2/time]. All positive.

    Returns
    -------
    float
        [theta].
    """
    mass, damping = _inertia(mass, damping)
    return float(-zeta(0.5) * np.sqrt(one_positive(D, "D") / damping) / (damping * mass))


@finite_answer
def first_passage_over_kramers(z):
    r"""Mean first-passage time over Kramers' time.

    The passage is to a saddle, to first order in sqrt(z).

    .. math:: \frac{1}{2} [1 - \zeta(1/2) (z / 2\pi)^{1/2}] = \frac{1}{2} (1 + 0.583 \sqrt{z}), \qquad
              z = 4 |H_b| / (\gamma^2 M)

    Half of the overdamped walkers that reach a saddle turn back, so that the stop rule "reaches b" halves the
    time; with inertia fewer turn back, and the ratio tends to 1 (the underdamped limit, not in this formula).
    The factor is the growth of the overdamped time over one `milne_length`, for a barrier of many kT.

    Parameters
    ----------
    z : array_like
        Dimensionless, from 0 to 0.3 (there the first order overstates the ratio by 3 percent).

    Returns
    -------
    ndarray or float
    """
    z = finite(z, "z")
    require_all((z >= 0) & (z <= 0.3), "z", "between 0 and 0.3 (first order in sqrt(z))", z)
    return (1 - zeta(0.5) * np.sqrt(z / (2 * np.pi))) / 2


def _fastest(slope, kT, mass, start, boundary):
    """Speed that hardly any walker exceeds.

    Between start and boundary it is three deviations above free fall.
    """
    x = np.linspace(start, boundary, SAMPLES)
    heights = cumulative_trapezoid(slope_over_temperature(slope, kT, x), x, initial=0.0)
    return max(SLOWEST, np.sqrt(2 * np.ptp(heights)) + MARGIN) * np.sqrt(on_path(kT, x).max() / mass)


def _inertia(mass, damping) -> tuple[float, float]:
    """Return mass and damping as positive floats."""
    return one_positive(mass, "mass"), one_positive(damping, "damping")
