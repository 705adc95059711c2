"""How kernels are compiled, plugged together and cached, said once.

A part (landscape, noise, optimizer, scheme, boundary) is a frozen dataclass, and its kernels are its own
methods. A driver is compiled once for each combination of part *types*, with those methods inlined, so
walkers pay nothing for the plugging. Compiled drivers are kept on disk when every part is the package's own;
with a part written elsewhere (a notebook, a user's file) they are compiled anew in each process, so no edit
can ever bring back old numbers.
"""

import contextlib
import hashlib
import inspect
import operator
import os
from collections import namedtuple
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, dataclass_transform

import numba
import numpy as np
from numba import types
from numba.core import caching
from numba.extending import overload, overload_method

from diffusion.checks import require
from diffusion.contract import KERNELS, gives, is_part

PACKAGE = __name__.partition(".")[0]
# 'contract' lets the compiler fuse multiply and add, and keeps NaN checks. 0/0 is NaN, as in NumPy.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"contract"}}

# Walkers side by side in a block: theta[j * LANES + l] is coordinate j of the walker in lane l. A constant
# (below 16 loops over lanes do not vectorise); the numbers do not depend on it.
LANES = int(os.environ.get("DIFFUSION_LANES", "32"))
require(LANES in (16, 32, 64), "DIFFUSION_LANES", "16, 32 or 64", LANES)
# A field with this value has dim entries. For few coordinates it is a tuple, whose type tells the compiler dim: loops
# over it vanish. Numba refuses tuples of 1000 entries, and long before that they make slow code slowly.
COORDINATES: Any = object()
FEW = 32


def _gradient_from_slope(self, theta, g):
    for i in range(theta.size):
        g[i] = self.slope(theta[i], i)


def _add_noise_from_spread(self, theta, z, g):
    for i in range(theta.size):
        g[i] += self.spread(theta[i], i) * z[i]


def _slopes_of_its_own(self, theta, g):
    return self


def _slopes_written_down(self, theta, g):
    self.gradient(theta, g)
    return written_slopes(g)


DERIVED = {  # what a kernel is made of where a part has not got it
    "gradient": {"slope": _gradient_from_slope},
    "add_noise": {"spread": _add_noise_from_spread},
    "slopes_at": {"slope": _slopes_of_its_own, "gradient": _slopes_written_down},
}
# These only borrow the arrays that they are given, and may make no others. Counting references to them cost up
# to half of a step of few coordinates.
BORROW = ("step", "advance", "slopes_at", "crossings", "pick")


def _make_callable(name, arguments):
    """Let compiled code call the method ``name`` of any part."""

    def find(*arguments):
        part = getattr(arguments[0].instance_class, "part", None)
        if gives(part, name):
            return getattr(part, name)
        return next((d for source, d in DERIVED.get(name, {}).items() if gives(part, source)), None)

    parameters = [
        inspect.Parameter(a, inspect.Parameter.POSITIONAL_OR_KEYWORD) for a in arguments.split(", ")
    ]
    find.__signature__ = inspect.Signature(parameters)
    options = {"forceinline": True, "_nrt": name not in BORROW, **OPTIONS}
    overload_method(types.BaseNamedTuple, name, jit_options=options)(find)


for _name, _arguments in KERNELS.items():
    _make_callable(_name, _arguments)


@dataclass_transform(frozen_default=True)
def part(cls):
    """Make ``cls`` a frozen dataclass whose methods compiled code can call.

    Methods that `diffusion.protocols` lists as kernels must have the arguments that are listed there.

    Raises
    ------
    ValueError
        If a kernel of ``cls`` has other arguments than its contract.

    Examples
    --------
    >>> @part
    ... class Tilt:
    ...     c: float
    ...     dim = 1
    ...
    ...     def slope(self, x, i):
    ...         return self.c
    >>> Tilt(2.0)
    Tilt(c=2.0)
    """
    for name, arguments in KERNELS.items():
        written = (
            ", ".join(inspect.signature(getattr(cls, name)).parameters) if gives(cls, name) else arguments
        )
        require(written == arguments, f"{cls.__name__}.{name}", f"{name}({arguments})", f"({written})")
    cls = dataclass(frozen=True, eq=False)(cls)
    names = [f.name for f in fields(cls)] or ["none"]  # Numba cannot pass an empty named tuple
    cls.Numbers = namedtuple(cls.__name__, names)
    cls.Numbers.__module__ = cls.__module__
    cls.Numbers.__qualname__ = f"{cls.__qualname__}.Numbers"
    cls.Numbers.part = cls
    return cls


@part
class WrittenSlopes:
    """The slopes of a block where coordinates touch."""

    g: np.ndarray

    def slope(self, x, i):
        """Return the slope of coordinate ``i``."""
        return self.g[i]


def named_tuple(cls) -> Any:
    """Return the type of the named tuple that kernels of a part see as ``self``."""
    return cls.Numbers


written_slopes = named_tuple(WrittenSlopes)


@overload(operator.getitem)
def _same_everywhere(number, i):
    """Let kernels index a number as they index a row."""
    if isinstance(number, types.Float) and isinstance(i, types.Integer):
        return lambda number, i: number


def numbers(part, dim, width=None):
    """Return the fields of ``part`` as the named tuple that its kernels see as ``self``.

    Numbers become floats. A tuple or 1-D array holds one number per coordinate (or one for all) and is
    repeated for every lane, so that kernels index it with the same ``i`` as ``theta``; or, given ``width``, it
    is padded to that length, for kernels that index it by coordinate. Parameters that are the same for all
    coordinates become one number, which kernels may index too: a row would be read from memory.
    """
    width = part.row_width if gives(part, "row_width") else width
    given = {f.name for f in fields(part) if f.init}
    one = given if width is None else set()  # kernels may write into the others
    seen = part.Numbers(
        *(_number(getattr(part, n, 0), dim, width, n in one, n in given) for n in part.Numbers._fields)
    )
    if gives(part, "row_gradients") and not gives(part, "gradient"):
        from diffusion.landscapes.whole_data import whole_data

        return whole_data(part, dim, seen)
    return seen


def aligned_zeros(shape):
    """Return zeros that begin at a cache line: vector loads that cross two cost twice."""
    size = 8 * int(np.prod(shape))
    room = np.zeros(size + 64, np.uint8)
    start = -room.ctypes.data % 64
    return room[start : start + size].view(np.float64).reshape(shape)


def _aligned_copy(value):
    if value.dtype.itemsize != 8:
        return np.array(value, order="C")
    copy = aligned_zeros(value.shape).view(value.dtype)
    copy[:] = value
    return copy


def _number(value, dim, width, one, given):
    if is_part(value):
        return numbers(value, dim, width)
    if isinstance(value, str):
        return 0.0  # kernels read no words: the part derives numbers from them
    if value is COORDINATES:
        return tuple(range(dim)) if dim <= FEW else np.broadcast_to(0.0, dim)  # one number, seen dim times
    if isinstance(value, Pointer):
        return value
    if np.ndim(value) == 1:
        each = np.broadcast_to(np.asarray(value, dtype=float), dim)
        if one and np.all(each == each[0]):
            return float(each[0])
        row = np.repeat(each, LANES) if width is None else np.pad(each, (0, width - dim), mode="edge")
        kept = aligned_zeros(row.shape)
        kept[:] = row
        return kept
    if np.ndim(value) == 2 and isinstance(value, np.ndarray) and not value.flags.writeable:
        return value  # a table that nobody can write into is shared by all threads
    if np.ndim(value) == 2 and not given:
        return _aligned_copy(np.asarray(value))  # a part's own scratch keeps its type
    # a copy: a part may write into its arrays, and each thread has its own
    return np.array(value, dtype=float, order="C") if np.ndim(value) else float(value)


def _is_own(ty):
    """Whether every part within a Numba type belongs to this package."""
    cls = getattr(ty, "instance_class", None)
    if cls is not None and str(cls.__module__).partition(".")[0] != PACKAGE:
        return False
    return all(_is_own(t) for t in getattr(ty, "types", ()))


@cache
def sources_digest():
    """Return the digest of every Python source beside this file, and of LANES."""
    files = sorted(Path(__file__).parent.rglob("*.py"))
    return hashlib.sha256(b"".join([*(f.read_bytes() for f in files), b"%d" % LANES])).hexdigest()


class _Stamped:
    def get_source_stamp(self):
        return sources_digest()


class _Provided(_Stamped, caching.UserProvidedCacheLocator): ...


class _InTree(_Stamped, caching.InTreeCacheLocator): ...


class _UserWide(_Stamped, caching.UserWideCacheLocator): ...


class _Impl(caching.CompileResultCacheImpl):
    """What is kept says which sources made it: the index alone may speak of a file not yet written anew."""

    _locator_classes = [_Provided, _InTree, _UserWide]  # noqa: RUF012  as Numba has it

    def reduce(self, data):
        return sources_digest(), super().reduce(data)

    def rebuild(self, target_context, payload):
        return super().rebuild(target_context, payload[1]) if payload[0] == sources_digest() else None


class _Cache(caching.FunctionCache):
    """Numba's disk cache, stamped with every source of the package, for the package's own parts."""

    _impl_class = _Impl

    def load_overload(self, sig, target_context):
        if not all(map(_is_own, sig)):
            return None
        try:
            found = super().load_overload(sig, target_context)
            # two processes that compile at the same time may give their files the same name
            return found if found is not None and found.signature.args == sig else None
        except (AttributeError, ImportError):  # written by other sources, whose parts have moved since
            self.flush()
            return None

    def save_overload(self, sig, data):
        if all(map(_is_own, sig)):
            with contextlib.suppress(OSError):  # a full disk costs the next process a compilation, no more
                super().save_overload(sig, data)


class Kernel:
    """A driver, compiled once for each combination of argument types.

    The types are looked up here, not by Numba's dispatcher, which takes a part for another of the same
    class name and field types (numba 0.68.1): an edited notebook cell would run its old kernel. One that
    borrows may make no arrays (see ``BORROW``).
    """

    def __init__(self, func, borrow=False):
        self.compiled = numba.njit(nogil=True, _nrt=not borrow, **OPTIONS)(func)
        with contextlib.suppress(RuntimeError):  # no folder can be written: compile anew in each process
            self.compiled._cache = _Cache(func)

    def __call__(self, *args):
        """Run, compiling first where these types are new."""
        return self.code_for(*args)(*args)

    def code_for(self, *args):
        """Return the code for arguments of these types, to be called with the like of them: no types are looked up."""
        return self.at(tuple(map(numba.typeof, args))).entry_point

    def at(self, types):
        """Return the code compiled for these argument types."""
        if types not in self.compiled.overloads:
            self.compiled.compile(types)
        return self.compiled.overloads[types]


kernel = Kernel


class Pointer(types.WrapperAddressProtocol):
    """A kernel of one signature that drivers call through a pointer: they neither inline nor recompile it."""

    def __init__(self, func, signature):
        self._overload = Kernel(func, borrow=True).at(signature.args)

    def signature(self):
        """Return the Numba signature."""
        return self._overload.signature

    def __wrapper_address__(self):
        return self._overload.library.get_pointer_to_function(self._overload.fndesc.llvm_cfunc_wrapper_name)
