"""Which optimizer, and its hyper-parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from sims.options.fields import fields_of, made
from sims.options.numbers import Number
from sims.options.registry import part_class

# Learning rates at which each optimizer of the paper leaves the valley within a second at the default k
VALLEY_ETA = {"sgd": 1e-3, "momentum": 1e-4, "adam": 0.1, "adai": 1e-3}


@dataclass(frozen=True)
class OptimizerOptions:
    """Which optimizer, and its hyper-parameters.

    Parameters
    ----------
    optimizer
        A name that `diffusion list` shows, or FILE.py:Name for one of your own.
    eta
        Learning rate, positive. [default: sgd and adai 1e-3, momentum 1e-4, adam 0.1, at a saddle
        1e-3]
    beta1
        Inertia in [0, 1), such as momentum's and adam's. [default: 0.9]
    beta2
        Memory of the squared gradient in [0, 1). [default: adam 0.999, adai 0.99]
    beta3
        Weight of a new gradient in momentum: 1 is the SGD style, 1 - beta1 Adam's. [default: 1]
    bias_correction
        Divide momentum's m by 1 - beta1^t.
    beta0
        Strength of adai's inertia adaptation. [default: 0.1]
    eps
        Number added to adam's divisor [default: 1e-8]; adai's inertia is at most 1 - eps [default: 1e-3].
    weight_decay
        Decoupled weight decay. [default: 0]
    """

    optimizer: str = "sgd"
    eta: Number | None = None
    beta1: Number | None = None
    beta2: Number | None = None
    beta3: Number | None = None
    bias_correction: bool | None = None
    beta0: Number | None = None
    eps: Number | None = None
    weight_decay: Number | None = None

    def part_class(self) -> type:
        """Return the optimizer's class.

        Raises
        ------
        ValueError
            If there is no such optimizer.
        """
        return part_class("optimizer", self.optimizer)

    def field_names(self, written: tuple[str, ...] = ()) -> set[str]:
        """Return the fields for `--set`, with those of an optimizer inside."""
        inner = next((text.split("=", 1)[1] for text in written if _is_inner(text)), None)
        within = set() if inner is None else set(fields_of(part_class("optimizer", inner)))
        return set(fields_of(self.part_class())) | within

    def part(self, texts: Mapping[str, str] | None = None, rates: Mapping[str, float] = VALLEY_ETA):
        """Return the optimizer.

        Parameters
        ----------
        texts : mapping of str to str, optional
            Further fields, as `sims.options.fields.assigned` returns them.
        rates : mapping of str to float
            Default learning rates.

        Raises
        ------
        ValueError
            If there is no such optimizer, it does not have an option given, or a value is out of range.
        """
        cls, texts = self.part_class(), dict(texts or {})
        known = fields_of(cls)
        given = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "optimizer"}
        given = {name: value for name, value in given.items() if value is not None and name not in texts}
        if self.optimizer in rates:
            given = {"eta": rates[self.optimizer]} | given
        if "optimizer" not in texts or "optimizer" not in known:
            return made("optimizer", cls, self.optimizer, given, texts)
        inner = texts.pop("optimizer")
        own = {name: texts.pop(name) for name in known if name in texts}
        beside = {name: given.pop(name) for name in known if name in given}
        if inner in rates:
            given = {"eta": rates[inner]} | given
        within = made("optimizer", part_class("optimizer", inner), inner, given, texts)
        return made("optimizer", cls, self.optimizer, beside | {"optimizer": within}, own)


def _is_inner(text: str) -> bool:
    return text.split("=", 1)[0].strip().rpartition(".")[2] == "optimizer" and "=" in text
