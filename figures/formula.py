"""Draw a formula as a picture.

It is for pages that must show it without a network, a font or a script.
"""

import io
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser

from figures.look import styled
from figures.save import METADATA

SIZE = 13.0  # points; the unit em of the measures below
PAD = 1.0  # points left free around it


@dataclass(frozen=True)
class Formula:
    """Drawn formula with its size.

    ``height`` (all of it) and ``depth`` (below the baseline) are in em.
    """

    svg: bytes
    height: float
    depth: float


def drawn(latex: str, *, display: bool = True) -> Formula:
    """Return a formula as SVG.

    It is just as large as the formula is.

    Parameters
    ----------
    latex : str
        Mathtext, which is most of LaTeX's mathematics, without dollar signs.
    display : bool
        Whether it stands alone, with large fractions.

    Raises
    ------
    ValueError
        If it is not mathtext.
    """
    text = f"${latex.replace(chr(92) + 'frac', chr(92) + 'dfrac') if display else latex}$"
    with styled():
        width, height, depth, *_ = MathTextParser("path").parse(text, 72, FontProperties(size=SIZE))
        figure = Figure(figsize=((width + 2 * PAD) / 72, (height + 2 * PAD) / 72))
        figure.text(
            PAD / (width + 2 * PAD), (depth + PAD) / (height + 2 * PAD), text, fontsize=SIZE, va="baseline"
        )
        picture = io.BytesIO()
        figure.savefig(picture, format="svg", transparent=True, metadata=METADATA["svg"])
    return Formula(picture.getvalue(), (height + 2 * PAD) / SIZE, (depth + PAD) / SIZE)
