"""Seeds for the parts of a run.

Each part has its own, so that their random numbers are independent.
"""

import hashlib
import json


def derived_seed(seed: int, *labels) -> int:
    """Return a seed from ``seed`` and labels.

    It lies below 2^63, depends on every label, and is the same on every machine.

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
