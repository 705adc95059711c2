"""Lesson 4: Adai, one inertia per coordinate."""

import marimo

app = marimo.App(width="medium", app_title="4. Adai: inertia for each coordinate")

with app.setup:
    import marimo as mo
    import numpy as np

    from diffusion import Adai, FrozenNoise, Momentum, Quadratic, evolve
    from figures.look import COLOURS, MARKERS
    from lessons.catalogue import navigation
    from lessons.film import Track, normal
    from lessons.page import EXACT, OTHER, PRINTED, WALKERS, Film, Picture, canvas, says
    from lessons.questions import Choice, Number, Quiz, boxes
    from theory.dynamics import adai_beta1
    from theory.exact import adai_iteration_msd, momentum_iteration_msd
    from theory.saddle import adai_total_drift_corrected, adai_total_drift_printed


@app.cell(hide_code=True)
def _():
    mo.md(f"# 4. Adai: inertia for each coordinate\n\n{navigation('lesson4')}")


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    Adam is isotropic because it changes the *step* of each coordinate. The paper shows that this makes it leave
    sharp valleys less readily (lesson 5). Its proposal, **Adai**, leaves the step alone and changes the *inertia*:

    $$\beta_{1,i}=1-\beta_0\,\frac{\hat v_i}{\operatorname{mean}\hat v},\qquad
      \hat v_i\approx C_i=\frac{|H_i|}{B}$$

    Flat directions get more inertia: their walker remembers longer. The drift that Eq. (10) gives to momentum,
    $|H_i|\eta^2/(2(1-\beta_{1,i})B)$, is then the same in all directions (**Proposition 3**):

    $$\text{total drift}=\frac{\eta^2}{2\beta_0 B}\,\operatorname{mean}|H|$$

    You know from [lesson 2](/lesson2) what to ask: the drift from *which start*? We measure the **excess**
    $\langle\Delta\theta_i^2\rangle-\eta^2C_iT$ over plain diffusion, when the flight is over, without slope, in units
    of this total drift. Printed is 1 for every direction.
    """)


@app.cell(hide_code=True)
def _():
    beta0 = mo.ui.slider(steps=[0.05, 0.1, 0.2], value=0.1, label=r"$\beta_0$", show_value=True)
    ratio = mo.ui.slider(steps=[1, 2, 4, 8], value=4, label="steepest : flattest", show_value=True)
    mo.hstack([beta0, ratio], justify="start", gap=2, wrap=True)
    return beta0, ratio


@app.function
def excess(optimizer, H, T, unit, walkers=100_000):
    """Excess of the spread over eta^2 C T in units of the drift, and its standard error, shape (times, dim)."""
    level = Quadratic(np.zeros_like(H))  # the slope is off, the noise is that of the saddle
    msd = evolve(level, FrozenNoise(H), optimizer, 0.0, T, walkers=walkers, seed=5).msd()
    return (msd.mean - optimizer.eta**2 * H * T[:, None]) / unit, msd.stderr / unit


@app.function
def isotropy_picture(beta0, ratio):
    """Excess of Adai and of Momentum in five directions of different steepness."""
    H = np.geomspace(1, 1 / ratio, 5)
    unit = float(adai_total_drift_printed(H, eta=1.0, B=1.0, beta0=beta0))
    gap = 1 - adai_beta1(H, beta0=beta0)
    T = np.array([int(np.ceil(6 / gap.min()))])  # the slowest memory, six times
    figure, axes = canvas()
    axes.axhline(1, linestyle="--", color=PRINTED, label="Proposition 3, printed")
    found = {}
    for name, optimizer in (
        ("Momentum", Momentum(1.0, 1 - beta0, beta0, bias_correction=True)),
        ("Adai", Adai(1.0, beta0=beta0)),
    ):
        mean, error = excess(optimizer, H, T, unit)
        found[name] = mean[0]
        axes.errorbar(
            H / H.mean(), mean[0], 1.96 * error[0], fmt=MARKERS[name], color=COLOURS[name], markersize=6,
            label=f"{name}, bias-corrected" if name == "Momentum" else "Adai",
        )  # fmt: skip
    axes.set(
        xscale="log", ylim=(-2, 14), xlabel=r"steepness $|H_i|\,/\,$mean", ylabel="excess, in printed drifts"
    )
    axes.set_xticks([0.25, 0.5, 1, 2], ["1/4", "1/2", "1", "2"])
    axes.set_xlim(0.2, 2.6)
    axes.legend(loc="upper left")
    adai, momentum = found["Adai"], found["Momentum"]
    return figure, (
        f"Inertia from {1 - gap.max():.3g} (steepest) to {1 - gap.min():.3g} (flattest). From flattest to steepest, "
        f"Momentum's excess goes from {momentum[-1]:.1f} to {momentum[0]:.1f}, Adai's from {adai[-1]:.1f} to "
        f"{adai[0]:.1f}; printed is 1 for all."
    )


@app.cell(hide_code=True)
def _(beta0, ratio):
    Picture(isotropy_picture, beta0=beta0.value, ratio=ratio.value)


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    **The idea works**: Momentum's excess is proportional to the steepness, Adai's is far more even. **The number does
    not**: it is several times 1.

    ## Where the number comes from

    Take away what Adai has to estimate: give it the ideal $\beta_{1,i}$. Then the excess is exact, and depends on
    the start alone: at rest, with thermal velocities, or with the bias correction that the algorithm has.
    """)


@app.cell(hide_code=True)
def _():
    direction = mo.ui.dropdown(["steep", "flat"], value="flat", label="direction (4 : 1)")
    strength = mo.ui.slider(steps=[0.02, 0.05, 0.1, 0.2], value=0.1, label=r"$\beta_0$", show_value=True)
    beta2 = mo.ui.slider(
        steps=[0.9, 0.99, 0.999], value=0.99, label=r"memory of $v$, $\beta_2$", show_value=True
    )
    mo.hstack([direction, strength, beta2], justify="start", gap=2, wrap=True)
    return beta2, direction, strength


@app.function
def start_picture(direction, strength, beta2):
    """Excess against the time in memories: printed, ideal inertia from three starts, and Adai itself."""
    H, j = np.array([1.0, 0.25]), ("steep", "flat").index(direction)
    unit = float(adai_total_drift_printed(H, eta=1.0, B=1.0, beta0=strength))
    memory = 1 / (1 - adai_beta1(H, beta0=strength)[j])
    T = np.unique(np.rint(np.geomspace(1, 8 * memory, 12))).astype(int)
    fine = np.unique(np.rint(np.geomspace(1, 8 * memory, 40)))
    mean, error = excess(Adai(1.0, strength, beta2), H, T, unit)
    figure, axes = canvas()
    axes.plot(fine / memory, (1 - np.exp(-fine / memory)) ** 2, "--", color=PRINTED, label="printed")
    starts = {
        "bias-corrected": (EXACT, "-", {"bias_correction": True}),
        "thermal": (OTHER, "-.", {"bias_correction": False, "start": "thermal"}),
        "rest": ("0.35", ":", {"bias_correction": False}),
    }
    for name, (colour, style, start) in starts.items():
        msd = momentum_iteration_msd(
            0.0, fine, eta=1.0, C=H[j], beta1=1 - 1 / memory, beta3=1 / memory, **start
        )
        axes.plot(
            fine / memory, (msd - H[j] * fine) / unit, style, color=colour, label=f"ideal inertia, {name}"
        )
    axes.errorbar(T / memory, mean[:, j], 1.96 * error[:, j], fmt="o", color=WALKERS, label="Adai's walkers")
    axes.axhline(0, color="0.5", linewidth=0.6)
    axes.set(ylim=(-5, 13), xlabel=r"$(1-\beta_{1,i})\,T$", ylabel="excess, in printed drifts")
    axes.legend(loc="upper right", ncols=2)
    limits = {
        name: float(adai_total_drift_corrected(H, eta=1.0, B=1.0, beta0=strength, start=name)) / unit
        for name in starts
    }
    return figure, (
        f"Adai's walkers end at {mean[-1, j]:.1f} ± {1.96 * error[-1, j]:.1f}. Ideal inertia, as beta0 -> 0: "
        f"{limits['rest']:+.1f} from rest, {limits['thermal']:+.1f} thermal, {limits['bias-corrected']:+.2f} "
        "bias-corrected. Printed: +1."
    )


@app.cell(hide_code=True)
def _(beta2, direction, strength):
    Picture(start_picture, direction=direction.value, strength=strength.value, beta2=beta2.value)


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    From rest the "drift" is *negative*, $-3$: inertia delays. It is the bias correction that throws Adai forward. And
    Adai itself goes farther still, because its inertia is not ideal: early on, $v$ is a mean of a few squared
    gradients, and it is large exactly when the gradients were.

    ## In motion

    A saddle whose two ways down are 4 : 1 in steepness, with Adai on it. Densities: ideal inertia with bias
    correction, and from rest.
    """)


@app.function
def adai_film(strength):
    """Adai along a steep and a flat direction of a saddle."""
    H, T = np.array([-1.0, -0.25]), np.arange(2, 122, 3)
    eta = 1e-3
    run = evolve(
        Quadratic(H),
        FrozenNoise(np.abs(H)),
        Adai(eta, strength),
        0.0,
        T,
        walkers=4000,
        seed=6,
        keep="positions",
    )
    ideal, rest = (
        adai_iteration_msd(H, T, eta=eta, B=1.0, beta0=strength, bias_correction=on) for on in (True, False)
    )
    reach = 3 * np.sqrt(ideal[-1].max())
    tracks = [
        Track(
            f"Adai, the {kind} direction",
            "θ",
            -reach,
            reach,
            run.positions[:, :, j],
            {"bias-corrected": normal(ideal[:, j], reach), "from rest": normal(rest[:, j], reach)},
            lambda x, h=H[j]: h * x**2,
        )
        for j, kind in enumerate(("steep", "flat"))
    ]
    return (tracks, [f"T = {t}" for t in T])


@app.cell(hide_code=True)
def _(strength):
    Film(adai_film, strength=strength.value)


@app.cell(hide_code=True)
def _():
    questions = (
        Number(
            r"Two directions with $|H|=3$ and $|H|=1$, $\beta_0=0.1$. What inertia $\beta_1$ does the steep one get?",
            answer=0.85,
            why=r"The mean is 2, and $1-0.1\cdot3/2=0.85$.",
            mistakes=(
                (0.7, "Divide by the *mean* curvature, which is 2."),
                (0.95, "That is the flat one."),
                (0.15, "That is $1-\\beta_1$."),
            ),
            tolerance=0.002,
        ),
        Choice(
            "What does the second picture say of the total drift from a start at rest?",
            {
                "It is positive, as printed.": "Look at the dotted line.",
                "It is zero.": "Look at the dotted line: it goes on falling.",
                "It is negative: a delay.": "As $\\beta_0\\to0$ it is $-3$ in units of the printed drift.",
            },
            right="It is negative: a delay.",
        ),
        Choice(
            "Which claim of Proposition 3 survives?",
            {
                "The size of the drift.": "Printed is 1; Adai's walkers are several times above.",
                "That all directions get about the same.": "Adai's points are nearly level where Momentum's rise with "
                "the steepness. Its size and, from rest, even its sign are others.",
                "Both.": "Compare the dashed line with Adai's points in the first picture.",
                "None.": "Compare Adai's points with Momentum's in the first picture.",
            },
            right="That all directions get about the same.",
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
        + "\n".join(says(f) for f in (adai_total_drift_printed, adai_total_drift_corrected, adai_beta1))
    )


if __name__ == "__main__":
    app.run()
