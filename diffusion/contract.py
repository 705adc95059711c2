"""Part contract, derived from the protocols.

It gives kernel signatures, checks of parts, and the guide's tables.
"""

import ast
import inspect
import textwrap
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from diffusion import protocols
from diffusion.checks import require
from diffusion.protocols import PROTOCOLS


def _documented_members(protocol):
    """Return a protocol's members with their first lines.

    Members come in the order of the file.
    """
    # The source is parsed, because Python keeps no docstring below an attribute.
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(protocol))).body
    assert isinstance(body, ast.ClassDef)
    said: dict[str, str] = {}
    for node, after in zip(body.body, [*body.body[1:], None], strict=True):
        if isinstance(node, ast.FunctionDef):
            said[node.name] = (ast.get_docstring(node) or "").partition("\n")[0]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            # a string below an attribute is its docstring, though Python does not keep it
            assert isinstance(after, ast.Expr)
            assert isinstance(after.value, ast.Constant)
            said[node.target.id] = str(after.value.value)
    return said


# One source for messages, checks and the guide: the protocols cannot drift from what is checked.
MEMBERS = {protocol.__name__: _documented_members(protocol) for protocol in PROTOCOLS}
KERNELS = {
    name: ", ".join(inspect.signature(method).parameters)
    for protocol in PROTOCOLS
    for name, method in vars(protocol).items()
    if getattr(method, "compiled", False)
}
# All names together let `gives` refuse a misspelled member.
NAMES = {name for members in MEMBERS.values() for name in members}


def gives(part, member):
    """Return whether ``part`` has a member of the contract.

    No other question of this kind is asked anywhere.
    """
    # A misspelled name would silently be False for every part.
    assert member in NAMES, f"{member} is not in diffusion/protocols.py"
    return hasattr(part, member)


@dataclass(frozen=True)
class Kind:
    """Kind of part, and the members it needs.

    Attributes
    ----------
    protocol : type
        Where its members are listed.
    needs : tuple
        Names of members; of several in a tuple any one will do.
    example : str
        One that is built in.
    """

    protocol: Any
    needs: tuple
    example: str

    @property
    def name(self):
        """Its name in sentences."""
        name = self.protocol.__name__.lower()
        # The one protocol whose name alone would not be understood in a message.
        return "reaction coordinate" if name == "reaction" else name

    def fits(self, value):
        """Return whether ``value`` is a part of this kind.

        It must have the members that this kind needs.
        """
        return is_part(value) and not self.missing(value)

    def missing(self, value):
        """Return the members that ``value`` lacks.

        Each is a tuple of names of which one would do.
        """
        needs = [(need,) if isinstance(need, str) else need for need in self.needs]
        return [need for need in needs if not any(gives(value, name) for name in need)]

    def table(self):
        """Return the rows of the guide's table.

        They hold a member, whether it is a kernel or needed, and its meaning.
        """
        every = {n for need in self.needs for n in ((need,) if isinstance(need, str) else need)}
        rows = []
        for name, meaning in MEMBERS[self.protocol.__name__].items():
            called = f"{name}({KERNELS[name]})" if name in KERNELS else name
            alone = name in self.needs or (name,) in self.needs
            rows.append(
                (called, name in KERNELS, "yes" if alone else "one of" if name in every else "", meaning)
            )
        return rows


LANDSCAPE = Kind(
    protocols.Landscape, ("dim", ("slope", "gradient", "row_gradients", "form")), "Quadratic([1.0, -1.0])"
)
NOISE = Kind(protocols.Noise, (("spread", "add_noise", "pick", "meet"),), "FrozenNoise(1.0)")
OPTIMIZER = Kind(protocols.Optimizer, ("eta", "slots", ("update", "variant")), "SGD(0.1)")
SCHEME = Kind(protocols.Scheme, ("dt", "slots", ("advance",)), "euler_maruyama(Overdamped(1.0), 1e-3)")
BOUNDARY = Kind(protocols.Boundary, (("crossings",), ("passed",)), "Exits([-1.0], [1.0])")
REACTION = Kind(protocols.Reaction, (("reaction",),), "Position()")
# In the order in which the guide explains them.
KINDS = (LANDSCAPE, NOISE, OPTIMIZER, SCHEME, BOUNDARY, REACTION)


def tables():
    """Return the guide's page of the contract as Markdown.

    It has a table for each kind of part.
    """
    page = ["# What a part can have", ""]
    page += [
        "Kernels are compiled; the other members are read and called in Python. Written from `diffusion/protocols.py`."
    ]
    for kind in KINDS:
        page += ["", f"## {kind.name.capitalize()}", "", f"Built in, for example: `{kind.example}`.", ""]
        page += ["| member | kernel | needed | meaning |", "|---|---|---|---|"]
        for called, kernel, needed, meaning in kind.table():
            said = meaning.replace("``", "`")
            page.append(f"| `{called}` | {'yes' if kernel else ''} | {needed} | {said} |")
    return "\n".join(page) + "\n"


def is_part(value):
    """Return whether ``value`` is an instance marked ``@part``."""
    # The decorator leaves this mark on the class, so the class itself has it too and is excluded.
    return hasattr(value, "Numbers") and not isinstance(value, type)


def require_kind(value, kind, name=None):
    """Raise ``ValueError`` unless ``value`` is of this kind.

    The message names the first thing that is wrong.
    """
    name = name or kind.name
    cls = value if isinstance(value, type) else type(value)
    # A class with the right members is a part that was forgotten to be made or marked: say so,
    # instead of listing what a landscape is.
    meant = any(gives(cls, need) for needs in kind.needs if isinstance(needs, tuple) for need in needs)
    if meant and isinstance(value, type):
        raise ValueError(f"{name} must be made, got the class: write {cls.__name__}(...)")
    if meant and not is_part(value):
        raise ValueError(f"{name} must be a part: write @part above class {cls.__name__}")
    # A complete part of another kind is in the wrong place; only an incomplete one lacks something.
    if is_part(value) and kind.missing(value) and not any(other.fits(value) for other in KINDS):
        raise ValueError(f"{name} must have {_lacking(kind, kind.missing(value)[0], value)}")
    article = "an" if kind.name[0] in "aeiou" else "a"
    require(kind.fits(value), name, f"{article} {kind.name} such as {kind.example}", value)


def _lacking(kind, need, value):
    """Return the missing members and their meaning.

    Where a name comes close, the message asks about it.
    """
    meaning = MEMBERS[kind.protocol.__name__]
    wanted = " or ".join(f"{name}({KERNELS[name]})" if name in KERNELS else name for name in need)
    near = get_close_matches(need[0], [n for n in dir(value) if not n.startswith("_")], 1)
    instead = f"; did you mean {need[0]} where it says {near[0]}?" if near else ""
    said = meaning[need[0]].partition(";")[0].rstrip(".")
    own = ", ".join(value.Numbers._fields)
    return f"{wanted} ({said}), got {type(value).__name__}({own}) without it{instead}"


def require_landscape(landscape):
    """Raise ``ValueError`` unless ``landscape`` is one."""
    require_kind(landscape, LANDSCAPE)


def require_optimizer(optimizer):
    """Raise ``ValueError`` unless ``optimizer`` is one."""
    require_kind(optimizer, OPTIMIZER)


def require_parts(landscape, noise, mover):
    """Raise ``ValueError`` unless these parts fit together.

    They must be a landscape, a noise and what moves walkers there.
    """
    require_landscape(landscape)
    # A process has its own noise: a second one would be ignored without a word.
    if SCHEME.fits(mover) or gives(mover, "on"):
        require(noise is None, "noise", "None for a process, which has its own", noise)
        return
    require_optimizer(mover)
    require_kind(noise, NOISE)


def variant_of(mover):
    """Return the optimizer whose kernels run.

    It is the optimizer itself, unless its options choose another.
    """
    return mover.variant() if gives(mover, "variant") else mover


def form_of(landscape):
    """Return the landscape whose kernels run.

    It is the landscape itself, unless it has quicker ones.
    """
    return landscape.form() if gives(landscape, "form") else landscape


def meeting(noise, landscape):
    """Return the landscape and the noise that run together.

    They are the given two, unless the noise replaces them.
    """
    return noise.meet(landscape) if gives(noise, "meet") else (landscape, noise)


def does_jump(part):
    """Return whether a noise or a coefficient jumps."""
    return gives(part, "jumps") and bool(part.jumps)


def draws_of(mover):
    """Return the normals that one coordinate takes a step."""
    return mover.draws if gives(mover, "draws") else 1


def step_size(mover):
    """Return the dynamical time of a step.

    It is the learning rate, or the time step of a process.
    """
    return float(mover.dt if gives(mover, "dt") else mover.eta)
