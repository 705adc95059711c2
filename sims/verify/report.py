"""The report of `diffusion verify`: verdicts, figures and formulas.

report.md links the figures beside it; report.html is the same text and stands alone, with its figures inside.
"""

import base64
import html
import inspect
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt

from sims.experiments import Experiment, every_experiment
from sims.judging.ratio import FALSE_ALARM, Z
from sims.judging.verdict import OUTCOMES, Verdict
from sims.storage.files import replacing
from sims.verify.run import Finding, all_verdicts, by_statement
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
FORMS = {
    "printed": "as printed",
    "leading": "leading order",
    "corrected": "corrected",
    "kramers": "Kramers' time",
    "exact": "simulator",
    "control": "control",
}
TOLD = {"noise": "Noise", "interpretation": "interpretation", "stop": "stop rule", "time_unit": "time"}
PACKAGES = {
    "optimizer_diffusion": "optimizer-diffusion", "python": "Python", "numpy": "NumPy", "scipy": "SciPy",
    "numba": "Numba", "xarray": "xarray",
}  # fmt: skip
CHIPS = ("verdict", "outcome", "as printed", "corrected")  # columns of outcomes, which are coloured
COLOURS = {"fails": "bad", "not rejected": "bad", "holds": "good", "rejected": "aside"}
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a;
  overflow-wrap: break-word }
h1 { line-height: 1.2 } h2 { margin-top: 3rem; border-top: 1px solid #ddd; padding-top: 1.2rem; line-height: 1.25 }
table { border-collapse: collapse; display: block; overflow-x: auto; font-size: .875rem; margin: 1rem 0 }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #e4e4e4 }
th { border-bottom: 2px solid #999 } td:last-child { min-width: 16rem } td:nth-child(4) { white-space: nowrap }
code { font: inherit; padding: .05rem .45rem; border-radius: .6rem; background: #f1ecc6; display: inline-block }
code.good { background: #d7ecf7 } code.bad { background: #f9dccb } code.aside { background: #eee }
img { max-width: 100%; height: auto; vertical-align: middle }
@media (prefers-color-scheme: dark) {
  body { background: #17171b; color: #e8e8ee } a { color: #8cbdf5 } code { color: #1a1a1a } img { background: #fff }
  th, td { border-color: #3a3a44 } h2 { border-color: #3a3a44 }
}
"""


def summary(verdicts: Iterable[Verdict]) -> list[dict]:
    """Return one row for each statement: how often which outcome."""
    table = []
    for name, own in by_statement(verdicts).items():
        row = {"statement": name, "says": statement(name).title}
        for form in ("printed", "corrected"):
            counts = Counter(v.outcome for v in own if v.form == form)
            row[FORMS[form]] = "; ".join(f"{outcome} {count}" for outcome, count in counts.items()) or "-"
        table.append(row)
    return table


def rows(verdicts: Iterable[Verdict]) -> list[dict]:
    """Return one row a verdict, in report words."""
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


def question(experiment: Experiment) -> tuple[str, list[str]]:
    """Return an experiment's question and its explanation."""
    about = inspect.getdoc(inspect.getmodule(experiment.run)) or experiment.name
    title, *rest = about.split("\n\n")
    return title.rstrip("."), [" ".join(paragraph.split()) for paragraph in rest]


def headline(findings: Sequence[Finding], wanted: Iterable[str] = ()) -> str:
    """State how many statements stand as printed, of those wholly tried.

    Parameters
    ----------
    findings : sequence of Finding
    wanted : iterable of str
        Statements to speak of; all of them if empty.
    """
    wanted, ran = set(wanted), {finding.name for finding in findings}
    groups: dict[str, list[str]] = {
        "wherever they were tried": [],
        "in some of the regimes tried": [],
        "in the exponent only": [],
        "only where they are too weak to say anything": [],
        "nowhere so far, with too few walkers to tell": [],
        "in none of the regimes tried": [],
    }
    whole, part, exponent, weak, unsure, never = groups.values()
    sound, in_part = {"holds", "holds asymptotically"}, []
    for name, own in by_statement(all_verdicts(findings)).items():
        outcomes = {v.outcome for v in own if v.form == "printed"}
        if not outcomes or (wanted and name not in wanted):
            continue
        judges = [one.name for one in every_experiment() if name in one.statements]
        if not ran.issuperset(judges):
            in_part.append(f"{name} ({len(ran.intersection(judges))} of {len(judges)} experiments)")
        elif outcomes <= sound:
            whole.append(name)
        elif outcomes & sound:
            part.append(name)
        elif "exponent holds, prefactor off" in outcomes:
            exponent.append(name)
        elif "vacuous" in outcomes:
            weak.append(name)
        else:
            (unsure if "undecided" in outcomes else never).append(name)
    words = [f"{len(names)} {text} ({', '.join(names)})" for text, names in groups.items() if names]
    told = [f"As printed, the statements hold: {'; '.join(words)}."] if words else []
    told += [f"Tried in part only, so not counted: {', '.join(in_part)}."] if in_part else []
    return " ".join(told) or "No statement was judged as printed."


def checks(findings: Sequence[Finding]) -> str:
    """State whether simulator and negative controls passed."""
    every = all_verdicts(findings)
    exact = [v for v in every if v.form == "exact"]
    controls = [v for v in every if v.form == "control"]
    bad = [v for v in exact if v.outcome != "holds"] + [v for v in controls if v.outcome != "rejected"]
    told = [f"Numbers compared with exact references: {sum(v.comparisons for v in exact)}."]
    told += [f"Predictions wrong on purpose: {len(controls)}."]
    if bad:
        return " ".join([*told, f"BEWARE: {len(bad)} of these checks failed:", *(v.sentence for v in bad)])
    if exact:
        told.append("The simulator met all the references within chance.")
    else:
        told.append("The simulator was not checked.")
    if controls:
        told.append("Every wrong prediction was rejected.")
    return " ".join(told)


def run_facts(finding: Finding) -> str:
    """Return how the numbers were made: walkers, work, conventions, settings."""
    d = finding.dataset
    told = "; ".join(f"{words}: {d.attrs[name]}" for name, words in TOLD.items() if name in d.attrs)
    return (
        f"{int(d.walkers):,} walkers, {d.work:.2g} walker-steps times coordinates, {finding.seconds:.1f} s "
        f"({finding.ns_per_step:.2g} ns each, everything included), seed {d.seed}. {told}. Settings: {d.settings}"
    )


def provenance(dataset) -> str:
    """Return commit and versions."""
    versions = ", ".join(f"{words} {dataset.attrs[f'version_{name}']}" for name, words in PACKAGES.items())
    return f"Commit {dataset.commit} (files changed since: {dataset.commit_dirty}); {versions}."


def write(
    findings: Sequence[Finding], folder, changed: Sequence[str], formulas: Mapping[str, bytes], note: str = ""
) -> Path:  # fmt: skip
    """Write report.md and report.html beside the figures; return the page's path.

    Parameters
    ----------
    findings : sequence of Finding
    folder : path
        Holds a figure NAME.png and NAME.svg of each experiment.
    changed : sequence of str
        What differs from the recorded run, a line each.
    formulas : dict of str to bytes
        Printed formula of each statement as SVG.
    note : str
        That the run was interrupted.
    """
    folder, text = Path(folder), as_markdown(findings, changed, note)
    inside = text
    for finding in findings:
        figure = (folder / f"{finding.name}.svg").read_bytes()
        inside = inside.replace(f"({finding.name}.png)", f"({embedded(figure)})")
    for name, svg in formulas.items():
        inside = inside.replace(f"$${statement(name).formula}$$", f"![{name} as printed]({embedded(svg)})")
    for name, content in (("report.md", text), ("report.html", page(TITLE, as_html(inside)))):
        with replacing(folder / name) as temporary:
            temporary.write_text(content, encoding="utf-8")
    return folder / "report.html"


def page(title: str, body: str, layout: str = "") -> str:
    """Return a page of HTML that stands alone, in the style of the reports."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}{layout}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def as_markdown(findings: Sequence[Finding], changed: Sequence[str], note: str = "") -> str:
    """Return the report as Markdown, with links to the figures."""
    places: dict[str, str] = {}
    for finding in reversed(findings):
        places |= dict.fromkeys(finding.experiment.statements, _anchor(question(finding.experiment)[0]))
    table = summary(all_verdicts(findings))
    table = [row | {"statement": f"[{row['statement']}](#{places[row['statement']]})"} for row in table]
    parts = [f"# {TITLE}", headline(findings), checks(findings), note]
    if changed:
        parts += ["Differs from the recorded run:", "\n".join(f"- {line}" for line in changed)]
    parts += [READING, markdown_table(_chipped(table))]
    for finding in findings:
        title, explanation = question(finding.experiment)
        latex = {name: statement(name).formula for name in finding.experiment.statements}
        parts += [f"## {title}", *explanation, *(f"{name}: $${one}$$" for name, one in latex.items() if one)]
        parts += [f"![Figure: {title}]({finding.name}.png)", markdown_table(_chipped(rows(finding.verdicts)))]
        parts += [run_facts(finding)]
    meanings = [{"outcome": outcome, "means": meaning} for outcome, meaning in OUTCOMES.items()]
    parts += ["## Outcomes", markdown_table(_chipped(meanings)), provenance(findings[0].dataset)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _chipped(table):
    """Turn a table's outcomes into code spans, which the page colours."""

    def chips(text):
        return text if text == "-" else " ".join(f"`{one}`" for one in text.split("; "))

    return [row | {name: chips(row[name]) for name in CHIPS if name in row} for row in table]


def markdown_table(table: Sequence[Mapping]) -> str:
    """Return rows with the same keys as a Markdown table."""
    if not table:
        return ""
    head = list(table[0])
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(row[name]).replace("|", r"\|") for name in head) + " |" for row in table]
    return "\n".join(lines)


def embedded(svg: bytes) -> str:
    """Return a picture as an address that holds it."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"


def _anchor(title):
    """Return the name that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def as_html(text):
    """Return Markdown as HTML, with anchors and coloured outcomes."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.validateLink = lambda url: True  # figures are inside the page; the text is ours
    markdown.add_render_rule("code_inline", lambda _, tokens, place, *rest: chip(tokens[place].content))
    tokens = markdown.parse(text)
    for token, inside in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _anchor(inside.content))
    return markdown.renderer.render(tokens, markdown.options, {})


def chip(outcome: str) -> str:
    """Return an outcome as a coloured chip, whatever stands behind it."""
    colour = next((colour for word, colour in COLOURS.items() if outcome.startswith(word)), "between")
    return f'<code class="{colour}">{html.escape(outcome)}</code>'
