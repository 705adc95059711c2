"""What is written can be read again, says where it came from, and never appears half-written."""

import csv
import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from diffusion import (
    SGD,
    FrozenNoise,
    Overdamped,
    Quadratic,
    StyblinskiTang,
    escape_times,
    evolve,
    passage_times,
    split_escape,
)
from sims import storage
from sims.storage.files import replacing, writable_folder, write_csv
from sims.storage.netcdf import commit_of, provenance, read_netcdf, write_netcdf
from sims.storage.variables import NAMES, described, described_as


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
    xr.testing.assert_identical(read, described(dataset))
    xr.testing.assert_equal(read, dataset)
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
    assert (dataset.attrs["commit"], dataset.attrs["commit_dirty"]) == commit_of(Path(__file__).parents[1])


def test_commit_is_that_of_the_folder_and_dirty_where_files_differ(tmp_path):
    def git(*words):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        command = ["git", "-C", str(tmp_path), *identity, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    assert commit_of(tmp_path) == ("unknown", "unknown")
    git("init", "-q")
    (tmp_path / "file").write_text("one")
    git("add", ".")
    git("commit", "-qm", "one")
    assert commit_of(tmp_path) == (git("rev-parse", "HEAD"), "no")
    (tmp_path / "file").write_text("two")
    assert commit_of(tmp_path) == (git("rev-parse", "HEAD"), "yes")
    (tmp_path / "below").mkdir()
    assert commit_of(tmp_path / "below") == ("unknown", "unknown")


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


def test_every_variable_has_a_long_name_and_numbers_have_units(dataset, tmp_path):
    read = read_netcdf(write_netcdf(dataset, tmp_path / "result.nc"))
    assert read.iterations.attrs == {"long_name": "escape time", "units": "iterations"}
    assert read.tau.attrs == {"long_name": "mean escape time after the cut", "units": "iterations"}
    assert "units" not in read.optimizer.attrs
    assert described_as("rate_printed_high") == (
        "escape rate by the printed Eq. (119), upper end of its interval",
        "1 / iteration",
    )
    assert dataset.iterations.attrs == {}  # the caller's own stays as it is
    for words, unit in NAMES.values():  # a log or a probability has no unit, a rate is one over a time
        if words.startswith(("log ", "probability", "AIC", "slope", "intercept")):
            assert unit == "1", words
        elif words.startswith("escape rate"):
            assert unit == "1 / iteration", words
        elif words.startswith(("escape time", "mean escape time")):
            assert unit in ("iterations", "time, eta T"), words


def test_a_file_opens_elsewhere_too(dataset, tmp_path):
    with xr.open_dataset(write_netcdf(dataset, tmp_path / "result.nc"), engine="h5netcdf") as opened:
        xr.testing.assert_equal(opened.load(), dataset)


def results():
    """Return one small result of every kind, the arguments of its run beside it."""
    well, noise = Quadratic((1.0, 2.0)), FrozenNoise(1.0)
    valley = StyblinskiTang(dim=1, k=3.0)
    rare = {"particles": 32, "replicas": 3, "settle": 200, "seed": 3}
    walls: dict = {"boundary": 0.5, "max_iterations": 10_000, "walkers": 70, "seed": 1}
    yield escape_times(well, noise, SGD(0.1), start=0.0, **walls)
    yield passage_times(
        Quadratic((1.0,)), Overdamped(0.5), start=0.0, above=0.6, dt=0.1, max_time=1e3, walkers=70, seed=2
    )
    yield split_escape(
        valley,
        FrozenNoise(100 * valley.H_a),
        SGD(1e-3),
        start=valley.minimum,
        boundary=valley.boundary,
        **rare,
    )
    yield evolve(well, noise, SGD(0.1), theta0=0.0, iterations=[1, 5], walkers=130, seed=4)


@pytest.mark.parametrize("number", range(4))
def test_results_are_loaded_as_they_were_saved(number, tmp_path):
    result = list(results())[number]
    path = storage.save(result, tmp_path / "result.nc", settings=Settings())
    again = storage.load(path)
    assert type(again) is type(result)
    from sims.sweep.archive import packed

    assert packed(again) == packed(result)
    attributes = read_netcdf(path).attrs
    assert json.loads(attributes["settings"])["eta"] == 1e-3
    assert attributes["seed"] == str(result.seed)
    assert attributes["commit"]
    frame = storage.to_dataframe(result)
    expected = {0: 70, 1: 70, 2: 3, 3: 2}[number]
    assert len(frame) == expected
    if number == 3:
        np.testing.assert_array_equal(frame[["msd_0", "msd_1"]], result.msd().mean)
    else:
        for name in frame:
            np.testing.assert_array_equal(frame[name], getattr(result, name))


def test_what_is_no_result_is_refused_and_a_dataset_is_kept(dataset, tmp_path):
    with pytest.raises(ValueError, match="result must be one of EscapeTimes"):
        storage.save([1, 2], tmp_path / "x.nc")
    with pytest.raises(ValueError, match=r"path must be a file \.nc"):
        storage.save(dataset, tmp_path / "x.txt")
    xr.testing.assert_equal(storage.load(storage.save(dataset, tmp_path / "x.nc")), dataset)


def test_a_table_says_beside_it_where_it_came_from(dataset, tmp_path):
    write_csv([{"tau": 1.5, "k": 3}], tmp_path / "table.csv", dataset.attrs)
    beside = json.loads((tmp_path / "table.csv-metadata.json").read_text())
    assert beside["url"] == "table.csv"
    assert beside["tableSchema"]["columns"][0] == {
        "name": "tau",
        "titles": "mean escape time after the cut",
        "units": "iterations",
    }
    assert beside["provenance"]["settings"] == {"eta": 1e-3, "k": [1.0, 2.0]}
    assert beside["provenance"]["seed"] == "7"
    assert beside["provenance"]["version_numpy"] == np.__version__


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_writes_stays(tmp_path):
    host = socket.gethostname()
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    dead = tmp_path / f".writing-{host}-{gone.stdout.strip()}-abc"
    alive, elsewhere = tmp_path / f".writing-{host}-{os.getppid()}-abc", tmp_path / ".writing-other-1-abc"
    for folder in (dead, alive, elsewhere):
        folder.mkdir()
        (folder / "half.nc").write_text("half")
    write_csv([{"k": 1}], tmp_path / "table.csv")
    assert not dead.exists()
    assert alive.exists()
    assert elsewhere.exists()
    os.utime(elsewhere, (0, 0))
    write_csv([{"k": 1}], tmp_path / "table.csv")
    assert not elsewhere.exists()


@pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")
def test_two_runs_do_not_write_into_one_folder(tmp_path):
    words = f"from sims.storage.files import writable_folder as w; w({str(tmp_path)!r}); print('ok', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "ok\n"
        with pytest.raises(ValueError, match="Another run is writing into"):
            writable_folder(tmp_path)
        writable_folder(tmp_path, alone=False)
        other.communicate("\n")
    writable_folder(tmp_path)
    writable_folder(tmp_path)  # and again, in the same run
