"""Tables as columns, and as JSON numbers."""

import contextlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def columns_along(dataset: "xr.Dataset", along: str) -> "pd.DataFrame":
    """Return the variables along just one dimension as columns of a table."""
    import pandas as pd

    return pd.DataFrame({str(n): v.values for n, v in dataset.variables.items() if v.dims == (along,)})


def about(attributes) -> dict:
    """Return a dataset's attributes for JSON, the settings as an object."""
    found = {str(name): one.item() if hasattr(one, "item") else one for name, one in attributes.items()}
    with contextlib.suppress(KeyError, TypeError, ValueError):
        found["settings"] = json.loads(found["settings"])
    return found


def plain(table) -> list[dict]:
    """Return a table as rows of Python's numbers, None if not finite."""
    import pandas as pd

    frame = pd.DataFrame(table, dtype=object)
    return frame.where(frame.notna() & ~frame.isin([float("inf"), -float("inf")]), None).to_dict("records")
