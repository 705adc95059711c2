"""Figures: drawn from datasets alone, byte for byte the same, and never a half-written file."""

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from figures.figure6 import draw
from figures.look import COLOURS, MARKERS
from figures.save import save
from sims.figure6 import Figure6, run
from sims.figure6_fits import CLAIMED


@pytest.fixture(scope="module", params=["kramers", "literal"])
def dataset(request):
    return run(Figure6(mode=request.param, walkers=40, data_sets=3))


def test_same_dataset_same_bytes(dataset, tmp_path):
    one, two = (save(draw(dataset), tmp_path / name / "figure6") for name in "ab")
    assert [path.name for path in one] == ["figure6.png", "figure6.svg"]
    for a, b in zip(one, two, strict=True):
        assert a.read_bytes() == b.read_bytes()
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["figure6.png", "figure6.svg"]


def test_the_users_own_style_neither_matters_nor_changes(dataset, tmp_path):
    (one, _) = save(draw(dataset), tmp_path / "one")
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "black"}):
        (two, _) = save(draw(dataset), tmp_path / "two")
        assert matplotlib.rcParams["font.size"] == 20
    assert one.read_bytes() == two.read_bytes()


def test_main_panel_shows_every_point_and_its_interval(dataset):
    axes = draw(dataset).axes[0]
    shown = np.concatenate([c.lines[0].get_ydata() for c in axes.containers])
    main = dataset.tau.values[dataset.panel.values == "main"]
    np.testing.assert_allclose(np.sort(shown), np.sort(np.log(main[np.isfinite(main)])))
    for container in axes.containers:
        assert container.has_yerr


def test_a_partial_dataset_is_drawn_and_says_so(dataset, tmp_path):
    partial = dataset.isel(point=dataset.optimizer.values == "SGD").assign_attrs(partial="yes")
    figure = draw(partial)
    assert "partial" in figure.get_suptitle()
    save(figure, tmp_path / "partial")


def test_each_optimizer_has_its_own_colour_and_marker():
    assert set(COLOURS) == set(MARKERS) == set(CLAIMED)
    assert len(set(COLOURS.values())) == len(set(MARKERS.values())) == len(CLAIMED)


def test_unwritable_folder_is_one_clear_line(dataset, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ValueError, match="out must be a folder that can be written") as error:
        save(draw(dataset), tmp_path / "file" / "figure6")
    assert "\n" not in str(error.value)


class Disturbed(Figure):
    """A figure during whose saving something else happens, before its files are in their place."""

    def __init__(self, happens):
        super().__init__(figsize=(1, 1))
        self.happens = happens

    def savefig(self, fname, **options):
        super().savefig(fname, **options)
        self.happens()


def test_ctrl_c_leaves_the_old_files_and_nothing_else(tmp_path):
    def interrupt():
        raise KeyboardInterrupt

    old = {path: path.read_bytes() for path in save(Figure(figsize=(1, 1)), tmp_path / "one")}
    with pytest.raises(KeyboardInterrupt):
        save(Disturbed(interrupt), tmp_path / "one")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == old


def test_two_runs_at_once_into_one_folder_do_not_disturb_each_other(tmp_path):
    def another_run():
        save(Figure(figsize=(1, 1)), tmp_path / "one")

    paths = save(Disturbed(another_run), tmp_path / "one")
    alone = save(Figure(figsize=(1, 1)), tmp_path / "two")
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in alone]
    assert len(list(tmp_path.iterdir())) == 4
