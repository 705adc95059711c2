"""Formulas as pictures inside the page (SVG by matplotlib): math that draws from file:// with no network or script."""

import base64
import html

from docutils import nodes

from figures import formula


def picture(latex, display):
    """Return a formula as an HTML image; inline, its baseline is the line's."""
    plain = latex.replace(r"\lvert", "|").replace(
        r"\rvert", "|"
    )  # bars by name, which mathtext does not know
    drawn = formula.drawn(plain, display=display)
    coded = base64.b64encode(drawn.svg).decode()
    style = f"height:{drawn.height:.3f}em;vertical-align:-{drawn.depth:.3f}em"
    return f'<img class="math" alt="{html.escape(latex)}" style="{style}" src="data:image/svg+xml;base64,{coded}">'


def inline(translator, node):
    """Write an inline formula."""
    translator.body.append(picture(node.astext(), display=False))
    raise nodes.SkipNode


def block(translator, node):
    """Write a displayed formula, a line for each of its parts."""
    lines = [line for line in node.astext().split("\n\n") if line.strip()]
    shown = "<br>".join(picture(" ".join(line.split()), display=True) for line in lines)
    translator.body.append(f'<div class="math" style="overflow-x:auto;padding:.4em 0 .4em 2em">{shown}</div>')
    raise nodes.SkipNode


def setup(app):
    """Register the renderer with Sphinx."""
    app.add_html_math_renderer("mathtext", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
