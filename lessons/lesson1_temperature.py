"""Lesson 1: noise as temperature. SGD as a diffusion."""

import marimo

app = marimo.App(width="medium", app_title="1. Noise as temperature")

with app.setup:
    import marimo as mo
    import numpy as np

    from diffusion import SGD, FrozenNoise, Quadratic, StyblinskiTang, evolve
    from lessons.catalogue import navigation
    from lessons.film import Track
    from lessons.page import EXACT, OTHER, PRINTED, WALKERS, Film, Picture, canvas, says
    from lessons.questions import Choice, Number, Quiz, boxes
    from theory.dynamics import sgd_diffusion
    from theory.exact import fokker_planck_density, sgd_stationary_covariance


@app.cell(hide_code=True)
def _():
    mo.md(f"# 1. Noise as temperature\n\n{navigation('lesson1')}")


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    SGD follows the gradient of a *batch*, which is the true gradient plus noise:

    $$\theta_{T+1}=\theta_T-\eta\,\left[L'(\theta_T)+\sqrt{C}\,\xi_T\right]$$

    Averaging over $B$ samples makes its variance $C$ the variance of one sample's gradient, divided by $B$.
    Call $t=\eta T$ time. Then each step is one Euler step of a *diffusion*, the motion of a particle in a warm,
    sticky liquid (Eq. 1):

    $$d\theta=-L'(\theta)\,dt+\sqrt{2D}\,dW,\qquad D=\frac{\eta C}{2}$$

    $D$ is the **temperature**. If that picture is right, walkers that are left alone settle into the Boltzmann
    density $e^{-L(\theta)/D}$. In a valley $L=H\theta^2/2$ that is a bell curve of variance $D/H$.

    The walkers below start at $\theta=3$ in a valley with $H=1$; one sample's gradient has variance 1, so $C=1/B$.
    """)


@app.cell(hide_code=True)
def _():
    eta = mo.ui.slider(
        steps=[0.01, 0.03, 0.1, 0.3, 1, 1.5], value=0.1, label=r"learning rate $\eta$", show_value=True
    )
    B = mo.ui.slider(steps=[1, 2, 4, 16, 64], value=2, label="batch size $B$", show_value=True)
    T = mo.ui.slider(steps=[1, 3, 10, 30, 100, 300], value=30, label="iterations $T$", show_value=True)
    mo.hstack([eta, B, T], justify="start", gap=2, wrap=True)
    return B, T, eta


@app.function
def valley_picture(eta, B, T):
    """Histogram of SGD's walkers after T iterations, and how their variance got there."""
    C, D = 1 / B, eta / (2 * B)
    times = np.unique(np.rint(np.geomspace(1, 300, 16))).astype(int)
    times = np.unique(np.append(times, T))
    run = evolve(
        Quadratic([1.0]), FrozenNoise(C), SGD(eta), 3.0, times, walkers=20_000, seed=1, keep="positions"
    )
    positions = run.positions[:, :, 0]
    variance = positions.var(1, ddof=1)
    stated = D * (1 - np.exp(-2 * eta * times))  # of the diffusion, H = 1
    steps = float(sgd_stationary_covariance(1.0, eta=eta, C=C)[0, 0])
    now = int(np.searchsorted(times, T))

    figure, (shape, growth) = canvas(5.0, nrows=2, height_ratios=[3, 2])
    figure.subplots_adjust(hspace=0.42)
    x = np.linspace(-4, 4, 400)
    mean, sigma = 3 * np.exp(-eta * T), np.sqrt(stated[now])
    shape.hist(
        positions[now],
        bins=320,
        range=(-4, 4),
        density=True,
        histtype="stepfilled",
        color="0.82",
        label="walkers",
    )
    shape.plot(x, bell(x, mean, sigma), color=EXACT, label=f"Fokker-Planck, $t$ = {eta * T:.3g}")
    shape.plot(x, bell(x, 0, np.sqrt(D)), ":", color=OTHER, label="Boltzmann, at last")
    top = 1.25 * max(bell(0, 0, sigma), bell(0, 0, np.sqrt(D)))
    shape.set(xlabel=r"$\theta$", ylabel="density", xlim=(-4, 4), ylim=(0, min(top, 6)))
    shape.legend(loc="upper left")
    growth.plot(times, stated, color=EXACT, label="Fokker-Planck")
    growth.axhline(steps, linestyle="--", color=PRINTED, linewidth=1, label="SGD's own, at last")
    bars = 1.96 * variance * np.sqrt(2 / 20_000)
    growth.errorbar(times, variance, bars, fmt="o", color=WALKERS, markersize=3.5, label="walkers")
    growth.plot(times[now], variance[now], "o", markersize=9, fillstyle="none", color=WALKERS)
    growth.set(xscale="log", yscale="log", ylim=(1e-4, 20), xlabel="iterations $T$", ylabel="variance")
    growth.legend(loc="lower right")
    return figure, (
        f"Temperature D = {D:.3g}. After {T} iterations the walkers' variance is {variance[now]:.3g}, the diffusion's "
        f"{stated[now]:.3g}. At last SGD's is {steps:.3g}, {steps / D:.3g} times D / H."
    )


@app.function
def bell(x, mean, sigma):
    """Return the normal density."""
    return np.exp(-((x - mean) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))


@app.cell(hide_code=True)
def _(B, T, eta):
    Picture(valley_picture, eta=eta.value, B=B.value, T=T.value)


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    **Try this.** Double $\eta$ *and* $B$: the lower panel ends at the same height, because only $\eta/B$ is the
    temperature. Then set $\eta$ to 1 and to 1.5: the walkers end above the diffusion's line. A step of SGD is then
    longer than the valley is wide, and a diffusion has no steps. The exact variance of SGD itself is
    $\dfrac{\eta C}{H\,(2-\eta H)}$, which is $D/H$ only while $\eta H\ll1$.

    ## On a landscape with two valleys

    Now the walkers are released on the hill between two valleys. The grey bars are their histogram, the line is the
    solution of the Fokker-Planck equation (2), which knows nothing of walkers. Choose a temperature.
    """)


@app.cell(hide_code=True)
def _():
    D = mo.ui.slider(
        steps=[2, 5, 10, 20, 40], value=10, label="temperature $D$ (the hill is 39 high)", show_value=True
    )
    D  # noqa: B018
    return (D,)


@app.function
def hill_film(D):
    """SGD released on the hill of the Styblinski-Tang function, beside the Fokker-Planck density."""
    landscape, eta = StyblinskiTang(dim=1), 5e-4
    T = np.unique(np.rint(np.geomspace(4, 4000, 60))).astype(int)
    noise = FrozenNoise(2 * D / eta)
    run = evolve(landscape, noise, SGD(eta), landscape.boundary, T, walkers=4000, seed=2, keep="positions")
    x, density = fokker_planck_density(
        lambda x: landscape.slope(x, 0), D, landscape.boundary, eta * T, low=-5.0, high=5.0
    )
    boltzmann = np.exp(-(landscape.loss(x[:, None]) - landscape.loss(landscape.minimum)) / D)
    boltzmann /= boltzmann.sum() * (x[1] - x[0])
    grid = np.linspace(-4.4, 4.4, 121)
    track = Track(
        f"Released on the hill, D = {D}",
        "θ",
        -4.4,
        4.4,
        run.positions[:, :, 0],
        {
            "Fokker-Planck density": np.array([np.interp(grid, x, p) for p in density]),
            "Boltzmann density": np.tile(np.interp(grid, x, boltzmann), (T.size, 1)),
        },
        lambda x: landscape.loss(x[:, None]),
    )
    left = (run.positions[:, :, 0] < landscape.boundary).mean(1)
    return ([track], [f"T = {t}, t = {eta * t:.3g}: {100 * share:.0f} % are in the deeper valley"
                          for t, share in zip(T, left, strict=True)])  # fmt: skip


@app.cell(hide_code=True)
def _(D):
    Film(hill_film, D=D.value)


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    At $D=2$ the walkers fall into the valley that chance and the slope choose, and stay: the Boltzmann density would
    have them all in the deeper one, but the way there leads over the hill. At $D=20$ the film ends in equilibrium. How
    long a walker needs over the hill is the subject of [lesson 5](/lesson5).
    """)


@app.cell(hide_code=True)
def _():
    questions = (
        Number(
            r"$\eta=0.1$, $C=4$, $H=2$. What variance does the diffusion picture give to walkers that have settled?",
            answer=0.1,
            why=r"$D=\eta C/2=0.2$ is the temperature, and the variance is $D/H$.",
            mistakes=(
                (0.2, "That is the temperature $D$. A steeper valley holds walkers together: divide by $H$."),
                (0.4, r"Half of that is the temperature, $D=\eta C/2$; then divide by $H$."),
            ),
        ),
        Number(
            r"Set $\eta=1$ (so $\eta H=1$) and a long time. By what factor does SGD's variance exceed the diffusion's?",
            answer=2.0,
            why=r"$\frac{\eta C}{H(2-\eta H)}$ over $\frac{\eta C}{2H}$ is $\frac{2}{2-\eta H}$.",
            mistakes=(
                (1.0, "Look at the last number in the sentence below the picture."),
                (0.5, "The other way round: the walkers are above the line."),
                (4.0, "That is the factor at 1.5."),
            ),
        ),
        Choice(
            "You double the learning rate and the batch size. What happens to the density that walkers settle into?",
            {
                "It gets wider.": "Try it. Only $\\eta$ makes it wider, but $B$ makes it narrower.",
                "Nothing, as long as steps are small.": "The temperature $\\eta C/2$ holds only $\\eta/B$. With large "
                "steps it changes: $\\eta H$ has doubled.",
                "It gets narrower.": "Try it. Only $B$ makes it narrower, but $\\eta$ makes it wider.",
            },
            right="Nothing, as long as steps are small.",
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
        + "\n".join(says(f) for f in (sgd_diffusion, sgd_stationary_covariance, fokker_planck_density))
    )


if __name__ == "__main__":
    app.run()
