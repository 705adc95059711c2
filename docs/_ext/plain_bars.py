"""Let docstrings say |H|: in reStructuredText a bar would begin a substitution."""

import re

QUOTED = re.compile(r"(`+[^`]*`+)")


def escape_bars(app, what, name, obj, options, lines):
    """Escape the bars of a docstring in place, but for formulas, code and examples."""
    in_formula = in_example = False
    for i, line in enumerate(lines):
        if not line.strip():
            in_formula = in_example = False
        in_formula |= line.lstrip().startswith(".. math::")
        in_example |= line.lstrip().startswith(">>>")
        if not (in_formula or in_example):
            parts = QUOTED.split(line)
            lines[i] = "".join(part if QUOTED.match(part) else part.replace("|", r"\|") for part in parts)


def setup(app):
    """Run before numpydoc, which rearranges the lines."""
    app.connect("autodoc-process-docstring", escape_bars, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
