"""The model layer of the lessons: JavaScript walkers and formulas against golden files and the exact references."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

pytest.importorskip("py_mini_racer", reason="mini-racer is not installed (test group)")

from diffusion import SGD, Adai, Adam, Momentum
from sims.runs.kramers import kramers_log_iterations
from tests.browserless import MODEL, Engine
from theory.dynamics import adai_beta1
from theory.exact import (
    adam_iteration_msd,
    fokker_planck_density,
    momentum_iteration_msd,
    sgd_iteration_msd,
    sgd_mean_escape_iterations,
    sgd_stationary_covariance,
)
from theory.saddle import (
    adai_total_drift_printed,
    adam_msd_leading,
    adam_msd_printed,
    momentum_msd_printed,
    sgd_msd_printed,
)
from theory.statistics import printed_coverage

GOLDEN = Path(__file__).parent / "golden"
FAR = 4.5  # standard errors; a false alarm in 1.5e5 comparisons
VALLEY = {"Ha": 34.58305910255069, "Hb": -15.85261187888833, "barrier": 39.36177806282677}


@pytest.fixture(scope="module")
def js():
    engine = Engine(*MODEL)
    yield engine
    engine.close()


RULES = {
    "golden_torch_sgd": lambda h: f"new lab.SGD({{eta: {h['lr']}}})",
    "golden_torch_sgd_momentum": lambda h: (
        f"new lab.Momentum({{eta: {h['lr']}, beta1: {h['momentum']}, beta3: 1}})"
    ),
    "golden_optax_ema_momentum": lambda h: (
        f"new lab.Momentum({{eta: {h['lr']}, beta1: {h['beta1']}, beta3: 1 - {h['beta1']}}})"
    ),
    "golden_torch_adam": lambda h: (
        f"new lab.Adam({{eta: {h['lr']}, beta1: {h['beta1']}, beta2: {h['beta2']}, eps: {h['eps']}}})"
    ),
    "golden_adai_official": lambda h: (
        f"new lab.Adai({{eta: {h['lr']}, beta0: {h['beta0']}, beta2: {h['beta2']}, eps: {h['eps']}}})"
    ),
    "golden_torch_rmsprop": lambda h: (
        f"new lab.RMSprop({{eta: {h['eta']}, beta2: {h['beta2']}, eps: {h['eps']}}})"
    ),
    "golden_optax_sign_sgd": lambda h: f"new lab.SignSGD({{eta: {h['eta']}}})",
}
FOLLOW = """(() => {
  const theta = Float64Array.from(start);
  RULE.rest(theta.length);
  return gradients.map((g) => (RULE.step(theta, Float64Array.from(g)), Array.from(theta)));
})()"""


@pytest.mark.parametrize("name", RULES)
def test_update_rules_follow_golden_trajectories(js, name):
    with np.load(next(GOLDEN.rglob(f"{name}.npz"))) as file:
        start, g, theta, hyper = file["theta0"], file["grads"], file["theta"], json.loads(str(file["hyper"]))
    follow = FOLLOW.replace("RULE.", "rule.").replace(
        "(() => {", f"(() => {{ const rule = {RULES[name](hyper)};"
    )
    np.testing.assert_allclose(js(follow, start=start, gradients=g), theta[1:], rtol=0, atol=1e-12)
    if name != "golden_optax_sign_sgd":  # which sees signs only
        g[100, 0] *= 1 + 1e-6
    else:
        g[100, 0] *= -1
    assert abs(js(follow, start=start, gradients=g) - theta[1:]).max() > 1e-10


def test_adai_without_any_gradient_stays_where_it_is(js):
    assert js("(() => { const a = new lab.Adai({eta: 1}), x = Float64Array.of(2, 3); a.rest(2);"
              " a.step(x, Float64Array.of(0, 0)); return x; })()") == [2, 3]  # fmt: skip


NORMALS = """Array.from({length: 200}, (_, w) => {
  const s = new lab.Stream(seed, w); return Array.from({length: 200}, () => s.normal());
})"""


def test_random_numbers_are_normal_and_streams_do_not_know_each_other(js):
    z = np.array(js(NORMALS, seed=11))
    assert stats.kstest(z.ravel(), "norm").pvalue > 1e-6
    for power, expected in ((1, 0), (2, 1), (3, 0), (4, 3)):
        scatter = np.sqrt((stats.norm.moment(2 * power) - expected**2) / z.size)
        assert abs((z**power).mean() - expected) < FAR * scatter
    scatter = 1 / np.sqrt(z.size)
    assert abs((z[1:] * z[:-1]).mean()) < FAR * scatter  # neighbouring walkers
    assert abs((z[:, 1:] * z[:, :-1]).mean()) < FAR * scatter  # one after the other
    other = np.array(js(NORMALS, seed=12))
    assert abs((z * other).mean()) < FAR * scatter  # neighbouring seeds
    assert abs((z * z).mean()) > 100 * scatter  # the same stream twice would be seen
    assert stats.kstest(z.ravel() * 1.05, "norm").pvalue < 1e-6  # and a scale that is 5 % off


def test_a_stream_does_not_depend_on_who_else_walks(js):
    few, many = (
        js(
            "lab.evolve({landscape: new lab.Quadratic([1, 2]), optimizer: new lab.Adam({eta: 0.1}), noise: 1,"
            " start: 3, times, walkers, seed: 5})",
            times=times,
            walkers=walkers,
        )
        for times, walkers in (([700], 3), ([1, 10, 700], 20))
    )
    assert np.array_equal(np.array(few)[-1], np.array(many)[-1, :, :3])


EVOLVE = (
    "lab.evolve({landscape: new lab.Quadratic([H]), optimizer: OPTIMIZER, noise: C, start: 0, times: [20, 200],"
    " walkers: 20000, seed: 3}).map(([x]) => lab.spread(x))"
)
SETTINGS = {"eta": 0.1, "beta1": 0.9, "beta3": 0.1}


@pytest.mark.parametrize("H", [-0.03, 0.0, 0.5])
@pytest.mark.parametrize("name", ["SGD", "Momentum", "bias-corrected"])
def test_walkers_meet_the_exact_iteration(js, name, H):
    times = np.array([20, 200])
    if name == "SGD":
        made, exact = "new lab.SGD({eta: 0.1})", sgd_iteration_msd(H, times, eta=0.1, C=0.7)
    else:
        corrected = str(name == "bias-corrected").lower()
        made = f"new lab.Momentum({{eta: 0.1, beta1: 0.9, beta3: 0.1, biasCorrection: {corrected}}})"
        exact = momentum_iteration_msd(H, times, C=0.7, bias_correction=name == "bias-corrected", **SETTINGS)
    found = js(EVOLVE.replace("OPTIMIZER", made), H=H, C=0.7)
    z = np.array([(one["mean"] - value) / one["error"] for one, value in zip(found, exact, strict=True)])
    assert abs(z).max() < FAR
    wrong = [(one["mean"] - 1.1 * value) / one["error"] for one, value in zip(found, exact, strict=True)]
    assert np.abs(wrong).min() > FAR  # 10 % is seen


def test_escape_times_meet_the_exact_mean(js):
    eta, C = 1e-3, 100 * 6 * VALLEY["Ha"]
    exact = float(
        sgd_mean_escape_iterations(
            lambda x: 6**0.5 * (2 * (6**0.5 * x) ** 3 - 16 * 6**0.5 * x + 2.5),
            -2.903534027771177 / 6**0.5,
            0.15673125678034008 / 6**0.5,
            eta=eta,
            C=C,
        )
    )
    run = js(
        "(() => { const v = new lab.StyblinskiTang(6); const times = lab.finished(lab.escapes({landscape: v,"
        " optimizer: new lab.SGD({eta: 1e-3}), noise: 100 * v.Ha, start: v.minimum, boundary: v.top, most: 1e6,"
        " walkers: 1000, seed: 2})); return {times, mean: lab.meanTime(times), Ha: v.Ha}; })()"
    )
    assert run["Ha"] == pytest.approx(6 * VALLEY["Ha"])
    times = np.array(run["times"])
    z = (times.mean() - exact) / (times.std() / np.sqrt(times.size))
    assert abs(z) < FAR
    assert abs(times.mean() - 1.2 * exact) > FAR * times.std() / np.sqrt(times.size)
    low, high = 2 * times.sum() / stats.chi2(2 * times.size).ppf([0.975, 0.025])
    assert (run["mean"]["low"], run["mean"]["high"]) == pytest.approx((low, high), rel=1e-10)


def test_the_error_of_a_mean_is_that_of_a_sample(js):
    values = [1.0, 2.0, 4.0, 4.5]
    found = js("lab.estimate(values)", values=values)
    assert found["mean"] == pytest.approx(np.mean(values), rel=1e-14)
    assert found["error"] == pytest.approx(np.std(values, ddof=1) / 2, rel=1e-14)


def test_walkers_that_stay_are_counted_as_censored(js):
    run = js("lab.meanTime([5, 7, Infinity, 12].map((t, i) => i === 2 ? Infinity : t), 20)")
    assert run["events"] == 3
    assert run["mean"] == pytest.approx(44 / 3)
    assert run["high"] == pytest.approx(44 / stats.gamma(3).ppf(0.025))
    assert run["low"] == pytest.approx(44 / stats.gamma(4).ppf(0.975))


@pytest.mark.parametrize("H", [-1.0, -1e-3, 0.0, 2.0])
def test_formulas_are_those_of_theory(js, H):
    T = np.array([1, 10, 200])
    two = {"eta": 0.01, "B": 4.0}
    near = {"rtol": 1e-11, "atol": 0}
    inertia = two | {"beta1": 0.95}
    found = js("T.map((t) => lab.theorem1(H, t, two))", T=T, H=H, two=two)
    np.testing.assert_allclose(found, sgd_msd_printed(H, T, **two), **near)
    found = js("T.map((t) => lab.sgdSpread(H, t, {eta: 0.01, C: 3}))", T=T, H=H)
    np.testing.assert_allclose(found, sgd_iteration_msd(H, T, eta=0.01, C=3), **near)
    found = js("T.map((t) => lab.momentumPrinted(H, t, s))", T=T, H=H, s=inertia)
    np.testing.assert_allclose(found, momentum_msd_printed(H, T, beta3=0.05, **inertia), **near)
    found = js("T.map((t) => lab.adamPrinted(H, t, s))", T=T, H=H, s=inertia)
    np.testing.assert_allclose(found, adam_msd_printed(H, T, **inertia), **near)
    found = js("T.map((t) => lab.adamLeading(t, s))", T=T, s=inertia)
    np.testing.assert_allclose(found, adam_msd_leading(H, T, **inertia), **near)
    for on in (True, False):
        found = js("lab.adamSpread(H, T, {...s, biasCorrection: on})", T=T, H=H, s=inertia, on=on)
        np.testing.assert_allclose(found, adam_iteration_msd(H, T, bias_correction=on, **inertia), rtol=1e-9)
    for start in ("rest", "thermal"):
        found = js("lab.momentumSpread(H, T, {eta: 0.01, C: 3, beta1: 0.95, start})", T=T, H=H, start=start)
        exact = momentum_iteration_msd(H, T, eta=0.01, C=3, beta1=0.95, beta3=0.05, start=start)
        np.testing.assert_allclose(found, exact, rtol=1e-9)


def test_limits_of_theorem_2_are_those_of_small_steps(js):
    u = np.array([0.3, 1, 4, 20])
    beta1, unit = 1 - 1e-4, 1 / 2e-4
    T = np.rint(u / 1e-4).astype(int)
    settings = {"eta": 1.0, "C": 1.0, "beta1": beta1, "beta3": 1e-4}
    for start in ("rest", "thermal"):
        exact = momentum_iteration_msd(0.0, T, start=start, **settings) / unit
        np.testing.assert_allclose(js(f"u.map(lab.theorem2.{start})", u=u), exact, rtol=2e-3)
    printed = momentum_msd_printed(-1e-13, T, eta=1.0, B=1e-13, beta1=beta1, beta3=1e-4) / unit
    np.testing.assert_allclose(js("u.map(lab.theorem2.printed)", u=u), printed, rtol=1e-6)


def test_settled_variance_inertia_and_drift(js):
    assert js("lab.sgdSettled(2, {eta: 0.3, C: 5})") == pytest.approx(
        float(sgd_stationary_covariance(2.0, eta=0.3, C=5)[0, 0])
    )
    assert js("lab.sgdSettled(2, {eta: 1, C: 5})") == "Infinity"
    H = np.array([3.0, 1.0, 0.5])
    np.testing.assert_allclose(js("lab.adaiInertia(H, 0.1)", H=H), adai_beta1(H, beta0=0.1), rtol=1e-14)
    drift = adai_total_drift_printed(H, eta=2.0, B=3.0, beta0=0.1)
    assert js("lab.adaiDrift(H, {eta: 2, B: 3, beta0: 0.1})", H=H) == pytest.approx(float(drift))


@pytest.mark.parametrize(
    ("name", "optimizer"),
    [("SGD", SGD(1e-3)), ("Momentum", Momentum(1e-4)), ("Adai", Adai(1e-3)), ("Adam", Adam(0.1))],
)
def test_kramers_iterations_are_those_of_the_toolkit(js, name, optimizer):
    k, strength = 4.0, 100.0
    Ha, Hb = k * VALLEY["Ha"], k * VALLEY["Hb"]
    exact = kramers_log_iterations(optimizer, Ha, Hb, VALLEY["barrier"], B=1 / strength)
    found = js(
        "lab.kramersLogIterations(name, new lab.StyblinskiTang(4), {eta, C})",
        name=name,
        eta=optimizer.eta,
        C=strength * Ha,
    )
    assert found == pytest.approx(float(np.squeeze(exact)), rel=1e-12)


@pytest.mark.parametrize("D", [3.0, 20.0])
def test_densities_are_those_of_theory(js, D):
    times = np.array([0.01, 0.1, 1.0])
    found = js(
        "lab.fokkerPlanck({height: (x) => new lab.StyblinskiTang(1).height(x), D, start: 0.2, times, low: -5, high: 5})",
        D=D,
        times=times,
    )
    x = np.array(found["x"])
    x0, exact = fokker_planck_density(lambda x: 2 * x**3 - 16 * x + 2.5, D, 0.2, times, low=-5.0, high=5.0)
    for density, reference in zip(found["density"], exact, strict=True):
        density, reference = np.array(density), np.interp(x, x0, reference)
        assert density.sum() * (x[1] - x[0]) == pytest.approx(1, abs=1e-9)
        assert abs(density - reference).sum() * (x[1] - x[0]) < 0.02  # total variation
    wrong = np.interp(x, x0, exact[0])
    assert abs(np.array(found["density"][1]) - wrong).sum() * (x[1] - x[0]) > 0.1


def test_gamma_distribution_is_scipys(js):
    shapes = [0.5, 1, 3, 10.5, 300, 60_000]
    for a in shapes:
        x = stats.gamma(a).ppf([1e-4, 0.025, 0.5, 0.975, 0.9999])
        np.testing.assert_allclose(
            js("x.map((x) => lab.gammaBelow(a, x))", a=a, x=x), stats.gamma(a).cdf(x), rtol=1e-8
        )
        assert js("lab.gammaQuantile(a, 0.975)", a=a) == pytest.approx(x[3], rel=1e-9)


@pytest.mark.parametrize("n", [3, 5, 10, 100])
def test_the_printed_coverage_is_theorys(js, n):
    assert js("lab.printedCoverage(n)", n=n) == pytest.approx(float(printed_coverage(n)), abs=1e-9)
