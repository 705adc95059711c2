"""The report of `diffusion verify`: one page of verdicts with figures, formulas and how to read them.

report.html stands alone (figures and formulas are inside it, no network); report.md links the figures beside it.
"""

import base64
import html
import inspect
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sims.judging.verdict import FALSE_ALARM, OUTCOMES, Verdict, Z
from sims.storage.files import replacing
from sims.verify.run import Finding, all_verdicts, by_statement, recorded_as_verdicts
from theory.statements import statement

TITLE = "Does the diffusion theory of optimizers hold?"
READING = (
    "Each number is measured with walkers and set beside what the paper says. *Measured over stated* is 1 where the "
    "statement is right; the brackets are its 95 % interval. *Visible* is the deviation that the run would have seen "
    'with probability 0.95: without it, "holds" would mean nothing. The simulator itself is held against exact '
    f"references of the same iteration and may differ by chance alone (below {Z:.1f} standard errors: all comparisons "
    f"together raise a false alarm once in {1 / FALSE_ALARM:,.0f} runs). Every experiment also tries a prediction that "
    "is wrong on purpose, which must be rejected."
)
COLUMNS = ("what", "regime", "verdict", "measured / stated", "visible", "z", "in words")
FORMS = {
    "printed": "as printed",
    "leading": "leading order",
    "corrected": "corrected",
    "kramers": "Kramers' time",
    "exact": "simulator",
    "control": "control",
}
TOLD = {"noise": "Noise", "interpretation": "interpretation", "stop": "stop rule", "time_unit": "time"}
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a }
h1 { line-height: 1.2 } h2 { margin-top: 3rem; border-top: 1px solid #ddd; padding-top: 1.2rem; line-height: 1.25 }
table { border-collapse: collapse; width: 100%; font-size: .875rem; margin: 1rem 0 }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #e4e4e4 }
th { border-bottom: 2px solid #999 } td.number { white-space: nowrap }
.scroll { overflow-x: auto } img.figure { max-width: 100%; height: auto } img.formula { vertical-align: middle }
p.formula { margin: 1rem 0 1rem 1.5rem; overflow-x: auto } .small { font-size: .85rem; color: #555 }
.good { background: #d7ecf7 } .bad { background: #f9dccb } .between { background: #f1ecc6 } .aside { background: #eee }
span.chip { padding: .05rem .45rem; border-radius: .6rem }
td.counts { white-space: nowrap } td.words { min-width: 20rem } td.verdict { min-width: 11rem }
"""


def summary(verdicts: Iterable[Verdict]) -> list[dict]:
    """Return one row a statement: what it says, and in how many regimes what became of it, as printed and corrected."""
    table = []
    for name, own in by_statement(verdicts).items():
        row = {"statement": name, "says": statement(name).title}
        for form in ("printed", "corrected"):
            counts = Counter(v.outcome for v in own if v.form == form)
            row[FORMS[form]] = "; ".join(f"{outcome} {count}" for outcome, count in counts.items()) or "-"
        table.append(row)
    return table


def readme_table(size: str = "full") -> str:
    """Return the summary of the recorded run as a Markdown table."""
    return markdown_table(summary(recorded_as_verdicts(size)))


def rows(verdicts: Sequence[Verdict]) -> list[dict]:
    """Return one row a verdict, in the words of the report."""
    return [
        {
            "what": f"{v.statement}, {FORMS[v.form]}",
            "regime": v.regime,
            "verdict": v.short,
            "measured / stated": f"{v.ratio:.4g} [{v.interval[0]:.4g}, {v.interval[1]:.4g}]",
            "visible": f"{100 * v.detectable:.2g} %",
            "z": f"{v.z:.3g}",
            "in words": v.sentence,
        }
        for v in sorted(verdicts, key=lambda v: list(FORMS).index(v.form))
    ]


def question(finding: Finding) -> tuple[str, list[str]]:
    """Return what an experiment asks, and its explanation: the docstring of its file."""
    title, *rest = (inspect.getdoc(finding.experiment) or finding.name).split("\n\n")
    return title.rstrip("."), [" ".join(paragraph.split()) for paragraph in rest]


def formula(name: str) -> str | None:
    """Return the printed formula of a statement (LaTeX), from its function's docstring; None if it has none."""
    found = re.search(
        r"\.\. math:: ?(.*?)(?:\n\n|$)", inspect.getdoc(statement(name).forms["printed"]) or "", re.DOTALL
    )
    return " ".join(found[1].split()) if found else None


def headline(verdicts: Sequence[Verdict]) -> str:
    """Return in one sentence how many statements stand as printed."""
    printed = {
        name: {v.outcome for v in own if v.form == "printed"} for name, own in by_statement(verdicts).items()
    }
    printed = {name: outcomes for name, outcomes in printed.items() if outcomes}
    if not printed:
        return "No statement was judged as printed."
    sound, half = {"holds", "holds asymptotically"}, {"exponent holds, prefactor off"}
    groups: dict[str, list[str]] = {
        "wherever they were tried": [],
        "in some regimes and not in others": [],
        "in the exponent only, somewhere": [],
        "nowhere": [],
    }
    whole, part, exponent, never = groups.values()
    for name, outcomes in printed.items():
        fits = (
            whole
            if outcomes <= sound
            else part
            if outcomes & sound
            else exponent
            if outcomes & half
            else never
        )
        fits.append(name)
    words = [f"{len(names)} {text} ({', '.join(names)})" for text, names in groups.items() if names]
    return f"As printed, the statements hold: {'; '.join(words)}."


def checks(findings: Sequence[Finding]) -> str:
    """Return in one sentence whether the simulator and the negative controls did as they must."""
    every = all_verdicts(findings)
    exact = [v for v in every if v.form == "exact"]
    controls = [v for v in every if v.form == "control"]
    bad = [v for v in exact if v.outcome != "holds"] + [v for v in controls if v.outcome != "rejected"]
    compared = sum(v.comparisons for v in exact)
    text = (
        f"Numbers compared with exact references: {compared}. Predictions wrong on purpose: {len(controls)}."
    )
    if not bad:
        return (
            f"{text} The simulator met all the references within chance; every wrong prediction was rejected."
        )
    return f"{text} BEWARE, of these checks {len(bad)} failed: {' '.join(v.sentence for v in bad)}"


def run_facts(finding: Finding) -> str:
    """Return how the numbers were made: walkers, work, speed, conventions, settings."""
    d = finding.dataset
    told = "; ".join(f"{words}: {d.attrs[name]}" for name, words in TOLD.items() if name in d.attrs)
    return (
        f"{int(d.walkers):,} walkers, {d.work:.2g} walker-steps times coordinates, {finding.seconds:.1f} s "
        f"({finding.ns_per_step:.2g} ns each, everything included), seed {d.seed}. {told}. Settings: {d.settings}"
    )


def provenance(finding: Finding) -> str:
    """Return commit and versions."""
    d = finding.dataset
    names = ("optimizer_diffusion", "python", "numpy", "scipy", "numba", "xarray")
    versions = ", ".join(f"{name.replace('_', '-')} {d.attrs[f'version_{name}']}" for name in names)
    return f"Commit {d.commit} (files changed since: {d.commit_dirty}); {versions}."


def write_markdown(findings: Sequence[Finding], folder, changed: Sequence[str], note: str = "") -> Path:
    """Write report.md into the folder that holds the figures, and return its path."""
    parts = [f"# {TITLE}", headline(all_verdicts(findings)), checks(findings), *([note] if note else [])]
    parts += ["\n".join(_changes(changed)), READING, markdown_table(summary(all_verdicts(findings)))]
    for finding in findings:
        title, explanation = question(finding)
        parts += [
            f"## {title}",
            *explanation,
            f"![{title}]({finding.name}.png)",
            markdown_table(rows(finding.verdicts)),
        ]
        parts += [run_facts(finding)]
    parts += ["## Outcomes", markdown_table([{"outcome": k, "means": v} for k, v in OUTCOMES.items()])]
    parts += [provenance(findings[0])]
    path = Path(folder) / "report.md"
    with replacing(path) as temporary:
        temporary.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")
    return path


def write_html(
    findings: Sequence[Finding], folder, changed: Sequence[str], formulas: Mapping[str, bytes], note: str = ""
) -> Path:  # fmt: skip
    """Write report.html and return its path; ``formulas`` holds the printed formula of each statement as SVG."""
    body = [f"<h1>{TITLE}</h1>", _paragraph(headline(all_verdicts(findings))), _paragraph(checks(findings))]
    body += [_paragraph(note)] if note else []
    if changed:
        lines = "".join(f"<li>{html.escape(line)}</li>" for line in changed)
        body.append(f"<p>Differs from the recorded run:</p><ul>{lines}</ul>")
    body.append(_paragraph(READING))
    body.append(_html_table(summary(all_verdicts(findings)), links=_sections(findings)))
    for finding in findings:
        title, explanation = question(finding)
        body += [f'<h2 id="{finding.name}">{html.escape(title)}</h2>', *map(_paragraph, explanation)]
        for name in finding.experiment.STATEMENTS:
            if name in formulas:
                picture = _picture(formulas[name], f"{name} as printed: {formula(name)}", "formula")
                body.append(f'<p class="formula">{html.escape(name)}: &ensp;{picture}</p>')
        drawn = (Path(folder) / f"{finding.name}.svg").read_bytes()
        body += [_picture(drawn, f"Figure: {title}", "figure"), _html_table(rows(finding.verdicts))]
        body.append(f'<p class="small">{html.escape(run_facts(finding))}</p>')
    body += ["<h2>Outcomes</h2>", _html_table([{"outcome": k, "means": v} for k, v in OUTCOMES.items()])]
    body.append(f'<p class="small">{html.escape(provenance(findings[0]))}</p>')
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{TITLE}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )
    path = Path(folder) / "report.html"
    with replacing(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return path


def _changes(changed):
    """Return what differs from the recorded run as lines of Markdown."""
    return ["Differs from the recorded run:", "", *(f"- {line}" for line in changed)] if changed else []


def markdown_table(table: Sequence[Mapping]) -> str:
    """Return rows with the same keys as a Markdown table."""
    if not table:
        return ""
    head = list(table[0])
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(row[name]).replace("|", r"\|") for name in head) + " |" for row in table]
    return "\n".join(lines)


def _paragraph(text):
    return "<p>" + re.sub(r"\*(.+?)\*", r"<em>\1</em>", html.escape(text)) + "</p>"


def _picture(svg, words, kind):
    coded = base64.b64encode(svg).decode()
    return f'<img class="{kind}" alt="{html.escape(words)}" src="data:image/svg+xml;base64,{coded}">'


def _sections(findings):
    """Return where in the page each statement is first judged."""
    return {name: f"#{f.name}" for f in reversed(findings) for name in f.experiment.STATEMENTS}


def _html_table(table, links=None):
    """Return a table; a value of the first column that is in ``links`` leads there."""
    if not table:
        return ""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in table[0])
    body = "".join(
        "<tr>" + "".join(_cell(name, str(value), links or {}) for name, value in row.items()) + "</tr>\n"
        for row in table
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>'


def _cell(name, text, links):
    if name in ("verdict", "outcome"):
        return f'<td class="verdict"><span class="chip {_colour(text)}">{html.escape(text)}</span></td>'
    if name in ("as printed", "corrected"):  # counted: "holds 3; fails 5"
        chips = (f'<span class="chip {_colour(one)}">{html.escape(one)}</span>' for one in text.split("; "))
        return f'<td class="counts">{"<br>".join(chips) if text != "-" else "-"}</td>'
    if name == "statement" and text in links:
        return f'<td class="number"><a href="{links[text]}">{html.escape(text)}</a></td>'
    kind = (
        "number"
        if name in ("measured / stated", "visible", "z")
        else "words"
        if name == "in words"
        else "plain"
    )
    return f'<td class="{kind}">{html.escape(text)}</td>'


def _colour(text):
    if text.startswith(("fails", "not rejected")):
        return "bad"
    if text.startswith("holds"):
        return "good"
    return "aside" if text.startswith("rejected") else "between"
