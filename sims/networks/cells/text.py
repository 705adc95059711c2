"""A text as rows of characters: three and the next one.

The text is the descriptions of data sets that scikit-learn (BSD 3-Clause) carries; nothing is downloaded.
"""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from diffusion.data import INSTALL

ALPHABET = "abcdefghijklmnopqrstuvwxyz .,"  # and one more for every other character
SYMBOLS = len(ALPHABET) + 1
BEFORE = 3  # characters that the next one is predicted from
BLOCK = 500  # characters in a row that are all trained on, or all tested with
TRAIN, TEST = 8_000, 2_000  # rows: more would only take longer


@cache
def characters():
    """Return rows of three characters, and the next one.

    Returns
    -------
    X_train, y_train, X_test, y_test : ndarray
        Three unit vectors of 30 numbers beside each other, shape (rows, 90), and the next character, 0 to 29.

    Raises
    ------
    ModuleNotFoundError
        Without scikit-learn; the message names the command that installs it.
    """
    numbers = np.array([ALPHABET.find(one) % SYMBOLS for one in _text()])  # find gives -1 for all others
    places = np.arange(BEFORE, len(numbers))
    X = np.zeros((len(places), BEFORE * SYMBOLS))
    for back in range(BEFORE):
        X[np.arange(len(places)), back * SYMBOLS + numbers[places - BEFORE + back]] = 1
    y = numbers[places]
    # every fifth block is for tests; a row that reaches back into another block belongs to neither
    clean = places % BLOCK >= BEFORE
    tests = places // BLOCK % 5 == 4
    train, test = np.flatnonzero(clean & ~tests)[:TRAIN], np.flatnonzero(clean & tests)[:TEST]
    return X[train], y[train], X[test], y[test]


def _text() -> str:
    """Return the text in small letters, spaces in a row made one."""
    spec = find_spec("sklearn")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"this text needs scikit-learn, which is not installed: {INSTALL}")
    files = sorted(Path(spec.submodule_search_locations[0], "datasets", "descr").glob("*.rst"))
    words = " ".join(file.read_text(encoding="utf-8") for file in files).lower()
    return re.sub(r"\s+", " ", words)
