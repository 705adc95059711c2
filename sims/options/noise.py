"""Which gradient noise, and how strong."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from sims.options.fields import fields_of, made
from sims.options.landscape import curvatures, require_members
from sims.options.numbers import Number, Whole
from sims.options.registry import checked_name, part_class

SAMPLES = 50_000  # rows of the data set of minibatch noise
USES = {
    "frozen": ("C", "kappa", "B"),
    "isotropic": ("C", "kappa", "B"),
    "two-temperature": ("kappa", "B", "s"),
    "hessian": ("kappa", "B", "floor"),
    "data": ("B", "variance", "drift"),
    "minibatch": ("B", "variance", "data_seed"),
}  # options of each noise; any other one is refused. A noise that is not here is made of its own fields.


@dataclass(frozen=True)
class NoiseOptions:
    """Which gradient noise, and how strong.

    Parameters
    ----------
    noise
        frozen, isotropic, two-temperature, hessian, data or minibatch, or FILE.py:Name for one of your own.
        [default: frozen in a valley, hessian at a saddle]
    C
        Variance of each coordinate of the gradient, for frozen and isotropic noise. [default: kappa |H| / B,
        with H the curvature where the walkers start]
    kappa
        Strength of the noise, as a multiple of |H| / B. [default: 1000 in a valley, 1 at a saddle]
    B
        Batch size.
    s
        Share of the barrier that is climbed at the valley's temperature, for two-temperature noise; in (0, 1).
    floor
        Smallest curvature that counts, for hessian noise.
    variance
        Variance of the data, for data and minibatch noise.
    drift
        data: averaging over the data changes the drift too; bare: it does not. For data noise.
    data_seed
        Seed of minibatch noise's data set, numpy.random.default_rng(DATA_SEED).normal(0, sqrt(VARIANCE),
        (50000, dim)).
    """

    noise: str | None = None
    C: Number | None = None
    kappa: Number | None = None
    B: Whole = 10
    s: Number = 0.5
    floor: Number = 0.0
    variance: Number = 4.0
    drift: str = "data"
    data_seed: Whole = 0

    def filled(self, noise: str = "frozen", kappa: float = 1000.0):
        """Return these options with a command's defaults."""
        name = checked_name("noise", noise if self.noise is None else self.noise)
        strong = self.kappa is None and self.C is None and "kappa" in USES.get(name, ())
        return replace(self, noise=name, kappa=kappa if strong else self.kappa)

    def field_names(self) -> set[str]:
        """Return the fields for `--set`, of a noise without options here."""
        own = self.noise is not None and checked_name("noise", self.noise) not in USES
        return set(fields_of(part_class("noise", str(self.noise)))) if own else set()

    def checked(self):
        """Validate these options, building nothing, and return them.

        Raises
        ------
        ValueError
            If there is no such noise, it does not use an option given, or a value is out of range.
        """
        from diffusion.checks import positive, whole

        name = checked_name("noise", self.noise or "frozen")
        uses = USES[name] if name in USES else self.field_names()
        for option in fields(self):
            given = getattr(self, option.name)
            if option.name in ("noise", *uses) or given in (option.default, None):
                continue
            users = [noise for noise, theirs in USES.items() if option.name in theirs]
            raise ValueError(
                f"{option.name} works only with {' or '.join(users)} noise; {name} noise does not use it."
            )
        both = [name for name, default in (("kappa", None), ("B", 10)) if getattr(self, name) != default]
        if self.C is not None and both and name in USES:
            raise ValueError(f"C takes the place of kappa |H| / B; give C or {' and '.join(both)}, not both.")
        if self.kappa is not None:
            positive(self.kappa, "kappa")
        whole(self.B, "B")
        return self

    def part(self, landscape, texts: Mapping[str, str] | None = None, start=None):
        """Return the noise, scaled by the curvature at ``start`` or the minimum.

        Raises
        ------
        ValueError
            If there is no such noise, the landscape does not have what it needs, or a value is out of range.
        """
        import numpy as np

        from diffusion.checks import positive, whole

        noise = self.filled().checked()
        name, kappa = noise.noise, noise.kappa
        cls, share = part_class("noise", name), (kappa or 0.0) / self.B
        if name not in USES:
            own = {
                field.name: getattr(noise, field.name)
                for field in fields(self)
                if field.name in fields_of(cls)
            }
            own = {
                field: value
                for field, value in own.items()
                if value is not None and field not in (texts or {})
            }
            return made("noise", cls, name, own, texts or {})
        if name in ("frozen", "isotropic"):
            C = self.C
            if C is None:
                if start is None:
                    require_members(landscape, "Noise of strength kappa |H| / B", "minimum")
                    start = landscape.minimum
                curvature = np.abs(curvatures(landscape, start))
                C = _strength(share, curvature if name == "frozen" else float(curvature.mean()), kappa)
            return cls(C)
        if name == "two-temperature":
            require_members(landscape, "Two-temperature noise", "barrier", "split")
            valley, top = (_strength(share, H, kappa) for H in (landscape.H_a, abs(landscape.H_b)))
            return cls(valley, top, landscape.split(self.s))
        if name == "hessian":
            return cls(self.B, kappa, self.floor)
        positive(self.variance, "variance")
        if name == "data":
            return cls(self.B, self.variance, self.drift)
        whole(self.data_seed, "data_seed", 0)
        shape = SAMPLES, landscape.dim
        samples = np.random.default_rng(self.data_seed).normal(0, np.sqrt(self.variance), shape)
        return cls(samples, self.B)


def _strength(share, curvature, kappa):
    """Return kappa |H| / B, which must be finite."""
    import numpy as np

    from diffusion.checks import require

    with np.errstate(over="ignore"):
        C = share * curvature
    require(np.all(np.isfinite(C)), "kappa", "so small that kappa |H| / B is finite", kappa)
    return C
