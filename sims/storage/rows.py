"""Tables as columns, and as JSON numbers."""

import contextlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def columns_along(dataset: "xr.Dataset", along: str) -> "pd.DataFrame":
    """Return the variables along one dimension as columns.

    They have just the dimension ``along``; the columns form a table.
    """
    import pandas as pd

    return pd.DataFrame({str(n): v.values for n, v in dataset.variables.items() if v.dims == (along,)})


def about(attributes) -> dict:
    """Return a dataset's attributes for JSON.

    Its settings become an object.
    """
    found = {str(name): one.item() if hasattr(one, "item") else one for name, one in attributes.items()}
    with contextlib.suppress(KeyError, TypeError, ValueError):
        found["settings"] = json.loads(found["settings"])
    return found


def plain(table) -> list[dict]:
    """Return a table as rows of Python's numbers.

    The table is a DataFrame, or a list of dicts with the same keys; None replaces what is not finite.
    """
    import pandas as pd

    frame = pd.DataFrame(table, dtype=object)
    return frame.where(frame.notna() & ~frame.isin([float("inf"), -float("inf")]), None).to_dict("records")
