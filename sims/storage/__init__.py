"""Results on disk: save, load and open them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sims.storage.results import load, save, to_dataframe, to_xarray

__all__ = ["load", "save", "to_dataframe", "to_xarray"]


def __getattr__(name: str) -> Any:
    """Import names when first used: the command line's help needs no xarray."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sims.storage import results

    return getattr(results, name)
