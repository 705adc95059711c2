"""A stored cell is what its seed, its settings and its code make it, and nothing else passes for it."""

import json
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from sims.storage.netcdf import origin
from sims.sweep import task as tasks
from sims.sweep.archive import packed
from sims.sweep.cell_store import NAME, CellStore, Part
from sims.sweep.pools import in_threads
from sims.sweep.run import run
from sims.sweep.table import chosen_rows, sweep_dataset, table
from sims.sweep.task import Failed, Task, code_digest, run_part
from sims.sweep.toml_file import read_sweep
from tests.sweeps import call

ESCAPES = 'experiment = "escape"\nwalkers = 40\n[grid]\nk = [7, 8, 9]'
LION = """
from typing import ClassVar

from diffusion import part

@part
class Lion:
    eta: float = 1e-3
    slots: ClassVar[tuple] = ()

    def update(self, theta, state, gradient):
        for i in range(theta.size):
            theta[i] -= self.eta * gradient.draw(theta[i], i)
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        (tmp_path / "a.toml").write_text(text)
        return read_sweep(tmp_path / "a.toml")

    return read


def stored(wanted, path):
    with closing(CellStore(path)) as store, in_threads(1) as workers:
        ended = run(wanted, store, workers)
        assert not ended.failures, ended
        return sweep_dataset(store)


@pytest.mark.parametrize(
    "text",
    [
        ESCAPES,
        'experiment = "saddle"\nwalkers = 128\niterations = [2, 5]\n[grid]\nB = [5, 10]',
        'experiment = "splitting"\ndim = 1\nparticles = 32\nreplicas = 3\nsettle = 200\n[grid]\nk = [5, 6]',
        'experiment = "sgd-saddle"\nwalkers = 128\nsteepness = [0.001, 0.1]\n[grid]\nB = [5, 10]',
    ],
    ids=lambda text: text.split('"')[1],
)
def test_two_seeds_in_one_store_have_keys_and_numbers_of_their_own(text, read, tmp_path):
    one = read(text)
    two = replace(one, seed=1)
    assert {cell.key for cell in one.cells}.isdisjoint(cell.key for cell in two.cells)
    assert {cell.config.seed for cell in one.cells}.isdisjoint(cell.config.seed for cell in two.cells)
    found = [stored(wanted, tmp_path / NAME) for wanted in (one, two, one)]
    column = {"escape": "mean_iterations", "saddle": "msd", "splitting": "log_mean_iterations"}.get(
        one.experiment.name, "measured"
    )
    first, second, again = (dataset[column].values for dataset in found)
    assert np.all(first != second)
    np.testing.assert_array_equal(first, again)
    assert set(found[0].seed.values.tolist()).isdisjoint(found[1].seed.values.tolist())


def test_walkers_of_some_cells_belong_to_those_cells(read, tmp_path):
    wanted = read(ESCAPES)
    with closing(CellStore(tmp_path / NAME)) as store:
        store.begin(wanted.definition(), wanted.cells)
        alone = {}
        for number in (0, 2):
            cell = wanted.cells[number]
            alone[number] = cell.experiment.run(cell.config)
            store.add([Part(cell.key, 0, 40, packed(alone[number]))], origin())
        dataset = sweep_dataset(store)
    assert dataset.partial == "yes"
    assert dataset.cell.values.tolist() == [0, 2]
    assert dataset.k.values.tolist() == [7, 9]
    for number, times in alone.items():
        own = dataset.walker_cell.values == number
        np.testing.assert_array_equal(dataset.walker_iterations.values[own], times.iterations)
    assert dataset.sizes["walker"] == 80


def test_a_failure_is_forgotten_once_the_cell_has_succeeded(read, tmp_path, capsys):
    wanted = read(ESCAPES)
    with closing(CellStore(tmp_path / NAME)) as store:
        store.begin(wanted.definition(), wanted.cells)
        for cell in wanted.cells[:2]:
            store.fail(cell.key, f"{cell.label()}: no luck")
        assert len(store.failures()) == 2
        with in_threads(1) as workers:
            assert run(wanted, store, workers).failures == []
        assert store.failures() == {}
    code, _, err = call(capsys, "results", tmp_path)
    assert (code, err) == (0, "")


@pytest.mark.parametrize("package", ["version_numba", "version_numpy", "version_scipy", "machine"])
def test_a_worker_with_other_packages_is_refused(package, read, monkeypatch):
    (cell, *_) = read(ESCAPES).cells
    sent = Task("escape", cell.config, 0, 40, cell.key, code_digest("escape"))
    assert isinstance(run_part(sent), bytes)
    monkeypatch.setattr(tasks, "origin", lambda: origin() | {package: "another"})
    code_digest.cache_clear()
    try:
        refused = run_part(sent)
    finally:
        code_digest.cache_clear()
    assert isinstance(refused, Failed)
    assert "other versions of NumPy, SciPy or Numba" in refused.reason


def test_the_digest_of_a_users_own_file_belongs_to_the_key(read, tmp_path):
    mine = tmp_path / "mine.py"
    mine.write_text(LION)
    text = f'experiment = "escape"\nwalkers = 40\noptimizer = "{mine}:Lion"\n[grid]\nk = [8, 9]'
    wanted = read(text)
    before = [cell.key for cell in wanted.cells]
    found = stored(wanted, tmp_path / NAME)
    assert found.partial == "no"
    assert [cell.key for cell in read(text).cells] == before
    (cell, _) = wanted.cells
    sent = Task("escape", cell.config, 0, 40, cell.key, code_digest("escape"), cell.own)
    assert isinstance(run_part(sent), bytes)
    mine.write_text(LION.replace("-= self.eta", "-= 2 * self.eta"))
    changed = read(text)
    assert set(before).isdisjoint(cell.key for cell in changed.cells)
    assert "another version of a file with parts of your own" in run_part(sent).reason
    faster = stored(changed, tmp_path / NAME)
    assert np.all(faster.mean_iterations.values != found.mean_iterations.values)


TWO_GRIDS = """
experiment = "escape"
walkers = 60
[[grid]]
optimizer = "sgd"
k = [6, 7, 8]
[[grid]]
optimizer = "adam"
beta2 = [0.99, 0.999]
k = [7, 8]
"""


@pytest.fixture(scope="module")
def grids(tmp_path_factory):
    """Return the dataset of two grids, of which the first leaves an option of the second open."""
    folder = tmp_path_factory.mktemp("grids")
    (folder / "a.toml").write_text(TWO_GRIDS)
    return stored(read_sweep(folder / "a.toml"), folder / NAME)


def test_an_option_that_one_grid_leaves_open_is_one_line_of_the_plot(grids):
    from figures.sweep import draw

    axes = draw(grids, "k", "mean_iterations").axes[0]
    labels = [str(container.get_label()) for container in axes.containers]
    assert labels == [
        "optimizer = sgd, beta2 = default",
        "optimizer = adam, beta2 = 0.99",
        "optimizer = adam, beta2 = 0.999",
    ]
    assert [len(container.lines[0].get_xdata()) for container in axes.containers] == [3, 2, 2]
    kramers = [line for line in axes.lines if line.get_marker() == "None" and line.get_linestyle() == "-"]
    np.testing.assert_array_equal(kramers[0].get_ydata(), grids.kramers_iterations.values[:3])


def test_rows_are_chosen_by_their_values(grids):
    chosen = chosen_rows(grids, ["optimizer=adam", "k=7.0"])
    assert table(chosen).beta2.tolist() == [0.99, 0.999]
    with pytest.raises(ValueError, match="No row has optimizer=lion; there are sgd, adam"):
        chosen_rows(grids, ["optimizer=lion"])
    with pytest.raises(ValueError, match="--where needs COLUMN=VALUE, got 'k'"):
        chosen_rows(grids, ["k"])
    with pytest.raises(ValueError, match="optimiser is not a column"):
        chosen_rows(grids, ["optimiser=sgd"])


@pytest.mark.parametrize(
    ("log", "scales"),
    [
        ("x", ("log", "linear")),
        ("y", ("linear", "log")),
        ("xy", ("log", "log")),
        ("none", ("linear", "linear")),
    ],
)
def test_axes_are_logarithmic_as_asked(log, scales, grids):
    from figures.sweep import draw

    axes = draw(grids, "k", "mean_iterations", log).axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == scales
    with pytest.raises(ValueError, match="censored has no logarithm everywhere"):
        draw(grids, "k", "censored", "y")


def test_results_draw_the_rows_that_are_chosen(grids, tmp_path, capsys):
    from sims.storage.netcdf import write_netcdf

    path = write_netcdf(grids, tmp_path / "sweep.nc")
    found = json.loads(call(capsys, "results", path, "--where", "optimizer=sgd", "--json")[1])
    assert [row["k"] for row in found["rows"]] == [6, 7, 8]
    assert found["provenance"]["settings"]["experiment"] == "escape"
    assert found["provenance"]["commit"] == grids.commit
    words = "--plot", "k", "mean_iterations", "--where", "optimizer=sgd", "--log", "xy"
    assert call(capsys, "results", path, *words)[0] == 0
    assert (tmp_path / "mean_iterations_k.png").exists()
    assert "--log works only with --plot" in call(capsys, "results", path, "--log", "x")[2]
