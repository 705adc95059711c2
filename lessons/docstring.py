"""A numpydoc docstring as markdown: the register of statements is read by students too."""

import re

SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}\n", flags=re.MULTILINE)
MATH_BLOCK = re.compile(r"^\.\. math::(.*?)(?=^\S|\Z)", flags=re.MULTILINE | re.DOTALL)
MATH_INLINE = re.compile(r":math:`([^`]*)`")
FIELD = re.compile(r"^(\w[\w, *]*) : (.*)$", flags=re.MULTILINE)
EXAMPLE = re.compile(r"^(>>> .*(?:\n(?!\n|\*\*).+)*)", flags=re.MULTILINE)


def as_markdown(text: str) -> str:
    r"""Return a docstring's text with its formulas, sections and examples as markdown.

    Examples
    --------
    >>> as_markdown("Spread.\n\n.. math:: 2 D t\n\nReturns\n-------\nndarray")
    'Spread.\n\n$$2 D t$$\n\n**Returns**\n\nndarray'
    """
    text = MATH_BLOCK.sub(lambda found: f"$${' '.join(found[1].split())}$$\n\n", text)
    text = MATH_INLINE.sub(r"$\1$", text)
    text = SECTION.sub(r"**\1**\n\n", text)
    text = EXAMPLE.sub(r"```python\n\1\n```", text)
    return FIELD.sub(r"\n`\1` : \2  ", text)
