"""Figures: drawn from datasets alone, byte for byte the same, and never a half-written file."""

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from figures.figure6 import draw
from figures.look import COLOURS, MARKERS, SIZES
from figures.save import save
from sims.figure6.run import Figure6, run
from sims.figure6.series import KRAMERS
from tests.drawn import bars, check_bars


@pytest.fixture(scope="module", params=["kramers", "literal"])
def dataset(request):
    return run(
        Figure6(mode=request.param, walkers=40, **({"data_sets": 3} if request.param == "literal" else {}))
    )


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
    main = dataset.isel(point=(dataset.panel.values == "main") & np.isfinite(dataset.tau.values))
    assert set(bars(axes)) == set(main.optimizer.values)
    for name in bars(axes):
        points = main.isel(point=main.optimizer.values == name).sortby("k")
        numbers = (np.log(points[v].values) for v in ("tau", "tau_low", "tau_high"))
        check_bars(axes, name, 1 / points.k.values, *numbers)


def test_no_point_lies_outside_what_its_panels_show(dataset):
    axes = draw(dataset).axes[0]
    shown = [axes, *axes.child_axes]
    main = dataset.isel(point=dataset.panel.values == "main")
    for k, tau in zip(main.k.values, main.tau.values, strict=True):
        assert any(_inside(one, 1 / k, np.log(tau)) for one in shown), k
    assert len(axes.child_axes) == (dataset.attrs["mode"] == "literal")


def _inside(axes, x, y):
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    return left <= x <= right and low <= y <= high


def test_titles_and_texts_stay_inside_their_axes_and_the_figure(dataset):
    figure = draw(dataset)
    figure.draw_without_rendering()
    for axes in figure.axes:
        title = next(t for t in axes.findobj(Text) if t.get_text() == axes.get_title(loc="left") != "")
        assert title.get_window_extent().x1 <= axes.get_window_extent().x1, title.get_text()
    for artist in (*figure.texts, *figure.legends):
        assert artist.get_window_extent().x1 <= figure.bbox.x1


def test_figure_says_how_its_points_were_made(dataset):
    (conditions,) = [t.get_text() for t in draw(dataset).texts if "walkers" in t.get_text()]
    noise = {"kramers": "frozen noise, $\\kappa$ = 1000, $B$ = 10", "literal": "data set 0"}
    for words in (
        "40 walkers per point, seed 0",
        noise[dataset.attrs["mode"]],
        "Ito",
        "stopped at the first passage of the barrier's top by any coordinate",
        "exact 95 % intervals",
    ):
        assert words in conditions


def test_residuals_of_both_laws_can_be_compared_by_eye(dataset):
    one, two = (a for a in draw(dataset).axes if "Distance" in a.get_title(loc="left"))
    assert one.get_ylim() == two.get_ylim()


def test_momentums_square_shows_around_adais_diamond():
    assert (MARKERS["Momentum"], MARKERS["Adai"]) == ("s", "D")
    assert SIZES["Momentum"] > 1.2 * np.sqrt(2) * SIZES["Adai"]


def test_a_partial_dataset_is_drawn_and_says_so(dataset, tmp_path):
    partial = dataset.isel(point=dataset.optimizer.values == "SGD").assign_attrs(partial="yes")
    figure = draw(partial)
    assert "partial" in figure.get_suptitle()
    save(figure, tmp_path / "partial")


def test_each_optimizer_has_its_own_colour_and_marker():
    assert set(COLOURS) == set(MARKERS) == set(SIZES) == set(KRAMERS)
    assert len(set(COLOURS.values())) == len(set(MARKERS.values())) == len(KRAMERS)


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
