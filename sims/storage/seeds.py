"""Seeds for the parts of a run, whose random numbers are independent."""

import hashlib
import json


def derived_seed(seed: int, *labels) -> int:
    """Return a seed below 2^63 from ``seed`` and labels, on any machine.

    Parameters
    ----------
    seed : int
    *labels : str, int or float
        What tells one part of the run from the others.

    Examples
    --------
    >>> derived_seed(0, "SGD", 1.5) == derived_seed(0, "SGD", 1.5), derived_seed(0, "SGD") == derived_seed(1, "SGD")
    (True, False)
    """
    text = json.dumps([int(seed), *labels])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
