"""`probe`: a logistic regression whose Hessian is known in full, and models that must be refused by name."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kurtosis, norm

from diffusion import SGD, Adam, Interrupted, Momentum, Network
from figures import probe as picture
from sims.commands.app import main
from sims.commands.probe import write_report
from sims.probe import Model, from_network, probe
from sims.probe.examine import examine
from sims.probe.noise import gradient_noise, kurtosis_limit, power_of_curvature
from sims.probe.spectrum import top_eigenvalues
from sims.probe.walk import LOOKS, _msd, interval, stationary_variance, walk
from theory.exact import momentum_epoch_covariance, momentum_epoch_msd

SURPRISE = 4.5  # standard errors
L2 = 0.05


def regression(dim=8, rows=300, seed=0, scale=1.0, minimum=True):
    """Make a logistic regression with weight decay, at its minimum, and return its dense Hessian too."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, dim)) * np.linspace(0.4, 2.5, dim) * scale
    y = (rng.random(rows) < 1 / (1 + np.exp(-x @ rng.normal(size=dim)))).astype(float)

    def share(theta):
        return 1 / (1 + np.exp(-(x @ theta)))

    def loss(theta):
        s = x @ theta
        return float(np.mean(np.logaddexp(0, s) - y * s) + L2 / 2 * theta @ theta)

    def gradients(theta, which):
        return (share(theta)[which] - y[which])[:, None] * x[which] + L2 * theta

    def hessian(theta):
        s = share(theta)
        return (x * (s * (1 - s))[:, None]).T @ x / rows + L2 * np.eye(dim)

    theta = np.zeros(dim)
    for _ in range(60 if minimum else 0):  # Newton's method
        theta -= np.linalg.solve(hessian(theta), gradients(theta, np.arange(rows)).mean(axis=0))
    model = Model(loss, gradients, lambda theta, v: hessian(theta) @ v, theta, rows, "regression")
    return model, hessian(theta)


def test_eigenvalues_noise_and_critical_batch_against_dense_matrices():
    model, H = regression()
    found = probe(model, SGD(0.1), B=5, eigenvalues=8, iterations=8, walkers=4)
    values, vectors = np.linalg.eigh(H)
    assert found.spectrum.values == pytest.approx(values[::-1], rel=1e-10)
    assert found.spectrum.converged.all()
    each = model.sample_gradients(model.theta, np.arange(model.rows))
    C = np.cov(each, rowvar=False, bias=True)
    along = np.einsum("ki,kl,li->i", vectors[:, ::-1], C, vectors[:, ::-1])
    assert found.noise.variance == pytest.approx(along, rel=1e-9)
    assert found.noise.trace == pytest.approx(np.trace(C), rel=1e-9)
    assert found.temperature == pytest.approx(0.1 * along / (2 * 5 * values[::-1]), rel=1e-9)
    started, _ = regression(minimum=False)
    noise = gradient_noise(started, np.eye(8)[:, :1])
    assert noise.critical_batch == pytest.approx(noise.trace / np.sum(noise.gradient**2), rel=1e-12)
    squares = (each @ vectors[:, ::-1] - (each @ vectors[:, ::-1]).mean(axis=0)) ** 2
    assert found.noise.stderr == pytest.approx(squares.std(axis=0) / np.sqrt(model.rows), rel=1e-9)


def test_large_matrices_go_through_lanczos():
    rng = np.random.default_rng(1)
    values = np.concatenate([[50.0, 20.0, 9.0], rng.random(297)])
    turn, _ = np.linalg.qr(rng.normal(size=(300, 300)))
    matrix = turn * values @ turn.T
    found = top_eigenvalues(lambda v: matrix @ v, 300, 3)
    assert found.values == pytest.approx([50, 20, 9], rel=1e-6)
    assert found.converged.all()
    assert found.products < 300
    assert "All 3 eigenvalues have converged" in found.sentence()


def test_eigenvalues_that_do_not_converge_are_not_passed_off_as_right():
    values = 1 + 1e-6 * np.linspace(0, 1, 2000)  # so close that Lanczos cannot tell them apart
    found = top_eigenvalues(lambda v: values * np.roll(v, 0) + 0.3 * np.roll(v, 1) + 0.3 * np.roll(v, -1), 2000, 12,
                            most_products=40)  # fmt: skip
    assert not found.converged.any()  # what power iteration leaves has a residual that says so
    assert found.residuals.max() > 1e-3
    assert "not to be trusted" in found.sentence()


@pytest.mark.parametrize("optimizer", [SGD(0.2), Momentum(0.05, 0.8), Momentum(0.2, 0.8, 0.2)])
def test_stationary_variance_is_the_limit_of_the_exact_iteration(optimizer):
    H, C = np.array([0.3, 2.0, 7.0]), np.array([1.0, 2.0, 3.0])
    late = _msd(H, 100_000, optimizer, C)
    assert stationary_variance(H, C, optimizer) == pytest.approx(late, rel=1e-9)
    small = stationary_variance(H, C, SGD(1e-6))
    assert small == pytest.approx(1e-6 * C / (2 * H), rel=1e-5)
    assert np.isinf(stationary_variance(np.array([-1.0, 0.0, 1.0, 20.0]), 1.0, SGD(0.2)))[[0, 1, 3]].all()


@pytest.mark.parametrize("optimizer", [SGD(0.1), Momentum(0.02, 0.8)])
def test_the_models_own_iterations_spread_as_predicted(optimizer):
    model, H = regression(rows=2000, scale=0.5)
    values, vectors = np.linalg.eigh(H)
    C = gradient_noise(model, vectors).variance
    found = walk(model, vectors, values, C, optimizer, B=64, iterations=60, walkers=60, seed=3)
    z = 1.96 * np.log(found.ratio) / np.log(found.high / found.ratio)
    assert np.all(np.abs(z) < SURPRISE), z
    assert np.all(found.high < 1.6 * found.ratio)
    wrong = walk(
        model, vectors, values, 2 * C, optimizer, B=64, iterations=60, walkers=60, seed=3
    )  # half the ratio
    assert np.min(1.96 * np.log(wrong.ratio) / np.log(wrong.high / wrong.ratio)) < -SURPRISE


@pytest.mark.parametrize("shared", [1.0, 0.0], ids=["looks all alike", "looks independent"])
def test_intervals_of_a_few_walkers_hold_the_truth_as_often_as_they_say(shared, seed):
    """2000 directions of normal walkers; 95 % of the intervals must hold 1, within 4.5 standard errors."""
    rng = np.random.default_rng(seed)
    same, own = rng.normal(size=(8, 1, 2000)), rng.normal(size=(8, 5, 2000))
    _, low, high = interval(same if shared else own, np.ones((1 if shared else 5, 2000)))
    held = np.mean((low < 1) & (high > 1))
    assert held > 0.95 - SURPRISE * np.sqrt(0.95 * 0.05 / 2000)
    _, low, high = interval(2 * own, np.ones((5, 2000)))  # four times the variance is seen
    assert np.mean((low < 1) & (high > 1)) < 0.1


@pytest.mark.parametrize("minimum", [True, False])
def test_a_point_that_is_no_minimum_is_told(minimum):
    model, _ = regression(minimum=minimum)
    found = probe(model, SGD(0.1), B=20, eigenvalues=8, iterations=LOOKS, walkers=8, seed=1)
    assert any("This point is no minimum: its gradient" in line for line in found.said) != minimum


def test_adams_stability_is_that_of_the_preconditioned_hessian():
    model, H = regression()
    found = probe(model, Adam(1e-3), B=10, eigenvalues=3)
    each = model.sample_gradients(model.theta, np.arange(model.rows))
    v = each.mean(axis=0) ** 2 + each.var(axis=0) / 10
    root = (np.sqrt(v) + 1e-8) ** -0.5
    assert found.sharpness == pytest.approx(np.linalg.eigvalsh(root[:, None] * H * root)[-1], rel=1e-6)
    assert found.threshold == pytest.approx(38 / 1e-3)
    along = np.sqrt(found.noise.variance / 10)  # the root of v along each direction, as the paper idealises
    assert found.temperature == pytest.approx(1e-3 * along / (2 * found.spectrum.values), rel=1e-12)
    assert found.walk is None
    for rule, threshold in ((Momentum(0.02, 0.8), 180), (Momentum(0.02, 0.8, 0.1), 1800), (SGD(0.02), 100)):
        found = probe(model, rule, B=10, eigenvalues=2, iterations=8, walkers=4)
        assert found.threshold == pytest.approx(threshold)
        assert found.sharpness == pytest.approx(np.linalg.eigvalsh(H)[-1], rel=1e-9)


def test_the_exponent_of_the_noise_comes_with_an_interval():
    H = np.geomspace(1e-3, 10, 30)
    scatter = np.exp(np.random.default_rng(0).normal(0, 0.3, 30))
    found = power_of_curvature(H, 2 * H**1.4 * scatter)
    assert found.low < 1.4 < found.high
    assert not found.low < 1 < found.high
    assert power_of_curvature(H[:2], H[:2]) is None
    five = power_of_curvature(
        H[:5], 2 * H[:5] ** 1.4 * scatter[:5]
    )  # Student's t of 3: few directions tell little
    x, y = np.log(H[:5]), np.log(2 * H[:5] ** 1.4 * scatter[:5])
    rest = y - np.polyval(np.polyfit(x, y, 1), x)
    error = np.sqrt(np.sum(rest**2) / 3 / np.sum((x - x.mean()) ** 2))
    assert five.high - five.gamma == pytest.approx(3.1824463 * error, rel=1e-6)


def test_heavy_tails_are_told_from_normal_noise():
    rng = np.random.default_rng(2)
    rows = 2000
    noise = np.stack([rng.normal(size=rows), rng.standard_t(3, size=rows)], axis=1)
    model = Model(lambda t: 0.0, lambda t, which: noise[which], lambda t, v: v, np.zeros(2), rows)
    found = gradient_noise(model, np.eye(2))
    assert found.kurtosis[0] < found.kurtosis_limit < found.kurtosis[1]
    noise -= noise.mean(axis=0)
    model = Model(
        lambda t: float(t @ t / 2), lambda t, which: t + noise[which], lambda t, v: v, np.zeros(2), rows
    )
    for B, many in ((1, 1), (2000, 0)):  # the mean of many samples is normal again
        said = " ".join(probe(model, Adam(0.1), B=B, eigenvalues=2).said)
        assert (
            f"The noise of {B} samples has heavier tails than normal noise along {many} of 2 directions"
            in said
        )


@pytest.mark.parametrize("n", [200, 20_000])
def test_normal_noise_passes_for_heavy_tailed_in_one_of_a_thousand_cases(n):
    limit = kurtosis_limit(n)
    if n > 10_000:  # normal by then, with the variance 24 / n
        assert norm.sf(limit / np.sqrt(24 / n)) == pytest.approx(1e-3, rel=0.01)
        return
    x = np.random.default_rng(9).normal(size=(20_000, n))
    above = np.mean(
        kurtosis(x, axis=1) > limit
    )  # 20 are expected; the limit itself was drawn, from 4000 cases
    assert 2e-4 < above < 6e-3


REFUSED = {
    "a sum": ({"loss": lambda m: lambda t: m.rows * m.loss(t)}, "loss is a sum over the 300 samples"),
    "other gradients": (
        {"sample_gradients": lambda m: lambda t, r: 2 * m.sample_gradients(t, r)},
        "not the gradient",
    ),
    "gauss-newton": ({"hvp": lambda m: lambda t, v: m.hvp(t, v) - 0.5 * v}, "hvp is not the Hessian"),
    "random": (
        {"loss": lambda m: lambda t: m.loss(t) + 1e-6 * np.random.default_rng().random()},
        "second call",
    ),
    "nan": ({"loss": lambda m: lambda t: float("nan")}, "not finite"),
    "single": (
        {"sample_gradients": lambda m: lambda t, r: m.sample_gradients(t, r).astype(np.float32)},
        "float64",
    ),
    "shape": ({"sample_gradients": lambda m: lambda t, r: m.sample_gradients(t, r)[:, :-1]}, "of shape"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_model_that_is_none_is_refused_by_name(name):
    change, words = REFUSED[name]
    good, _ = regression(minimum=False)
    fields = {key: getattr(good, key) for key in ("loss", "sample_gradients", "hvp", "theta", "rows")}
    bad = Model(**fields | {key: make(good) for key, make in change.items()})
    with pytest.raises(ValueError, match=words):
        examine(bad)
    assert len(examine(good)) == 1


def test_ctrl_c_keeps_what_is_finished():
    model, _ = regression()

    def stop(what, share):
        if what.startswith("SGD"):
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as stopped:
        probe(model, SGD(0.1), B=5, eigenvalues=3, told=stop)
    partial = stopped.value.partial
    assert partial.noise is not None
    assert partial.walk is None
    assert partial.to_xarray().attrs["partial"] == "yes"


def test_the_figure_shows_the_numbers():
    model, _ = regression()
    found = probe(model, SGD(0.1), B=5, eigenvalues=8, iterations=20, walkers=8).to_xarray()
    left, right = picture.draw(found).axes
    bars = left.containers[0]
    assert bars.lines[0].get_xdata() == pytest.approx(found.curvature.values)
    assert bars.lines[0].get_ydata() == pytest.approx(found.noise.values)
    (segments,) = right.containers[0].lines[2]
    ends = np.array([segment[:, 1] for segment in segments.get_segments()])
    assert ends == pytest.approx(np.stack([found.walk_low.values, found.walk_high.values], axis=1))
    (segments,) = bars.lines[2]
    high = np.array([segment[:, 1].max() for segment in segments.get_segments()])
    assert high == pytest.approx(found.noise.values + 1.96 * found.noise_stderr.values)
    doubtful = np.arange(8) == 3  # one eigenvalue that has not converged
    for axes in picture.draw(found.assign(converged=("direction", ~doubtful))).axes:
        shown = {one.lines[0].get_color(): len(one.lines[0].get_xdata()) for one in axes.containers}
        assert shown == {picture.MEASURED: 7, picture.DOUBTFUL: 1}


def test_the_command_writes_a_report_that_stands_alone(tmp_path, capsys, monkeypatch):
    file = tmp_path / "mine.py"
    file.write_text(
        "from tests.test_probe import regression\n\ndef make_model():\n    return regression()[0]\n"
    )
    with pytest.raises(SystemExit) as ended:
        main(["probe", f"{file}:make_model", "--eta", "0.1", "--B", "5", "--eigenvalues", "4", "--iterations", "20",
              "--walkers", "8", "--out", str(tmp_path)])  # fmt: skip
    assert ended.value.code == 0
    said = capsys.readouterr()
    assert "The largest eigenvalue of the Hessian is" in said.out
    assert "8 parameters, 300 samples" in said.err
    page = (tmp_path / "probe" / "report.html").read_text()
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "Probe of regression" in page
    with pytest.raises(SystemExit) as ended:
        main(["probe", f"{file}:make_mdel"])
    assert ended.value.code == 2
    assert "Did you mean make_model" in capsys.readouterr().err


def test_eigenvalues_of_a_null_space_do_not_depend_on_what_ran_before():
    curvatures = np.zeros(1500)
    curvatures[:3] = 3.0, 2.0, 1.0
    found = [top_eigenvalues(lambda v: curvatures * v, curvatures.size, 6, seed=1).values for _ in range(2)]
    np.testing.assert_array_equal(*found)
    np.testing.assert_allclose(found[0], [3, 2, 1, 0, 0, 0], atol=1e-9)
    assert not found[0][3:].any()


def test_every_option_of_the_command_reaches_the_probe(tmp_path, monkeypatch):
    file = tmp_path / "mine.py"
    file.write_text("from tests.test_probe import regression\n\ndef make():\n    return regression()[0]\n")
    seen = {}

    def stop(model, optimizer, **options):
        seen.update(options, optimizer=optimizer)
        raise ValueError("enough")

    monkeypatch.setattr("sims.probe.run.probe", stop)
    wanted = {"B": 7, "eigenvalues": 3, "iterations": 50, "walkers": 9, "order": "epochs", "seed": 4}
    words = [str(word) for name, value in wanted.items() for word in (f"--{name}", value)]
    words += ["--products", "77", "--optimizer", "momentum", "--eta", "0.02", "--beta1", "0.7"]
    with pytest.raises(SystemExit):
        main(["probe", f"{file}:make", *words, "--out", str(tmp_path)])
    del seen["told"]
    assert repr(seen.pop("optimizer")) == repr(Momentum(0.02, 0.7))
    assert seen == wanted | {"most_products": 77}


def test_the_report_has_every_number_below_its_own_heading(tmp_path):
    model, _ = regression()
    found = probe(model, SGD(0.1), B=5, eigenvalues=3, iterations=20, walkers=8)
    page = write_report(found, tmp_path).read_text()
    heads, *rows = (
        re.findall(r"<t[hd]>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    )
    walked = {"predicted variance": found.walk.predicted, "measured variance": found.walk.measured,
              "measured / predicted": found.walk.ratio, "from": found.walk.low, "to (95 %)": found.walk.high,
              "temperature": found.temperature, "curvature <i>H<sub>i</sub></i>": found.spectrum.values,
              "noise <i>C<sub>i</sub></i>": found.noise.variance}  # fmt: skip
    for head, values in walked.items():
        assert [row[heads.index(head)] for row in rows] == [f"{value:.4g}" for value in values], head


def test_a_report_of_an_interrupted_run_says_so(tmp_path):
    model, _ = regression()
    found = probe(model, Adam(1e-3), B=5, eigenvalues=2)
    assert "stopped early" in write_report(found, tmp_path).read_text()
    assert json.loads(found.to_xarray().attrs["settings"])["B"] == 5


def test_epochs_spread_as_predicted_and_replacement_does_not():
    """Rows in epochs: a batch of 60 of 300 rows, flat directions where an epoch's noise nearly cancels."""
    model, H = regression(scale=0.3)
    values, vectors = np.linalg.eigh(H)
    C = gradient_noise(model, vectors).variance
    how = {"B": 60, "iterations": 58, "walkers": 200, "seed": 4}
    found = walk(model, vectors, values, C, SGD(0.05), order="epochs", **how)
    z = 1.96 * np.log(found.ratio) / np.log(found.high / found.ratio)
    assert np.all(np.abs(z) < SURPRISE), z
    assert np.all(found.predicted < 0.5 * found.white)
    drawn = walk(model, vectors, values, C, SGD(0.05), **how)
    assert np.all(drawn.low > found.predicted / drawn.predicted * drawn.ratio * 1.5)
    momentum = walk(model, vectors, values, C, Momentum(0.01, 0.7), order="epochs", **how)
    z = 1.96 * np.log(momentum.ratio) / np.log(momentum.high / momentum.ratio)
    assert np.all(np.abs(z) < SURPRISE), z
    whole = probe(model, SGD(0.05), B=60, eigenvalues=8, iterations=16, walkers=4, order="epochs")
    share = np.median(whole.walk.predicted / whole.walk.white)
    assert f"the predicted variance is {share:.3g} times that of rows drawn with replacement" in " ".join(
        whole.said
    )
    with pytest.raises(ValueError, match='order must be "replacement" or "epochs"'):
        probe(model, SGD(0.05), eigenvalues=2, order="shuffled")


@pytest.mark.parametrize("beta1", [0.0, 0.8])
def test_epochs_from_rest_become_stationary(beta1):
    H, C, M = np.array([0.7, 2.0]), np.array([1.5, 0.5]), 6
    rule = {"eta": 0.1, "beta1": beta1, "batches": M}
    late = momentum_epoch_msd(H, [600, 603], C=C, **rule)
    for j in range(2):
        for row, steps in zip(late, (0, 3), strict=True):
            exact = momentum_epoch_covariance(H[j], C=C[j], steps=steps, **rule)[0, 0]
            assert row[j] == pytest.approx(exact, rel=1e-9)
    white = momentum_epoch_msd(H, [7, 50], C=C, between=0 * C, **rule)
    assert white == pytest.approx(_msd(H[None], np.array([[7], [50]]), Momentum(0.1, beta1), C), rel=1e-9)


def test_a_network_with_weight_decay_is_probed_natively():
    rng = np.random.default_rng(0)
    X, y = rng.uniform(-1, 1, (60, 3)), rng.integers(0, 2, 60)
    network = Network((3, 4, 2), X, y, "tanh", l2=0.3)
    theta = network.initial(0, 1)[0]
    model = from_network(network, theta)
    assert len(examine(model)) == 1
    found = probe(model, SGD(0.05), B=10, eigenvalues=5, iterations=16, walkers=4)
    assert found.spectrum.values == pytest.approx(np.linalg.eigvalsh(network.hessian(theta))[::-1][:5])
    less = Network((3, 4, 2), X, y, "tanh")
    with pytest.raises(ValueError, match="Weight decay belongs into both or neither"):
        examine(Model(less.loss, network.sample_gradients, network.hvp, theta, 60))


def test_a_batch_that_is_not_the_mean_of_its_rows_is_refused():
    good, _ = regression(minimum=False)
    fields = {key: getattr(good, key) for key in ("loss", "sample_gradients", "hvp", "theta", "rows")}

    def mean(theta, rows):
        return good.sample_gradients(theta, rows).mean(axis=0)

    assert len(examine(Model(**fields, batch_gradient=mean))) == 1
    with pytest.raises(ValueError, match="loss is a sum over the 300 samples"):
        examine(Model(**fields, batch_gradient=lambda theta, rows: len(rows) * mean(theta, rows)))
    with pytest.raises(ValueError, match="is random"):
        examine(Model(**fields, batch_gradient=lambda theta, rows: 1.01 * mean(theta, rows)))


def test_directions_without_noise_are_named_and_not_compared():
    rng = np.random.default_rng(0)
    noise = np.concatenate([rng.normal(size=(50, 2)), np.zeros((50, 1))], axis=1)
    noise -= noise.mean(axis=0)
    H = np.array([3.0, 2.0, 1.0])
    model = Model(
        lambda t: float(H @ t**2 / 2),
        lambda t, rows: H * t + noise[rows],
        lambda t, v: H * v,
        np.zeros(3),
        50,
    )
    found = probe(model, SGD(0.1), B=5, eigenvalues=3, iterations=20, walkers=8)
    assert found.noise.loud.tolist() == [True, True, False]
    assert "Along 1 directions there is next to no noise" in " ".join(found.said)
    assert "in the median of 2 directions" in " ".join(found.said)


def test_an_ill_conditioned_model_says_that_its_eigenvalues_did_not_converge(monkeypatch):
    """What the report says comes from the flag: with the flag set by hand it would claim convergence."""
    H = 1 + 1e-3 * np.linspace(0, 1, 400) ** 2  # a cluster that ARPACK cannot take apart in so few products
    noise = np.random.default_rng(0).normal(size=(20, 400))
    noise -= noise.mean(axis=0)
    turn = np.roll(np.eye(400), 1, axis=0) + np.roll(np.eye(400), -1, axis=0)

    def hvp(theta, v):
        return H * v + 0.3 * (turn @ v)

    model = Model(
        lambda t: float(t @ hvp(t, t) / 2), lambda t, rows: hvp(t, t) + noise[rows], hvp, np.zeros(400), 20
    )
    found = probe(model, SGD(0.1), B=5, eigenvalues=10, iterations=8, walkers=4, most_products=30)
    assert not found.spectrum.converged.all()
    assert "not to be trusted" in " ".join(found.said)
    assert found.to_xarray().converged.values.tolist() == found.spectrum.converged.tolist()
    lying = replace(
        found.spectrum, converged=np.ones_like(found.spectrum.converged), wanted=found.spectrum.values.size
    )
    assert "not to be trusted" not in lying.sentence()
