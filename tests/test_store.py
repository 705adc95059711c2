"""What is written can be read again, says where it came from, and never appears half-written."""

import csv
import json
from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

from sims.storage.files import replacing, write_csv
from sims.storage.netcdf import provenance, read_netcdf, write_netcdf


@dataclass(frozen=True)
class Settings:
    eta: float = 1e-3
    k: tuple[float, ...] = (1.0, 2.0)


@pytest.fixture
def dataset():
    return xr.Dataset(
        {
            "iterations": (("point", "walker"), np.arange(6, dtype=np.int64).reshape(2, 3)),
            "escaped": (("point", "walker"), np.array([[True, False, True], [True, True, True]])),
            "optimizer": ("point", ["SGD", "Momentum"]),
            "tau": ("point", [1.5, np.pi], {"units": "iterations"}),
        },
        attrs=provenance(Settings(), 7),
    )


def test_round_trip_keeps_values_types_and_attributes(dataset, tmp_path):
    read = read_netcdf(write_netcdf(dataset, tmp_path / "deep" / "er" / "result.nc"))
    xr.testing.assert_identical(read, dataset)
    assert read.escaped.dtype == bool
    assert read.iterations.dtype == np.int64


def test_same_dataset_same_bytes(dataset, tmp_path):
    one, two = (write_netcdf(dataset, tmp_path / name / "result.nc").read_bytes() for name in "ab")
    assert one == two


def test_provenance_says_how_to_run_it_again(dataset):
    assert json.loads(dataset.attrs["settings"]) == {"eta": 1e-3, "k": [1.0, 2.0]}
    assert dataset.attrs["seed"] == "7"
    assert dataset.attrs["version_numpy"] == np.__version__
    assert dataset.attrs["version_optimizer_diffusion"]
    commit, dirty = dataset.attrs["commit"], dataset.attrs["commit_dirty"]
    assert (len(commit) == 40 and dirty in ("yes", "no")) or commit == dirty == "unknown"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "table.csv"
    target.write_text("old")

    def fail():
        with replacing(target) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_table_keeps_every_digit(tmp_path):
    rows = [{"k": np.float64(0.1) + 0.2, "n": np.int64(3), "p": None}, {"k": 1e-17, "n": 4, "p": 0.5}]
    with open(write_csv(rows, tmp_path / "table.csv"), newline="") as file:
        read = list(csv.DictReader(file))
    assert [float(row["k"]) for row in read] == [0.1 + 0.2, 1e-17]
    assert [row["p"] for row in read] == ["", "0.5"]


def test_unwritable_folder_is_one_clear_line(dataset, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    for path in (tmp_path / "file" / "x.nc", tmp_path / "file" / "deeper" / "x.nc", "/proc/nowhere/x.nc"):
        with pytest.raises(ValueError, match="out must be a folder that can be written") as error:
            write_netcdf(dataset, path)
        assert "\n" not in str(error.value)


def test_unreadable_file_is_one_clear_line(tmp_path):
    (tmp_path / "x.nc").write_text("no NetCDF")
    for name in ("x.nc", "missing.nc"):
        with pytest.raises(ValueError, match="path must be a NetCDF file") as error:
            read_netcdf(tmp_path / name)
        assert "\n" not in str(error.value)
