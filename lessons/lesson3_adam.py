"""Lesson 3: Adam spreads at one speed in every direction, and bias correction makes it start fast."""

import marimo

app = marimo.App(width="medium", app_title="3. Adam: the same speed in every direction")

with app.setup:
    import marimo as mo
    import numpy as np

    import figures.clouds
    from diffusion import Adam, FrozenNoise, Quadratic, evolve
    from lessons.catalogue import navigation
    from lessons.film import Track, normal
    from lessons.page import EXACT, OTHER, PRINTED, WALKERS, Film, Picture, canvas, says
    from lessons.questions import Choice, Number, Quiz, boxes
    from sims.runs import pictures
    from theory.exact import adam_iteration_msd
    from theory.saddle import adam_msd_leading, adam_msd_printed


@app.cell(hide_code=True)
def _():
    mo.md(f"# 3. Adam: the same speed in every direction\n\n{navigation('lesson3')}")


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    SGD leaves a saddle quickly where it is steep and slowly where it is flat: its noise, and so its diffusion, is
    proportional to $|H|$. A flat direction holds it for long. Adam divides each coordinate's gradient by the root of
    its own running mean square, $\theta\leftarrow\theta-\eta\,\hat m/\sqrt{\hat v}$. With $v\approx C=|H|/B$ the
    noise of every coordinate becomes 1. **Proposition 1** says: Adam spreads equally in all directions,

    $$\langle\Delta\theta_i^2\rangle\approx\eta^2T+\frac{\eta^2}{2(1-\beta_1)}\left(1-e^{-(1-\beta_1)T}\right)^2 ,$$

    without a trace of $H_i$. Below, two ways down from a saddle: $\theta_1$ is **ratio** times as steep as
    $\theta_2$. Ellipses are exact, at two standard deviations, for an Adam that knows $v$ and an Adai that knows its
    inertia.
    """)


@app.cell(hide_code=True)
def _():
    ratio = mo.ui.slider(steps=[1, 4, 20, 100], value=20, label="ratio of curvatures", show_value=True)
    T = mo.ui.slider(steps=[3, 10, 30, 100, 300], value=100, label="iterations $T$", show_value=True)
    mo.hstack([ratio, T], justify="start", gap=2, wrap=True)
    return T, ratio


@app.function
def clouds_picture(ratio, T):
    """Where the walkers of four optimizers are around one saddle."""
    found = pictures.clouds(ratio, T)
    stretched = {name: float(np.divide(*cloud.std(0))) for name, cloud in found["clouds"].items()}
    return figures.clouds.draw(**found), (
        f"After {T} iterations SGD's cloud is {stretched['SGD']:.2g} times as wide as it is high, Adam's "
        f"{stretched['Adam']:.2g} times. Each panel has its own scale."
    )


@app.cell(hide_code=True)
def _(T, ratio):
    Picture(clouds_picture, ratio=ratio.value, T=T.value)


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    Isotropy holds, as long as the slope does not matter: while $\sqrt{B|H|}\,\eta T$ is below about 0.1.

    ## How fast is the start?

    In units of $\eta^2T$ the leading term is 1, and what stands above 1 is the *excess*. Adam's momentum starts at
    $m=0$. Without correction the first steps would be short. Adam divides $m$ by $1-\beta_1^t$, so that they
    are of full size, and because early steps then share the same few gradients they point the same way for a while.
    Lines: the proposition, and the exact iteration with known $v$, with and without **bias correction**. Dots: Adam
    itself, which has to estimate $v$.
    """)


@app.cell(hide_code=True)
def _():
    beta1 = mo.ui.slider(
        steps=[0, 0.5, 0.8, 0.9, 0.95], value=0.9, label=r"inertia $\beta_1$", show_value=True
    )
    beta2 = mo.ui.slider(
        steps=[0.9, 0.99, 0.999], value=0.999, label=r"memory of $v$, $\beta_2$", show_value=True
    )
    slope = mo.ui.slider(
        steps=[0, 0.001, 0.003, 0.01], value=0, label=r"slope $\sqrt{B|H|}\,\eta$", show_value=True
    )
    mo.hstack([beta1, beta2, slope], justify="start", gap=2, wrap=True)
    return beta1, beta2, slope


@app.function
def start_picture(beta1, beta2, slope):
    """Adam's spread over eta^2 T: printed, exact for known v with and without bias correction, and walkers."""
    H = -(slope**2)  # eta = B = 1
    C = max(-H, 1e-4)  # on level ground any noise will do: Adam divides it away
    T = np.unique(np.rint(np.geomspace(1, 500, 16))).astype(int)
    fine = np.unique(np.rint(np.geomspace(1, 500, 50)))
    optimizer = Adam(1.0, beta1, beta2)
    msd = evolve(Quadratic([H]), FrozenNoise(C), optimizer, 0.0, T, walkers=20_000, seed=4).msd()
    settings = {"eta": 1.0, "B": 1.0, "beta1": beta1}
    printed = adam_msd_printed(H, fine, **settings) / fine
    corrected, plain = (
        adam_iteration_msd(H, fine, bias_correction=on, **settings) / fine for on in (True, False)
    )

    figure, axes = canvas()
    axes.plot(fine, printed, "--", color=PRINTED, label="Proposition 1")
    axes.plot(fine, corrected, color=EXACT, label="exact, $v$ known")
    axes.plot(fine, plain, "-.", color=OTHER, label="... without bias correction")
    mean, bars = msd.mean[:, 0] / T, 1.96 * msd.stderr[:, 0] / T
    axes.errorbar(T, mean, bars, fmt="o", color=WALKERS, label="Adam's walkers")
    axes.set(xscale="log", yscale="log", ylim=(0.2, max(3, 3 * mean.max())), xlim=(0.9, 600))
    axes.set(xlabel="iterations $T$", ylabel=r"$\langle\Delta\theta^2\rangle\,/\,(\eta^2T)$")
    axes.legend(loc="upper left")
    ten, last = int(np.argmin(np.abs(T - 10))), T[-1]
    there = float(adam_msd_printed(H, T[ten], **settings)) / T[ten]
    return figure, (
        f"At T = {T[ten]}: Adam {mean[ten]:.3f} ± {bars[ten]:.3f}, printed {there:.3f}. At T = {last}: Adam "
        f"{mean[-1]:.3g}, printed {printed[-1]:.3g}."
    )


@app.cell(hide_code=True)
def _(beta1, beta2, slope):
    Picture(start_picture, beta1=beta1.value, beta2=beta2.value, slope=slope.value)


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    **What you see.** The excess is real, but it is not the momentum drift of Proposition 1: it comes from bias
    correction, and without it there is a deficit. As $\beta_1\to1$ the excess of a known $v$ tends to
    $\frac{\pi^2}{6}\frac{\eta^2}{1-\beta_1}$; printed is $\frac{1}{2}$ in the place of $\frac{\pi^2}{6}=1.64$. Now raise
    the slope to 0.01: at $T=200$ the proposition is about ten times too low. It is a statement about the flat
    middle of the saddle.

    ## In motion

    The steep direction above, one that is 100 times as flat below, on the same scale. Choose who walks.
    """)


@app.cell(hide_code=True)
def _():
    who = mo.ui.dropdown(list(pictures.AROUND_A_SADDLE), value="Adam", label="optimizer")
    who  # noqa: B018
    return (who,)


@app.function
def directions_film(who):
    """Walkers along a steep and a flat direction, with the normal density of the exact spread."""
    H, T = np.array([-1.0, -0.01]), np.arange(2, 122, 3)
    positions = pictures.saddle_walkers(who, H, T, 4000)
    spread = pictures.saddle_msd
    exact = np.stack([spread(who, h, T) for h in H], 1) if who != "Adai" else spread(who, H, T)
    reach = 3 * np.sqrt(exact[-1].max())
    tracks = [
        Track(
            f"{who}, the {kind} direction",
            "θ",
            -reach,
            reach,
            positions[:, :, j],
            {"Fokker-Planck density": normal(exact[:, j], reach)},
            lambda x, h=H[j]: h * x**2,
        )
        for j, kind in enumerate(("steep", "flat"))
    ]
    captions = [f"T = {t}: spreads {np.sqrt(w[0] / w[1]):.2f} : 1" for t, w in zip(T, exact, strict=True)]
    return (tracks, captions)


@app.cell(hide_code=True)
def _(who):
    Film(directions_film, who=who.value)


@app.cell(hide_code=True)
def _():
    questions = (
        Number(
            "One direction is 100 times as steep as the other. How many times as wide, in standard deviations, is "
            "SGD's cloud along it?",
            answer=10.0,
            why="The mean *squared* displacement is proportional to $|H|$, the width to its root.",
            mistakes=(
                (100.0, "That is the ratio of the squares. The width is its root."),
                (1.0, "That is Adam."),
            ),
            tolerance=0.06,
        ),
        Number(
            r"Adam with $\eta=10^{-3}$: how far (root of the mean square) has it spread after 400 iterations, to "
            "leading order?",
            answer=0.02,
            why=r"$\eta\sqrt{T}$, in every direction, whatever $H$ and $B$.",
            mistakes=(
                (0.4, r"Walkers do not all step the same way: $\eta\sqrt{T}$, not $\eta T$."),
                (4e-4, "That is its square."),
            ),
        ),
        Choice(
            "Why does Adam spread faster than $\\eta^2T$ in its first iterations?",
            {
                "Because momentum carries it on, as Proposition 1 says.": "From $m=0$ momentum makes the first steps "
                "*shorter*: look at the line without bias correction.",
                "Because bias correction makes early steps full-sized and alike.": "Dividing by $1-\\beta_1^t$ lets a "
                "few early gradients act together.",
                "Because v starts at zero.": "Both moments are corrected; with known $v$ (full line) the excess is "
                "there too.",
            },
            right="Because bias correction makes early steps full-sized and alike.",
        ),
    )
    answers = boxes(questions)
    return answers, questions


@app.cell(hide_code=True)
def _():
    mo.md("## Questions")


@app.cell(hide_code=True)
def _(answers, questions):
    Quiz(questions, answers)


@app.cell(hide_code=True)
def _():
    mo.md(
        "## In the toolkit's own words\n\n"
        + "\n".join(says(f) for f in (adam_msd_printed, adam_msd_leading, adam_iteration_msd))
    )


if __name__ == "__main__":
    app.run()
