"""Lesson 6: how to doubt a theorem. Estimates, intervals, power, negative controls."""

import marimo

app = marimo.App(width="medium", app_title="6. How to doubt a theorem")

with app.setup:
    import functools

    import marimo as mo
    import numpy as np
    from scipy.special import gammaln, xlogy

    from diffusion import SGD, Adam, Estimate, FrozenNoise, Momentum, Quadratic, escape_rate, evolve
    from lessons.catalogue import navigation
    from lessons.film import Track
    from lessons.page import EXACT, OTHER, PRINTED, WALKERS, Film, Picture, canvas, says
    from lessons.questions import Choice, Number, Quiz, boxes
    from sims.judging import control, judge
    from sims.judging.ratio import POWER, Z
    from theory.exact import sgd_iteration_msd
    from theory.saddle import adam_msd_printed, momentum_msd_leading, sgd_msd_printed
    from theory.statistics import escape_rate_printed, printed_coverage

    MOST = 2**17  # walkers


@app.cell(hide_code=True)
def _():
    mo.md(f"# 6. How to doubt a theorem\n\n{navigation('lesson6')}")


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    A theorem says 1.00, walkers say 0.97. Is the theorem wrong? You cannot know without three numbers:

    1. **The standard error.** The mean of $n$ squared displacements scatters by $\sqrt{2/n}$ of itself.
    2. **A threshold.** 1.96 standard errors are passed by chance once in 20. This toolkit makes up to 1000
       comparisons in a run, and wants a false alarm in one run of 100 000: it draws the line at 5.7.
    3. **The power.** What deviation *would* have been seen? "No deviation found" means nothing with 30 walkers.

    And a fourth thing, the **negative control**: feed the judge a prediction that is wrong on purpose. If it does not
    object, do not believe it when it approves.

    Choose a claim of the paper, and move the number of walkers from the left.
    """)


@app.function
@functools.cache
def measured(claim):
    """Squared displacements of MOST walkers over what the claim says: their mean is 1 if it is true."""
    if claim.startswith("Theorem 2"):
        T, settings = 20, {"eta": 1.0, "beta1": 0.95, "beta3": 0.05}
        level = evolve(
            Quadratic([0.0]),
            FrozenNoise(1.0),
            Momentum(**settings),
            0.0,
            T,
            walkers=MOST,
            seed=0,
            keep="positions",
        )
        return level.positions[0, :, 0] ** 2 / momentum_msd_leading(1.0, T, B=1.0, **settings)
    if claim.startswith("Proposition 1"):
        level = evolve(
            Quadratic([0.0]), FrozenNoise(1.0), Adam(1.0), 0.0, 10, walkers=MOST, seed=0, keep="positions"
        )
        return level.positions[0, :, 0] ** 2 / float(adam_msd_printed(0.0, 10, eta=1.0, B=1.0, beta1=0.9))
    steep = 0.1 if "0.1" in claim else 0.01
    T, H = round(1 / steep), -steep
    run = evolve(Quadratic([H]), FrozenNoise(-H), SGD(1.0), 0.0, T, walkers=MOST, seed=0, keep="positions")
    stated = sgd_msd_printed(H, T, eta=1.0, B=1.0)
    if claim.startswith(("the exact", "wrong")):
        stated = sgd_iteration_msd(H, T, eta=1.0, C=-H) * (1.05 if "wrong" in claim else 1.0)
    return run.positions[0, :, 0] ** 2 / float(stated)


@app.cell(hide_code=True)
def _():
    claim = mo.ui.dropdown(
        [
            "Theorem 1, steps of eta|H| = 0.1",
            "Theorem 1, steps of eta|H| = 0.01",
            "Theorem 2 at u = 1",
            "Proposition 1 at T = 10",
            "the exact iteration (true)",
            "wrong on purpose: exact times 1.05",
        ],
        value="Theorem 1, steps of eta|H| = 0.1",
        label="claim",
    )
    n = mo.ui.slider(steps=[2**p for p in range(5, 18)], value=128, label="walkers $n$", show_value=True)
    tolerance = mo.ui.slider(steps=[0, 1, 5, 20], value=1, label="tolerance in %", show_value=True)
    mo.hstack([claim, n, tolerance], justify="start", gap=2, wrap=True)
    return claim, n, tolerance


@app.function
def funnel_picture(claim, n, tolerance):
    """Measured over stated as walkers are added, and the verdict of the toolkit at n."""
    samples = measured(claim)
    ns = 2 ** np.arange(5, int(np.log2(n)) + 1)
    means = np.array([samples[:m].mean() for m in ns])
    errors = np.array([samples[:m].std(ddof=1) / np.sqrt(m) for m in ns])
    estimate = Estimate.of(samples[:n, None])
    if claim.startswith("wrong"):
        verdict = control(estimate, [1.0])
    else:
        verdict = judge(estimate, [1.0], tolerance=tolerance / 100)

    figure, axes = canvas()
    axes.axhspan(1 - tolerance / 100, 1 + tolerance / 100, color="0.9", zorder=0)
    axes.axhline(1, linestyle="--", color=PRINTED, label="as stated (grey: tolerance)")
    axes.errorbar(
        ns, means, Z * errors, fmt="none", color=OTHER, linewidth=0.8, label=f"± {Z:.1f} standard errors"
    )
    axes.errorbar(ns, means, 1.96 * errors, fmt="o", color=WALKERS, linewidth=2, label="measured, 95 %")
    axes.plot(n, means[-1], "o", markersize=11, fillstyle="none", color=WALKERS)
    near = 1.2 * max(0.25, abs(means[-1] - 1))
    axes.set(xscale="log", xlim=(25, 1.6e5), ylim=(max(-0.1, 1 - near), 1 + near))
    axes.set(xlabel="walkers", ylabel="measured / stated")
    axes.legend(loc="upper right")
    return figure, (
        f"{verdict.outcome.upper()}. {verdict.sentence} (Seen with probability 0.95 with {n} walkers: a deviation of "
        f"{100 * (Z + POWER) * errors[-1]:.3g} %.)"
    )


@app.cell(hide_code=True)
def _(claim, n, tolerance):
    Picture(
        funnel_picture,
        claim=claim.value,
        n=n.value,
        tolerance=tolerance.value,
    )


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    Try: *Theorem 2* is out with 32 walkers. *Theorem 1* with long steps needs some thousands. With short
    ones it is 1.7 % off, which even 131072 walkers do not prove at 5.7 standard errors; but they exclude 5 %. How
    much is too much is the **tolerance**, which is yours to choose, and to state. The *exact* line must never be refused, however many walkers. The *wrong* one must be.

    ## Does an interval do what it says?

    The paper estimates escape rates from $n$ escape times by Eqs. (119) and (120): $\Gamma=(n-2)/\sum t$ with the
    95 % interval $\Gamma(1\pm1.96/\sqrt{n})$. A 95 % interval has a testable promise: of 100 experiments, 95 should
    contain the truth. Here are 60 experiments with true rate 1.
    """)


@app.cell(hide_code=True)
def _():
    escapes = mo.ui.slider(steps=[3, 5, 10, 30, 100], value=10, label="escapes in each", show_value=True)
    throw = mo.ui.slider(steps=list(range(1, 21)), value=1, label="throw of the dice", show_value=True)
    mo.hstack([escapes, throw], justify="start", gap=2, wrap=True)
    return escapes, throw


@app.function
def coverage_picture(escapes, throw):
    """Sixty experiments of exponential escape times, each with the printed and the exact interval."""
    times = (
        np.random.default_rng(throw).exponential(1e6, (60, escapes)).astype(int) + 1
    )  # in iterations, large
    figure, panels = canvas(4.4, ncols=2, sharey=True)
    figure.subplots_adjust(wspace=0.08)
    missed = {}
    for axes, name in zip(panels, ("printed", "exact"), strict=True):
        rates = [escape_rate(sample, np.ones(escapes, bool)) for sample in times]
        ends = [(r.low, r.high) if name == "exact" else (r.printed_low, r.printed_high) for r in rates]
        low, high = 1e6 * np.array(ends).T
        hit, row = (low <= 1) & (high >= 1), np.arange(60)
        missed[name] = int((~hit).sum())
        axes.hlines(row[hit], low[hit], high[hit], color=EXACT, linewidth=1.2)
        axes.hlines(row[~hit], low[~hit], high[~hit], color=PRINTED, linewidth=2.6)
        axes.axvline(1, color="0.3", linewidth=0.8)
        axes.set(xlim=(-0.2, 3.2), xlabel="escape rate", yticks=[])
        axes.set_title(f"{name}: {missed[name]} of 60 miss (thick)")
    return figure, (
        f"For {escapes} escapes the printed interval covers the truth in {100 * printed_coverage(escapes):.1f} % of all "
        f"experiments, not 95 %. In this throw it missed {missed['printed']} of 60, the exact one {missed['exact']}; "
        "3 are expected."
    )


@app.cell(hide_code=True)
def _(escapes, throw):
    Picture(coverage_picture, escapes=escapes.value, throw=throw.value)


@app.cell(hide_code=True)
def _():
    mo.md(r"""
    ## In motion

    A thousand experiments at once: each dot is the mean squared displacement that $n$ walkers of SGD gave, over the
    exact value. As $n$ grows the dots gather around 1, as $1/\sqrt{n}$. The full line is the exact density, a
    chi-squared; the dashed one is the bell curve that "± 1.96 standard errors" has in mind.
    """)


@app.function
def gathering_film():
    """Estimates from more and more walkers, gathering around the truth."""
    samples = measured("the exact iteration (true)")[: 1000 * 128].reshape(1000, 128)
    ns = np.arange(2, 129, 3)
    estimates = np.array([samples[:, :n].mean(1) for n in ns])
    x = np.linspace(0, 2.5, 121)[None, :]
    shape = ns[:, None] / 2  # n times the estimate is chi-squared with n degrees of freedom
    log_density = shape * np.log(shape) + xlogy(shape - 1, x) - shape * x - gammaln(shape)
    bell = np.exp(-((x - 1) ** 2) * shape / 2) * np.sqrt(shape / (2 * np.pi))
    track = Track(
        "1000 experiments",
        "estimate / truth",
        0.0,
        2.5,
        estimates,
        {"exact (chi-squared)": np.exp(log_density), "bell curve": bell},
    )
    captions = [f"n = {n} walkers each: scatter {e.std():.3f}, the square root of 2/n is {np.sqrt(2 / n):.3f}"
                for n, e in zip(ns, estimates, strict=True)]  # fmt: skip
    return ([track], captions)


@app.cell(hide_code=True)
def _():
    Film(gathering_film)


@app.cell(hide_code=True)
def _():
    questions = (
        Number(
            "How many walkers are needed for a standard error of 1 % on a mean squared displacement?",
            answer=20_000,
            why=r"$\sqrt{2/n}=0.01$.",
            mistakes=(
                (
                    10_000,
                    r"A squared normal number scatters by $\sqrt{2}$ of its mean: $\sqrt{2/n}$, not $\sqrt{1/n}$.",
                ),
                (200, "That gives 10 %."),
            ),
        ),
        Number(
            "You make 1000 comparisons of true statements and cry wolf at 1.96 standard errors. How many false alarms "
            "do you expect?",
            answer=50,
            why="One in 20. At 5.7 standard errors it is one in 100 000 such runs.",
            mistakes=(
                (5, "One in 20, not one in 200."),
                (25, "Both sides count."),
                (1.96, "That is the threshold."),
            ),
            tolerance=0.02,
        ),
        Choice(
            "With 128 walkers the judge says UNDECIDED about Theorem 1 with steps of 0.01. What have you learned?",
            {
                "Theorem 1 holds.": "A deviation of 50 % would have slipped through as well: see the last number of the "
                "sentence.",
                "Theorem 1 fails.": "The measured ratio is within its errors of 1.",
                "That 128 walkers are too few to tell.": "State what you could have seen, and take more walkers.",
            },
            right="That 128 walkers are too few to tell.",
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
        + "\n".join(says(f) for f in (judge, control, escape_rate_printed, printed_coverage))
    )


if __name__ == "__main__":
    app.run()
