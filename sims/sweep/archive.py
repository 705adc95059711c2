"""Results as bytes and back, to the last bit: NumPy's archive of named arrays, NetCDF for datasets, JSON for tables."""

import io
import json
from dataclasses import fields
from typing import Any

import numpy as np

from diffusion import Ensemble, EscapeTimes, PassageTimes, SplittingEstimate
from diffusion.moments import MomentTree

KINDS = {cls.__name__: cls for cls in (EscapeTimes, PassageTimes, SplittingEstimate, Ensemble)}
NETCDF = b"\x89HDF"


def packed(result) -> bytes:
    """Return a result as bytes; the same result gives the same bytes.

    Parameters
    ----------
    result : EscapeTimes, PassageTimes, SplittingEstimate, Ensemble, xarray.Dataset or list of dict
    """
    if isinstance(result, list):
        return json.dumps(result).encode()
    if hasattr(result, "to_netcdf"):
        return bytes(result.to_netcdf(None, engine="h5netcdf"))
    arrays: dict[str, Any] = {"kind": np.array(type(result).__name__)}
    for field in fields(result):
        value = getattr(result, field.name)
        if isinstance(value, MomentTree):
            nodes = sorted(value.nodes.items())
            arrays |= {f"{field.name}.{level}.{number}": array for (level, number), array in nodes}
        elif isinstance(value, range):
            arrays[field.name] = np.array([value.start, value.stop])
        elif value is not None:
            arrays[field.name] = np.asarray(value)
    archive = io.BytesIO()
    np.savez_compressed(archive, **arrays)
    return archive.getvalue()


def unpacked(record: bytes):
    """Return the result that `packed` made bytes of."""
    if record.startswith(b"["):
        return json.loads(record)
    if record.startswith(NETCDF):
        import xarray as xr

        with xr.open_dataset(io.BytesIO(record), engine="h5netcdf") as dataset:
            return dataset.load()
    with np.load(io.BytesIO(record), allow_pickle=False) as archive:
        arrays = dict(archive)
    cls = KINDS[str(arrays.pop("kind"))]
    found: dict = {}
    for field in fields(cls):
        if field.type is MomentTree:
            nodes = {name: array for name, array in arrays.items() if name.startswith(f"{field.name}.")}
            found[field.name] = MomentTree({tuple(map(int, n.split(".")[1:])): a for n, a in nodes.items()})
        elif field.name in arrays:
            array = arrays[field.name]
            if field.type is range:
                found[field.name] = range(*array.tolist())
            else:
                found[field.name] = array if array.ndim else array.item()
    return cls(**found)
