"""What all runs on the command line share."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from sims.commands.table import say, show
from sims.options.numbers import FLAT, Whole

Flat = FLAT


@dataclass(frozen=True)
class Common:
    """Options of every run.

    Parameters
    ----------
    workers
        Threads. [default: all processors]
    json
        Print JSON instead of a table.
    """

    workers: Whole | None = None
    json: bool = False


COMMON = Common()


def measured(experiment, config, built, out: Path | None, common: Common) -> tuple[Any, bool]:
    """Run an experiment with its parts; return its result, and whether it was interrupted."""
    from diffusion import Interrupted
    from sims.commands.progress import progress
    from sims.storage.files import writable_folder

    if out is not None:
        writable_folder(out)
        import_module("sims.storage.netcdf")  # now, so that a run that is interrupted is saved at once
    with progress(experiment.__name__.rpartition(".")[2]) as watch:
        try:
            return experiment.run(config, built, workers=common.workers, watch=watch), False
        except Interrupted as stopped:
            if stopped.partial is None:
                raise
            return stopped.partial, True


def write(
    out: Path | None, plot: Path | None, name: str, dataset: Callable[[], Any], rows: list[dict]
) -> None:
    """Write the files that were asked for: NAME.nc and NAME.csv into ``out``, and a figure into ``plot``."""
    from sims.runs.settings import save

    if out is not None:
        if (out / f"{name}.nc").exists():
            print(f"diffusion: note: {out / name}.nc of another run is replaced", file=sys.stderr)
        save(out, name, dataset(), rows)
    if plot is not None:
        draw(name, dataset(), plot)


def draw(name: str, dataset, path: Path) -> None:
    """Draw a dataset into a file by the module of `figures` of that name; the suffix chooses the format.

    Raises
    ------
    ValueError
        If matplotlib does not know the format, or the folder cannot be written to.
    """
    from figures.look import styled
    from sims.storage.files import replacing

    with styled():
        figure = import_module(f"figures.{name}").draw(dataset)
        known = figure.canvas.get_supported_filetypes()
        if path.suffix.lstrip(".") not in known:
            raise ValueError(f"--plot needs a file .svg, .pdf or .png, got {str(path)!r}")
        with replacing(path) as temporary:
            figure.savefig(temporary)
    print(f"Written to {path}", file=sys.stderr)


def tell(
    common: Common, found: dict, tables: list[tuple[str, list[dict]]], sentence: str, partial: bool
) -> int:
    """Print what a run found, as JSON or as tables and a sentence, and return the exit code."""
    if partial:
        sentence = f"Interrupted: this is what was finished. {sentence}"
    if common.json:
        from sims.storage.netcdf import origin

        found |= {"sentence": sentence, "partial": partial, "provenance": origin()}
        print(json.dumps(found, indent=1))
    else:
        for title, rows in tables:
            show(title + ", partial" * partial, rows)
        say(sentence)
    return 130 if partial else 0
