"""`from_torch` and `from_jax`: models of many kinds, against dense derivatives and other libraries, or refused by name.

What is not installed is skipped; docs/guide/probe.md says with which versions all of it was run.
"""

import numpy as np
import pytest

from diffusion import SGD
from sims.probe import from_jax, from_torch, probe
from sims.probe.examine import examine


def test_a_jax_function_is_probed():
    jax = pytest.importorskip("jax", reason="JAX is not installed; the documented run was made with it")
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(40, 4)) * np.linspace(0.4, 2.5, 4)).astype(np.float32)
    y = (rng.random(40) < 0.5).astype(int)

    def loss(params, x, y):
        s = x @ params["w"] + params["b"]
        return jax.numpy.mean(jax.numpy.logaddexp(0, s) - y * s)

    model = from_jax(loss, {"b": np.float32(0.0), "w": np.zeros(4, np.float32)}, (x, y))
    assert model.dim == 5
    found = probe(model, SGD(0.1), B=8, eigenvalues=5, iterations=10, walkers=4)
    with_one = np.concatenate([np.ones((40, 1)), x.astype(float)], axis=1)
    assert found.spectrum.values == pytest.approx(
        np.linalg.eigvalsh(with_one.T @ with_one / 160)[::-1], rel=1e-6
    )


def test_jax_models_of_other_kinds():
    jax = pytest.importorskip("jax", reason="JAX is not installed; the documented run was made with it")
    jnp = jax.numpy
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 5, 2))
    y = (x[:, :, 0].sum(axis=1) > 0).astype(int)
    params = {
        "in": rng.normal(size=(2, 3)),
        "hidden": 0.5 * rng.normal(size=(3, 3)),
        "out": rng.normal(size=(3, 2)),
    }

    def recurrent(params, batch):
        def cell(h, now):
            return jnp.tanh(now @ params["in"] + h @ params["hidden"]), None

        h, _ = jax.lax.scan(cell, jnp.zeros((batch["x"].shape[0], 3)), batch["x"].swapaxes(0, 1))
        logits = jax.nn.log_softmax(h @ params["out"])
        return -jnp.mean(jnp.take_along_axis(logits, batch["y"][:, None], 1))

    model = from_jax(recurrent, params, {"x": x, "y": y})
    H = np.array([model.hvp(model.theta, row) for row in np.eye(model.dim)])
    np.testing.assert_allclose(H, differences(model), atol=1e-8)
    assert len(examine(model)) == 1
    with pytest.raises(ValueError, match="params must be floating arrays, got float64, int"):
        from_jax(recurrent, params | {"seed": 3}, {"x": x, "y": y})
    with pytest.raises(ValueError, match="as many samples"):
        from_jax(recurrent, params, {"x": x, "y": y[:-1]})
    with pytest.raises(ValueError, match="The loss is float32"):
        from_jax(lambda p, d: recurrent(p, d).astype(jnp.float32), params, {"x": x, "y": y})
    with pytest.raises(ValueError, match="one that returns a number"):
        from_jax(lambda p, d: jnp.ones(3) * p["in"][0, 0], params, {"x": x, "y": y})
    with pytest.raises(ValueError, match="loss is a sum over the 30 samples"):
        examine(from_jax(lambda p, d: d["y"].shape[0] * recurrent(p, d), params, {"x": x, "y": y}))

    @jax.custom_vjp
    def square(v):
        return v * v

    square.defvjp(lambda v: (v * v, v), lambda v, g: (2 * v * g,))  # has no forward derivative
    model = from_jax(lambda p, v: jnp.mean(square(v @ p - 1)), rng.normal(size=2), x[:, 0])
    H = np.array([model.hvp(model.theta, row) for row in np.eye(2)])
    np.testing.assert_allclose(H, 2 * x[:, 0].T @ x[:, 0] / 30, atol=1e-12)


def differences(model, h=1e-5):
    """Return the Hessian by central differences of the mean of the samples' gradients."""
    every = np.arange(model.rows)

    def gradient(theta):
        return model.sample_gradients(theta, every).mean(axis=0)

    steps = h * np.eye(model.dim)
    return np.array([(gradient(model.theta + e) - gradient(model.theta - e)) / (2 * h) for e in steps])


def kinds(torch):
    """Return small modules of many kinds by name, each with its inputs, targets and loss."""
    nn, F = torch.nn, torch.nn.functional
    torch.manual_seed(0)
    image, series = torch.randn(12, 1, 5, 5).double(), torch.randn(12, 4, 3).double()
    label, number = torch.randint(0, 2, (12,)), torch.randn(12, 2).double()

    class Recurrent(nn.Module):
        def __init__(self, cell):
            super().__init__()
            self.cell, self.out = cell(3, 2, batch_first=True), nn.Linear(2, 2)

        def forward(self, x):
            return self.out(self.cell(x)[0][:, -1])

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.into, self.out = nn.Embedding(4, 3), nn.Linear(3, 4, bias=False)
            self.out.weight = self.into.weight
            self.register_buffer("scale", torch.tensor(1.5))

        def forward(self, x):
            return self.scale * self.out(torch.tanh(self.into(x)))

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(3, 2), nn.Linear(3, 2)

        def forward(self, a, b):
            return self.a(a) * self.b(b)

    class Branch(nn.Module):
        def __init__(self):
            super().__init__()
            self.out = nn.Linear(3, 2)

        def forward(self, x):
            return self.out(x[:, 0] if x.sum().item() > -1e9 else x[:, 1])

    attention = nn.TransformerEncoderLayer(3, 1, 4, dropout=0.0, batch_first=True)
    frozen = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 2))
    frozen[0].weight.requires_grad_(False)
    a, b = series[:, 0], series[:, 1]
    return {
        "convolution and layer norm": (
            nn.Sequential(nn.Conv2d(1, 2, 3), nn.LayerNorm([2, 3, 3]), nn.GELU(), nn.Flatten(), nn.Linear(18, 2)),
            image, label, F.cross_entropy,
        ),
        "batch norm, evaluated": (
            nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Tanh(), nn.Flatten(), nn.Linear(18, 2)).eval(),
            image, label, F.cross_entropy,
        ),
        "mean-squared error": (nn.Sequential(nn.Linear(3, 4), nn.SiLU(), nn.Linear(4, 2)), a, number, F.mse_loss),
        "gated recurrence": (Recurrent(nn.GRU), series, label, F.cross_entropy),
        "long short-term memory": (Recurrent(nn.LSTM), series, label, F.cross_entropy),
        "attention": (nn.Sequential(attention, nn.Flatten(), nn.Linear(12, 2)), series, label, F.cross_entropy),
        "tied weights and a buffer": (Tied(), torch.randint(0, 4, (12,)), torch.randint(0, 4, (12,)), F.cross_entropy),
        "frozen weights": (frozen, a, label, F.cross_entropy),
        "inputs in a dict": (Two(), {"a": a, "b": b}, label, F.cross_entropy),
        "inputs in a tuple": (Two(), (a, b), label, F.cross_entropy),
        "a branch on values": (Branch(), series, label, F.cross_entropy),
        "arrays": (nn.Linear(3, 2), a.numpy(), label.numpy(), F.cross_entropy),
    }  # fmt: skip


def test_torch_modules_of_many_kinds():
    """Hessian products against differences of per-sample gradients, and per-sample gradients against the loss."""
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed; the documented run was made with it"
    )
    for name, (module, inputs, targets, loss) in kinds(torch).items():
        model = from_torch(module.double(), loss, (inputs, targets), weight_decay=0.1)
        assert model.dim == sum(p.numel() for p in module.parameters() if p.requires_grad), name
        H = np.array([model.hvp(model.theta, row) for row in np.eye(model.dim)])
        np.testing.assert_allclose(H, differences(model), atol=1e-7, err_msg=name)
        assert len(examine(model)) == 1, name


def test_torch_models_that_are_none_are_refused_by_name():
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed; the documented run was made with it"
    )
    nn, loss = torch.nn, torch.nn.functional.cross_entropy
    torch.manual_seed(0)
    x, y = torch.randn(50, 3).double(), torch.randint(0, 2, (50,))

    class Own(nn.Module):
        def __init__(self, forward):
            super().__init__()
            self.out, self.own = nn.Linear(3, 2).double(), forward

        def forward(self, x):
            return self.own(self.out, x)

    norm = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)).double()
    recurrent = nn.GRU(3, 2, num_layers=2, dropout=0.5).double()
    refused = [
        (lambda: from_torch(norm, loss, (x, y)), "1 is BatchNorm1d in training mode"),
        (lambda: from_torch(nn.Sequential(nn.Dropout(0.5), nn.Linear(3, 2)).double(), loss, (x, y)), "0 is Dropout in"),
        (lambda: from_torch(recurrent, loss, (x, y)), "module is GRU in training mode: its dropout"),
        (lambda: from_torch(nn.Linear(3, 2), loss, (x, y)), r"weight is float32: call module\.double"),
        (lambda: from_torch(nn.Linear(3, 2).double(), loss, (x.float(), y)), "the inputs is float32"),
        (lambda: from_torch(Own(lambda f, x: f(x).float()), loss, (x, y)), "The loss is float32"),
        (lambda: from_torch(loss, nn.Linear(3, 2), (x, y)), "module must be a torch.nn.Module"),
        (lambda: from_torch(nn.Linear(3, 2).double(), loss, torch.utils.data.TensorDataset(x, y)), "default_collate"),
        (lambda: from_torch(nn.Linear(3, 2).double(), loss, (x, y[:-1])), "as many samples"),
        (lambda: from_torch(nn.Tanh(), loss, (x, y)), "one with parameters that need gradients"),
        (lambda: from_torch(nn.Linear(3, 2).double(), nn.CrossEntropyLoss(reduction="none"), (x, y)), "one number"),
    ]  # fmt: skip
    for make, words in refused:
        with pytest.raises(ValueError, match=words):
            make()
    examined = [
        (nn.Linear(3, 2).double(), nn.CrossEntropyLoss(reduction="sum"), "loss is a sum over the 50 samples"),
        (
            nn.Linear(3, 2).double(),
            nn.CrossEntropyLoss(weight=torch.tensor([1.0, 9.0]).double()),
            "a weighted mean",
        ),
        (Own(lambda f, x: f(torch.nn.functional.dropout(x))), loss, "other values on a second call"),
        (Own(lambda f, x: f(x - x.mean(dim=0))), loss, "mixes samples"),
        (Own(lambda f, x: f(x.float().double())), loss, None),  # data lose digits, the derivatives stay right
    ]
    for module, own_loss, words in examined:
        model = from_torch(module, own_loss, (x, y))
        if words is None:
            assert len(examine(model)) == 1
        else:
            with pytest.raises(ValueError, match=words):
                examine(model)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # of its dependencies
def test_the_hessian_is_that_of_curvlinops():
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed; the documented run was made with it"
    )
    curvlinops = pytest.importorskip("curvlinops", reason="curvlinops is not installed")
    torch.manual_seed(0)
    x, y = torch.randn(40, 3).double(), torch.randint(0, 3, (40,))
    module = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3)).double()
    params = list(module.parameters())
    theirs = curvlinops.HessianLinearOperator(module, torch.nn.CrossEntropyLoss(), params, [(x, y)])
    dense = (theirs @ torch.eye(sum(p.numel() for p in params), dtype=torch.float64)).detach().numpy()
    model = from_torch(module, torch.nn.functional.cross_entropy, (x, y))
    ours = np.array([model.hvp(model.theta, row) for row in np.eye(model.dim)])
    np.testing.assert_allclose(ours, dense, atol=1e-10)
    found = probe(model, SGD(0.1), B=10, eigenvalues=4, iterations=16, walkers=4)
    assert found.spectrum.values == pytest.approx(np.linalg.eigvalsh(dense)[::-1][:4], rel=1e-8)
