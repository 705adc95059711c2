"""Lesson 2: leaving a saddle. Theorems 1 and 2, and where the drift term is and is not."""

import marimo

app = marimo.App(width="medium", app_title="2. Leaving a saddle")

with app.setup:
    import marimo as mo
    import numpy as np

    from diffusion import SGD, FrozenNoise, Momentum, Quadratic, evolve
    from lessons.catalogue import navigation
    from lessons.film import Track, normal
    from lessons.page import EXACT, OTHER, PRINTED, WALKERS, Film, Picture, canvas, says
    from lessons.questions import Choice, Number, Quiz, boxes
    from theory.exact import momentum_iteration_msd, sgd_iteration_msd
    from theory.saddle import (
        momentum_diffusion_leading,
        momentum_drift_leading,
        momentum_drift_printed,
        momentum_msd_corrected,
        momentum_msd_printed,
        sgd_msd_printed,
    )


@app.cell(hide_code=True)
def _():
    mo.md(f"# 2. Leaving a saddle\n\n{navigation('lesson2')}")


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    A walker stands exactly on a saddle. The gradient is zero there, so only the gradient *noise* can move it. How
    far has it gone after $T$ iterations? We measure $\langle\Delta\theta^2\rangle$, the mean squared displacement
    of many walkers, along one direction of curvature $H<0$, with the paper's noise: covariance $C=|H|/B$ for a
    batch of $B$ samples.

    ## Theorem 1: SGD

    $$\langle\Delta\theta^2\rangle=\frac{D}{H}\left[1-e^{-2H\eta T}\right],\qquad D=\frac{\eta|H|}{2B}$$

    At first this is plain diffusion, $2D\,\eta T$, a straight line. Later the slope takes over and the spread grows
    like $e^{2|H|\eta T}$. Theorem 1 is exact for the *differential equation*. SGD takes steps, and the number that
    tells whether steps matter is $\eta|H|$.
    """)


@app.cell(hide_code=True)
def _():
    steepness = mo.ui.slider(
        steps=[0.001, 0.01, 0.03, 0.1, 0.3], value=0.03, label=r"steepness $\eta|H|$", show_value=True
    )
    B = mo.ui.slider(steps=[1, 4, 16, 64], value=4, label="batch size $B$", show_value=True)
    mo.hstack([steepness, B], justify="start", gap=2, wrap=True)
    return B, steepness


@app.function
def sgd_picture(steepness, B):
    """Theorem 1, the exact iteration, and 20000 walkers of SGD, against eta |H| T."""
    eta, H = 0.1, -steepness / 0.1
    T = np.unique(np.rint(np.geomspace(max(1, 0.02 / steepness), 1.5 / steepness, 15))).astype(int)
    run = evolve(Quadratic([H]), FrozenNoise(-H / B), SGD(eta), 0.0, T, walkers=20_000, seed=2)
    msd, unit = run.msd(), eta
    fine = np.unique(np.rint(np.geomspace(T[0], T[-1], 60)))
    printed = sgd_msd_printed(H, fine, eta=eta, B=B) / unit
    exact = sgd_iteration_msd(H, fine, eta=eta, C=-H / B) / unit

    figure, axes = canvas()
    axes.plot(steepness * fine, printed, "--", color=PRINTED, label="Theorem 1")
    axes.plot(steepness * fine, exact, color=EXACT, label="exact, for steps")
    axes.plot(steepness * fine, steepness * fine / B, ":", color="0.5", label="diffusion alone")
    axes.errorbar(
        steepness * T,
        msd.mean[:, 0] / unit,
        1.96 * msd.stderr[:, 0] / unit,
        fmt="o",
        color=WALKERS,
        label="walkers",
    )
    axes.set(xscale="log", yscale="log", ylim=(2e-4, 20))
    axes.set(xlabel=r"$\eta|H|T$", ylabel=r"$\langle\Delta\theta^2\rangle\,/\,\eta$")
    axes.legend()
    ratio = sgd_msd_printed(H, T[-1], eta=eta, B=B) / msd.mean[-1, 0]
    return figure, (
        f"At the right end ({T[-1]} iterations) Theorem 1 is {ratio:.3f} times what the walkers do. Larger batches "
        "slow everything down and change nothing else."
    )


@app.cell(hide_code=True)
def _(B, steepness):
    Picture(sgd_picture, steepness=steepness.value, B=B.value)


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    ## Theorem 2: Momentum

    Momentum adds inertia, $m\leftarrow\beta_1 m+\beta_3 g$, $\theta\leftarrow\theta-\eta m$. Its memory lasts
    $1/(1-\beta_1)$ iterations, so the natural clock is $u=(1-\beta_1)T$. Where the slope is gentle the paper prints

    $$\langle\Delta\theta^2\rangle
      =\underset{\text{momentum drift}}{\frac{\beta_3^2|H|\eta^2}{2(1-\beta_1)^3B}\left(1-e^{-u}\right)^2}
      +\underset{\text{diffusion}}{\frac{\beta_3^2|H|\eta^2T}{(1-\beta_1)^2B}}$$

    and says: *Momentum leaves saddles faster, by a drift besides the diffusion.* In units of the factor before the
    bracket this is $(1-e^{-u})^2+2u$. But how does a walker come to have a velocity at the start?

    - **At rest.** The optimizer has just been switched on: $m=0$.
    - **Thermal.** It has been running for long: $m$ fluctuates with its equilibrium variance.

    Move **run-up**: the number of memory times that the walkers have been running when the clock starts. 0 is the
    start at rest; 5 is as good as thermal.
    """)


@app.cell(hide_code=True)
def _():
    beta1 = mo.ui.slider(
        steps=[0.5, 0.8, 0.9, 0.95, 0.99], value=0.95, label=r"inertia $\beta_1$", show_value=True
    )
    run_up = mo.ui.slider(
        steps=[0, 0.25, 0.5, 1, 2, 5], value=0, label="run-up, in memory times", show_value=True
    )
    walkers = mo.ui.slider(steps=[1000, 10000, 50000], value=50000, label="walkers", show_value=True)
    mo.hstack([beta1, run_up, walkers], justify="start", gap=2, wrap=True)
    return beta1, run_up, walkers


@app.function
def momentum_walkers(beta1, run_up, walkers, seed=3):
    """Displacement of Momentum walkers since the clock started, on ground without slope.

    Returns iterations T since then, and displacements of shape (T.size, walkers), for C = 1, eta = 1.
    """
    memory = 1 / (1 - beta1)
    T = np.unique(np.rint(np.geomspace(max(1, 0.1 * memory), 30 * memory, 14))).astype(int)
    start = round(run_up * memory)
    optimizer = Momentum(eta=1.0, beta1=beta1, beta3=1 - beta1)
    look_at = [start, *(start + T)] if start else T
    run = evolve(
        Quadratic([0.0]),
        FrozenNoise(1.0),
        optimizer,
        0.0,
        look_at,
        walkers=walkers,
        seed=seed,
        keep="positions",
    )
    positions = run.positions[:, :, 0]
    return T, positions[1:] - positions[0] if start else positions


@app.function
def momentum_picture(beta1, run_up, walkers):
    """Theorem 2 beside walkers: their whole displacement, and what the run-up has added to it."""
    T, moved = momentum_walkers(beta1, run_up, walkers)
    unit = 1 / (2 * (1 - beta1))  # eta^2 C / (2 (1 - beta1)): the drift at T = infinity
    u, mean = (1 - beta1) * T, (moved**2).mean(1) / unit
    bars = 1.96 * (moved**2).std(1) / np.sqrt(walkers) / unit
    settings = {"eta": 1.0, "beta1": beta1, "beta3": 1 - beta1}
    drift = momentum_drift_leading(1.0, T, B=1.0, **settings) / unit
    printed = drift + momentum_diffusion_leading(1.0, T, B=1.0, **settings) / unit
    rest, thermal = (
        momentum_iteration_msd(0.0, T, C=1.0, start=start, **settings) / unit for start in ("rest", "thermal")
    )

    figure, (whole, added) = canvas(5.2, nrows=2, sharex=True, height_ratios=[3, 2])
    whole.plot(u, printed, "--", color=PRINTED, label="Theorem 2: drift + diffusion")
    whole.plot(u, thermal, "-.", color=OTHER, label="exact, thermal start")
    whole.plot(u, rest, color=EXACT, label="exact, start at rest")
    whole.errorbar(u, mean, bars, fmt="o", color=WALKERS, label="walkers")
    whole.set(
        xscale="log",
        yscale="log",
        ylim=(3e-4, 200),
        xlim=(0.08, 40),
        ylabel=r"$\langle\Delta\theta^2\rangle$, in drifts",
    )
    whole.legend(loc="lower right")
    added.plot(u, drift, "--", color=PRINTED, label="the printed drift term")
    added.plot(u, thermal - rest, "-.", color=OTHER, label="exact: thermal $-$ rest")
    added.errorbar(u, mean - rest, bars, fmt="o", color=WALKERS, label="walkers $-$ exact rest")
    added.set(xlabel=r"$u=(1-\beta_1)\,T$", ylabel="difference", ylim=(-0.4, 1.6))
    added.legend(loc="upper left")
    one = int(np.argmin(np.abs(u - 1)))
    return figure, (
        f"At u = {u[one]:.2g} Theorem 2 is {printed[one] / mean[one]:.2g} times what the walkers do; at u = {u[-1]:.2g} "
        f"it is {printed[-1] / mean[-1]:.3f} times. Lower panel: what the run-up added, {round(mean[one] - rest[one], 2) + 0:.2f} "
        f"there, beside the printed drift, {drift[one]:.2f}."
    )


@app.cell(hide_code=True)
def _(beta1, run_up, walkers):
    Picture(momentum_picture, beta1=beta1.value, run_up=run_up.value, walkers=walkers.value)


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    **What you see.** No run-up brings the walkers up to the dashed line of Theorem 2 before $u\approx10$: from rest
    they start far below it, and even a full run-up leaves them below. The printed *drift* is nevertheless a true
    curve: it is the **difference** between a thermal start and a start at rest (lower panel, run-up 5; exactly so as
    $\beta_1\to1$).

    **Which term is wrong, then?** Look at both ends of the lines, in units of the drift, as $\beta_1\to1$:

    | start | $\langle\Delta\theta^2\rangle$ | early, $u\ll1$ | late, $u\gg1$ |
    |---|---|---|---|
    | printed | $2u+(1-e^{-u})^2$ | $2u$ | $2u+1$ |
    | thermal | $2(u-1+e^{-u})$ | $u^2$ | $2u-2$ |
    | at rest | $2u-3+4e^{-u}-e^{-2u}$ | $2u^3/3$ | $2u-3$ |

    - *Early*, a thermal walker flies straight on with the velocity that it has: distance is velocity times time, so
      $u^2$. That flight **is** the drift term, $(1-e^{-u})^2\approx u^2$, and it is all there is. A walker at rest must
      first pick up speed: $u^3$. Neither diffuses yet. The printed $2u$ has them diffuse from the first step on.
    - *Late*, the thermal start is ahead of the start at rest by 1, the whole drift. But both are *behind* plain
      diffusion, $2u$: inertia makes walkers leave a saddle later, not earlier.

    **The misprint in one line.** The drift belongs on top of a start at rest, and the paper puts it on top of $2u$:

    $$\text{true:}\quad\left[2u-3+4e^{-u}-e^{-2u}\right]+(1-e^{-u})^2=2(u-1+e^{-u})$$

    $$\text{printed:}\quad2u+(1-e^{-u})^2$$

    The term $2u$ is what walkers do in the long run, when velocities have been exchanged many times. It counts the
    flight of every velocity that they ever had, the first one too; the printed sum counts that one twice. Does nothing
    make momentum faster, then? Bias correction does: see [lesson 3](/lesson3).

    ## In motion

    The same on a saddle with a slope: walkers that start at rest on the top, their histogram, the density of the
    process (7) with inertia, and the one that Theorem 2 says.
    """)


@app.function
def saddle_film(beta1):
    """Momentum from rest on a saddle of eta |H| = 1e-4 / (1 - beta1), beside the densities."""
    eta, B = 1.0, 1.0
    H, memory = -0.01 * (1 - beta1), 1 / (1 - beta1)
    T = np.unique(np.rint(np.linspace(1, 8 * memory, 48))).astype(int)
    optimizer = Momentum(eta, beta1, 1 - beta1)
    run = evolve(
        Quadratic([H]), FrozenNoise(-H / B), optimizer, 0.0, T, walkers=4000, seed=4, keep="positions"
    )
    settings = {"eta": eta, "B": B, "beta1": beta1, "beta3": 1 - beta1}
    true = momentum_msd_corrected(H, T, start="rest", **settings)
    stated = momentum_msd_printed(H, T, **settings)
    reach = 3 * np.sqrt(stated[-1])

    track = Track(
        "Momentum on the saddle, from rest",
        "θ",
        -reach,
        reach,
        run.positions[:, :, 0],
        {"Fokker-Planck density": normal(true, reach), "as Theorem 2 prints it": normal(stated, reach)},
        lambda x: H * x**2 / 2,
    )
    captions = [f"T = {t}, u = {(1 - beta1) * t:.1f}: printed variance {p / w:.3g} times the true one"
                for t, p, w in zip(T, stated, true, strict=True)]  # fmt: skip
    return ([track], captions)


@app.cell(hide_code=True)
def _(beta1):
    Film(saddle_film, beta1=beta1.value)


@app.cell(hide_code=True)
def _():
    questions = (
        Number(
            r"$\eta=0.1$, $H=-0.5$, $B=10$. How far, as $\langle\Delta\theta^2\rangle$, has SGD spread after 20 "
            "iterations, by diffusion alone (Theorem 1 while the slope does not matter)?",
            answer=0.01,
            why=r"$2D\,\eta T=|H|\eta^2T/B$.",
            mistakes=(
                (
                    0.02,
                    r"That is twice as much: $D=\eta|H|/(2B)$ has a 2 below, and $2D\,\eta T$ takes it away again.",
                ),
                (0.1, "You forgot one factor of $\\eta$: time is $\\eta T$, and $D$ has an $\\eta$ too."),
                (
                    1.0,
                    "Divide by the batch size, and do not forget that both $D$ and the time hold an $\\eta$.",
                ),
            ),
        ),
        Number(
            "In units of the drift, how far has Momentum come from **rest** at $u=1$? (Table; two digits are enough.)",
            answer=2 - 3 + 4 * np.exp(-1) - np.exp(-2),
            why="Theorem 2 prints 2.40 there: 7.1 times too much.",
            mistakes=(
                (
                    2 + (1 - np.exp(-1)) ** 2,
                    "That is what Theorem 2 prints. Start at rest: third line of the table.",
                ),
                (2 * np.exp(-1), "That is the thermal start. At rest: third line of the table."),
                ((1 - np.exp(-1)) ** 2, "That is the drift term alone."),
            ),
            tolerance=0.04,
        ),
        Choice(
            "Where is the momentum drift of Theorem 2?",
            {
                "It comes on top of diffusion, as printed.": "Look at the upper panel: walkers with and without "
                "run-up stay below the dashed line until $u$ is about 10. And early on there is no diffusion yet.",
                "Nowhere: the term is wrong.": "Set run-up to 5 and look at the lower panel.",
                "It is what a thermal start adds to a start at rest.": "From rest walkers are 3 drifts behind $2u$, with "
                "a thermal start 2: one drift apart. The printed sum is 1 ahead of $2u$.",
            },
            right="It is what a thermal start adds to a start at rest.",
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
    mo.md("## In the toolkit's own words\n\n" + "\n".join(
        says(f) for f in (sgd_msd_printed, momentum_msd_printed, momentum_drift_printed, momentum_msd_corrected)
    ))  # fmt: skip


if __name__ == "__main__":
    app.run()
