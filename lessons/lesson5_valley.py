"""Lesson 5: escaping a valley. Kramers, stop rules, why flat minima last, Figure 6 live."""

import marimo

app = marimo.App(width="medium", app_title="5. Escaping a valley")

with app.setup:
    import functools

    import marimo as mo
    import numpy as np

    import figures.effective_potential
    import figures.phase_portrait
    import figures.survival
    from diffusion import (
        SGD,
        Adai,
        Adam,
        FrozenNoise,
        Momentum,
        StyblinskiTang,
        escape_times,
        evolve,
    )
    from figures.look import COLOURS, MARKERS
    from lessons.catalogue import navigation
    from lessons.film import Track
    from lessons.page import PRINTED, Film, Picture, canvas, says
    from lessons.questions import Choice, Number, Quiz, boxes
    from sims.runs import pictures
    from sims.runs.kramers import kramers_log_iterations
    from theory.escape import (
        kramers_log_time,
        momentum_log_time_corrected,
        momentum_log_time_printed,
        sgd_log_time_printed,
    )
    from theory.exact import fokker_planck_density

    OPTIMIZERS = {"SGD": SGD(1e-3), "Momentum": Momentum(1e-4), "Adai": Adai(1e-3), "Adam": Adam(0.1)}
    STRENGTH = 100.0  # gradient noise over |H|: the kappa / B of Figure 6


@app.cell(hide_code=True)
def _():
    mo.md(f"# 5. Escaping a valley\n\n{navigation('lesson5')}")


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    A walker at the bottom of a valley has to climb a barrier of height $\Delta L$ by luck alone. At temperature $D$
    that takes a time of the order of $e^{\Delta L/D}$. **Kramers** (1940) found the factor before it; for strong
    friction

    $$\tau_K=\frac{2\pi}{\sqrt{H_a|H_b|}}\;e^{\Delta L/D}$$

    with the curvatures $H_a$ at the bottom and $H_b$ at the top. The paper builds its Theorem 3 on the same idea,
    with noise $C\propto|H|$: sharp valleys are then *hot*.

    The landscape is $f(\sqrt{k}\,\theta)$ with $f$ the Styblinski-Tang function: a larger $k$ makes the valley
    sharper, every curvature grows as $k$, and the barrier stays at 39.4. Gradient noise is $C=100\,H_a$.

    ## When is a walker out?

    **first**: when it touches the top. **committed**: when it has reached the other minimum. From the top, every
    second walker falls back.
    """)


@app.cell(hide_code=True)
def _():
    who = mo.ui.dropdown(list(OPTIMIZERS), value="SGD", label="optimizer")
    k = mo.ui.slider(steps=[3.5, 4, 5, 6, 8], value=4, label="sharpness $k$", show_value=True)
    stop = mo.ui.radio(["first", "committed"], value="first", inline=True, label="out when")
    mo.hstack([who, k, stop], justify="start", gap=2, wrap=True)
    return k, stop, who


@app.function
def survival_picture(who, k, stop):
    """How many of 300 walkers are still in the valley, beside exponentials of Kramers' mean time."""
    valley, optimizer = StyblinskiTang(dim=1, k=k), OPTIMIZERS[who]
    run = escape_times(
        valley,
        FrozenNoise(STRENGTH * valley.H_a),
        optimizer,
        start=valley.minimum,
        boundary=valley.boundary,
        max_iterations=10_000_000,
        walkers=300,
        seed=7,
        stop=stop,
    )
    log_time = kramers_log_iterations(optimizer, valley.H_a, valley.H_b, valley.barrier, B=1 / STRENGTH)
    kramers = float(np.squeeze(np.exp(log_time)))
    rate, shape = run.rate(), run.exponentiality()
    figure = figures.survival.draw({who: run.survival()}, {"Kramers": kramers, "Kramers / 2": kramers / 2})
    verdict = "exponential" if shape.p > 1e-3 else "NOT exponential: look at the start of the curve"
    return figure, (
        f"Mean time {rate.mean_time:.0f} iterations, 95 % interval {rate.mean_time_low:.0f} to "
        f"{rate.mean_time_high:.0f}; Kramers' time is {kramers:.0f}, so this is {rate.mean_time / kramers:.2f} of it. "
        f"The times are {verdict} (p = {shape.p:.2g})."
    )


@app.cell(hide_code=True)
def _(k, stop, who):
    Picture(survival_picture, who=who.value, k=k.value, stop=stop.value)


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    Switch the stop rule: with strong friction *first* takes about half of Kramers' time and *committed* about all of
    it. A factor 2 that has nothing to do with any theorem: **say when you stopped**. "About", because the barrier is
    only 3 to 7 temperatures high here, and Kramers' formula is a limit for high ones.

    ## Why do walkers fall back?

    With inertia, position is not all. The **separatrix** is the line in the plane of position and velocity from which
    a walker without noise would stop exactly on the top. Right of it walkers cross, left of it they roll back. With
    weak friction it lies slanted: a walker that touches the top is well past it. With strong friction it stands
    upright through the top, a kick of noise carries a walker over it and the next one back.
    """)


@app.cell(hide_code=True)
def _():
    damping = mo.ui.slider(steps=[0.5, 2, 6, 15, 40], value=2, label=r"damping $\gamma$", show_value=True)
    kT = mo.ui.slider(steps=[2, 5, 10, 20], value=10, label="temperature $kT$", show_value=True)
    mo.hstack([damping, kT], justify="start", gap=2, wrap=True)
    return damping, kT


@app.function
def portrait_picture(damping, kT):
    """Flow without noise and separatrix of a unit mass, with walkers that started at rest in the valley."""
    found, valley = pictures.phase_portrait(damping, kT), StyblinskiTang(dim=1)
    cloud = found["walkers"]
    figure = figures.phase_portrait.draw(**found | {"walkers": cloud[:700]})
    across = np.mean(cloud[:, 0] > valley.boundary)
    z = 4 * abs(valley.H_b) / damping**2  # of a unit mass
    return figure, (
        f"Friction number z = 4|H_b|/(gamma^2 M) = {z:.3g} ({'weak' if z > 10 else 'strong' if z < 0.5 else 'medium'} "
        f"friction). After 8 units of time {100 * across:.1f} % of the walkers are on the far side."
    )


@app.cell(hide_code=True)
def _(damping, kT):
    Picture(portrait_picture, damping=damping.value, kT=kT.value)


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    ## Figure 6, live

    The paper's central picture: minus the log of the escape rate against the sharpness. It claims a straight line in
    $1/k$ for SGD, Momentum and Adai, and in $k^{-1/2}$ for Adam: *Adam leaves sharp minima less readily*. Ten
    coordinates, out when any of them passes the top.

    **noise** is the second thing to move. The paper has $C\propto|H|$: the sharper the valley, the hotter. That is
    why flat minima last. Choose *the same for all $k$* and the reason is gone.
    """)


@app.cell(hide_code=True)
def _():
    optimizer = mo.ui.dropdown(list(OPTIMIZERS), value="SGD", label="optimizer")
    law = mo.ui.dropdown(["1/k", "k^-1/2"], value="1/k", label="against")
    noise = mo.ui.dropdown(
        ["as the curvature", "the same for all k"], value="as the curvature", label="noise"
    )
    n = mo.ui.slider(steps=[30, 100, 300], value=100, label="walkers", show_value=True)
    mo.hstack([optimizer, law, noise, n], justify="start", gap=2, wrap=True)
    return law, n, noise, optimizer


@app.function
@functools.cache
def escape_rates(optimizer, noise, n):
    """Escape rates of n walkers at several k, and the log of Kramers' number of iterations for ten ways out."""
    ks = np.array([4, 5, 6, 8, 10, 12, 16] if optimizer == "Adam" else [3, 3.5, 4, 4.5, 5, 6])
    rates, kramers = [], []
    for i, k in enumerate(ks):
        valley = StyblinskiTang(dim=10, k=k)
        hot = 1.0 if noise == "as the curvature" else ks[2] / k
        run = escape_times(
            valley,
            FrozenNoise(STRENGTH * valley.H_a * hot),
            OPTIMIZERS[optimizer],
            start=valley.minimum,
            boundary=valley.boundary,
            max_iterations=1_000_000,
            walkers=n,
            seed=100 + i,
        )
        rates.append(run.rate(cut=60 if run.iterations.max() > 60 else 0))
        log_time = kramers_log_iterations(
            OPTIMIZERS[optimizer], valley.H_a, valley.H_b, valley.barrier, B=1 / (STRENGTH * hot)
        )
        kramers.append(float(np.squeeze(log_time)) - np.log(20))
    return ks, rates, kramers


@app.function
def figure6_picture(optimizer, law, noise, n):
    """Minus the log of the escape rate of one optimizer against the sharpness, with the best straight line."""
    power = 1.0 if law == "1/k" else 0.5
    ks, rates, kramers = escape_rates(optimizer, noise, n)
    y = -np.log([rate.value for rate in rates])
    bars = [y + np.log([rate.high for rate in rates]), -np.log([rate.low for rate in rates]) - y]
    x = ks**-power
    b, a = np.polyfit(x, y, 1)
    figure, axes = canvas()
    axes.plot(x, a + b * x, "--", color=PRINTED, linewidth=1, label="best straight line")
    axes.plot(x, kramers, color="0.45", label="Kramers, strong friction")
    axes.errorbar(
        x, y, bars[::-1], fmt=MARKERS[optimizer], color=COLOURS[optimizer], markersize=6, label=optimizer
    )
    axes.set(
        ylabel=r"$-\ln\Gamma$",
        xlabel=f"${'1/k' if power == 1 else 'k^{-1/2}'}$   (sharper $\\leftarrow$  $\\rightarrow$ flatter)",
    )
    axes.legend(loc="upper left")
    sharp, flat = 1 / rates[-1].value, 1 / rates[0].value
    return figure, (
        f"{optimizer} stays {flat:.0f} iterations in the flattest valley and {sharp:.0f} in the sharpest: "
        f"{flat / sharp:.3g} times as long. Largest distance from the line: {np.abs(y - a - b * x).max():.2f}."
    )


@app.cell(hide_code=True)
def _(law, n, noise, optimizer):
    Picture(figure6_picture, optimizer=optimizer.value, law=law.value, noise=noise.value, n=n.value)  # fmt: skip


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    Can you tell by eye which law is right? Hardly: over such a range both look straight. `diffusion reproduce` asks
    the question with likelihoods and finds for the claimed law. But both laws follow from Arrhenius and a change of
    units; they say nothing about whether $C=|H|/B$ was true in the first place.

    ## The set-up as printed

    The paper did not add noise to $f$. It drew minibatches of data $x$ of variance 4 and used $f(\sqrt{k}\,\theta-x)$.
    Averaged over the data that is another landscape. Move the variance.
    """)


@app.cell(hide_code=True)
def _():
    variance = mo.ui.slider(
        steps=[0, 0.5, 1, 1.5, 1.9, 2.5, 4], value=1, label="variance of the data", show_value=True
    )
    variance  # noqa: B018
    return (variance,)


@app.function
def potential_picture(variance):
    """Draw the loss averaged over data of some variance, beside the bare one."""
    found = pictures.effective_potential((variance,))
    _, average = found["potentials"].values()
    slopes = np.diff(average)
    wells = int(((slopes[:-1] < 0) & (slopes[1:] >= 0)).sum())
    figure = figures.effective_potential.draw(**found)
    return figure, (
        f"With variance {variance:g} the averaged loss has {wells} valley{'s' if wells > 1 else ''}."
        + (" What was timed there is a level crossing, not an escape." if wells == 1 else "")
    )


@app.cell(hide_code=True)
def _(variance):
    Picture(potential_picture, variance=variance.value)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## In motion

    SGD in the deeper valley of the bare function, at four temperatures.
    """)


@app.cell(hide_code=True)
def _():
    D = mo.ui.slider(steps=[5, 8, 12, 20], value=8, label="temperature $D$ (barrier 39)", show_value=True)
    D  # noqa: B018
    return (D,)


@app.function
def escape_film(D):
    """SGD in the valley, beside the Fokker-Planck density."""
    valley, eta = StyblinskiTang(dim=1), 1e-3
    T = np.unique(np.rint(np.geomspace(3, 30_000, 50))).astype(int)
    run = evolve(
        valley, FrozenNoise(2 * D / eta), SGD(eta), valley.minimum, T, walkers=2000, seed=9, keep="positions"
    )
    x, density = fokker_planck_density(
        lambda x: valley.slope(x, 0), D, valley.minimum[0], eta * T, low=-5.0, high=5.0
    )
    track = Track(
        f"SGD in the valley, barrier {valley.barrier / D:.1f} temperatures high",
        "θ",
        -4.4,
        4.4,
        run.positions[:, :, 0],
        {"Fokker-Planck density": np.array([np.interp(np.linspace(-4.4, 4.4, 121), x, p) for p in density])},
        lambda x: valley.loss(x[:, None]),
    )
    out = (run.positions[:, :, 0] > valley.boundary).mean(1)
    said = density[:, x > valley.boundary].sum(1) * (x[1] - x[0])
    return ([track], [f"T = {t}: {100 * o:.1f} % are beyond the top, Fokker-Planck says {100 * s:.1f} %"
                          for t, o, s in zip(T, out, said, strict=True)])  # fmt: skip


@app.cell(hide_code=True)
def _(D):
    Film(escape_film, D=D.value)


@app.cell(hide_code=True)
def _():
    questions = (
        Number(
            r"At temperature $D$ a valley is left after $10^4$ iterations on the average, with $\Delta L/D=8$. About "
            r"how many iterations at half the temperature? (Only the exponential counts.)",
            answer=1e4 * float(np.exp(8)),
            why=r"The exponent doubles: $e^{16}=e^{8}\cdot e^{8}$, and $e^8\approx2981$.",
            mistakes=(
                (2e4, "The *exponent* doubles, not the time."),
                (1e8, "That squares the time, prefactor and all. Multiply by $e^8$."),
            ),
            tolerance=0.1,
        ),
        Choice(
            "Two groups time the same escape with SGD. One finds twice the mean time of the other. The first thing to "
            "ask?",
            {
                "Which seed they used.": "Chance is a few per cent with some hundred walkers: look at the interval.",
                "When a walker counts as out.": "First passage of the top takes half of Kramers' time, reaching the "
                "other side all of it.",
                "Whether the learning rate was the same.": "Worth asking, but the time depends on $\\eta$ "
                "exponentially: it would hardly give a factor of just 2.",
            },
            right="When a walker counts as out.",
        ),
        Choice(
            "Why do flat minima last for SGD, in this theory?",
            {
                "Their barriers are higher.": "The barrier is 39.4 for every $k$.",
                "Their gradient noise is smaller.": "$C\\propto|H|$ makes a flat valley cold. With noise that is the "
                "same for all $k$ the advantage shrinks to the prefactor.",
                "They are wider, so that walkers need longer to cross them.": "True, and it is in the prefactor. "
                "Choose *the same for all k*: that is all that is left.",
            },
            right="Their gradient noise is smaller.",
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
        + "\n".join(
            says(f)
            for f in (
                kramers_log_time,
                sgd_log_time_printed,
                momentum_log_time_printed,
                momentum_log_time_corrected,
            )
        )
    )


if __name__ == "__main__":
    app.run()
