"""How the documentation is built: `sphinx-build -W -b html docs docs/_build`. It needs no network to be read."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "optimizer-diffusion"
author = "The optimizer-diffusion authors"
release = metadata.version("optimizer-diffusion")
extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.doctest",
    "sphinx.ext.viewcode",
    "plain_bars",  # ours: docstrings may say |H|
    "mathtext",  # ours: formulas as pictures, so that they draw without a network
    "statement_pages",  # ours: a page for each statement, from the register and the recorded run
    "erratum",  # ours: printed, correct, and how much it matters
    "lesson_site",  # ours: the lessons, the same pages that `diffusion teach` serves
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = False

numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
autosummary_generate = True
autodoc_typehints = "none"  # numpydoc says it
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = "optimizer-diffusion"
html_static_path = ["_static"]
html_css_files = ["own.css"]
html_math_renderer = "mathtext"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
