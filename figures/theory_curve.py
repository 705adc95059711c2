"""Draw a statement of the theory over one parameter.

It is drawn over a range of the parameter, one line per form.
"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

LETTERS = {
    "eta": r"$\eta$",
    "beta0": r"$\beta_0$",
    "beta1": r"$\beta_1$",
    "beta3": r"$\beta_3$",
    "barrier": r"$\Delta L$",
}
MOST_LABELS = 12  # more would hide the curves
STYLES: tuple[Any, ...] = ("-", "--", ":", "-.", (0, (1, 4)))


def draw(dataset) -> Figure:
    """Return a figure of the dataset that `sims.runs.theory_grid.run` made.

    The longest axis is drawn along; the others become panels of lines, labelled by their values.

    Parameters
    ----------
    dataset : xarray.Dataset
        With at least one dimension.

    Raises
    ------
    ValueError
        If nothing is swept.
    """
    if not dataset.sizes:
        raise ValueError("a plot needs a parameter that takes several values, such as --T=1:1000:50")
    along = max(dataset.sizes, key=lambda name: dataset.sizes[name])
    x = np.asarray(dataset[along], dtype=float)
    lines: list[tuple] = [(form, {}, dataset[form]) for form in dataset.data_vars]
    for other in dataset.sizes:
        if other != along:
            lines = [
                (form, {**where, other: float(value)}, curve.sel({other: value}))
                for form, where, curve in lines
                for value in dataset[other]
            ]
    figure = Figure(figsize=(5.5, 3.8), layout="constrained")
    axes = figure.subplots()
    forms = list(dataset.data_vars)
    cases = list(dict.fromkeys(tuple(where.items()) for _, where, _ in lines))
    for form, where, curve in lines:
        number, case = forms.index(form), cases.index(tuple(where.items()))
        label = ", ".join([form, *(f"{name} = {value:g}" for name, value in where.items())])
        color = case if len(cases) > 1 else number  # a line style tells the forms apart either way
        axes.plot(x, curve, label=label, color=f"C{color % 10}", linestyle=STYLES[number % len(STYLES)])
    values = np.concatenate([np.ravel(dataset[form]) for form in dataset.data_vars])
    if values.min() > 0 and values.max() > 100 * values.min():
        axes.set_yscale("log")
    if x.min() > 0 and x.max() >= 100 * x.min():
        axes.set_xscale("log")
    quantity = dataset.attrs["quantity"].replace("theta^2", r"$\theta^2$")
    axes.set(xlabel=LETTERS.get(along, f"${along}$"), ylabel=quantity, title=dataset.attrs["statement"])
    if len(lines) <= MOST_LABELS:
        axes.legend(frameon=False)
        return figure
    # colours tell the cases apart, which are too many to name; styles tell the forms
    styles = [
        Line2D([], [], color="0.3", label=form, linestyle=STYLES[n % len(STYLES)])
        for n, form in enumerate(forms)
    ]
    named = ", ".join(LETTERS.get(str(name), f"${name}$") for name in dataset.sizes if name != along)
    axes.legend(handles=styles, frameon=False, title=f"a line for each of {len(cases)} values of {named}")
    return figure
