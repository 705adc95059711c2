"""Settings of a run, for its files and JSON."""

from pathlib import Path

from sims.options.by_name import chosen_in
from sims.options.parts import Parts
from sims.storage.files import write_csv
from sims.storage.netcdf import provenance, write_netcdf


def described(config, built: Parts | None = None) -> dict:
    """Return a run's options by name, and its parts as text."""
    found = {name: value for name, value in chosen_in(config).items() if value not in (None, [])}
    if built is None:
        return found
    running = built.noise if built.process is None else built.process.langevin
    text = {"landscape": built.landscape, "gradient noise": running, "optimizer": built.optimizer}
    return found | {"eta": built.eta, "parts": {name: _short(part) for name, part in text.items()}}


def _short(part) -> str:
    return " ".join(repr(part).split())[:300]


def with_settings(rows: list[dict], config, built: Parts | None = None) -> list[dict]:
    """Add every option as a column, ``_setting`` behind a name taken."""
    options = {name: value for name, value in described(config, built).items() if name != "parts"}
    options = {name: " ".join(value) if isinstance(value, list) else value for name, value in options.items()}
    return [
        row | {f"{name}_setting" if name in row else name: value for name, value in options.items()}
        for row in rows
    ]


def attributes(config, built: Parts, partial: bool, **rest) -> dict:
    """Return a run's provenance, parts and conventions."""
    return (
        provenance(config, config.seed)
        | {"eta": built.eta, "partial": "yes" if partial else "no", "time_unit": "iterations T; t = eta T"}
        | {
            "optimizer": _short(built.optimizer),
            "landscape": _short(built.landscape),
            "noise": config.noise.noise,
        }
        | {"interpretation": config.process.interpretation.capitalize()}
        | rest
    )


def save(out, name: str, dataset, rows: list[dict]) -> None:
    """Write a run's dataset and rows as NAME.nc and NAME.csv."""
    write_netcdf(dataset, Path(out) / f"{name}.nc")
    write_csv(rows, Path(out) / f"{name}.csv", dataset.attrs)
