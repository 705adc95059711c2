"""Tables as columns, and as numbers that JSON can hold."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def columns_along(dataset: "xr.Dataset", along: str) -> "pd.DataFrame":
    """Return the variables of a dataset that have just the dimension ``along``, as the columns of a table."""
    import pandas as pd

    return pd.DataFrame({str(n): v.values for n, v in dataset.variables.items() if v.dims == (along,)})


def plain(table) -> list[dict]:
    """Return a table (a DataFrame, or a list of dicts) as rows with Python's numbers, None for what is not finite."""
    import pandas as pd

    frame = pd.DataFrame(table, dtype=object)
    return frame.where(frame.notna() & ~frame.isin([float("inf"), -float("inf")]), None).to_dict("records")
