"""Checks of user-written kernels, with one-line messages.

They find unknown fields, globals that changed, and the cause in Numba's messages.
"""

import contextlib
import dis
import re
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from types import SimpleNamespace

import numpy as np

SAYS = re.compile(  # lines of Numba's messages that name a cause
    r"(Unknown attribute|NameError|Untyped global name|No implementation of function|No conversion|Cannot |Invalid "
    r"|Undecided|unsupported|Unsupported|missing|too many|not enough|got an unexpected|Unable|Failed to infer)"
)
# Files in these folders are the package's own; a user's mistake is never there.
HOME = Path(__file__).parent
OWN = {HOME, *(path for path in HOME.iterdir() if path.is_dir())}
# Globals of these types are frozen into compiled code by value; functions are followed instead.
DATA = (bool, int, float, complex, str, bytes, tuple, np.ndarray, np.generic, type(None))


def read_of_self(kernel):
    """Return the fields that a kernel reads as ``self.name``."""
    # The bytecode is read, not run: a kernel may need arguments that only a driver can make.
    names, last = set(), None
    for step in dis.get_instructions(kernel):
        # Newer Pythons load two variables in one instruction; the second is the one on top.
        if step.opname.startswith("LOAD_FAST"):
            last = step.argval[-1] if isinstance(step.argval, tuple) else step.argval
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD") and last == "self":
            names.add(step.argval)
            last = None
        else:
            last = None
    return names


def require_known_fields(cls, kernels):
    """Raise ``ValueError`` where a kernel reads an unknown name.

    Kernels may read fields and call kernels, nothing else.
    """
    known = {f.name for f in fields(cls)} | set(kernels)
    for name in kernels:
        kernel = vars(cls).get(name)
        # The class has no such kernel, or inherits it from one that was checked itself.
        if not hasattr(kernel, "__code__"):
            continue
        for read in sorted(read_of_self(kernel) - known):
            near = get_close_matches(read, known, 1)
            ask = f"; did you mean {near[0]}?" if near else ""
            why = (
                "a class attribute, which kernels cannot see: make it a field"
                if hasattr(cls, read)
                else "no field"
            )
            raise ValueError(f"{cls.__name__}.{name} must read fields only: self.{read} is {why}{ask}")


class _Watched:
    """Row of numbers that notes which of them is read."""

    def __init__(self, values):
        self.values, self.read = np.asarray(values, float), set()

    def __getitem__(self, i):
        self.read.add(int(i))
        # Any index gives a number, so that the kernel runs on and all its reads are seen.
        return self.values[int(i) % self.values.size]

    def __len__(self):
        return self.values.size


def _constant_subscripts(kernel, name):
    """Return the constant indices of a field in a kernel.

    These are the constants in ``self.name[constant]``.
    """
    steps, found = list(dis.get_instructions(kernel)), set()
    for attribute, constant, subscript in zip(steps, steps[1:], steps[2:], strict=False):
        if attribute.opname == "LOAD_ATTR" and attribute.argval == name and constant.opname == "LOAD_CONST":
            found |= {constant.argval} if "SUBSCR" in subscript.opname else set()
    return found


def require_read_by_coordinate(part, name, kernels, i):
    """Raise ``ValueError`` where a row is read as a table.

    A row has one number per coordinate, and a kernel must read it at its own coordinate.

    Kernels of one coordinate are tried in Python, at the index ``i``; in the others constant indices give it away.
    """
    cls, row = type(part), _Watched(getattr(part, name))
    seen = SimpleNamespace(**{f.name: getattr(part, f.name) for f in fields(part)} | {name: row})
    constants = set()
    for kernel, arguments in kernels.items():
        if kernel not in vars(cls):
            continue
        constants |= _constant_subscripts(vars(cls)[kernel], name)
        if arguments == "self, x, i":
            with (
                contextlib.suppress(Exception),
                np.errstate(all="ignore"),
            ):  # an error here comes again when Numba compiles, with a message
                vars(cls)[kernel](seen, 0.5, i)
    at = sorted(constants | row.read - {i})
    if at:
        raise ValueError(
            f"{cls.__name__}.{name} must be read at i, as it has one number per coordinate, got an index of {at[0]}; "
            f"mark a table as {name}: tuple = table()"
        )


def constants_of(function, seen=None):
    """Return the constants frozen into a compiled function.

    They are its globals and closure variables, by name.
    """
    seen = set() if seen is None else seen
    function = getattr(function, "py_func", function)
    code = getattr(function, "__code__", None)
    # Functions may call each other in a circle.
    if code is None or code in seen:
        return {}
    seen.add(code)
    # not co_names: it holds names of attributes too, and `self.dt` reads no global called dt
    read = {one.argval for one in dis.get_instructions(code) if one.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    given = {n: function.__globals__[n] for n in read if n in function.__globals__}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            given[name] = cell.cell_contents
        except ValueError:  # not filled yet
            continue
    found = {}
    for name, held in given.items():
        if isinstance(held, DATA):
            # Bytes are a copy: an array that is changed in place would otherwise equal itself.
            found[name] = held.tobytes() if isinstance(held, np.ndarray) else held
        elif hasattr(held, "py_func"):
            found |= constants_of(held, seen)
    return found


def require_same_constants(cls, kernels):
    """Raise ``ValueError`` where a frozen global has changed.

    Compiled kernels of the part would go on with the old value.
    """
    now = {}
    for name in kernels:
        if hasattr(cls, name):
            now |= {
                f"{name}: {constant}": held for constant, held in constants_of(getattr(cls, name)).items()
            }
    before = vars(cls).get("_constants")
    if before is None:
        cls._constants = now
        return
    for where, held in now.items():
        if where in before and before[where] != held:
            name = where.partition(": ")[2]
            raise ValueError(
                f"{name} must stay as it was when {cls.__name__} was compiled, got another value; make it a field, or "
                f"define {cls.__name__} anew"
            )


def sentence(error):
    """Return the cause in Numba's message, as one line.

    It is the cause that Numba names last, with its place.
    """
    lines = [" ".join(line.split()) for line in str(error).splitlines()]
    # this package's own plumbing is no cause, and none of its lines is where the mistake is
    causes = [line for line in lines if SAYS.search(line) and "_make_callable" not in line]
    causes = causes or [
        "Numba finds no types for its kernels; check the number of memory rows and of arguments"
    ]
    places = re.findall(r'File "([^"]+)", line (\d+)', str(error))
    # The last place outside Numba and this package is the line that the user wrote.
    own = [
        (path, line)
        for path, line in places
        if "numba" not in path and Path(path).resolve().parent not in OWN
    ]
    where = f" (line {own[-1][1]} of {Path(own[-1][0]).name})" if own else ""
    # Numba's lines can name whole types, hundreds of characters long.
    return causes[-1][:160] + where
