"""Run of a probe.

It examines the model, measures spectrum and noise, computes temperatures and stability, and runs the user's
own SGD beside the prediction.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from diffusion import SGD, Adam, Interrupted, Momentum
from diffusion.checks import one_of, require, seed_number, whole
from diffusion.cost import require_memory
from sims.probe.examine import examine
from sims.probe.model import Model
from sims.probe.noise import Noise, Power, gradient_noise, power_of_curvature
from sims.probe.spectrum import Spectrum, hessian_spectrum, top_eigenvalues
from sims.probe.walk import LOOKS, ORDERS, Walk, walk
from sims.storage.netcdf import provenance

# Widths of the walkers' cloud by which a point may miss the minimum: within them the curvature hardly changes.
FAR_AWAY = 3.0


@dataclass(frozen=True)
class Probe:
    """What a probe found.

    Parts that an interrupted run did not reach are None.

    Attributes
    ----------
    model : str
    optimizer : part
    B : int
    said : tuple of str
        Sentences on the model, the spectrum, the noise and the comparison.
    spectrum : Spectrum
    noise : Noise or None
    power : Power or None
    temperature : ndarray or None, shape (k,)
        eta C_i / (2 B H_i), which for small eta is the stationary variance of SGD along an eigenvector; infinite
        where the curvature is not positive.
    sharpness, threshold : float or None
        Largest eigenvalue of the preconditioned Hessian, and the value from which on the optimizer is unstable there.
    walk : Walk or None
    settings : dict
    """

    model: str
    optimizer: Any
    B: int
    said: tuple[str, ...]
    spectrum: Spectrum
    noise: Noise | None
    power: Power | None
    temperature: np.ndarray | None
    sharpness: float | None
    threshold: float | None
    walk: Walk | None
    settings: dict

    def to_xarray(self) -> xr.Dataset:
        """Return all numbers as a dataset.

        Its dimension is ``direction``; it has settings and provenance.
        """
        columns: dict[str, tuple] = {
            "curvature": ("direction", self.spectrum.values, {"long_name": "eigenvalue of the Hessian"}),
            "residual": (
                "direction",
                self.spectrum.residuals,
                {"long_name": "|Hv - value v| / largest |value|"},
            ),
            "converged": ("direction", self.spectrum.converged),
        }
        if self.noise is not None:
            columns |= {
                "noise": (
                    "direction",
                    self.noise.variance,
                    {"long_name": "variance of one sample's gradient"},
                ),
                "noise_stderr": ("direction", self.noise.stderr),
                "noisy": ("direction", self.noise.loud),
                "kurtosis": (
                    "direction",
                    self.noise.kurtosis,
                    {"long_name": "excess kurtosis of one sample"},
                ),
                "temperature": (
                    "direction",
                    self.temperature,
                    {"long_name": "eta C / (2 B H)", "units": "theta^2"},
                ),
            }
        if self.walk is not None:
            names = ("predicted", "white", "stationary", "measured", "ratio", "low", "high")
            columns |= {f"walk_{name}": ("direction", getattr(self.walk, name)) for name in names}
        numbers = {
            "critical_batch": None if self.noise is None else self.noise.critical_batch,
            "sharpness": self.sharpness,
            "threshold": self.threshold,
            "gamma": None if self.power is None else self.power.gamma,
            "gamma_low": None if self.power is None else self.power.low,
            "gamma_high": None if self.power is None else self.power.high,
        }
        return xr.Dataset(
            columns,
            attrs=provenance(self.settings, self.settings["seed"])
            | {name: value for name, value in numbers.items() if value is not None}
            | {"model": self.model, "partial": "no" if self.walk is not None else "yes"}
            | {"settings": json.dumps(self.settings), "said": "\n".join(self.said)},
        )


def probe(
    model: Model, optimizer=None, *, B=32, eigenvalues=20, iterations=400, walkers=32, order="replacement",
    most_products=2000, seed=0, told=lambda what, share: None,
) -> Probe:  # fmt: skip
    """Probe a model at one point.

    It measures curvature and gradient noise, and holds diffusion theory against the model's own SGD.

    Parameters
    ----------
    model : Model
        See `sims.probe.Model`, `from_torch`, `from_jax`, `from_network`.
    optimizer : SGD, Momentum or Adam, optional
        Whose temperature and stability are wanted; SGD with a tenth of its stability threshold unless given. Adam's
        spread is not measured: it is no linear recurrence.
    B : int
        Batch size.
    eigenvalues : int
        Largest eigenvalues of the Hessian that are computed.
    iterations, walkers : int
        Of the model's own SGD from this point.
    order : {"replacement", "epochs"}
        Order of its rows; see `sims.probe.walk`.
    most_products : int
        Hessian products after which eigenvalues that have not converged are said not to have.
    seed : int
    told : callable
        Called with what is running and how much of it is done, from 0 to 1.

    Returns
    -------
    Probe

    Raises
    ------
    ValueError
        If the model's functions do not belong together; see `sims.probe.examine`.
    Interrupted
        On Ctrl-C; ``partial`` is the `Probe` of what was finished, None before the spectrum was.
    """
    require(isinstance(model, Model), "model", "a Model, such as from_torch returns", model)
    require(
        optimizer is None or isinstance(optimizer, SGD | Momentum | Adam),
        "optimizer",
        "SGD, Momentum or Adam",
        optimizer,
    )
    require(callable(told), "told", "a function", told)
    settings = sizes(model, B, eigenvalues, iterations, walkers, order, most_products, seed)
    B, eigenvalues, iterations, walkers, _, most_products, seed = settings.values()
    settings |= {"rows": model.rows, "parameters": model.dim}
    done: dict[str, Any] = dict.fromkeys(("noise", "power", "temperature", "sharpness", "threshold", "walk"))
    said: list[str] = []
    found: Probe | None = None
    try:
        said += examine(model, seed)
        spectrum = hessian_spectrum(
            model, eigenvalues, most_products=most_products, seed=seed,
            told=lambda n: told("eigenvalues", min(n / most_products, 1.0)),
        )  # fmt: skip
        said += [spectrum.sentence(), *_curvature(spectrum)]
        if optimizer is None:
            steepest = float(spectrum.values[0])
            require(steepest > 0, "optimizer", "given where no curvature of the loss is positive", None)
            # eta H = 0.2 is a tenth of the limit 2 above which SGD is unstable
            optimizer = SGD(0.2 / steepest)
        settings["optimizer"] = " ".join(repr(optimizer).split())

        def so_far():
            return Probe(model.name, optimizer, B, tuple(said), spectrum, **done, settings=settings)

        found = so_far()
        noise = gradient_noise(
            model, spectrum.vectors, seed=seed, told=lambda n: told("gradient noise", n / model.rows)
        )
        power = power_of_curvature(spectrum.values[noise.loud], noise.variance[noise.loud])
        done |= {
            "noise": noise,
            "power": power,
            "temperature": _temperature(spectrum.values, noise, optimizer, B),
        }
        done["sharpness"], done["threshold"] = _stability(
            model, spectrum, noise, optimizer, B, most_products, seed
        )
        said += _noise_sentences(noise, power, B, model.rows) + _stability_sentences(optimizer, done)
        found = so_far()
        if not isinstance(optimizer, Adam):
            done["walk"] = walk(
                model, spectrum.vectors, spectrum.values, noise.variance, optimizer, B=B, iterations=iterations,
                walkers=walkers, order=order, seed=seed, told=lambda n: told("SGD of the model", n / (iterations * walkers)),
            )  # fmt: skip
            said += _walk_sentences(done["walk"], spectrum, noise, optimizer, order)
        return so_far()
    except KeyboardInterrupt:
        raise Interrupted(found) from None


def sizes(model, B, eigenvalues, iterations, walkers, order, most_products, seed) -> dict[str, Any]:
    """Return the sizes of a probe, checked, by name."""
    one_of(order, "order", ORDERS)
    walkers = whole(walkers, "walkers", 4)
    # The positions of all walkers at every look are held at once.
    require_memory(
        8.0 * walkers * LOOKS * whole(eigenvalues, "eigenvalues", 1, model.dim), "walkers", walkers
    )
    return {
        "B": whole(B, "B", 1, model.rows),
        "eigenvalues": whole(eigenvalues, "eigenvalues", 1, model.dim),
        "iterations": whole(iterations, "iterations", LOOKS),
        "walkers": walkers,
        "order": order,
        "most_products": whole(most_products, "most_products", 1),
        "seed": seed_number(seed),
    }


def _temperature(H, noise, optimizer, B):
    """Return the temperature eta C / (2 B H).

    It is SGD's, with the optimizer's own factor; infinite where H is not positive.
    """
    if isinstance(
        optimizer, Adam
    ):  # divided by the root of v = C / B along each direction, as the paper idealises
        rate, C = optimizer.eta, np.sqrt(noise.variance / B)
    elif isinstance(optimizer, Momentum):
        rate, C = optimizer.eta * optimizer.beta3 / (1 - optimizer.beta1), noise.variance / B
    else:
        rate, C = optimizer.eta, noise.variance / B
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(H > 0, rate * C / (2 * H), np.inf)


def _stability(model, spectrum, noise, optimizer, B, most_products, seed):
    """Return the largest curvature and the optimizer's threshold.

    The curvature is preconditioned where the optimizer is.
    """
    if isinstance(optimizer, SGD):
        return float(spectrum.values[0]), 2 / optimizer.eta
    if isinstance(optimizer, Momentum):
        return float(spectrum.values[0]), 2 * (1 + optimizer.beta1) / (optimizer.eta * optimizer.beta3)
    require(isinstance(optimizer, Adam), "optimizer", "SGD, Momentum or Adam", optimizer)
    # v in equilibrium: the mean square of a minibatch's gradient, coordinate by coordinate
    v = noise.gradient**2 + np.maximum(noise.second_moment - noise.gradient**2, 0) / B
    # 1e-300 keeps a coordinate without gradient, where eps is 0, from dividing by zero
    root = 1 / np.sqrt(np.sqrt(v) + max(optimizer.eps, 1e-300))
    scaled = top_eigenvalues(
        lambda u: root * model.hvp(model.theta, root * u),
        model.dim,
        1,
        most_products=most_products,
        seed=seed,
    )
    return float(scaled.values[0]), 2 * (1 + optimizer.beta1) / ((1 - optimizer.beta1) * optimizer.eta)


def _curvature(spectrum):
    negative = int(np.sum(spectrum.values < 0))
    said = [f"The largest eigenvalue of the Hessian is {spectrum.values[0]:.4g}."]
    if negative:
        said.append(f"{negative} of these eigenvalues are negative: this point is no minimum.")
    return said


def _noise_sentences(noise: Noise, power: Power | None, B, rows):
    many = int(np.sum(noise.kurtosis / B > noise.kurtosis_limit))
    tails = f"excess kurtosis above {noise.kurtosis_limit:.2g}"
    pays = f"Batches pay in full up to about {noise.critical_batch:.3g} samples (trace of C over the squared gradient)."
    if noise.critical_batch > rows:
        pays = (
            f"Batches of up to all {rows:,} samples pay in full: the mean gradient is small beside its noise."
        )
    said = [
        pays,
        f"The noise of {B} samples has heavier tails than normal noise along {many} of {noise.kurtosis.size} "
        + f"directions ({tails}).",
    ]
    if not noise.loud.all():
        said.append(
            f"Along {int(np.sum(~noise.loud))} directions there is next to no noise: no sample pulls that way, and nothing is "
            "compared there."
        )
    if power is not None:
        paper = "does" if power.low <= 1 <= power.high else "does not"
        said.append(
            f"Noise grows as curvature to the power {power.gamma:.2f} [{power.low:.2f}, {power.high:.2f}] over "
            f"{power.directions} directions; this {paper} include the 1 that the paper assumes."
        )
    return said


def _stability_sentences(optimizer, done):
    name, sharp, limit = type(optimizer).__name__, done["sharpness"], done["threshold"]
    what = "preconditioned curvature" if isinstance(optimizer, Adam) else "curvature"
    state = "stable" if sharp < limit else "UNSTABLE"
    return [
        f"The largest {what} is {sharp:.4g}; {name} is unstable from {limit:.4g} on, so it is {state} here."
    ]


def _walk_sentences(found: Walk, spectrum, noise, optimizer, order):
    trusted = spectrum.converged & np.isfinite(found.ratio) & noise.loud
    if not trusted.any():
        return ["No direction with a converged eigenvalue and with noise could be compared."]
    inside = int(np.sum((found.low[trusted] < 1) & (found.high[trusted] > 1)))
    middle = float(np.median(found.ratio[trusted]))
    settled = np.isfinite(found.stationary) & (found.white > 0.9 * found.stationary)
    name, count = type(optimizer).__name__, int(trusted.sum())
    said = [
        f"After {found.iterations} iterations the variance of the model's own {name} is {middle:.3g} times the "
        + f"predicted one, in the median of {count} directions.",
        f"In {inside} of {count} directions the 95 % interval holds the prediction; {int(settled.sum())} have had time to "
        + "become stationary.",
    ]
    # how far the quadratic's minimum lies from here, in widths of the settled cloud
    bowl = trusted & np.isfinite(found.stationary) & (spectrum.values > 0)
    if bowl.any():
        away = np.abs(noise.gradient @ spectrum.vectors[:, bowl]) / spectrum.values[bowl]
        widths = float(np.median(away / np.sqrt(found.stationary[bowl])))
        if widths > FAR_AWAY:
            said.append(
                f"This point is no minimum: its gradient pulls the walkers {widths:.2g} widths of their cloud away (median), "
                "to where curvature and noise differ from those measured here. Train it further first."
            )
    if order == "epochs":
        share = float(np.median((found.predicted / found.white)[trusted]))
        said.append(
            f"Rows come in epochs: the predicted variance is {share:.3g} times that of rows drawn with replacement, in the "
            "median: batches of one epoch share no row, and their noise cancels."
        )
    return said
