"""What runs say of their numbers: invented numbers in, the whole sentence out."""

import numpy as np
import pytest
from scipy.stats import binomtest

from diffusion import Adai, MeanPassage, Momentum, PassageTimes
from sims.options.equilibrium import Equilibrium
from sims.options.escape import Escape, ExitOptions
from sims.options.process import ProcessOptions
from sims.runs import equilibrium, escape, saddle, time_step
from sims.runs.escape import beside_kramers
from sims.runs.kramers import kramers_log_iterations
from theory.regime import Flag

LAST = "The prediction is a limit for high barriers and small steps."


def beside(mean, low, high, strong=100.0, weak=200.0):
    found = {"mean_iterations": mean, "mean_iterations_low": low, "mean_iterations_high": high}
    return beside_kramers(found | {"kramers_iterations": strong, "kramers_iterations_high": weak})


def test_a_time_is_set_beside_both_kramers_times():
    assert beside(150.0, 140.0, 160.0) == (
        "The measured time lies between Kramers' predictions for strong and for weak friction: it is 1.5 [1.4, 1.6] times "
        f"the value for strong friction, and 0.75 times that for weak friction. {LAST}"
    )
    assert beside(300.0, 250.0, 400.0).startswith(
        "The measured time is longer than Kramers predicts: it is 3 [2.5, 4] times the value for strong friction, and 1.5 times"
    )
    assert beside(50.0, 40.0, 60.0, weak=100.0) == (
        f"The measured time is shorter than Kramers predicts: it is 0.5 [0.4, 0.6] times the value for strong friction. {LAST}"
    )
    assert beside(110.0, 90.0, 130.0, weak=100.0).startswith(
        "Chance could explain how far the measured time is from Kramers' prediction: it is 1.1 [0.9, 1.3] times"
    )
    assert beside(110.0, 90.0, None, weak=100.0).startswith("Chance could explain")
    assert beside_kramers({"kramers_iterations": None}).startswith("Kramers' theory has no prediction here")


def test_a_cut_counts_iterations_and_not_steps():
    config = Escape(process=ProcessOptions(process=True, dt=5e-4), cut=10)  # two steps an iteration
    built = escape.parts(config)
    steps = np.array([6, 18, 20, 24, 40, 50, 60, 70, 80, 90, 100, 120])
    left = np.ones(steps.size, bool)
    times = PassageTimes(steps, left, np.arange(steps.size), 5e-4, 0, exits=np.ones(steps.size, int))
    found = escape.summary(config, built, times)
    assert built.eta == 1e-3
    assert found["cut"] == 10
    assert found["mean_iterations"] == pytest.approx(np.mean(steps[steps > 20] - 20) / 2)
    assert found["rate"] == pytest.approx(1 / found["mean_iterations"])
    assert found["mean_time"] == pytest.approx(1e-3 * found["mean_iterations"])


def test_a_saddle_says_the_worst_point_and_what_failed():
    rows = [
        {
            "T": 3,
            "H": -1.0,
            "msd": 2.0,
            "stderr": 0.1,
            "printed": 1.9,
            "exact": None,
            "z_printed": 1.0,
            "z_exact": None,
        },
        {
            "T": 9,
            "H": 0.5,
            "msd": 3.0,
            "stderr": 0.1,
            "printed": 2.0,
            "exact": None,
            "z_printed": 10.0,
            "z_exact": None,
        },
    ]
    judged = saddle.judge(saddle.Estimate(np.array([2.0, 3.0]), np.array([0.1, 0.1]), 9), [1.9, 2.0]).on(
        "Theorem 1", {}
    )
    flags = [
        Flag("u", 3.0, "fails", "too early"),
        Flag("z", 1.0, "holds", "fine"),
        Flag("E", 4.0, "doubtful", "low"),
    ]
    assert saddle.sentence(judged, rows, flags) == (
        "Theorem 1, printed form: fails. The stated value is 33 % too low: measured over stated is 1.50 [1.40, 1.60]. "
        "The largest deviation is 10 standard errors, at T = 9, H = 0.5: 1.5 times the printed value. A condition fails "
        "(u = 3: too early). A condition is in doubt (E = 4: low)."
    )


def test_an_equilibrium_names_the_scheme_that_is_farthest_from_kt():
    def row(scheme, dt, position, boltzmann=0.5, control=1e-9):
        found = {"scheme": scheme, "dt": dt, "position": position, "position_stderr": 0.01}
        return found | {"boltzmann_p": boltzmann, "control_p": control}

    rows = [row("baoab", 0.1, 1.01), row("obabo", 0.4, 0.8, 1e-4), row("gjf", 0.8, 1.1, 0.3, 0.02)]
    config = Equilibrium()
    assert equilibrium.sentence(config, equilibrium.parts(config), [*rows, row("heun", 1.0, None)]) == (
        "Unstable, lower dt: heun at dt = 1. Farthest from kT: obabo at dt = 0.4, whose positions are at 0.8 +- 0.01 times "
        "kT. Not Boltzmann's density (p < 0.001): obabo at dt = 0.4. Beware: 1 of those that pass would pass at 1.2 kT too; "
        "take more walkers."
    )


def test_shares_of_exits_are_of_those_that_left_and_a_bias_lies_in_its_interval():
    config = Escape(dim=1, process=ProcessOptions(process=True), exits=ExitOptions(below=-4.0))
    built, n = escape.parts(config), 200
    taken = np.repeat([1, -1, 0], [60, 20, 120])  # most are still inside
    times = PassageTimes(np.arange(n) + 1, taken != 0, np.arange(n), 1e-3, 0, exits=taken)
    above, below = time_step.exits(config, built, times)
    assert (above["walkers"], above["share"]) == (60, 0.75)
    interval = binomtest(60, 80).proportion_ci()
    assert (above["share_low"], above["share_high"]) == pytest.approx((interval.low, interval.high))
    assert below["share"] == 0.25
    coarse, fine = (
        PassageTimes(
            np.arange(first, first + n), np.ones(n, bool), np.arange(n), dt, 0, exits=np.ones(n, int)
        )
        for first, dt in ((1000, 2e-3), (2100, 1e-3))
    )
    found = time_step.time_step(coarse, fine, 1e-3)
    assert found["step_bias"] == pytest.approx(
        2 * (1000 + 99.5) - (2100 + 99.5)
    )  # what halving the step takes away
    assert found["step_bias_low"] < found["step_bias"] < found["step_bias_high"]


def test_kramers_time_of_adai_is_that_of_momentum_with_its_inertia():
    for beta0 in (0.1, 0.4):
        adai, momentum = (
            kramers_log_iterations(one, np.array([30.0]), -15.0, 40.0, B=0.01)
            for one in (Adai(1e-3, beta0=beta0), Momentum(1e-3, 1 - beta0, beta3=beta0))
        )
        np.testing.assert_allclose(adai, momentum, rtol=1e-12)


def test_a_mean_at_a_vanishing_step_has_the_error_of_both_runs():
    random = np.random.default_rng(3)
    runs = [
        PassageTimes(
            random.integers(low, 2 * low, 400),
            np.ones(400, bool),
            np.arange(400),
            dt,
            0,
            exits=np.ones(400, int),
        )
        for low, dt in ((1000, 2e-3), (2100, 1e-3))
    ]
    found, (coarse, fine) = MeanPassage.of(*runs), (one.mean() for one in runs)
    shift = fine.mean - coarse.mean
    error = np.hypot(2 * fine.stderr, coarse.stderr)  # of 2 fine - coarse
    assert found.extrapolated.mean == pytest.approx(fine.mean + shift)
    assert found.extrapolated.stderr == pytest.approx(error)
    # what is left of the bias: between four fifths of the shift and that of a bias of order 1/2
    ends = sorted((0.8 * shift, shift / (2**0.5 - 1)))
    assert found.interval == pytest.approx(
        (fine.mean + ends[0] - 1.96 * error, fine.mean + ends[1] + 1.96 * error)
    )
    noise = 1.96 * np.hypot(fine.stderr, coarse.stderr)
    assert found.bias == pytest.approx((-ends[1] - noise, -ends[0] + noise))
