"""Results as bytes and back, bit for bit."""

import io
import json

import numpy as np

from sims.storage.results import as_arrays, from_arrays


def packed(result) -> bytes:
    """Return a result as bytes: NumPy's archive, NetCDF or JSON.

    Parameters
    ----------
    result : EscapeTimes, PassageTimes, SplittingEstimate, Ensemble, xarray.Dataset or list of dict
    """
    if isinstance(result, list):
        return json.dumps(result).encode()
    if hasattr(result, "to_netcdf"):
        return bytes(result.to_netcdf(None, engine="h5netcdf"))
    archive = io.BytesIO()
    np.savez_compressed(archive, **as_arrays(result))  # type: ignore[arg-type]
    return archive.getvalue()


def unpacked(record: bytes):
    """Return the result that `packed` made bytes of."""
    if record.startswith(b"["):
        return json.loads(record)
    if record.startswith(b"\x89HDF"):
        import xarray as xr

        with xr.open_dataset(io.BytesIO(record), engine="h5netcdf") as dataset:
            return dataset.load()
    with np.load(io.BytesIO(record), allow_pickle=False) as archive:
        return from_arrays(dict(archive))
