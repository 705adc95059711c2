"""Figures of single runs: drawn numbers are those of the dataset, each label belongs to its line."""

import json

import numpy as np
import pytest
import xarray as xr
from test_cli import call

from figures import escape, saddle


def line(axes, label):
    """Return the data of the line with a label."""
    (found,) = [one for one in axes.lines if one.get_label() == label]
    return np.asarray(found.get_xdata(), float), np.asarray(found.get_ydata(), float)


def test_survival_is_kaplan_and_meiers_and_the_exponentials_have_their_means():
    times = [30.0, 10.0, 20.0, 25.0, 40.0]
    escaped = [True, True, False, True, False]  # the third was given up at 20, the last at 40
    dataset = xr.Dataset(
        {"iterations": ("walker", times), "escaped": ("walker", escaped)},
        attrs={"optimizer": "SGD(1)", "mean_iterations": 41.0, "kramers_iterations": 33.0}
        | {"kramers_iterations_high": 66.0},
    )
    (axes,) = escape.draw(dataset).axes
    x, y = line(axes, "5 walkers")
    assert x.tolist() == [0, 10, 20, 25, 30, 40]
    np.testing.assert_allclose(y, [1, 4 / 5, 4 / 5, 4 / 5 * 2 / 3, 4 / 5 * 1 / 3, 4 / 5 * 1 / 3])
    for label, mean in (
        ("exponential with the measured mean", 41),
        ("Kramers, strong friction", 33),
        ("Kramers, weak friction", 66),
    ):
        t, share = line(axes, label)
        np.testing.assert_allclose(share, np.exp(-t / mean))
    (axes,) = escape.draw(dataset.assign_attrs(kramers_iterations_high=33.0)).axes
    assert "Kramers, weak friction" not in [one.get_label() for one in axes.lines]


def test_the_spread_has_its_own_bars_and_its_own_lines():
    T, H = [10, 100], [-1.0, 2.0]
    msd = np.array([[1.0, 2.0], [3.0, 4.0]])
    dataset = xr.Dataset(
        {
            "msd": (("T", "H"), msd),
            "stderr": (("T", "H"), msd / [[10, 20], [30, 40]]),
            "printed": (("T", "H"), 5 * msd),
            "exact": (("T", "H"), 7 * msd),
        },
        coords={"T": T, "H": H},
        attrs={"optimizer": "SGD(1)"},
    )
    (axes,) = saddle.draw(dataset).axes
    for j, label in enumerate(("$H$ = -1", "$H$ = 2")):
        (bars,) = [one for one in axes.containers if one.get_label() == label]
        np.testing.assert_array_equal(bars[0].get_ydata(), msd[:, j])
        (segments,) = bars[2]
        low, high = np.array([segment[:, 1] for segment in segments.get_segments()]).T
        np.testing.assert_allclose(high - low, 2 * 1.96 * dataset.stderr[:, j])
        colour = bars[0].get_color()
        drawn = [one for one in axes.lines if one.get_color() == colour and one is not bars[0]]
        assert [one.get_ydata().tolist() for one in drawn] == [
            (5 * msd[:, j]).tolist(),
            (7 * msd[:, j]).tolist(),
        ]
        assert [one.get_linestyle() for one in drawn] == ["--", "-"]


@pytest.mark.parametrize(
    "command", ["escape --k 6 --walkers 60 --dim 2", "saddle --walkers 20 --iterations 5,50"]
)
@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_a_run_is_drawn_into_the_file_that_is_asked_for(capsys, tmp_path, command, suffix):
    path = tmp_path / "new" / f"run.{suffix}"
    code, out, err = call(capsys, *command.split(), "--plot", path, "--json")
    assert code == 0
    assert json.loads(out)["partial"] is False
    assert path.stat().st_size > 3000
    assert f"Written to {path}" in err
    assert [p.name for p in path.parent.iterdir()] == [path.name]  # nothing half written is left


def test_a_format_that_is_not_known_is_one_line(capsys, tmp_path):
    code, out, err = call(
        capsys, "saddle", "--walkers", 20, "--iterations", 5, "--plot", tmp_path / "run.xyz"
    )
    assert (code, out) == (2, "")
    assert err.startswith("diffusion: --plot needs a file .svg, .pdf or .png")
    assert list(tmp_path.iterdir()) == []
