"""What a figure shows, read back from its artists: points with their bars, lines, labels."""

import numpy as np


def bars(axes) -> dict:
    """Return {label: (x, y, low, high)} of every series with error bars; upright bars only."""
    found = {}
    for container in axes.containers:
        line, _, (segments,) = container.lines
        ends = np.array(segments.get_segments())  # (points, 2 ends, x and y)
        assert np.all(ends[:, 0, 0] == ends[:, 1, 0])
        if line is not None:  # the bars stand on their points, and have their colour
            np.testing.assert_array_equal(line.get_xdata(), ends[:, 0, 0])
            np.testing.assert_allclose(segments.get_color()[0][:3], _rgb(line.get_color()))
        y = line.get_ydata() if line is not None else ends[:, :, 1].mean(1)
        found[str(container.get_label())] = ends[:, 0, 0], y, ends[:, 0, 1], ends[:, 1, 1]
    return found


def lying_bars(axes) -> list:
    """Return (x, y, low, high) of every series with bars along x, in the order drawn."""
    found = []
    for container in axes.containers:
        line, _, (segments,) = container.lines
        ends = np.array(segments.get_segments())
        assert np.all(ends[:, 0, 1] == ends[:, 1, 1])
        found.append((line.get_xdata(), line.get_ydata(), ends[:, 0, 0], ends[:, 1, 0]))
    return found


def check_bars(axes, label, x, y, low, high):
    """Assert that the series of that label has these points and these ends of its bars."""
    shown = bars(axes)
    assert label in shown, f"{label} is not among {sorted(shown)}"
    for got, expected in zip(shown[label], (x, y, low, high), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


def legend(figure_or_axes) -> dict:
    """Return {label: colour} of a legend."""
    (one,) = getattr(figure_or_axes, "legends", None) or [figure_or_axes.get_legend()]
    return {
        text.get_text(): _rgb(handle.get_color() if hasattr(handle, "get_color") else handle.get_facecolor())
        for handle, text in zip(one.legend_handles, one.get_texts(), strict=True)
    }


def _rgb(colour):
    from matplotlib.colors import to_rgb

    return to_rgb(colour if isinstance(colour, str) else tuple(np.ravel(colour)[:3]))
