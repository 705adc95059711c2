"""`diffusion check`: test an implementation of an optimizer.

It tells whether the implementation is the rule that it claims to be.
"""

import json as json_text
from dataclasses import asdict
from importlib import import_module
from typing import Annotated

from cyclopts import Parameter

from sims.commands.table import say
from sims.options.names import named
from sims.options.numbers import Whole
from sims.options.optimizer import OptimizerOptions
from sims.options.own_file import is_own, own_object


def check(
    candidate: str,
    /,
    *,
    against: str,
    set: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    steps: Whole = 200,
    dim: Whole = 10,
    shape: tuple[int, int] | None = None,
    seed: Whole = 0,
    json: bool = False,
) -> int:
    """Compare an implementation of an optimizer with a reference rule on the same gradients.

    Says to how many digits they agree, or after which step they part and which known variant the candidate is; and
    its measured degrees, from which the degree law has its exponent. Exit code 1 if they differ.

    Parameters
    ----------
    candidate
        FILE.py:NAME: a function that gets a list of parameters and returns a torch optimizer, an optax transformation,
        a part, or a function that makes a function gradient -> update. torch.optim:Adam names a class of a package.
    against
        Reference rule that `diffusion list` shows, or FILE.py:Name.
    set
        Fields of the reference, such as eta=0.1 beta2=0.99; those that the candidate has.
    steps
        Iterations that are compared.
    dim
        Coordinates of the random gradients.
    shape
        Shape of the parameters, two numbers, for rules on matrices.
    seed
        Seed of the random gradients.
    json
        Print JSON.
    """
    from sims.check import check as compare
    from sims.check import measured_degrees

    made = own_object(candidate) if is_own(candidate) else _of_package(candidate)
    options, texts = OptimizerOptions(against), _texts(set or [])
    for field in texts:
        named(field, options.field_names(tuple(set or [])), f"a field of {against}")
    if "eta" in options.field_names() and "eta" not in texts:
        raise ValueError(
            "The learning rate is missing: write --set eta=VALUE, the one that the candidate has."
        )
    reference = options.part(texts, {})
    if isinstance(made, type) and hasattr(made, "Numbers"):  # a part's class, not one of torch's
        made = _value_of(candidate, texts)
    sizes = {"steps": steps, "dim": dim, "shape": shape, "seed": seed}
    found = compare(made, reference, **sizes)
    degrees = measured_degrees(made, dim=dim, shape=shape, seed=seed)
    if json:
        told = {
            "agrees": found.agrees,
            **asdict(found),
            "h": degrees.h,
            "d": degrees.d,
            "p": degrees.exponent,
        }
        print(json_text.dumps(told | {"constants": list(degrees.constants), "sentence": str(found)}))
    else:
        say(f"{candidate} {found}")
        say(f"Measured degrees: {degrees}")
    return 0 if found.agrees else 1


def _value_of(candidate: str, texts: dict[str, str]):
    """Return a part of a class in a user's file, with the fields of the reference that it has."""
    if not is_own(candidate):
        raise ValueError(
            f"{candidate} is the class of a part; check one with numbers: in a file of yours, mine = ..."
        )
    own = OptimizerOptions(candidate)
    known = own.field_names()
    return own.part({name: text for name, text in texts.items() if name in known}, {})


def _texts(written: list[str]) -> dict[str, str]:
    """Return what ``--set`` gives: texts by field."""
    found = {}
    for text in written:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--set {text} gives no value: write field=value, such as eta=0.1.")
        found[name] = value
    return found


def _of_package(name: str):
    """Return the object that MODULE:NAME names in an installed package."""
    module, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except Exception as reason:  # noqa: BLE001  a package that is imported may do anything
        raise ValueError(f"{name} cannot be had ({reason}): write FILE.py:NAME or MODULE:NAME") from None
