"""The erratum, made anew at every build: a card a statement, with what is printed, what is correct, and how much it matters."""

from collections import Counter
from pathlib import Path

from figures import ratios
from lessons.found import typeset
from sims.judging.verdict import OUTCOMES
from theory.recorded import recorded_verdicts
from theory.statements import STATEMENTS

JUDGED = tuple(ratios.FORMS)
NOTHING = "The statement is exact as it stands."
# By statement: the correct formula, and in a sentence where it holds or how it differs.
CORRECT = {
    "Eq. 3": (
        r"D = \frac{\eta}{2B}\,\left[\langle g_j g_j^T\rangle - \langle g_j\rangle\langle g_j\rangle^T\right]",
        "The covariance of the samples' gradients. It is the Hessian only near the minimum of a model that fits its data.",
    ),
    "Theorem 1": (
        r"\langle\Delta\theta_i^2\rangle = \eta^2 C_i\,\frac{(1-\eta H_i)^{2T} - 1}{(1-\eta H_i)^2 - 1}",
        "The iteration itself. The printed form is its limit for short steps, $\\eta|H|\\ll 1$.",
    ),
    "Theorem 2": (
        r"\frac{D}{\gamma^3M^2}\,\left[2u - 3 + 4e^{-u} - e^{-2u}\right], \quad u = (1-\beta_1)T",
        (
            "From rest, while the slope does not matter. From a thermal start the bracket is $2(u - 1 + e^{-u})$; printed is "
            "$2u + (1-e^{-u})^2$."
        ),
    ),
    "Theorem 2 drift": (
        (
            r"\langle\Delta\theta^2\rangle_{thermal} - \langle\Delta\theta^2\rangle_{rest} = "
            r"\frac{D}{\gamma^3M^2}\,\left[1-e^{-u}\right]^2"
        ),
        "The printed term, read as the difference of two starts. It does not come on top of the diffusion.",
    ),
    "Theorem 2 diffusion": (
        r"\frac{D}{\gamma^3M^2}\,\left[2u - 3 + 4e^{-u} - e^{-2u}\right]",
        "The printed term, $2u$ in these units, is reached only for $u \\gg 1$.",
    ),
    "Eq. 10": (
        (
            r"\langle\Delta\theta_i^2\rangle - \eta^2 C_i T = \frac{|H_i|\eta^2}{2(1-\beta_1)B}\times"
            r"\left(-3,\; -2,\; \pi^2/3\right)"
        ),
        "From rest, from a thermal start, and with bias correction, as $\\beta_1 \\to 1$. Printed is $+1$.",
    ),
    "Proposition 1": (
        r"\langle\Delta\theta_i^2\rangle = \eta^2T + \frac{\pi^2}{6}\,\frac{\eta^2}{1-\beta_1}",
        (
            "For known $v$, with bias correction, as $\\beta_1 \\to 1$ and after the first memory times; printed is $1/2$ in the "
            "place of $\\pi^2/6$."
        ),
    ),
    "Proposition 3": (
        r"\frac{\eta^2}{2\beta_0 B}\,\langle|H|\rangle\times\left(-3,\; -2,\; \pi^2/3\right)",
        "From rest, from a thermal start, and with bias correction, for known inertia as $\\beta_0 \\to 0$. Printed is $+1$.",
    ),
    "Theorem 3": (
        (
            r"\tau = \gamma M\,\frac{\pi[\sqrt{1+z}+1]}{|H_b|}\,"
            r"\exp\left[\frac{2\gamma M B\Delta L}{\eta}\left(\frac{s}{H_a}+\frac{1-s}{|H_b|}\right)\right]"
        ),
        "The printed time lacks the factor $\\gamma M$. For SGD-style momentum with $\\beta_1 = 0.9$ it is ten times too long.",
    ),
    "Theorem 3 SGD": (
        r"\tau = \frac{2\pi}{H_a}\,\exp\left[\frac{2B\Delta L}{\eta}\left(\frac{s}{H_a}+\frac{1-s}{|H_b|}\right)\right]",
        "SGD draws its noise where it stands, which is Ito's reading. The printed $1/|H_b|$ belongs to Fick's.",
    ),
    "Proposition 2": (
        r"\frac{1-s}{\sqrt{|H_b|}} \;\to\; \frac{(1-s)\sqrt{H_a}}{|H_b|}",
        "The last term of the exponent when $v$ keeps the valley's value during the climb, as with the usual $\\beta_2$.",
    ),
    "Proposition 4": (
        r"\sqrt{1 + \frac{4\eta\sum_i|H_{ai}|}{\beta_0 n}\,\frac{|H_b|}{H_a}}",
        "The root with the valley's inertia: it does not adapt to the saddle during the climb.",
    ),
    "Eq. 42": (
        None,
        "The formula holds at saddles, and back to a minimum for $z < 1$; at short times nothing has diffused yet.",
    ),
    "Theorem 4": (
        r"C_2 = \frac{\beta_m\,Lip\,C\,(G^2+\delta^2)}{2(1-\beta_m)^2}",
        (
            "With $\\eta = C/\\sqrt{t+1}$ (printed: at most that, which violates the bound), and proved only for an inertia that does not "
            "depend on the gradients."
        ),
    ),
    "Eq. 84": (
        r"E\left[\nabla L(\theta_t)\cdot\xi_k\right] \neq 0, \quad k < t",
        "The walker has moved along the noise of earlier gradients, so a gradient does depend on it.",
    ),
    "Scaling identity": (None, NOTHING),
    "Degree law": (
        None,
        "Exact as an identity of walks. That log escape times follow it is Arrhenius' law, which is measured.",
    ),
    "Adam variants": (
        r"p = \frac{1 + h - d}{2}",
        "True of variants with Adam's degrees, h = d = 0. Padam's h is larger, and so is its preference for flat minima.",
    ),
    "Table 1": (
        None,
        "Adai leaves saddles as slowly as SGD does. Adam is fast only as long as the slope does not matter.",
    ),
    "Eq. 119": (
        r"\Gamma = \frac{n-1}{\sum_i t_i}",
        "Without bias; $n - 2$ has the smaller mean squared error.",
    ),
    "Valley temperature": (
        r"\langle\theta_i^2\rangle = \frac{\eta C_i}{H_i\,(2-\eta H_i)}",
        "SGD with rows drawn anew each step. The printed form is its limit for $\\eta H_i\\ll 1$.",
    ),
    "Epoch order": (
        (
            r"\langle\theta_i^2\rangle \approx \frac{\eta C_i}{2H_i}\,\frac{(\eta H_i)^2 M(M+1)}{12}, "
            r"\quad \eta H_i M \ll 1"
        ),
        "Between epochs of $M$ batches, along flat directions. In the middle of an epoch the spread is larger.",
    ),
    "Gaussian noise": (
        (
            r"\frac{\langle\theta^4\rangle}{\langle\theta^2\rangle^2} = 3 + \frac{\kappa}{B}\,"
            r"\frac{\sum_k a^{4k}}{\left[\sum_k a^{2k}\right]^2}, \quad a = 1 - \eta H"
        ),
        "Tails of the gradients are seen in the first steps and along steep directions; variances do not depend on them.",
    ),
    "Eq. 120": (
        r"\frac{\chi^2_{0.025}(2n)}{2\sum_i t_i} \leq \Gamma \leq \frac{\chi^2_{0.975}(2n)}{2\sum_i t_i}",
        "The exact interval for exponential times. The printed one covers 83 % instead of 95 % at $n = 10$.",
    ),
}
INTRODUCTION = """# What the paper says and what we found

An erratum with evidence, from the recorded full run of `diffusion verify`. In each picture a dot is a regime: measured
over stated, so 1 is right; hollow dots fail; bars are 95 % intervals. Regimes were chosen so that both sides show, so their
number says that a statement has limits, not how often it fails."""
FIGURE6 = """## Figure 6

:::{container} card
The paper times the escape from a valley of the Styblinski-Tang function, shifted by random data of variance 4. Averaged
over the data that function has a single well, whose bottom lies between the start and the exit. What is timed is the
passage of a level, not an escape over a barrier.

![The averaged loss for data of variance 0, 1 and 4](../../figures/readme/effective-potential.png)

`diffusion figure 6 --mode literal` runs the set-up as printed, `--mode kramers` that of the theorems.
<a href="../lessons/figure6.html">Lesson 6</a> lets you move the variance.
:::
"""


def found() -> str:
    """Return the page."""
    shown = {v["outcome"] for one in STATEMENTS for v in judged(one)}
    lines = [INTRODUCTION, "", "| statement | as printed | corrected |", "|---|---|---|"]
    lines += [
        f"| [{one.name}](#{one.key}) | {counts(one, 'printed')} | {counts(one, 'corrected')} |"
        for one in STATEMENTS
    ]
    lines += ["", "The words, each from the numbers alone:", ""]
    lines += [f"- **{outcome}**: {meaning}." for outcome, meaning in OUTCOMES.items() if outcome in shown]
    for one in STATEMENTS:
        lines += ["", *card(one)]
    return "\n".join([*lines, "", FIGURE6])


def judged(statement):
    """Return the recorded verdicts on what the paper says, and on what we say in its place."""
    return [v for v in recorded_verdicts(statement.name) if v["form"] in JUDGED]


def counts(statement, form) -> str:
    """Return how often one form had each outcome: "fails 2, holds 1"."""
    outcomes = Counter(v["outcome"] for v in recorded_verdicts(statement.name) if v["form"] == form)
    return ", ".join(f"{outcome} {count}" for outcome, count in outcomes.items()) or "-"


def card(statement) -> list[str]:
    """Return one statement's card, line by line."""
    correct, why = CORRECT.get(statement.name, (None, f"It leaves out {statement.drops}."))
    lines = [f"## {statement.name}", "", ":::{container} card", f"{statement.title}.", ""]
    printed = statement.formula
    if printed:
        lines += [f"**Printed** in {', '.join(statement.equations)}", "", f"$${printed}$$", ""]
    if correct:
        lines += ["**Correct**", "", f"$${correct}$$", ""]
    lines += [f"{why}", "", f"**How much it matters.** {matters(statement)}", ""]
    picture = ratios.draw(judged(statement))
    if picture:
        lines += ["```{raw} html", f'<div class="ratios">{picture}</div>', evidence(statement), "```", ""]
    return [*lines, f"[All its formulas and verdicts]({statement.key}.md)", ":::", ""]


def matters(statement) -> str:
    """Return the worst of the printed form's verdicts in words, or that it held wherever it was tried."""
    verdicts = [v for v in recorded_verdicts(statement.name) if v["form"] == "printed"]
    off = [v for v in verdicts if v["outcome"] in ("fails", "exponent holds, prefactor off", "vacuous")]
    if not verdicts:
        return "Not judged yet."
    if not off:
        return f"It held in all {len(verdicts)} regimes tried."
    worst = max(off, key=lambda v: _off(v["ratio"]))
    said = typeset(f"{worst['regime']}: {worst['sentence']}").replace("|", "&#124;")
    return f"{len(off)} of {len(verdicts)} regimes tried are off. The worst, {said}"


def _off(ratio):
    """Return how far a ratio is from 1, up or down; a wrong sign is farthest."""
    return float("inf") if ratio <= 0 else max(ratio, 1 / ratio)


def evidence(statement) -> str:
    """Return every verdict in words, folded."""
    rows = "".join(
        f"<li>{ratios.FORMS[v['form']].capitalize()}, {typeset(v['regime'])}: <strong>{v['outcome']}</strong>. "
        f"{typeset(v['sentence'])}</li>"
        for v in judged(statement)
    )
    return f"<details><summary>The {len(judged(statement))} verdicts</summary><ul>{rows}</ul></details>"


def write(app):
    """Write the page if it changed."""
    path = Path(app.srcdir) / "theory" / "found.md"
    path.parent.mkdir(exist_ok=True)
    text = found()
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def setup(app):
    """Make the page before Sphinx looks for it."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
