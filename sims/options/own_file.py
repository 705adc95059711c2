"""Parts from a file that the user names, FILE.py:Name."""

import hashlib
import importlib.util
import sys
import traceback
from functools import cache
from pathlib import Path

from sims.options.names import named

KNOWN = ("torch", "jax", "optax")  # packages of the same name on the index


def is_own(name: str) -> bool:
    """Return whether a name has the form FILE.py:Name."""
    return ".py:" in name or name.endswith(".py")


def own_class(name: str) -> type:
    """Return the part that FILE.py:Name names, a class.

    Raises
    ------
    ValueError
        If there is no such file or class, the file raises, or the class is no part.
    """
    module, file, attribute = _module_of(name)
    classes = [
        key for key, value in vars(module).items() if isinstance(value, type) and hasattr(value, "Numbers")
    ]
    cls = getattr(module, attribute, None)
    if not isinstance(cls, type):
        has = f"its parts are {', '.join(classes)}" if classes else "it has no part: a class under @part"
        raise ValueError(f"{file} has no class {attribute}; {has}")  # noqa: TRY004  as every bad input
    if not hasattr(cls, "Numbers"):
        raise ValueError(f"{name} is not a part: write @part, from diffusion, above class {attribute}")
    return cls


def own_object(name: str):
    """Return the object, such as a function, that FILE.py:NAME names.

    Raises
    ------
    ValueError
        If there is no such file or name, or the file raises.
    """
    module, file, attribute = _module_of(name)
    if not hasattr(module, attribute):
        named(attribute, [key for key in vars(module) if key[0] != "_"], f"a name in {file}")
    return getattr(module, attribute)


def _module_of(name: str):
    """Return the module, file and attribute that FILE.py:NAME names."""
    file, _, attribute = name.rpartition(":")
    if not file or not attribute:
        raise ValueError(
            f"{name} names nothing in a file: write FILE.py:Name, such as {name.rstrip(':')}:Mine"
        )
    return _imported(Path(file), file_digest(file)), file, attribute


def file_digest(file: str) -> str:
    """Return the digest of a user's file.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except OSError as reason:
        raise ValueError(f"{file} cannot be read: {reason.strerror}") from None


@cache
def _imported(path: Path, digest: str):
    """Return the module of a file; an edited file is another module."""
    name = f"own_{path.stem}_{digest[:16]}"
    spec = importlib.util.spec_from_file_location(name, path)
    # Python takes a file for a module by its ending
    if spec is None or spec.loader is None:
        raise ValueError(f"{path} must be a file of Python, FILE.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look their module up by name
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as reason:
        del sys.modules[name]
        # a name that is not on this list may be a file of the user's: never tell to install a stranger's package
        todo = f"pip install {reason.name}" if reason.name in KNOWN else "the file's folder is not searched"
        raise ValueError(
            f"{place(reason, path)} imports {reason.name}, which is not installed: {todo}"
        ) from None
    except Exception as reason:  # noqa: BLE001  whatever a user's file raises
        del sys.modules[name]
        raise ValueError(f"{place(reason, path)}: {type(reason).__name__}: {reason}") from None
    return module


def place(reason: BaseException, path: Path | None = None) -> str:
    """Return "FILE.py, line N" of an exception, the last line in ``path``."""
    if isinstance(reason, SyntaxError) and reason.filename:
        return f"{reason.filename}, line {reason.lineno}"
    frames = traceback.extract_tb(reason.__traceback__)
    own = [frame for frame in frames if path is None or Path(frame.filename) == path]
    return f"{own[-1].filename}, line {own[-1].lineno}" if own else str(path)
