"""A sweep gives the same bits however it is run; every cell is what its experiment alone gives."""

import json
import multiprocessing
import os
import shutil
import signal
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion import Watch
from sims.commands.app import main
from sims.storage.netcdf import read_netcdf, write_netcdf
from sims.storage.rows import plain
from sims.sweep.archive import packed, unpacked
from sims.sweep.cell_store import NAME, CellStore, Part
from sims.sweep.grid import MOST, covered, part_size, pieces
from sims.sweep.pools import UNFINISHED, Workers, in_threads, of_executor
from sims.sweep.registry import experiment, names
from sims.sweep.run import Stopped, run
from sims.sweep.source_digest import ROOT, imported, sources_digest
from sims.sweep.table import sweep_dataset, table
from sims.sweep.task import Task, code_digest, run_part
from sims.sweep.toml_file import read_sweep
from tests.sweeps import call, started, sweep, written

SWEEPS = {
    "escape": 'experiment = "escape"\nk = 8\n[grid]\noptimizer = ["sgd", "adam"]\nwalkers = [600, 3000]',
    "process": 'experiment = "escape"\nk = 8\nprocess = true\nwalkers = 1000\n[grid]\noptimizer = ["sgd", "momentum"]',
    "saddle": 'experiment = "saddle"\nwalkers = 2000\niterations = [5, 20]\n[grid]\nH = [[-1, 1], [2, 3]]',
    "equilibrium": 'experiment = "equilibrium"\nwalkers = 50\ntime = 2\nschemes = "gjf"\n[grid]\ndt = [0.1, [0.2, 0.4]]\nkT = [1, 2]',
    "splitting": 'experiment = "splitting"\ndim = 1\nparticles = 32\nreplicas = 3\nsettle = 200\n[grid]\nk = [4, 5, 6]',
    "sgd-saddle": 'experiment = "sgd-saddle"\nwalkers = 128\nsteepness = [0.001, 0.1]\n[grid]\nB = [5, 10, 20]',
}


@pytest.fixture(params=SWEEPS)
def wanted(request, tmp_path):
    path = tmp_path / f"{request.param}.toml"
    path.write_text(SWEEPS[request.param])
    return read_sweep(path)


@pytest.fixture
def escapes(tmp_path):
    path = tmp_path / "escapes.toml"
    path.write_text(SWEEPS["escape"])
    return read_sweep(path)


def at_once(size, after=None, then=lambda task: None):
    """Return workers that run a task when it is sent and claim to be ``size``; ``then`` is told of every task.

    After so many tasks they are gone.
    """
    sent = []

    def submit(task):
        sent.append(task)
        future: Future = Future()
        if after is not None and len(sent) > after:
            future.set_exception(ConnectionError("cut off"))
        else:
            future.set_result(run_part(task))
        then(task)
        return future

    return Workers(submit, lambda: size, lambda: None, where="the test"), sent


def outcome(store, path):
    """Return the bytes of what a store holds."""
    return write_netcdf(sweep_dataset(store), path).read_bytes()


def straight(wanted, folder):
    """Return the bytes of a sweep run through on one thread."""
    with closing(CellStore(folder / "straight.sqlite")) as store, in_threads(1) as workers:
        ended = run(wanted, store, workers)
        assert (ended.finished, ended.failures, ended.interrupted) == (len(wanted.cells), [], False)
        return outcome(store, folder / "straight.nc")


def test_threads_workers_pieces_and_resuming_do_not_change_a_bit(wanted, tmp_path):
    expected = straight(wanted, tmp_path)
    with closing(CellStore(tmp_path / "threads.sqlite")) as store, in_threads(3) as workers:
        run(wanted, store, workers)
        assert outcome(store, tmp_path / "a.nc") == expected
    path = tmp_path / "interrupted.sqlite"
    for size, after in ((50, 1), (3, 1), (1, None)):  # cut off twice; every time cut into other pieces
        with closing(CellStore(path)) as store:
            workers, _ = at_once(size, after)
            if after is None:
                run(wanted, store, workers, backwards=True)
                assert outcome(store, tmp_path / "b.nc") == expected
            else:
                with pytest.raises(Stopped, match=r"the test is gone \(cut off\); . of . cells are stored"):
                    run(wanted, store, workers)


def test_ctrl_c_does_not_wait_for_a_cell_that_cannot_be_stopped(escapes, tmp_path, monkeypatch):
    """As while it compiles: the second Ctrl-C takes its last seconds, and the end of the program is not held back."""
    go_on = threading.Event()
    monkeypatch.setattr("sims.sweep.pools.run_part", lambda task, watch: go_on.wait(60) and None)
    begun = time.monotonic()
    with closing(CellStore(tmp_path / NAME)) as store, in_threads(2) as workers:
        ended = run(escapes, store, workers, tell=lambda *_: signal.raise_signal(signal.SIGINT))
    took, left = time.monotonic() - begun, len(UNFINISHED)
    go_on.set()
    assert (ended.finished, ended.interrupted, ended.failures) == (0, True, [])
    assert took < 4  # the seconds that one Ctrl-C leaves the cells are 5
    assert left == 2  # the program ends without them; those that had not begun are cancelled


def test_a_cluster_without_workers_is_told_after_a_while(escapes, tmp_path):
    nobody = Workers(lambda task: Future(), lambda: 0, lambda: None, where="the test", patience=0.2)
    told = pytest.raises(Stopped, match=r"the test had no worker for 0.2 s; 0 of 4 cells are stored")
    with closing(CellStore(tmp_path / NAME)) as store, told:
        run(escapes, store, nobody)


def test_another_seed_gives_other_numbers(escapes, tmp_path):
    """Negative control: the walkers themselves differ, not only what is said of them."""
    found = []
    for wanted in (escapes, replace(escapes, seed=1)):
        straight(wanted, tmp_path)
        found.append(read_netcdf(tmp_path / "straight.nc"))
    one, two = (dataset.walker_iterations.values for dataset in found)
    assert one.shape == two.shape
    assert np.mean(one == two) < 0.1


def test_a_large_cell_is_split_over_workers_and_merged_exactly(escapes, tmp_path):
    with closing(CellStore(tmp_path / "split.sqlite")) as store:
        workers, sent = at_once(4)
        run(escapes, store, workers)
        large = escapes.cells[-1]
        assert sum(task.key == large.key for task in sent) > 4
        whole = large.experiment.run(large.config, workers=2)
        assert packed(store.result(large.key, 3000)) == packed(whole)


def test_every_cell_is_what_the_experiment_alone_gives(wanted, tmp_path):
    straight(wanted, tmp_path)
    rows = plain(table(read_netcdf(tmp_path / "straight.nc")))
    which = wanted.experiment
    alone = [row for cell in wanted.cells for row in which.rows(cell.config, which.run(cell.config))]
    assert len(rows) == len(alone)
    for row, expected in zip(rows, alone, strict=True):
        for name in which.headline:
            value = expected[name]
            assert row[name] == (None if str(value) == "nan" else value), name
    assert {row["cell"] for row in rows} == set(range(len(wanted.cells)))


def test_every_walker_and_where_it_came_from_is_in_the_dataset(escapes, tmp_path):
    straight(escapes, tmp_path)
    dataset = read_netcdf(tmp_path / "straight.nc")
    for number, cell in enumerate(escapes.cells):
        times = cell.experiment.run(cell.config)
        own = dataset.walker_cell == number
        assert np.array_equal(dataset.walker_iterations[own], times.iterations)
        assert np.array_equal(dataset.walker_escaped[own], times.escaped)
    assert dataset.seed.values.tolist() == [cell.config.seed for cell in escapes.cells]
    assert json.loads(dataset.attrs["settings"]) == escapes.definition()
    assert {"version_numba", "commit", "commit_dirty"} <= set(dataset.attrs)


def test_seeds_of_cells_depend_on_seed_and_settings_alone(escapes, tmp_path):
    seeds = [cell.config.seed for cell in escapes.cells]
    assert len(set(seeds)) == len(seeds)
    assert seeds[0] == 7005419058489313306  # the same on every machine
    (tmp_path / "one.toml").write_text(
        'experiment = "escape"\nk = 8\nwalkers = 600\n[grid]\noptimizer = ["sgd"]'
    )
    (one,) = read_sweep(tmp_path / "one.toml").cells
    assert (one.config.seed, one.key) == (seeds[0], escapes.cells[0].key)
    (tmp_path / "swept.toml").write_text('experiment = "escape"\n[grid]\nseed = [3, 4]')
    assert [cell.config.seed for cell in read_sweep(tmp_path / "swept.toml").cells] == [3, 4]


def test_what_is_stored_is_not_run_again(escapes, tmp_path):
    with closing(CellStore(tmp_path / NAME)) as store:
        run(escapes, store, at_once(1)[0])
        workers, sent = at_once(1)
        assert run(escapes, store, workers).finished == 4
        assert sent == []


def test_a_cell_that_another_client_finishes_meanwhile_is_left_out(escapes, tmp_path):
    """The other client, which began at the other end, stores the last cell while the first one runs."""
    path, last = tmp_path / NAME, escapes.cells[-1]
    with closing(CellStore(path)) as other, closing(CellStore(path)) as store:

        def finish(task):
            record = packed(last.experiment.run(last.config))
            other.add([Part(last.key, 0, 3000, record)], {})

        workers, sent = at_once(1, then=finish)
        ended = run(escapes, store, workers)
        assert ended.finished == 4
        assert last.key not in {task.key for task in sent}
        assert sum(map(len, store.parts().values())) == len({task.key for task in sent}) + 1


def test_the_second_client_begins_at_the_other_end(escapes, tmp_path):
    with closing(CellStore(tmp_path / NAME)) as store:
        workers, sent = at_once(1)
        run(escapes, store, workers, backwards=True)
    order = list(dict.fromkeys(task.key for task in sent))
    assert order == [cell.key for cell in reversed(escapes.cells)]


def test_overlapping_parts_of_two_clients_count_once(escapes, tmp_path):
    cell = escapes.cells[1]
    with closing(CellStore(tmp_path / NAME)) as store:
        for first, stop in ((0, 1024), (512, 2048), (2048, 3000), (1024, 1536), (1536, 2048)):
            record = run_part(Task("escape", cell.config, first, stop, cell.key, code_digest("escape")))
            store.add([Part(cell.key, first, stop, record)], {})
        assert packed(store.result(cell.key, 3000)) == packed(cell.experiment.run(cell.config))


intervals = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)).map(lambda p: (p[0], p[0] + p[1])))


@given(total=st.integers(1, 64), parts=intervals)
def test_parts_and_gaps_tile_the_walkers(total, parts):
    tiles, gaps = covered(total, parts)
    ids = [i for first, stop in tiles + gaps for i in range(first, stop)]
    assert sorted(ids) == list(range(total))
    assert set(tiles) <= set(parts)


def test_a_part_that_reaches_the_end_is_no_gap():
    assert covered(10, [(0, 4), (4, 10)]) == ([(0, 4), (4, 10)], [])
    assert covered(10, [(0, 4), (4, 11)]) == ([(0, 4)], [(4, 10)])  # of another, longer run


@given(blocks=st.integers(0, 50), length=st.integers(1, 10**6), workers=st.integers(1, 1000))
def test_pieces_tile_begin_at_blocks_and_are_neither_tiny_nor_huge(blocks, length, workers):
    first = 64 * blocks
    found = pieces(first, first + length, part_size(length, workers))
    assert [i for i, _ in found] == [first, *(stop for _, stop in found[:-1])]
    assert found[-1][1] == first + length
    assert all(start % 64 == 0 for start, _ in found)
    lengths = [stop - start for start, stop in found]
    assert min(lengths) >= min(length, 128)
    assert max(lengths) <= 2 * MOST


@pytest.mark.parametrize("name", names())
def test_a_worker_with_other_code_refuses(name):
    which = experiment(name)
    failed = run_part(Task(name, which.config(), 0, 1, "key", code_digest(name) + "x"))
    assert "other sources or other versions" in failed.reason


def test_every_experiment_has_a_name_of_its_own_and_points_of_pictures_stay_out_of_tables():
    assert len(set(names())) == len(names())
    assert experiment("network-saddle").module == "sims.experiments.network_saddle"
    assert experiment("network-leaving").module == "sims.networks.cells.leaving"
    assert experiment("network-tails").rows(None, [{"B": 1, "seen": [0.5]}]) == [{"B": 1}]
    assert experiment("network-minima").rows(None, [{"top": [0.5]}]) == [{"top": [0.5]}]


def test_results_survive_as_bytes(wanted):
    cell = wanted.cells[0]
    result = cell.experiment.run(cell.config)
    again = unpacked(packed(result))
    assert packed(again) == packed(result)
    assert type(again) is type(result)
    assert repr(cell.experiment.rows(cell.config, again)) == repr(cell.experiment.rows(cell.config, result))


def test_a_process_pool_works_and_one_that_broke_is_told(escapes, tmp_path):
    expected = straight(escapes, tmp_path)
    spawn = multiprocessing.get_context("spawn")
    with closing(CellStore(tmp_path / "pool.sqlite")) as store:
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            pid = pool.submit(os.getpid).result()

            def kill(cells, walkers):
                if walkers:
                    os.kill(pid, signal.SIGKILL)

            with pytest.raises(Stopped, match="cells are stored, --resume goes on from there"):
                run(escapes, store, of_executor(pool, 1), tell=kill)
        assert 0 < sum(map(len, store.parts().values())) < 4
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            run(escapes, store, of_executor(pool, 1))
        assert outcome(store, tmp_path / "pool.nc") == expected


@pytest.mark.parametrize("workers", [2, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 4))])
def test_a_cluster_gives_the_bits_of_threads(workers, tmp_path, capsys):
    config = tmp_path / "escapes.toml"
    config.write_text(SWEEPS["escape"])
    assert sweep(capsys, config, tmp_path / "threads")[0] == 0
    words = "sims", "sweep", config, "--out", tmp_path / "cluster", "--scheduler", f"local:{workers}"
    with started(*words) as client:
        _, err = client.communicate(timeout=300)
    assert client.returncode == 0, err
    assert written(tmp_path / "cluster") == written(tmp_path / "threads")


@pytest.fixture
def sources(tmp_path):
    """Return a copy of the packages to change, and the digest of escape's sources in it."""
    for name in ("diffusion", "theory", "sims"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))

    def changed(file, old, new):
        path = tmp_path / file
        before = path.read_text(encoding="utf-8")
        assert old in before
        path.write_text(before.replace(old, new, 1), encoding="utf-8")
        copy = tmp_path.parent / f"{tmp_path.name}-{len(list(tmp_path.parent.iterdir()))}"
        shutil.copytree(tmp_path, copy)  # what was read once of a file is kept: look at it in another place
        return sources_digest("sims.runs.escape", copy)

    return changed, sources_digest("sims.runs.escape", tmp_path)


@pytest.mark.parametrize(
    ("file", "old", "new", "voids"),
    [
        (
            "sims/runs/escape.py",
            '"""One escape from a valley, beside',
            '"""One way out of a valley, beside',
            False,
        ),
        ("sims/runs/escape.py", "# columns that a sweep's table shows", "# what a sweep shows", False),
        ("diffusion/optimizers/sgd.py", '"""', '"""Really: ', False),
        ("theory/saddle/__init__.py", "__all__", "x = 1\n__all__", False),  # escape does not import it
        ("sims/runs/saddle.py", "HEADLINE = (", "x = 1\nHEADLINE = (", False),
        ("diffusion/optimizers/sgd.py", "self.eta", "1.01 * self.eta", True),
        ("diffusion/optimizers/adam.py", "self.eta", "1.01 * self.eta", True),  # all of diffusion counts
        ("sims/options/noise.py", "SAMPLES = 50_000", "SAMPLES = 50_001", True),
        ("sims/runs/kramers.py", "import", "import math\nimport", True),
        ("theory/escape/standard.py", "import numpy", "import math\nimport numpy", True),
    ],
)
def test_code_voids_what_is_stored_and_words_do_not(sources, file, old, new, voids):
    changed, before = sources
    assert (changed(file, old, new) != before) is voids


def test_a_change_of_documents_voids_nothing():
    files = {path.relative_to(ROOT).parts[0] for path in imported("sims.runs.escape")}
    assert files == {"diffusion", "sims", "theory"}


def test_a_store_of_older_code_is_not_used(escapes, tmp_path, monkeypatch):
    with closing(CellStore(tmp_path / NAME)) as store:
        run(escapes, store, at_once(1)[0])
        monkeypatch.setattr("sims.sweep.grid.sources_digest", lambda module: "newer")
        newer = replace(escapes)
        assert not {cell.key for cell in newer.cells} & {cell.key for cell in escapes.cells}
        workers, sent = at_once(1)
        run(newer, store, workers)
        assert len({task.key for task in sent}) == 4


def test_results_show_plot_and_export(escapes, tmp_path, capsys):
    config = tmp_path / "escapes.toml"
    folder = tmp_path / "out"
    assert sweep(capsys, config, folder)[0] == 0
    for path in (folder, folder / NAME, folder / "sweep.nc"):
        code, out, _ = call(capsys, "results", path)
        title, header, *rows = out.splitlines()
        assert (code, title[0], len(rows)) == (0, "#", 4)
        assert header.split("\t")[:3] == ["optimizer", "walkers", "escaped"]
    assert call(capsys, "results", folder, "--columns", "k,cv")[1].splitlines()[1] == "k\tcv"
    found = json.loads(call(capsys, "results", folder, "--json")[1])
    assert (found["cells"], found["finished"], found["partial"], len(found["rows"])) == (4, 4, False, 4)
    for name in ("a.csv", "a.nc"):
        assert call(capsys, "results", folder, "--export", tmp_path / name)[0] == 0
    assert (tmp_path / "a.csv").read_bytes() == (folder / "sweep.csv").read_bytes()
    assert read_netcdf(tmp_path / "a.nc").identical(read_netcdf(folder / "sweep.nc"))
    code, _, err = call(capsys, "results", folder, "--plot", "walkers", "mean_iterations")
    assert (code, (folder / "mean_iterations_walkers.svg").exists()) == (0, True)
    assert "mean_iterations_walkers.png, .svg" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--plot", "k", "nothing"], "nothing is not a column; there are "),
        (
            ["--plot", "k", "mean_iteration"],
            "mean_iteration is not a column. Did you mean mean_iterations",
        ),
        (["--plot", "walkers", "noise"], "plot needs numbers upwards, and noise is text"),
        (["--export", "a.xls"], "--export needs a file .csv or .nc"),
        (["--columns", "k,q"], "q is not a column; there are "),
        (["/elsewhere"], "path must be a folder or file that diffusion sweep wrote"),
    ],
)
def test_results_that_cannot_be_had_are_told_in_one_line(escapes, tmp_path, capsys, words, message):
    with closing(CellStore(tmp_path / NAME)) as store:
        run(escapes, store, at_once(1)[0])
    path = [] if words[0].startswith("/") else [tmp_path]
    code, out, err = call(capsys, "results", *path, *words)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert message in err


def test_results_of_a_sweep_that_runs_are_those_of_its_finished_cells(escapes, tmp_path, capsys):
    with closing(CellStore(tmp_path / NAME)) as store:
        store.begin(escapes.definition(), escapes.cells)
        code, _, err = call(capsys, "results", tmp_path)
        assert (code, "none of 4 cells is finished yet" in err) == (2, True)
        with pytest.raises(Stopped):
            run(escapes, store, at_once(1, after=2)[0])
        found = json.loads(call(capsys, "results", tmp_path, "--json")[1])
        assert (found["partial"], found["finished"], len(found["rows"])) == (True, 2, 2)


def test_a_list_of_cells_that_changed_is_told(escapes, tmp_path, capsys):
    with closing(CellStore(tmp_path / NAME)) as store:
        run(escapes, store, at_once(1)[0])
    content = (tmp_path / NAME).read_bytes()
    assert content.count(b'"walkers": 3000') > 1
    (tmp_path / NAME).write_bytes(content.replace(b'"walkers": 3000', b'"walkers": 3001'))
    code, out, err = call(capsys, "results", tmp_path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "cells.sqlite is damaged (a stored row changed)" in err


def test_a_column_of_the_experiment_keeps_its_name_beside_an_option_of_that_name(tmp_path):
    path = tmp_path / "saddle.toml"
    path.write_text(SWEEPS["saddle"])
    straight(read_sweep(path), tmp_path)
    rows = plain(table(read_netcdf(tmp_path / "straight.nc")))
    assert [(row["H_setting"], row["H"]) for row in rows[::2]] == [("-1,1", -1.0)] * 2 + [("2,3", 2.0)] * 2


def test_finished_cells_are_never_overwritten_by_mistake(escapes, tmp_path, capsys):
    config, folder = tmp_path / "escapes.toml", tmp_path / "out"
    assert sweep(capsys, config, folder)[0] == 0
    code, out, err = sweep(capsys, config, folder)
    assert (code, out) == (2, "")
    assert "has finished cells; add --resume to keep them" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--scheduler", "local:x"], "scheduler must be an address, or local:N"),
        (["--scheduler", "local:0"], "N of scheduler local:N must be a whole number from 1"),
        (["--scheduler", "nonsense"], "No scheduler answers at 'nonsense'"),
        (["--scheduler", "foo://bar:1"], "No scheduler answers at 'foo://bar:1'"),
        (["--scheduler", "local:1", "--workers", "2"], "--workers conflicts with --scheduler"),
        (["--workers", "0"], "workers must be"),
        (["--out", "/proc/nowhere"], "out must be a folder that can be written"),
    ],
)
def test_bad_options_of_a_sweep_are_told_in_one_line(escapes, tmp_path, capsys, words, message):
    out = [] if "--out" in words else ["--out", tmp_path / "out"]
    code, out, err = call(capsys, "sweep", tmp_path / "escapes.toml", *out, *words)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert message in err


@pytest.mark.parametrize(
    "config", sorted((ROOT / "docs" / "sweeps").glob("*.toml")), ids=lambda path: path.stem
)
def test_the_examples_run_and_their_commands_work(config, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    lines = config.read_text().splitlines()
    commands = [line.split()[2:] for line in lines if line.startswith("#     diffusion")]
    assert [words[0] for words in commands] == ["sweep", "results"]
    for words in commands:
        with pytest.raises(SystemExit) as end:
            main(words)
        assert end.value.code == 0, capsys.readouterr().err
    assert len(list((tmp_path / "out" / config.stem).glob("*.png"))) == 1


def test_ten_thousand_cells_are_laid_out_in_seconds(tmp_path):
    path = tmp_path / "many.toml"
    path.write_text('experiment = "escape"\n[grid]\nk = "1:9:100"\nseed = "1:100:100"')
    assert len(read_sweep(path).cells) == 10_000


def test_stopping_lets_a_running_cell_go(escapes):
    watch = Watch()
    watch.stop()
    cell = escapes.cells[0]
    assert run_part(Task("escape", cell.config, 0, 600, cell.key, code_digest("escape")), watch) is None
