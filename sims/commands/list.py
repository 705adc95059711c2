"""`diffusion list`: names that the command line knows."""

import json as json_text
from typing import Any

from sims.commands.table import show

COLUMNS = {"statements": "says", "pictures": "shows"}


def list_parts(
    *,
    optimizer: str | None = None,
    landscape: str | None = None,
    noise: str | None = None,
    json: bool = False,
) -> None:
    """List optimizers, landscapes, noises, schemes, figures, pictures and statements, with their options.

    Parameters
    ----------
    optimizer
        Show the fields of this optimizer, a name or FILE.py:Name.
    landscape
        Show the fields of this landscape, what it gives, and which commands that makes possible.
    noise
        Show the fields of this noise.
    json
        Print JSON instead of tables.
    """
    asked = {"optimizer": optimizer, "landscape": landscape, "noise": noise}
    one = {kind: name for kind, name in asked.items() if name is not None}
    if len(one) > 1:
        raise ValueError(f"list shows one part at a time; leave out --{' or --'.join(one)}.")
    found = _part(*one.popitem()) if one else _everything()
    if json:
        print(json_text.dumps(found, indent=1))
        return
    for title, rows in found.items():
        if isinstance(rows, dict):
            rows = [{"name": name, COLUMNS.get(title, "options"): text} for name, text in rows.items()]
        if rows:
            show(title, rows, prose=tuple(rows[0])[1:])


def _everything() -> dict[str, Any]:
    """Return all names by kind, each with its options or what it says."""
    from sims.options.fields import description
    from sims.options.process import scheme_description, scheme_names
    from sims.options.registry import ARTICLES, known_parts, part_class
    from sims.runs.pictures import PICTURES
    from theory.statements import STATEMENTS

    found = {
        f"{kind}s": {name: description(part_class(kind, name)) for name in known_parts(kind)}
        for kind in ARTICLES
    }
    found["schemes"] = {name: scheme_description(scheme) for name, scheme in scheme_names().items()}
    found["figures"] = {"6": "mode=kramers or literal"}
    found["pictures"] = {name: picture.shows for name, picture in PICTURES.items()}
    found["statements"] = {s.name: s.title for s in STATEMENTS}
    return found


def _part(kind: str, name: str) -> dict[str, list[dict]]:
    """Return the fields of one part with their help; of a landscape also its members and its commands."""
    from sims.options.fields import field_rows
    from sims.options.landscape import abilities, members
    from sims.options.registry import part_class

    cls = part_class(kind, name)
    found = {f"{name}: fields": field_rows(cls)}
    if kind == "landscape":
        found |= {f"{name}: members": members(cls), f"{name}: commands": abilities(cls)}
    return found
