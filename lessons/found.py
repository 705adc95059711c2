"""Show what `diffusion verify` found, in a lesson.

The recorded full run's verdicts on the lesson's statements are a folded section of its page.
"""

import json
import re
from collections import Counter
from functools import cache
from html import escape
from importlib.resources import files

from theory.labels import label

FORMS = {"printed": "as printed", "leading": "leading order", "corrected": "corrected"}
GREEK = {"theta": "θ", "tau": "τ", "kappa": "κ", "gamma": "γ"}
TYPESET = (
    (r"\bbeta([0-3])\b", r"<i>β</i><sub>\1</sub>"),
    (r"\beta\b", "<i>η</i>"),
    (r"\b(theta|tau|kappa|gamma)\b", lambda match: f"<i>{GREEK[match[1]]}</i>"),
    (r"sqrt\(", "√("),
    (r"-&gt;", "→"),
    (r"\binfinity\b", "∞"),
    (r"\(\+- ([\d.]+)\)", r"(± \1)"),
    (r"\b([HDTBMuzks])\b(?! [a-z])", r"<i>\1</i>"),
    (r"\^(-?[\d.]+)", lambda match: f"<sup>{match[1].replace('-', '−')}</sup>"),
    (r"(?<![\w.])-(?=\d)", "−"),
    (r"(\d)e([+-]?)0*(\d+)\b", lambda match: f"{match[1]} × 10<sup>{match[2].replace('-', '−').replace('+', '')}{match[3]}</sup>"),
)  # fmt: skip


@cache
def recorded() -> tuple[dict, ...]:
    """Return the recorded verdicts.

    Nothing that computes the formulas is imported: the lessons must open at once.
    """
    text = files("theory").joinpath("verdicts/full.json").read_text(encoding="utf-8")
    return tuple(verdict | {"regime": label(verdict["at"])} for verdict in json.loads(text))


def typeset(sentence: str) -> str:
    """Return a verdict's sentence or regime as HTML.

    Its ASCII symbols become typeset symbols.

    Examples
    --------
    >>> typeset("beta1 -> 1")
    '<i>β</i><sub>1</sub> → 1'
    """
    html = escape(sentence, quote=False)
    for pattern, replacement in TYPESET:
        html = re.sub(pattern, replacement, html)
    return html


def found_section(statements: list[str]) -> str:
    """Return a section of verdicts on some statements.

    The counts come first; every sentence is folded below.
    """
    parts = ["<h2>What the full run found</h2>"]
    for statement in statements:
        verdicts = [v for v in recorded() if v["statement"] == statement and v["form"] in FORMS]
        if not verdicts:
            continue
        counts = "; ".join(
            f"{name}: {', '.join(f'{outcome} {n}' for outcome, n in tally(verdicts, form).items())}"
            for form, name in FORMS.items()
            if tally(verdicts, form)
        )
        rows = "".join(
            f"<li>{FORMS[v['form']].capitalize()}, {typeset(v['regime'])}: <strong>{v['outcome']}</strong>. "
            f"{typeset(v['sentence'])}</li>"
            for v in verdicts
        )
        parts.append(
            f'<details class="found"><summary><strong>{statement}</strong>: {counts}</summary><ul>{rows}</ul></details>'
        )
    parts.append(f"<p>Run it again: <code>diffusion {command(statements[0])}</code>.</p>")
    return "\n".join(parts)


def command(statement: str) -> str:
    """Return the command that judges a statement anew.

    Examples
    --------
    >>> command("Theorem 3 SGD"), command("Figure 8")
    ('verify theorem-3-sgd', 'figure 8')
    """
    experiments = [verdict["experiment"] for verdict in recorded() if verdict["statement"] == statement]
    if experiments and all(name.startswith(("figure_", "table_")) for name in experiments):
        return statement.lower()  # measured on networks, by a command of its own
    return f"verify {statement.lower().replace(' ', '-').replace('.', '')}"


def found_numbers(statements: list[str]) -> str:
    """Return recorded numbers as a script: value and interval by the verdict's name."""
    numbers = {
        verdict["id"]: [float(f"{x:.6g}") for x in (verdict["ratio"], *verdict["interval"])]
        for verdict in recorded()
        if verdict["statement"] in statements and verdict["form"] in FORMS
    }
    return f"globalThis.lab ??= {{}};\nlab.FOUND = {json.dumps(numbers, ensure_ascii=False)};"


def tally(verdicts: list[dict], form: str) -> Counter:
    """Return how often a form had each outcome."""
    return Counter(v["outcome"] for v in verdicts if v["form"] == form)
