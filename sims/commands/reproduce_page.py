"""Page of a reproduction, out/report.html, which stands alone."""

import html
from collections import Counter
from pathlib import Path

from figures import ratios
from sims.networks.figure import left_out
from sims.storage.files import replacing
from sims.verify.report import as_html, chip, embedded, page
from sims.verify.run import all_verdicts, by_statement
from theory.statements import statement

TITLE = "What was reproduced"
LAYOUT = """
body { max-width: 78rem; display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: 2.5rem }
nav { position: sticky; top: 1rem; align-self: start; max-height: 95vh; overflow: auto; font-size: .875rem }
nav a { display: block; padding: .18rem 0; text-decoration: none } nav .in { padding-left: .8rem }
svg { vertical-align: middle }
@media (max-width: 800px) { body { display: block } nav { position: static; max-height: none } }
@media print { body { display: block } nav { display: none } }
"""


def write_page(sections, out, judging) -> Path:
    """Write report.html into a folder, and return its path.

    Parameters
    ----------
    sections : dict of str to str
        Figure 6 by mode, as Markdown; pictures of it stand in the folder as SVG.
    out : path
    judging : Judging or None
        The statements' verdicts; None if they were not reached.
    """
    out = Path(out)
    links = ['<a href="#statements">Verdicts</a>']
    parts = [f"<h1>{TITLE}</h1>", '<h2 id="statements">Does each statement hold?</h2>']
    if judging is None:
        parts.append("<p><strong>Interrupted before a statement was judged.</strong></p>")
    else:
        found, names = overview(judging)
        parts += [f"<p>{html.escape(line)}</p>" for line in judging.sentences()] + [found]
        links += [f'<a class="in" href="#{statement(name).key}">{name}</a>' for name in names]
    for mode, text in sections.items():
        links.append(f'<a href="#{mode}-mode">Figure 6, {mode} mode</a>')
        picture = out / f"figure6_{mode}.svg"
        if picture.exists():
            text = text.replace(f"(figure6_{mode}.png)", f"({embedded(picture.read_bytes())})")
        parts.append(as_html(text))
    parts.append(f"<h2>The paper's other figures</h2><p>{html.escape(left_out())}</p>")
    body = f'<nav aria-label="Contents">{"".join(links)}</nav>\n<main>{"".join(parts)}</main>'
    path = out / "report.html"
    with replacing(path) as temporary:
        temporary.write_text(page(TITLE, body, LAYOUT), encoding="utf-8")
    return path


def overview(judging) -> tuple[str, list[str]]:
    """Return a table with a picture of every statement's verdicts, and the statements' names."""
    rows, names = [], []
    for name, verdicts in by_statement(all_verdicts(judging.findings)).items():
        names.append(name)
        told = [verdict.as_dict() | {"regime": verdict.regime} for verdict in verdicts]
        chips = "<br>".join(chip(f"{outcome} {n}") for outcome, n in counted(verdicts).items())
        rows.append(
            f'<tr id="{statement(name).key}"><td><strong>{name}</strong><br>{html.escape(statement(name).title)}</td>'
            f"<td>{chips}</td><td>{ratios.draw(told)}</td></tr>"
        )
    legend = (
        "Measured over stated, one dot for each regime that was tried: 1 is right, hollow dots fail, bars are 95 % "
        'intervals. Figures, formulas and every verdict in words: <a href="verify/report.html">verify/report.html</a>.'
    )
    head = "<tr><th>statement</th><th>as printed</th><th>measured / stated</th></tr>"
    return f"<p>{legend}</p><table>{head}{''.join(rows)}</table>", names


def counted(verdicts) -> Counter:
    """Return how often the printed form had each outcome."""
    return Counter(verdict.outcome for verdict in verdicts if verdict.form == "printed")
