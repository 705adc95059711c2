"""What the recorded full run found of a formula: shown beside the formula's docstring."""

from theory.recorded import recorded_verdicts
from theory.statements import STATEMENTS, Statement


def statement_of(function) -> tuple[Statement, str] | None:
    """Return the statement that has a function as one of its forms, and which form; None if there is none."""
    for statement in STATEMENTS:
        for form, known in statement.forms.items():
            if known is function:
                return statement, form
    return None


def found(function) -> str:
    """Return as markdown what the recorded full run of `diffusion verify` found of a function; empty if nothing."""
    place = statement_of(function)
    if place is None:
        return ""
    statement, form = place
    verdicts = [verdict for verdict in recorded_verdicts(statement.name) if verdict["form"] == form]
    if not verdicts:
        return ""
    lines = [f"- **{v['outcome']}**, {v['regime']}: {v['sentence']}".replace("|", "&#124;") for v in verdicts]
    command = verdicts[0]["experiment"].replace("_", "-")
    return "\n".join(
        [
            f"**What `diffusion verify {command}` found** ({statement.name}, {form}; the recorded full run)",
            "",
            *lines,
            "",
        ]
    )
