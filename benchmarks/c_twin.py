"""The engine's scheme in C (``c_twin.c``), compiled when it is first asked for and called through ctypes."""

import ctypes
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from benchmarks import problems as p
from benchmarks import process_problems as process

LANES = 32
SOURCE = Path(__file__).with_name("c_twin.c")
COMMON = ["-O3", "-march=native", "-fPIC", "-c"]
if platform.machine() in ("x86_64", "AMD64"):
    COMMON.append("-mprefer-vector-width=512")  # by itself gcc keeps to 256 bits: half the speed


class Parameters(ctypes.Structure):
    """The constants of ``problems`` and ``process_problems`` that a job uses; the others stay zero."""

    _fields_ = [("H", ctypes.c_double * p.DIM)] + [
        (name, ctypes.c_double)
        for name in ("start", "sd", "s0", "s1", "eta", "beta0", "beta1", "beta2", "eps", "keep", "push")
    ]


def available():
    return shutil.which("cc") is not None


@cache
def _library(options):
    """Compile the twin with these options and load it.

    Compiled and linked apart: ``-ffast-math`` given to the linker adds start-up code that flushes subnormal
    numbers in the whole process, and the other contestants would run under different rules.
    """
    with tempfile.TemporaryDirectory() as folder:
        compiled, linked = Path(folder, "twin.o"), Path(folder, "twin.so")
        subprocess.run(["cc", *COMMON, *options, SOURCE, "-o", compiled], check=True)
        subprocess.run(["cc", "-shared", compiled, "-o", linked, "-lm"], check=True)
        return ctypes.CDLL(str(linked))


def _job(name, options, dim=p.DIM, **parameters):
    def positions(walkers, iterations, seed):
        if walkers % LANES:
            raise ValueError(f"walkers must be a multiple of {LANES}, got {walkers!r}")
        theta = np.empty((walkers, dim))
        getattr(_library((f"-DDIM={dim}", *options)), name)(
            theta.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
            ctypes.c_long(walkers),
            ctypes.c_long(iterations),
            ctypes.c_uint64(seed),
            ctypes.byref(Parameters(**parameters)),
        )
        return theta

    return positions


VALLEY_SIGMA = {"start": p.VALLEY, "s0": p.S0, "s1": p.S1}
HEAVY_BALL = {"eta": p.MOMENTUM_ETA, "beta1": p.MOMENTUM_BETA1}
ADAM = {"eta": p.ADAM_ETA, "beta1": p.ADAM_BETA1, "beta2": p.ADAM_BETA2, "eps": p.ADAM_EPS}
ADAI = {"eta": p.ADAI_ETA, "beta0": p.ADAI_BETA0, "beta2": p.ADAI_BETA2, "eps": p.ADAI_EPS}
INERTIA = {
    "H": tuple(process.H),
    "sd": np.sqrt(2 * process.D * process.DT_A) / process.MASS,
    "eta": process.DT_A,
    "keep": 1 - process.DAMPING * process.DT_A,
    "push": process.DT_A / process.MASS,
}


def twin(*options):
    """Return the jobs as compiled with these options."""
    return SimpleNamespace(
        sgd=_job("sgd", options, H=tuple(p.H), sd=p.SADDLE_SD, eta=p.SGD_ETA),
        momentum=_job("momentum", options, start=p.VALLEY, sd=p.VALLEY_SD, **HEAVY_BALL),
        momentum_sigma=_job("momentum_sigma", options, **VALLEY_SIGMA, **HEAVY_BALL),
        adam=_job("adam", options, **VALLEY_SIGMA, **ADAM),
        adai=_job("adai", options, **VALLEY_SIGMA, **ADAI),
        inertia=_job("inertia", options, dim=process.H.size, **INERTIA),
    )


FAST_MATH = twin("-ffast-math")
# The sums in the order they are written: gcc's reassociation makes Box-Muller a quarter slower.
IN_ORDER = twin("-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros", "-ffinite-math-only")
