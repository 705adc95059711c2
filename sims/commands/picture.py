"""`diffusion picture`: draw the pictures of the documentation."""

from importlib import import_module
from pathlib import Path

from sims.options.names import named


def picture(*names: str, out: Path = Path("out")) -> None:
    """Draw pictures of the documentation: PNG and SVG.

    Parameters
    ----------
    names
        Pictures, named as in `diffusion list`. [default: all of them]
    out
        Folder for the files.
    """
    from figures.look import styled
    from figures.save import save
    from sims.runs.pictures import PICTURES

    chosen = [named(name, PICTURES, "a picture") for name in names] or PICTURES
    for name in chosen:
        drawn = import_module(f"figures.{PICTURES[name].figure}")
        with styled():
            figure = drawn.draw(**PICTURES[name].data())
        print(*save(figure, out / name))
