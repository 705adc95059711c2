"""Compile kernels, plug them together and cache them.

A part (landscape, noise, optimizer, scheme, boundary) is a frozen dataclass, and its kernels are its own
methods. A driver is compiled once for each combination of part *types*, with those methods inlined, so
walkers pay nothing for the plugging. Compiled drivers are kept on disk when every part is the package's own;
with a part written elsewhere (a notebook, a user's file) they are compiled anew in each process, so no edit
can ever bring back old numbers. Globals that kernels read are frozen at compilation, and refused when they change.
"""

import contextlib
import functools
import hashlib
import inspect
import operator
import os
import threading
from collections import namedtuple
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, dataclass_transform

import numba
import numpy as np
from numba import types
from numba.core import caching
from numba.core.errors import NumbaError
from numba.extending import overload, overload_method

from diffusion.checks import require
from diffusion.contract import KERNELS, gives, is_part
from diffusion.kernel_checks import (
    require_known_fields,
    require_read_by_coordinate,
    require_same_constants,
    sentence,
)
from diffusion.values import value

PACKAGE = __name__.partition(".")[0]
# 'contract' lets the compiler fuse multiply and add, and keeps NaN checks. 0/0 is NaN, as in NumPy.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"contract"}}

# Threads that compile now. A compilation cannot be stopped, so Ctrl-C leaves these threads behind.
COMPILING: set[int] = set()

# Walkers side by side in a block: theta[j * LANES + l] is coordinate j of the walker in lane l. A constant
# (below 16 loops over lanes do not vectorise); the numbers do not depend on it.
_ASKED = os.environ.get("DIFFUSION_LANES", "32")
require(_ASKED in ("16", "32", "64"), "DIFFUSION_LANES", "16, 32 or 64", _ASKED)
# 32 lanes of doubles fill 4 cache lines of 64 bytes for each coordinate.
LANES = int(_ASKED)
# A field with this value has dim entries. For few coordinates it is a tuple, whose type tells the
# compiler dim: loops over it vanish. Numba refuses tuples of 1000 entries, and far shorter ones
# already compile slowly to slow code.
COORDINATES: Any = object()
# Up to this many coordinates are a tuple.
FEW = 32


def _gradient_from_slope(self, theta, g):
    for i in range(theta.size):
        g[i] = self.slope(theta[i], i)


def _add_noise_from_spread(self, theta, z, g):
    for i in range(theta.size):
        g[i] += self.spread(theta[i], i) * z[i]


# Where coordinates are not coupled, a part is its own table of slopes: nothing is written.
def _slopes_of_its_own(self, theta, g):
    return self


def _slopes_written_down(self, theta, g):
    self.gradient(theta, g)
    return written_slopes(g)


DERIVED = {  # kernels that a part does not write itself are made from these others
    "gradient": {"slope": _gradient_from_slope},
    "add_noise": {"spread": _add_noise_from_spread},
    "slopes_at": {"slope": _slopes_of_its_own, "gradient": _slopes_written_down},
}
# These only borrow the arrays that they are given, and may make no others. Counting references to them cost up
# to half of a step of few coordinates.
BORROW = ("step", "advance", "slopes_at", "crossings", "pick", "fold", "sample")


def _make_callable(name, arguments):
    """Let compiled code call the method ``name`` of any part."""

    def find(*arguments):
        part = getattr(arguments[0].instance_class, "part", None)
        if gives(part, name):
            return getattr(part, name)
        # None tells Numba that this part has no such method.
        return next((d for source, d in DERIVED.get(name, {}).items() if gives(part, source)), None)

    # Numba requires an overload and the function it returns to have the same parameter names.
    parameters = [
        inspect.Parameter(a, inspect.Parameter.POSITIONAL_OR_KEYWORD) for a in arguments.split(", ")
    ]
    find.__signature__ = inspect.Signature(parameters)
    options = {"forceinline": True, "_nrt": name not in BORROW, **OPTIONS}
    overload_method(types.BaseNamedTuple, name, jit_options=options)(find)


for _name, _arguments in KERNELS.items():
    _make_callable(_name, _arguments)


def is_own_class(cls):
    """Return whether a class belongs to this package."""
    return str(cls.__module__).partition(".")[0] == PACKAGE


@dataclass_transform(frozen_default=True)
def part(cls):
    """Make ``cls`` a part: a frozen dataclass with kernels.

    Compiled code can call its methods.

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
    # A kernel with swapped arguments would compile and give wrong numbers.
    for name, arguments in KERNELS.items():
        written = (
            ", ".join(inspect.signature(getattr(cls, name)).parameters) if gives(cls, name) else arguments
        )
        require(written == arguments, f"{cls.__name__}.{name}", f"{name}({arguments})", f"({written})")
    cls = value(dataclass(frozen=True, eq=False, repr=False)(cls))
    if not is_own_class(cls):
        require_known_fields(cls, KERNELS)
    cls.__init__ = _init_in_words(cls)
    names = [f.name for f in fields(cls)] or ["none"]  # Numba cannot pass an empty named tuple
    cls.Numbers = namedtuple(cls.__name__, names)
    # Pickle and Numba's cache find the tuple's class by these names.
    cls.Numbers.__module__ = cls.__module__
    cls.Numbers.__qualname__ = f"{cls.__qualname__}.Numbers"
    cls.Numbers.part = cls
    return cls


def _init_in_words(cls):
    """Return a constructor that explains wrong fields.

    Its message names the fields that the part has.
    """
    made, signature = cls.__init__, inspect.signature(cls)

    @functools.wraps(made)
    def __init__(self, *args, **given):
        try:
            signature.bind(*args, **given)
        except TypeError as error:
            known, unknown = (
                ", ".join(signature.parameters) or "none",
                [n for n in given if n not in signature.parameters],
            )
            if not unknown:
                raise WrongFields(f"{cls.__name__} has the fields {known}: {error}") from None
            near = get_close_matches(unknown[0], signature.parameters, 1)
            ask = f"; did you mean {near[0]}?" if near else ""
            raise WrongFields(f"{cls.__name__} has no field {unknown[0]}, it has {known}{ask}") from None
        made(self, *args, **given)

    return __init__


class WrongFields(ValueError, TypeError):
    """Wrong fields given to a part.

    The part has no such fields, or needs others that are missing.
    """


class DoesNotCompile(ValueError):
    """Error for a kernel that Numba refuses."""


@part
class WrittenSlopes:
    """Slopes of a block where coordinates are coupled."""

    g: np.ndarray

    def slope(self, x, i):
        """Return the slope of coordinate ``i``."""
        return self.g[i]


def table(default=MISSING):
    """Mark a field as a table.

    Kernels read it as it stands, ``self.a[n]``, whatever the number of coordinates.

    A tuple or a 1-D array is otherwise one number per coordinate, read with the same ``i`` as ``theta``.

    Examples
    --------
    >>> from diffusion import gradient_at
    >>> @part
    ... class Polynomial:
    ...     a: tuple = table()
    ...     dim = 2
    ...
    ...     def slope(self, x, i):
    ...         return self.a[0] * x + self.a[1] * x * x
    >>> gradient_at(Polynomial((1.0, 10.0)), 1.0).tolist()
    [11.0, 11.0]
    """
    return field(default=default, metadata={"table": True})


def named_tuple(cls) -> Any:
    """Return the named tuple's type that kernels see.

    It is what kernels of a part get as ``self``.
    """
    return cls.Numbers


written_slopes = named_tuple(WrittenSlopes)


@overload(operator.getitem)
def _same_everywhere(number, i):
    """Let kernels index a number as they index a row."""
    if isinstance(number, types.Float) and isinstance(i, types.Integer):
        return lambda number, i: number


def numbers(part, dim, width=None):
    """Return the fields of ``part`` as a named tuple.

    The kernels of the part see it as ``self``.

    Numbers become floats. A tuple or 1-D array holds one number per coordinate (or one for all) and is
    repeated for every lane, so that kernels index it with the same ``i`` as ``theta``; a `table` stays as it is; or,
    given ``width``, a row is padded to that length, for kernels that index it by coordinate. Parameters that are the same for all
    coordinates become one number, which kernels may index too: a row would be read from memory.
    """
    width = part.row_width if gives(part, "row_width") else width
    given = {f.name for f in fields(part) if f.init}
    one = given if width is None else set()  # kernels may write into the others
    tables = {f.name for f in fields(part) if "table" in f.metadata}
    rows = []
    for name in part.Numbers._fields:
        held = getattr(part, name, 0)
        if np.ndim(held) != 1 or name in tables or held is COORDINATES or is_part(held):
            rows.append(_number(held, dim, width, name in given))
            continue
        rule = f"one number or {dim}, one per coordinate (a table is marked: {name}: tuple = table())"
        require(np.size(held) in (1, dim), f"{type(part).__name__}.{name}", rule, f"{np.size(held)} of them")
        if np.size(held) > 1 and not is_own_class(type(part)):
            require_read_by_coordinate(part, name, KERNELS, (dim - 1) * LANES)
        rows.append(_row(held, dim, width, name in one))
    seen = part.Numbers(*rows)
    # Noise other than minibatches needs a gradient over all rows, which is made here from the
    # rows'.
    if gives(part, "row_gradients") and not gives(part, "gradient"):
        # Imported here: that module defines a part, and parts need this module first.
        from diffusion.landscapes.whole_data import whole_data

        return whole_data(part, dim, seen)
    return seen


def aligned_zeros(shape):
    """Return zeros that start at a cache line.

    Vector loads that cross two cache lines cost twice.
    """
    # Eight bytes a double.
    size = 8 * int(np.prod(shape))
    # Up to 63 bytes are skipped to reach a multiple of 64; the view keeps the whole array alive.
    room = np.zeros(size + 64, np.uint8)
    start = -room.ctypes.data % 64
    return room[start : start + size].view(np.float64).reshape(shape)


def _row(value, dim, width, one):
    each = np.broadcast_to(np.asarray(value, dtype=float), dim)
    # One number stays in a register; a row would be read from memory.
    if one and np.all(each == each[0]):
        return float(each[0])
    row = np.repeat(each, LANES) if width is None else np.pad(each, (0, width - dim), mode="edge")
    kept = aligned_zeros(row.shape)
    kept[:] = row
    return kept


def _aligned_copy(value):
    # Other types cannot view the memory that was made for doubles.
    if value.dtype.itemsize != 8:
        return np.array(value, order="C")
    copy = aligned_zeros(value.shape).view(value.dtype)
    copy[:] = value
    return copy


def _number(value, dim, width, given):
    if is_part(value):
        return numbers(value, dim, width)
    if isinstance(value, str):
        return 0.0  # kernels read no strings: the part derives numbers from them
    if value is COORDINATES:
        return tuple(range(dim)) if dim <= FEW else np.broadcast_to(0.0, dim)  # one number, seen dim times
    if isinstance(value, Pointer):
        return value
    if np.ndim(value) == 2 and isinstance(value, np.ndarray) and not value.flags.writeable:
        return value  # a table that nobody can write into is shared by all threads
    if np.ndim(value) == 2 and not given:
        return _aligned_copy(np.asarray(value))  # a part's own scratch keeps its type
    # a copy: a part may write into its arrays, and each thread has its own
    return np.array(value, dtype=float, order="C") if np.ndim(value) else float(value)


def _is_own(ty):
    """Return whether a type holds only parts of this package."""
    cls = getattr(ty, "instance_class", None)
    if cls is not None and not is_own_class(cls):
        return False
    return all(_is_own(t) for t in getattr(ty, "types", ()))


def _parts_from_elsewhere(found):
    """Yield the parts of other packages within some types."""
    for ty in found:
        cls = getattr(getattr(ty, "instance_class", None), "part", None)
        if cls is not None and not is_own_class(cls):
            yield cls
        yield from _parts_from_elsewhere(getattr(ty, "types", ()))


@cache
def sources_digest():
    """Return the digest of this package's sources, and of LANES.

    Any edit to any of them makes all compiled drivers stale, as kernels are inlined across files.
    """
    # Sorted, so that the digest does not depend on the order of the file system.
    files = sorted(Path(__file__).parent.rglob("*.py"))
    return hashlib.sha256(b"".join([*(f.read_bytes() for f in files), b"%d" % LANES])).hexdigest()


class _Stamped:
    def get_source_stamp(self):
        return sources_digest()


class _Provided(_Stamped, caching.UserProvidedCacheLocator): ...


class _InTree(_Stamped, caching.InTreeCacheLocator): ...


class _UserWide(_Stamped, caching.UserWideCacheLocator): ...


class _Impl(caching.CompileResultCacheImpl):
    """Cache of compiled code that knows its sources.

    The index alone may speak of a file that is not yet written anew.
    """

    _locator_classes = [_Provided, _InTree, _UserWide]  # noqa: RUF012  as Numba has it

    def reduce(self, data):
        return sources_digest(), super().reduce(data)

    def rebuild(self, target_context, payload):
        return super().rebuild(target_context, payload[1]) if payload[0] == sources_digest() else None


class _Cache(caching.FunctionCache):
    """Numba's disk cache, stamped with the package's sources.

    It stores drivers of the package's own parts alone.
    """

    _impl_class = _Impl

    def load_overload(self, sig, target_context):
        # A foreign part may be edited without any file of this package changing.
        if not all(map(_is_own, sig)):
            return None
        try:
            found = super().load_overload(sig, target_context)
            # two processes that compile at the same time may give their files the same name
            return found if found is not None and found.signature.args == sig else None
        except (AttributeError, ImportError):  # written by other sources, whose parts have moved since
            # Code of older sources cannot be loaded; it is thrown away and compiled anew.
            self.flush()
            return None

    def save_overload(self, sig, data):
        if all(map(_is_own, sig)):
            with contextlib.suppress(OSError):  # a full disk costs the next process a compilation, no more
                super().save_overload(sig, data)


def _kept(func, **options):
    """Return a function that compiles and is kept on disk."""
    compiled = numba.njit(**options, **OPTIONS)(func)
    with contextlib.suppress(RuntimeError):  # no folder can be written: compile anew in each process
        compiled._cache = _Cache(func)
    return compiled


def helper(func):
    """Make ``func`` a function that kernels may call.

    A driver with a part from elsewhere is compiled in each process. What it calls need not be: it is kept on disk.
    """
    return _kept(func)


def inline(func):
    """Make ``func`` a helper that is always inlined.

    For a few instructions within a loop, which is vector code only without a call.
    """
    return _kept(func, forceinline=True)


class Kernel:
    """Driver, compiled once for each combination of argument types.

    The types are looked up here, not by Numba's dispatcher, which takes a part for another of the same
    class name and field types (numba 0.68.1): an edited notebook cell would run its old kernel. One that
    borrows may make no arrays (see ``BORROW``).
    """

    def __init__(self, func, borrow=False):
        # nogil: threads run kernels side by side.
        self.compiled = _kept(func, nogil=True, _nrt=not borrow)

    def __call__(self, *args):
        """Run, compiling first where these types are new."""
        return self.code_for(*args)(*args)

    def code_for(self, *args):
        """Return the compiled code for arguments of these types.

        It is to be called with arguments of the same types: no types are looked up.
        """
        return self.at(tuple(map(numba.typeof, args))).entry_point

    def at(self, types):
        """Return the code compiled for these argument types.

        Raises
        ------
        ValueError
            If a part's kernel does not compile, or reads a global that has changed since it did.
        """
        # Only foreign parts can change while the process runs: this package's sources are in the
        # digest.
        own = list(_parts_from_elsewhere(types))
        for cls in own:
            require_same_constants(cls, KERNELS)
        if types not in self.compiled.overloads:
            COMPILING.add(threading.get_ident())
            try:
                self.compiled.compile(types)
            except NumbaError as error:
                # An error in this package's own kernels is a bug here, and needs Numba's full
                # message.
                if not own:
                    raise
                names = " or ".join(dict.fromkeys(cls.__name__ for cls in own))
                raise DoesNotCompile(f"{names} must compile: {sentence(error)}") from None
            finally:
                COMPILING.discard(threading.get_ident())
        return self.compiled.overloads[types]


kernel = Kernel


class Pointer(types.WrapperAddressProtocol):
    """Kernel that drivers call through a pointer.

    It has one signature; drivers neither inline nor recompile it.
    """

    def __init__(self, func, signature):
        self._overload = Kernel(func, borrow=True).at(signature.args)

    def signature(self):
        """Return the Numba signature."""
        return self._overload.signature

    def __wrapper_address__(self):
        return self._overload.library.get_pointer_to_function(self._overload.fndesc.llvm_cfunc_wrapper_name)
