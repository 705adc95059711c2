"""Files that are damaged, foreign or forged: one line and exit code 2, or the right answer; --resume heals a store."""

import json
import os
import random
import shutil
import sqlite3
from contextlib import closing

import pytest

from sims.commands.app import main
from sims.storage.netcdf import MARK, read_netcdf, write_netcdf
from sims.sweep.cell_store import NAME, checksum
from sims.sweep.toml_file import read_sweep
from tests.sweeps import call, sweep, written

CONFIG = """
experiment = "escape"
k = 8
walkers = 40
[grid]
optimizer = ["sgd", "momentum"]
B = [10, 20]
"""


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """Return a small sweep that went through: its file, its folder, and what `results` says of it."""
    folder = tmp_path_factory.mktemp("damaged")
    config = folder / "small.toml"
    config.write_text(CONFIG)
    with pytest.raises(SystemExit) as end:
        main(["sweep", str(config), "--out", str(folder / "out"), "--workers", "1"])
    assert end.value.code == 0
    return config, folder / "out"


@pytest.fixture
def copy(straight, tmp_path):
    config, folder = straight
    shutil.copytree(folder, tmp_path / "out")
    return config, tmp_path / "out"


def told(capsys, *words):
    """Run `diffusion`; assert that it ends well, or with one short line; return its code and its output."""
    code, out, err = call(capsys, *words)
    assert code in (0, 2)
    if code:
        assert out == ""
        lines = err.strip().splitlines()
        assert len(lines) == 1, err
        assert len(lines[0]) <= 300, err
        assert lines[0].startswith("diffusion: ")
    return code, out


def flip(path, seed):
    """Change one byte of a file, anywhere."""
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


FLIPS = [*range(5), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(5, 300))]


@pytest.mark.parametrize("seed", FLIPS)
def test_a_flipped_byte_of_a_store_is_told_or_harmless_and_healed(seed, copy, straight, capsys):
    config, folder = copy
    right = call(capsys, "results", straight[1], "--json")[1]
    flip(folder / NAME, seed)
    code, out = told(capsys, "results", folder, "--json")
    if code == 0:
        found, expected = json.loads(out), json.loads(right)
        if not found["partial"]:  # a part that is lost is said to be missing
            assert found == expected
    code, _, err = sweep(capsys, config, folder, "--resume", "--workers", "1")
    assert code == 0, err
    assert written(folder) == written(straight[1])


@pytest.mark.parametrize("seed", FLIPS)
def test_a_flipped_byte_of_a_dataset_is_told(seed, copy, straight, capsys):
    _, folder = copy
    right = call(capsys, "results", straight[1] / "sweep.nc", "--json")[1]
    flip(folder / "sweep.nc", seed)
    code, out = told(capsys, "results", folder / "sweep.nc", "--json")
    assert code == 2 or out == right  # a byte of the mark of the checksum itself changes no number
    content = (folder / "sweep.nc").read_bytes()
    if MARK in content:
        assert code == 2


@pytest.mark.parametrize(
    "seed", [*range(10), *(pytest.param(n, marks=pytest.mark.slow) for n in range(10, 200))]
)
def test_a_dataset_without_our_checksum_is_told_or_read(seed, copy, capsys):
    """Files of other programs have none: whatever HDF5 says of a flipped byte, it is one line."""
    _, folder = copy
    path = folder / "sweep.nc"
    path.write_bytes(path.read_bytes().partition(MARK)[0])
    flip(path, seed)
    told(capsys, "results", path)


@pytest.mark.parametrize("length", [0, 1, 100, 4096, 5000])
@pytest.mark.parametrize("name", [NAME, "sweep.nc"])
def test_a_file_that_is_cut_off_is_told_and_a_store_is_healed(name, length, copy, straight, capsys):
    config, folder = copy
    path = folder / name
    path.write_bytes(path.read_bytes()[:length])
    assert told(capsys, "results", folder if name == NAME else path)[0] == 2
    assert sweep(capsys, config, folder, "--resume", "--workers", "1")[0] == 0
    assert written(folder) == written(straight[1])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="FIFOs of POSIX")
@pytest.mark.parametrize("name", [NAME, "sweep.nc", "small.toml"])
def test_a_fifo_is_not_waited_for(name, copy, straight, capsys):
    config, folder = copy
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    if name == "small.toml":
        assert told(capsys, "sweep", folder / name)[0] == 2
        return
    assert told(capsys, "results", folder if name == NAME else folder / name)[0] == 2
    assert sweep(capsys, config, folder, "--resume", "--workers", "1")[0] == 0
    assert written(folder) == written(straight[1])


def forge(path, table, column, value):
    """Change a value of the store and put the checksum right."""
    with closing(sqlite3.connect(path)) as db, db:
        number, *_ = db.execute(f"SELECT rowid FROM {table}").fetchone()
        db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, number))
        *row, _ = db.execute(f"SELECT * FROM {table} WHERE rowid = ?", (number,)).fetchone()
        db.execute(f"UPDATE {table} SET digest = ? WHERE rowid = ?", (checksum(*row), number))


FORGED = [
    *(
        ("sweep", "definition", json.dumps(one))
        for one in (3, [], {}, {"experiment": "escape"}, {"experiment": 3})
    ),
    ("sweep", "definition", "not JSON"),
    *(
        ("cell", "settings", json.dumps(one))
        for one in (3, [], {}, {"k": "x"}, {"k": -1, "seed": 3}, {"seed": []})
    ),
    *(("cell", "swept", json.dumps(one)) for one in (3, ["k"], {"nothing": 1})),
    ("cell", "walkers", "many"),
    ("cell", "key", "0" * 64),
    *(("part", "record", one) for one in (b"", b"[", b"[]", b"[3]", b"\x89HDF", b"PK\x03\x04", b"text")),
    ("part", "origin", "3"),
]


@pytest.mark.parametrize(
    ("table", "column", "value"), FORGED, ids=[f"{t}-{c}-{v!r:.30}" for t, c, v in FORGED]
)
def test_a_forged_store_is_told_in_one_line(table, column, value, copy, capsys):
    config, folder = copy
    forge(folder / NAME, table, column, value)
    told(capsys, "results", folder)
    code, _, err = sweep(capsys, config, folder, "--resume", "--workers", "1")
    assert code in (0, 2)
    assert "Traceback" not in err


@pytest.mark.parametrize("missing", ["axes", "headline", "cells", "partial", "experiment", "row"])
def test_a_dataset_that_no_sweep_wrote_is_told(missing, copy, capsys):
    _, folder = copy
    dataset = read_netcdf(folder / "sweep.nc")
    if missing == "row":
        dataset = dataset.isel(row=slice(0))
    else:
        del dataset.attrs[missing]
    write_netcdf(dataset, folder / "sweep.nc")
    assert told(capsys, "results", folder / "sweep.nc")[0] == 2
    for value in ("[3", "[3]", '["nothing"]', "x"):
        if missing != "row":
            write_netcdf(dataset.assign_attrs({missing: value}), folder / "sweep.nc")
            told(capsys, "results", folder / "sweep.nc")


def test_a_file_that_claims_to_be_huge_is_refused(tmp_path, capsys):
    import h5py

    with h5py.File(tmp_path / "huge.nc", "w") as file:
        file.create_dataset("x", shape=(7 * 2**40,), dtype="i1", chunks=(2**20,))
    assert told(capsys, "results", tmp_path / "huge.nc")[0] == 2


def test_a_journal_left_by_a_kill_is_rolled_back_to_read(copy, straight, capsys):
    """A writer that dies amid a write leaves a journal; SQLite's own crash is imitated by copying both files."""
    _, folder = copy
    right = call(capsys, "results", straight[1], "--json")[1]
    with closing(sqlite3.connect(folder / NAME, isolation_level=None)) as db:
        db.execute("PRAGMA cache_size = 1")  # so that changes reach the file before they are committed
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE part SET record = zeroblob(30000)")
        for name in (NAME, f"{NAME}-journal"):
            shutil.copy(folder / name, folder / f"copy-{name}")
    for name in (NAME, f"{NAME}-journal"):
        (folder / f"copy-{name}").replace(folder / name)
    assert (folder / f"{NAME}-journal").stat().st_size > 0
    assert call(capsys, "results", folder, "--json")[1] == right


@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(n, marks=pytest.mark.slow) for n in range(6, 200))]
)
def test_a_damaged_sweep_file_is_told_in_one_line(seed, tmp_path, capsys):
    chance = random.Random(seed)
    content = bytearray(CONFIG.encode())
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(content))
        content[place : place + chance.randrange(3)] = bytes(
            chance.choices(range(256), k=chance.randrange(4))
        )
    (tmp_path / "a.toml").write_bytes(content)
    try:
        assert read_sweep(tmp_path / "a.toml").cells
        said = ""
    except ValueError as error:
        said = str(error)
    assert "\n" not in said
    assert len(said) < 400 + len(str(tmp_path))


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 2000 + "]" * 2000,
        'experiment = "escape"\nk = ' + "9" * 5000,
        "k = 1e999",
        'experiment = "escape"\n[grid]\nk = ' + "9" * 400,
    ],
)
def test_toml_without_bounds_is_told(text, tmp_path, capsys):
    (tmp_path / "a.toml").write_text(text)
    assert told(capsys, "sweep", tmp_path / "a.toml")[0] == 2
