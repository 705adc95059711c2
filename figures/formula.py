"""A formula as a picture, for pages that must show it without a network or a font."""

import io

from matplotlib.figure import Figure

from figures.look import styled
from figures.save import METADATA


def svg(latex: str) -> bytes:
    """Return a formula as SVG, just as large as it is.

    Parameters
    ----------
    latex : str
        Mathtext, which is most of LaTeX's mathematics, without dollar signs.
    """
    with styled():
        figure = Figure(figsize=(0.1, 0.1))
        figure.text(0, 0, f"${latex}$", fontsize=13)
        picture = io.BytesIO()
        figure.savefig(picture, format="svg", bbox_inches="tight", pad_inches=0.03, transparent=True,
                       metadata=METADATA["svg"])  # fmt: skip
        return picture.getvalue()
