r"""Write the formulas of the lessons as MathML.

Every browser draws it without a script. Only the part of LaTeX that the lessons use is read.
"""

import re
from html import escape

LETTERS = dict(
    zip(
        [
            "alpha",
            "beta",
            "gamma",
            "delta",
            "varepsilon",
            "eta",
            "theta",
            "kappa",
            "lambda",
            "mu",
            "xi",
            "pi",
            "sigma",
            "tau",
            "phi",
            "omega",
            "Gamma",
            "Delta",
            "Theta",
            "Lambda",
            "Sigma",
            "Phi",
            "Omega",
        ],
        "αβγδεηθκλμξπστφωΓΔΘΛΣΦΩ",
        strict=True,
    )
)
SIGNS = {
    "cdot": "·", "times": "×", "approx": "≈", "propto": "∝", "ll": "≪", "gg": "≫", "le": "≤", "ge": "≥", "neq": "≠",
    "to": "→", "leftarrow": "←", "pm": "±", "infty": "∞", "sum": "∑", "int": "∫", "prod": "∏", "partial": "∂",
    "langle": "⟨", "rangle": "⟩", "ldots": "…", "sim": "∼", "in": "∈", "prime": "′", "nabla": "∇", "lvert": "|",
    "rvert": "|", "{": "{", "}": "}", "lesssim": "≲",
}  # fmt: skip
NAMES = {"exp", "log", "ln", "det", "min", "max", "sign"}
SPACES = {",": "0.17em", ";": "0.28em", "quad": "1em", "qquad": "2em", " ": "0.3em"}
TOKEN = re.compile(r"\\([A-Za-z]+|.)|([0-9]+(?:[.,][0-9]+)*)|([A-Za-z])|(\s+)|(.)")
FENCES = {"(", ")", "[", "]", "|", "⟨", "⟩", "{", "}"}
WIDE = {"∑", "∏"}  # limits stand above and below in a displayed formula


def mathml(latex: str, *, display: bool = False) -> str:
    r"""Return a formula as MathML.

    Parameters
    ----------
    latex : str
        Without dollar signs. Letters, numbers, the commands of this module, ``^``, ``_``, ``{}``, ``\frac``,
        ``\sqrt``, ``\text``, ``\hat``, ``\bar``, ``\underset``, ``\left`` and ``\right``.
    display : bool
        On a line of its own.

    Raises
    ------
    ValueError
        For a command that is not known, or braces that do not match.

    Examples
    --------
    >>> mathml("x^2")
    '<math><msup><mi>x</mi><mn>2</mn></msup></math>'
    """
    parser = _Parser(latex)
    body = "".join(parser.row(set()))
    if parser.tokens:
        raise ValueError(f"the formula {latex!r} has a {parser.tokens[0][0]!r} without a partner.")
    place = ' display="block"' if display else ""
    return f"<math{place}>{body}</math>"


class _Parser:
    """Parser of a formula's tokens.

    It reads from the left; each method returns the MathML of what it has read.
    """

    def __init__(self, latex):
        self.latex = latex
        self.tokens = []
        for match in TOKEN.finditer(latex):
            command, number, letter, _, other = match.groups()
            if command:
                self.tokens.append(("\\" + command, "command", match.start()))
            elif number:
                self.tokens.append((number, "number", match.start()))
            elif letter:
                self.tokens.append((letter, "letter", match.start()))
            elif other:
                self.tokens.append((other, "other", match.start()))

    def row(self, until):
        """Return the elements up to an end token.

        The end is a token of `until`, or the end of the formula.
        """
        parts = []
        while self.tokens and self.tokens[0][0] not in until and self.tokens[0][0] not in {"}", r"\right"}:
            parts.append(self.scripted())
        return parts

    def scripted(self):
        """Return one element with what hangs on it."""
        base = self.atom()
        below = above = None
        while self.tokens and self.tokens[0][0] in {"^", "_", "'"}:
            sign = self.tokens.pop(0)[0]
            if sign == "_":
                below = self.atom()
            else:
                above = "<mo>′</mo>" if sign == "'" else self.atom()
        limits = base.startswith("<mo") and any(wide in base for wide in WIDE)
        if below is not None and above is not None:
            kind = "munderover" if limits else "msubsup"
            return f"<{kind}>{base}{below}{above}</{kind}>"
        if below is not None:
            kind = "munder" if limits else "msub"
            return f"<{kind}>{base}{below}</{kind}>"
        if above is not None:
            return f"<msup>{base}{above}</msup>"
        return base

    def atom(self):
        """Return the next element.

        It is a letter, a number, a group or a command with its arguments.
        """
        if not self.tokens:
            raise ValueError(f"the formula {self.latex!r} ends too early.")
        token, kind, _ = self.tokens.pop(0)
        if token == "{":
            inside = self.row({"}"})
            self.expect("}")
            return inside[0] if len(inside) == 1 else f"<mrow>{''.join(inside)}</mrow>"
        if kind == "number":
            return f"<mn>{token}</mn>"
        if kind == "letter":
            return f"<mi>{token}</mi>"
        if kind == "command":
            return self.command(token[1:])
        token = {"-": "−", "*": "∗"}.get(token, token)
        if token in FENCES:
            return f'<mo stretchy="false">{escape(token)}</mo>'
        return f"<mo>{escape(token)}</mo>"

    def command(self, name):
        """Return a command's element."""
        if name in LETTERS:
            upright = ' mathvariant="normal"' if name[0].isupper() else ""
            return f"<mi{upright}>{LETTERS[name]}</mi>"
        if name in SIGNS:
            fence = ' stretchy="false"' if SIGNS[name] in FENCES else ""
            return f"<mo{fence}>{SIGNS[name]}</mo>"
        if name in NAMES:
            return f"<mi>{name}</mi>"
        if name in SPACES:
            return f'<mspace width="{SPACES[name]}"></mspace>'
        if name in {"frac", "dfrac"}:
            return f"<mfrac>{self.atom()}{self.atom()}</mfrac>"
        if name == "sqrt":
            return f"<msqrt>{self.atom()}</msqrt>"
        if name in {"hat", "bar"}:
            mark = {"hat": "^", "bar": "¯"}[name]
            return f'<mover accent="true">{self.atom()}<mo stretchy="false">{mark}</mo></mover>'
        if name in {"text", "operatorname", "mathrm"}:
            return f"<mtext>{self.words()}</mtext>"
        if name == "underset":
            below = self.atom()
            return f"<munder>{self.atom()}{below}</munder>"
        if name == "left":
            opening = self.tokens.pop(0)[0].replace(r"\langle", "⟨")
            inside = "".join(self.row({r"\right"}))
            self.expect(r"\right")
            closing = self.tokens.pop(0)[0].replace(r"\rangle", "⟩")
            return f"<mrow><mo>{escape(opening)}</mo>{inside}<mo>{escape(closing)}</mo></mrow>"
        raise ValueError(f"the formula {self.latex!r} has \\{name}, which the lessons' formulas do not know.")

    def words(self):
        """Return a group's letters as written, with spaces."""
        start = self.expect("{") + 1
        while self.tokens and self.tokens[0][0] != "}":
            self.tokens.pop(0)
        return escape(self.latex[start : self.expect("}")])

    def expect(self, token):
        """Read a token that must be there.

        Returns its place.
        """
        if not self.tokens or self.tokens[0][0] != token:
            raise ValueError(f"the formula {self.latex!r} lacks a {token}")
        return self.tokens.pop(0)[2]
