"""Tables as columns, and as numbers that JSON can hold."""

import contextlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def columns_along(dataset: "xr.Dataset", along: str) -> "pd.DataFrame":
    """Return the variables of a dataset that have just the dimension ``along``, as the columns of a table."""
    import pandas as pd

    return pd.DataFrame({str(n): v.values for n, v in dataset.variables.items() if v.dims == (along,)})


def about(attributes) -> dict:
    """Return the attributes of a dataset as JSON can hold them, its settings as an object."""
    found = {str(name): one.item() if hasattr(one, "item") else one for name, one in attributes.items()}
    with contextlib.suppress(KeyError, TypeError, ValueError):
        found["settings"] = json.loads(found["settings"])
    return found


def plain(table) -> list[dict]:
    """Return a table (a DataFrame, or a list of dicts) as rows with Python's numbers, None for what is not finite."""
    import pandas as pd

    frame = pd.DataFrame(table, dtype=object)
    return frame.where(frame.notna() & ~frame.isin([float("inf"), -float("inf")]), None).to_dict("records")
