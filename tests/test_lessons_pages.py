"""The lessons' pages without a browser: formulas, questions and every reply, every "Try this", links to states."""

import json
import re
import urllib.request

import numpy as np
import pytest

from lessons import moving
from lessons.build import LESSONS, OTHERS, export, lessons, read, site
from lessons.directives import Choice, Number, Parts, markdown
from lessons.found import found_section, recorded, typeset
from lessons.mathml import mathml
from lessons.serve import Server, address, listening

py_mini_racer = pytest.importorskip("py_mini_racer", reason="mini-racer is not installed (test group)")
from tests.browserless import PAGES, Lessons


@pytest.fixture(scope="module")
def js():
    engine = Lessons(*LESSONS)
    yield engine
    engine.close()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.5", 0.5), (" 5e-1 ", 0.5), ("1/2", 0.5), ("-3", -3), ("−3", -3), (".5", 0.5), ("2.", 2),
        ("20,000", 20_000), ("20 000", 20_000), ("1,234,567", 1_234_567), ("10^-1", 0.1),
        ("10^−1", 0.1), ("10⁻¹", 0.1), ("10**3", 1000), ("2.2 x 10^3", 2200), ("2·10^4", 20_000), ("3 × 10⁷", 3e7),
        ("≈ 0.5", 0.5), ("-10^2", -100), ("1e4", 1e4), ("20'000", 20_000),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(js, text, number):
    assert js("lab.readNumber(text)", text=text) == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("0,5", "with a point, not a comma"), ("0,500", "with a point, not a comma"), ("1,23", "with a point"),
        ("abc", "such as 0.5"), ("1/2/3", "such as 0.5"), ("1/0", "divided by zero"), ("1e999", "too large"),
        ("nan", "such as 0.5"), ("Infinity", "such as 0.5"), ("1 2", "such as 0.5"), ("<b>", "such as 0.5"),
    ],
)  # fmt: skip
def test_what_is_not_a_number_gets_a_sentence(js, text, hint):
    question = {"answer": 1, "tolerance": 0.03, "why": "", "mistakes": []}
    said = js("lab.reply(q, text)", q=question, text=text)
    assert said["kind"] == "unread"
    assert hint in said["html"]
    assert "<b>" not in said["html"]


def question_data(question):
    return json.loads(re.search(r">(.*)</script>", question.json(), flags=re.DOTALL)[1])


@pytest.mark.parametrize("name", LESSONS)
def test_every_reply_to_every_answer(js, name):
    parts = Parts(read(PAGES / f"{name}.md").text)
    assert 2 <= len(parts.questions()) <= 3
    for question in parts.questions():
        data = question_data(question)
        say = lambda given, data=data: js("lab.reply(q, given)", q=data, given=given)
        assert say("")["kind"] == "open"
        if isinstance(question, Number):
            assert len(question.mistakes) >= 2
            right = say(f"{question.answer:.10g}")
            assert (right["kind"], right["html"]) == ("right", f"Right. {data['why']}")
            for (value, _), (_, sentence) in zip(question.mistakes, data["mistakes"], strict=True):
                wrong = say(f"{value:.10g}")
                assert (wrong["kind"], wrong["html"]) == ("wrong", f"Not right. {sentence}"), value
            far = say(f"{question.answer * 977}")
            assert far["kind"] == "wrong"
            assert "is too large" in far["html"]
            assert "is too small" in say(f"{question.answer / 977}")["html"]
        else:
            for i, (_, right, _) in enumerate(question.options):
                said = say(str(i))
                assert said["kind"] == ("right" if right else "wrong")
                assert said["html"] == f"{'Right' if right else 'Not right'}. {data['options'][i]['reply']}"
            replies = [reply for _, _, reply in question.options]
            assert len(set(replies)) == len(replies)
    assert parts.predictions(), "a lesson asks for a guess before it shows the walkers"
    for picture, asked in parts.predictions().items():
        walkers = "lab.lessons[n].pictures[p].draw"
        assert js(f"typeof {walkers}", n=name, p=picture) == "function"
        assert all(reply for _, _, reply in asked.options)


def test_an_answer_is_right_within_its_tolerance_and_no_further(js):
    question = {"answer": 2.0, "tolerance": 0.03, "why": "So it is.", "mistakes": []}
    said = [
        js("lab.reply(q, given)", q=question, given=given)["kind"]
        for given in ("2.05", "1.95", "2.08", "1.92")
    ]
    assert said == ["right", "right", "wrong", "wrong"]


def test_a_question_without_a_right_option_is_refused():
    with pytest.raises(ValueError, match="exactly one right option"):
        Parts("::: choice\nWhat?\n- ( ) a | b\n- ( ) c | d\n:::\n").questions()


STATE = re.compile(r"\(((?:\w+\.html)?)#([^)]*=[^)]*)\)")


def states():
    """Every link to a state, in lessons and in the teacher's page, as (lesson, settings)."""
    found = []
    for name in (*LESSONS, "teacher"):
        for page, words in STATE.findall((PAGES / f"{name}.md").read_text(encoding="utf-8")):
            found.append((page.removesuffix(".html") or name, words))
    return sorted(set(found))


def settings_of(js, lesson, words):
    """Return the picture and settings that a link names; every name and value must exist."""
    chosen, owners = {}, set()
    for word in words.split("&"):
        key, text = word.split("=")
        for picture in js("Object.keys(lab.lessons[n].pictures)", n=lesson):
            stops = js.controls(lesson, picture).get(key)
            if stops:
                owners.add(picture)
                (chosen[key],) = [stop for stop in stops[0] if str(stop) == text]
    assert len(owners) == 1, (lesson, words)
    assert len(chosen) == len(words.split("&")), (lesson, words)
    return owners.pop(), chosen


@pytest.mark.parametrize(("lesson", "words"), states(), ids=lambda value: value)
def test_every_link_to_a_state_names_stops_that_exist(js, lesson, words):
    settings_of(js, lesson, words)


# What each "Try this" promises, as a test of the picture that it sets up: (caption, found) -> bool
PROMISES = {
    ("temperature", "eta=0.2&B=4"): lambda c, f: f["D"] == pytest.approx(0.1 / (2 * 2)),
    ("temperature", "eta=1&T=300"): lambda c, f: f["settled"] / f["D"] == pytest.approx(2)
    and abs(f["variances"][-1]["mean"] / f["D"] - 2) < 0.1,
    ("temperature", "eta=1.5&T=300"): lambda c, f: f["settled"] / f["D"] == pytest.approx(4)
    and abs(f["variances"][-1]["mean"] / f["D"] - 4) < 0.2,
    ("temperature", "D=2&when=3000"): lambda c, f: f["settled"] > 0.999 and 0.4 < f["left"] < 0.7,
    ("temperature", "D=40&when=3000"): lambda c, f: abs(f["left"] - f["settled"]) < 0.05,
    ("saddle", "runUp=5"): lambda c, f: all(
        abs(m - t) < 4.5 * e / 1.96 for m, t, e in zip(f["mean"], f["thermal"], f["error"], strict=True)
    )
    and abs(f["thermal"][-1] - (2 * 6 - 2)) < 0.3,
    ("saddle", "view=log"): lambda c, f: all(
        5 < p / m < 400 for p, m in zip((0.2090, 2.3996), (f["mean"][0], f["mean"][4]), strict=True)
    ),
    ("saddle", "beta1=0.5"): lambda c, f: f["rest"][3] / 0.336 > 2,
    ("saddle", "steep=0.3&B=4"): lambda c, f: 1.7 < f["exactRatio"] < 2.0 and abs(f["ratio"] - f["exactRatio"]) < 0.1,
    ("saddle", "steep=0.003&B=4"): lambda c, f: abs(f["exactRatio"] - 1) < 0.01,
    ("saddle", "steep=0.03&B=64"): lambda c, f: f["exactRatio"] == pytest.approx(1.063, abs=0.001),
    ("adam", "ratio=100&T=100"): lambda c, f: abs(f["stretched"]["SGD"] - 10) < 0.6
    and abs(f["stretched"]["Adam"] - 1) < 0.1,
    ("adam", "ratio=1&T=100"): lambda c, f: all(abs(s - 1) < 0.1 for s in f["stretched"].values()),
    ("adam", "beta1=0.9&beta2=0.999&slope=0.01"): lambda c, f: abs(f["printed"][12] - 13.4) < 0.05
    and abs(f["known"][12] - 11.6) < 0.05
    and abs(f["mean"][12] - 10.4) < 0.35
    and 9.5 < f["mean"][12] / f["leading"][12] < 10.8,
    ("adam", "beta1=0.9&beta2=0.9&slope=0"): lambda c, f: all(
        abs(m / k - 1) < 0.1 for m, k in zip(f["mean"], f["known"], strict=True)
    ),
    ("adai", "beta0=0.1&ratio=8"): lambda c, f: abs(f["exactMomentum"][0] / f["exactMomentum"][4] - 8) < 0.1
    and f["adai"][4]["mean"] / f["adai"][0]["mean"] < 3,
    ("adai", "beta0=0.05&ratio=4"): lambda c, f: f["ideal"][4] / f["ideal"][0] < 1.25,
    ("adai", "direction=steep&strength=0.1&beta2=0.99"): lambda c, f: f["mean"][-1] - f["error"][-1]
    > max(f["corrected"][-1], f["thermal"][-1], f["rest"][-1]),
    ("adai", "direction=flat&strength=0.1&beta2=0.999"): lambda c, f: abs(f["mean"][-1] - 7) < 1.2,
    ("valley", "D=20"): lambda c, f: abs(f["exact"]["20"] - sum(f["times"]["20"]) / 100) < 0.4 * f["exact"]["20"],
    ("valley", "D=6&walkers=200"): lambda c, f: abs((f["here"]["high"] - f["here"]["low"]) / f["here"]["mean"] - 0.28)
    < 0.02,
    ("valley", "who=SGD&noise=curved"): lambda c, f: abs(f["shrinks"] - 32.1) < 8,
    ("valley", "who=SGD&noise=shared"): lambda c, f: abs(f["shrinks"] - 1.96) < 0.5,
    ("valley", "who=Adam&noise=curved"): lambda c, f: f["shrinks"] < 15,
    ("valley", "who=Momentum&noise=curved"): lambda c, f: 18 < f["shrinks"] < 55,
    ("valley", "who=Adai&noise=curved"): lambda c, f: 18 < f["shrinks"] < 55,
    ("figure6", "who=SGD&k=4"): lambda c, f: f["exact"][0] / f["kramers"] == pytest.approx(0.61, abs=0.005)
    and f["exact"][1] / f["kramers"] == pytest.approx(1.08, abs=0.005),
    ("figure6", "who=SGD&k=8"): lambda c, f: f["exact"][0] / f["kramers"] == pytest.approx(0.65, abs=0.005)
    and f["exact"][1] / f["kramers"] == pytest.approx(1.17, abs=0.005),
    ("figure6", "who=SGD&k=5"): lambda c, f: 1.5 < sum(f["committed"]) / sum(f["first"]) < 2.1,
    ("figure6", "who=Momentum&k=5"): lambda c, f: sum(f["first"]) / 300 / f["kramers"] > 0.75,
    ("figure6", "damping=0.5&kT=10"): lambda c, f: f["z"] > 10,
    ("figure6", "damping=40&kT=10"): lambda c, f: f["z"] < 0.5,
    ("figure6", "optimizer=SGD&law=root&n=30"): lambda c, f: f["off"] < 0.6,
    ("figure6", "optimizer=Adam&law=root&n=30"): lambda c, f: f["ks"][-1] / f["ks"][0] == 4 and f["y"][0] - f["y"][-1] < 4.35,
    ("doubt", "claim=momentum&n=64&tolerance=1&must=5"): lambda c, f: f["verdict"] == "fails",
    ("doubt", "claim=long&n=4096&tolerance=1&must=5"): lambda c, f: f["verdict"] == "fails",
    ("doubt", "claim=short&n=65536&tolerance=1&must=5"): lambda c, f: f["verdict"] == "holds",
    ("doubt", "claim=short&n=65536&tolerance=1&must=2"): lambda c, f: f["verdict"] == "undecided",
    ("doubt", "claim=short&n=128&tolerance=1&must=5"): lambda c, f: f["verdict"] == "undecided",
    ("doubt", "claim=wrong&n=65536&tolerance=0&must=5"): lambda c, f: f["shown"] == "rejected, as it must be",
    ("doubt", "escapes=3&dice=1"): lambda c, f: 33 < f["expected"] < 37,
    ("doubt", "escapes=100&dice=1"): lambda c, f: 93.5 < f["expected"] < 95,
    ("sharpness", "rule=SGD&p=1&k=4"): lambda c, f: (f["same"] and 0 < f["apart"] < 1e-9) or f["apart"] == 0,
    ("sharpness", "rule=Adam&p=1&k=4"): lambda c, f: not f["same"],
    ("sharpness", "rule=Adam&p=0.5&k=4"): lambda c, f: f["same"],
    ("sharpness", "rule=SignSGD&p=0.5&k=9"): lambda c, f: f["same"],
    ("sharpness", "rule=Adai&p=1&k=9"): lambda c, f: f["same"],
    ("network", "place=0.01&labels=real&data=digits"): lambda c, f: 0.015 < f["ratio"] < 0.026 and f["slope"] > 1.1,
    ("network", "place=0.01&labels=own&data=digits"): lambda c, f: abs(f["slope"] - 1) < 0.12 and 0.8 < f["ratio"] < 1.2,
    ("network", "place=start&labels=real&data=digits"): lambda c, f: 0.6 < f["ratio"] < 1 and 0.6 < f["slope"] < 0.85,
    ("network", "place=0.01&labels=real&data=mnist14"): lambda c, f: f["ratio"] < 0.04 and f["slope"] > 1.05,
    ("network", "share=1&images=1000"): lambda c, f: all(r == pytest.approx(1) for r in f["ratios"]),
    ("network", "share=0.1&images=10000"): lambda c, f: f["ratios"][0] == pytest.approx(0.1, abs=0.012),
    ("network", "when=start&B=16"): lambda c, f: abs(f["exact"] - 1) < 0.03 and abs(f["fourth"]["mean"] - 1) < 0.06,
    ("network", "when=trained&B=1"): lambda c, f: f["fourth"]["mean"] > 10 and f["survival"][1] < 0.25 and f["survival"][40] > 1e-3,
    ("network", "when=trained&B=128"): lambda c, f: 1.05 < f["exact"] < 1.2,
    ("network", "kind=same"): lambda c, f: abs(f["across"]["mean"] - 2) < 0.1 and abs(f["over"]["mean"] - 2) < 0.03,
    ("network", "kind=levy"): lambda c, f: abs(f["over"]["mean"] - 1.5) < 0.03 and abs(f["across"]["mean"] - 1.5) < 0.08,
    **{
        ("sharpness", f"optimizer={rule}"): lambda c, f: all(e < 0.35 for e in f["error"])
        for rule in ("SGD", "Momentum", "RMSprop", "SignSGD")
    },
}  # fmt: skip


def test_every_link_to_a_state_has_a_promise():
    assert set(PROMISES) == set(states())


@pytest.mark.parametrize(("lesson", "words"), PROMISES, ids=lambda value: value)
def test_try_this_does_what_it_says(js, lesson, words):
    picture, settings = settings_of(js, lesson, words)
    shown = js.drawn(lesson, picture, **settings)
    assert PROMISES[lesson, words](shown["caption"], shown["found"]), shown["caption"]


def test_numbers_in_the_text_are_those_of_the_pictures(js):
    """Numbers that paragraphs, guesses and replies quote from pictures as they open."""
    momentum = js.drawn("saddle", "momentum")["found"]
    at_one = int(np.argmin(np.abs(np.array(momentum["u"]) - 1)))
    assert momentum["rest"][at_one] == pytest.approx(0.336, rel=0.15)
    isotropy = js.drawn("adai", "isotropy")["found"]
    adai = [one["mean"] for one in isotropy["adai"]]
    assert adai[4] / adai[0] == pytest.approx(1.6, abs=0.25)
    assert isotropy["exactMomentum"][0] / isotropy["exactMomentum"][4] == pytest.approx(4, abs=0.05)
    start = js.drawn("adai", "start")["found"]
    assert start["rest"][-1] == pytest.approx(-2.9, abs=0.05)
    assert min(start["rest"]) > -3
    warm = js("lab.TABLES.warmth")
    assert warm["6"] / warm["12"] == pytest.approx(25, abs=0.5)
    assert warm["12"] == pytest.approx(1100, rel=0.03)
    curved, shared = js("lab.TABLES.curved"), js("lab.TABLES.shared")
    assert curved["4"] / curved["8"] == pytest.approx(32, abs=0.5)
    assert shared["4"] / shared["8"] == pytest.approx(2, abs=0.1)
    assert js("lab.printedCoverage(10)") == pytest.approx(0.83, abs=0.005)
    long = js("lab.lessons.doubt.CLAIMS.long")
    assert long["stated"] / long["exact"] == pytest.approx(1.17, abs=0.005)
    short = js("lab.lessons.doubt.CLAIMS.short")
    assert short["stated"] / short["exact"] == pytest.approx(1.017, abs=0.001)
    table = js.drawn("sharpness", "table")["found"]
    assert table["SGD"]["measured"][0] == pytest.approx(1, abs=0.1)
    assert table["Adai"]["measured"][0] == pytest.approx(1, abs=0.12)
    assert abs(table["Adam"]["measured"][0]) < 0.12
    far = js.drawn("sharpness", "table", distance=8)["found"]
    assert far["Adam"]["measured"][0] > 0.25  # "Adam's dot moves to the right"
    sgd, adam = (js.drawn("sharpness", "times", optimizer=who)["found"]["means"] for who in ("SGD", "Adam"))
    assert sgd[0]["mean"] / sgd[-1]["mean"] > 2 * adam[0]["mean"] / adam[-1]["mean"]


FIGURE_1 = "figure_1/figure-1/printed/data={},of={},place=loss {}"
TWIN = "network_twin/gaussian-noise/printed/"
MINIMUM = "network_minimum/valley-temperature/printed/curvature={},optimizer=SGD,valley=network"
# What lesson 9 says of recorded runs: the words, and the verdicts whose numbers stand in the braces
SAID = [
    (
        "Measured over 32 networks were {:.2f}, {:.2f} and {:.3f} on digits, and {:.2f}, {:.2f} and {:.3f} on MNIST.",
        [FIGURE_1.format(data, "ratio", loss) for data in ("digits", "mnist14") for loss in (0.5, 0.1, 0.01)],
    ),
    ("and the real networks had {:.3f} and {:.3f}.", [FIGURE_1.format(d, "ratio", 0.01) for d in ("digits", "mnist14")]),
    ("{:.3f} times that along a flat direction and {:.3f} times along a steep one", [MINIMUM.format(w) for w in ("flat", "steep")]),
    (
        "the variances are {:.3f}, {:.3f} and {:.3f} times as large along a flat, a middle and a steep direction",
        [f"{TWIN}curvature={way},moment=variance,valley=network" for way in ("flat", "middle", "steep")],
    ),
    (
        "One step has a kurtosis {:.2f} times that of normal numbers; after 300 steps it is {:.2f} times",
        [f"{TWIN}T={T},curvature=middle,moment=kurtosis" for T in (1, 300)],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "names"), SAID, ids=lambda value: value[:30] if isinstance(value, str) else ""
)
def test_numbers_of_recorded_runs_are_the_recorded_ones(words, names):
    by_name = {verdict["id"]: verdict["ratio"] for verdict in recorded()}
    text = " ".join((PAGES / "network.md").read_text(encoding="utf-8").split())
    assert words.format(*(by_name[name] for name in names)) in text
    assert words.format(*(1.1 * by_name[name] for name in names)) not in text


def test_numbers_in_the_text_of_lesson_9(js):
    ratios = js.drawn("network", "one")["found"]["ratios"]
    assert ratios[0] == pytest.approx(0.0101, abs=5e-5)
    for loss, said in (
        (0.5, 0.65),
        (0.1, 0.11),
        (0.01, 0.010),
    ):  # errors expected at a loss: e = 1 - exp(-loss)
        assert np.exp(loss) - 1 == pytest.approx(said, abs=0.006)
    # "a tail index of 1.1" over the weights of a trained network, and 1.2 taken for one in a question
    index = js.drawn("network", "index", kind="trained")["found"]
    assert index["across"]["mean"] == pytest.approx(1.13, abs=0.1)
    (many,) = [
        v
        for v in recorded()
        if v["id"].endswith("data=digits,noise=Gaussian twin,of=parameters,place=trained")
    ]
    assert 2 * many["ratio"] == pytest.approx(1.1, abs=0.05)
    # "nearly equal, with a slope below 1" at the start; hidden labels of 1 are those of a perfectly sure network
    tails = js.drawn("network", "tails")["found"]
    assert (
        tails["survival"][20] > 1e-3
    )  # a few minibatches have a lot: beyond four widths, where 6 in 100,000 are normal


def test_recorded_numbers_come_before_a_lessons_script():
    files = {name: text.decode() for name, text in site().items()}
    assert (
        files["network.js"].index("lab.FOUND")
        < files["network.js"].index("lab.NETWORK")
        < files["network.js"].index("lab.lessons.network")
    )
    assert "lab.FOUND" not in files["saddle.js"]
    assert "<code>diffusion figure 1</code>" in files["network.html"]
    assert "<code>diffusion verify theorem-1</code>" in files["saddle.html"]


@pytest.mark.parametrize(
    ("latex", "parts"),
    [
        (r"\frac{a}{b}", ["<mfrac><mi>a</mi><mi>b</mi></mfrac>"]),
        (r"\theta_{T+1}", ["<msub><mi>θ</mi><mrow>"]),
        (r"x_i^2", ["<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>"]),
        (r"\text{mean of } v", ["<mtext>mean of </mtext>"]),
        (r"\left(1-e^{-u}\right)^2", ["<msup><mrow><mo>(</mo>", "<mo>−</mo>"]),
        (r"L'", ["<mo>′</mo>"]),
        (r"\sum t<1", ["∑", "&lt;"]),
    ],
)
def test_formulas_become_mathml(latex, parts):
    html = mathml(latex)
    assert html.startswith("<math>")
    for part in parts:
        assert part in html


@pytest.mark.parametrize("latex", [r"\foo", r"\frac{a}", "{a", "a}", r"\left(a", r"\text{a"])
def test_a_formula_that_cannot_be_read_is_an_error(latex):
    with pytest.raises(ValueError, match="formula"):
        mathml(latex)


def test_dollars_in_code_stay_dollars():
    assert markdown("    caption: `${x}$`\n") == "<pre><code>caption: `${x}$`\n</code></pre>\n"
    assert "<math>" in markdown("A $x$.")


def test_the_site_needs_nothing_from_elsewhere_and_has_no_ascii_math():
    files = {name: text.decode() for name, text in site().items()}
    assert {f"{name}.html" for name in (*LESSONS, *OTHERS)} < set(files)
    for name, text in files.items():
        if not name.endswith(".html"):
            continue
        for target in re.findall(r'(?:src|href)="([^"]*)"', text):
            place = target.partition("#")[0]
            assert not place or place == "data:," or place in files, (name, target)
        words = re.sub(r"<(script|style|pre|code|math)\b.*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL)
        plain = re.findall(r"\b(?:beta[0-3]|eta|theta|gamma|sqrt|tau|kappa)\b|->|\^|\$|\\[a-z]", words)
        assert not plain, (name, plain)


def test_every_lesson_has_what_a_lesson_needs():
    for lesson in lessons():
        kinds = [kind for kind, _, _ in Parts(lesson.text).parts]
        assert {"predict", "picture", "try", "home"} <= set(kinds), lesson.name
        assert kinds.index("picture") < 6, "the first picture stands above the fold"
        (home,) = [body for kind, _, body in Parts(lesson.text).parts if kind == "home"]
        assert home.count("\n- ") + home.startswith("- ") == 3, lesson.name
        assert set(lesson.head) >= {"title", "question", "minutes", "before", "about", "statements"}


def test_lessons_are_counted_right_wherever_their_number_stands():
    root, word = PAGES.parents[1], {9: "nine", 10: "ten"}[len(LESSONS)]
    for name in (
        "README.md",
        "docs/audience.md",
        "docs/_ext/lesson_site.py",
        "sims/commands/teach.py",
        "sims/commands/app.py",
    ):
        text = (root / name).read_text(encoding="utf-8").lower()
        counts = re.findall(r"\b(six|seven|eight|nine|ten|\d+) lessons\b", text)
        assert counts, name
        assert set(counts) == {word}, name


def test_verdicts_are_typeset_and_complete():
    assert typeset("iteration, beta1 -> 1 (+- 0.06)") == "iteration, <i>β</i><sub>1</sub> → 1 (± 0.06)"
    page = site()["saddle.html"].decode()
    shown = [
        v
        for v in recorded()
        if v["statement"] == "Theorem 2" and v["form"] in ("printed", "corrected", "leading")
    ]
    assert shown
    for verdict in shown:
        assert typeset(verdict["sentence"]) in page
    forms = ("printed", "corrected", "leading")
    alone = found_section(["Theorem 1"])
    assert alone.count("<li>") == sum(
        v["statement"] == "Theorem 1" and v["form"] in forms for v in recorded()
    )


def test_charts_are_svg_and_pdf_with_their_numbers(js):
    js.context.eval("globalThis.chart = lab.lessons.saddle.pictures.sgd.draw({steep: 0.1, B: 4}).chart")
    svg = js("lab.svg(chart, 360, 'c')")
    assert svg.count("<circle") >= 10
    assert 'role="img"' in svg
    assert "Theorem 1: from" in js("lab.describe(chart)")
    line = {"kind": "line", "name": "hill", "x": [0, 1, 2, 3], "y": [2, 1, 7, 3]}
    panel = {"x": {"label": "T"}, "y": {"label": "loss"}, "series": [line]}
    assert (
        js("lab.describe(one)", one={"panels": [panel]})
        == "loss against T. hill: from 2 at 0 to 3 at 3, highest 7 at 2."
    )
    rows = js("lab.numbers(chart)")
    assert {row[1] for row in rows} == {"Theorem 1", "exact, for steps", "diffusion alone", "walkers"}
    pdf = bytes(js("lab.pdf(chart, 640)"))
    assert pdf.startswith(b"%PDF-1.4")
    assert pdf.endswith(b"%%EOF\n")
    start = int(re.search(rb"startxref\n(\d+)", pdf)[1])
    assert pdf[start:].startswith(b"xref")
    for place in re.findall(rb"(\d{10}) 00000 n", pdf):
        assert re.match(rb"\d 0 obj", pdf[int(place) :])


def test_points_and_error_bars_are_drawn_where_they_belong(js):
    chart = {
        "panels": [
            {
                "height": 200,
                "x": {"range": [0, 10]},
                "y": {"range": [0, 100]},
                "series": [
                    {"kind": "points", "role": "walkers", "x": [2, 8], "y": [20, 60], "error": [10, 20]}
                ],
            }
        ]
    }
    marks = js("lab.layout(c, 400).marks", c=chart)
    (box,) = [m for m in marks if m["kind"] == "clip"]
    circles = [m for m in marks if m["kind"] == "mark"]
    bars = [m for m in marks if m["kind"] == "line" and m["colour"] == "var(--walkers)"]
    wide, tall = box["right"] - box["left"], box["bottom"] - box["top"]
    for circle, bar, x, y, error in zip(circles, bars, (2, 8), (20, 60), (10, 20), strict=True):
        assert (circle["x"] - box["left"]) / wide == pytest.approx(x / 10)
        assert (box["bottom"] - circle["y"]) / tall == pytest.approx(y / 100)
        ends = sorted((box["bottom"] - point[1]) / tall for point in bar["points"])
        assert ends == pytest.approx([(y - error) / 100, (y + error) / 100])


@pytest.fixture
def server():
    import threading

    with listening("127.0.0.1", 0, site()) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_the_server_sends_pages_and_says_what_is_missing(server: Server):
    base = address(*server.server_address[:2])
    with urllib.request.urlopen(base) as reply:
        assert b"Does an optimizer" in reply.read()
    with urllib.request.urlopen(f"{base}saddle.js?x=1") as reply:
        assert reply.headers["Content-Type"].startswith("text/javascript")
    for bad in ("missing.html", "../pyproject.toml", "saddle.md"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(base + bad)


def test_a_taken_port_is_one_sentence():
    with (
        listening("127.0.0.1", 0, {}) as taken,
        pytest.raises(ValueError, match=r"Cannot listen on .* 0 picks a free one"),
    ):
        listening("127.0.0.1", taken.server_address[1], {})
    with pytest.raises(ValueError, match="from 0 to 65535, got 70000"):
        listening("127.0.0.1", 70_000, {})


def test_a_lesson_of_ones_own_stands_beside_the_others(tmp_path):
    """The template on the page for teachers, as it is printed there, is a lesson that works."""
    text = (PAGES / "own.md").read_text(encoding="utf-8")
    for name, title in (("mine.md", "## mine.md"), ("mine.js", "## mine.js")):
        block = re.search(rf"{title}\n\n((?:    .*\n|\n)+)", text)[1]
        (tmp_path / name).write_text(re.sub("^    ", "", block, flags=re.MULTILINE), encoding="utf-8")
    assert export(tmp_path / "out", (tmp_path / "mine.md",)) == len(site()) + 2
    assert 'href="mine.html"' in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    page = (tmp_path / "out" / "mine.html").read_text(encoding="utf-8")
    assert 'data-picture="spread"' in page
    assert 'src="mine.js"' in page
    engine = Lessons()
    try:
        engine.context.eval((tmp_path / "out" / "mine.js").read_text(encoding="utf-8"))
        assert "the walkers' spread is" in engine.drawn("mine", "spread", B=16)["caption"]
    finally:
        engine.close()


def test_teach_becomes_the_server(monkeypatch):
    import os

    from sims.commands import app as cli

    became = []
    monkeypatch.setattr(os, "execv", lambda program, words: became.append(words[3:]))
    for words in (
        ["--port", "5000", "--no-browser"],
        ["--export", "pages", "--lesson", "a.md"],
        ["--host", "0.0.0.0"],
    ):
        with pytest.raises(SystemExit):
            cli.main(["teach", *words])
    assert became == [
        ["lessons", "--port", "5000", "--host", "127.0.0.1", "--no-browser"],
        ["lessons", "--port", "2718", "--host", "127.0.0.1", "--export", "pages", "--lesson", "a.md"],
        ["lessons", "--port", "2718", "--host", "0.0.0.0"],
    ]


def test_choices_and_numbers_are_what_questions_are():
    kinds = {type(q) for lesson in lessons() for q in Parts(lesson.text).questions()}
    assert kinds == {Choice, Number}


def test_the_moving_picture_shows_what_it_says():
    """Round for Adam, stretched by the root of 20 for SGD; 48 walkers leave a factor of 1.9 to chance (4.5 sigma)."""
    picture = moving.FILE.read_text(encoding="utf-8")
    assert moving.FILE.stat().st_size < 1e6
    assert len(re.findall(r"<animate ", picture)) == 2 * 4 * moving.WALKERS
    last = np.array([[float(x), float(y)] for x, y in re.findall(r'<circle cx="(\d+)" cy="(\d+)"', picture)])
    ratios = []
    for place in range(4):
        own = last[place * moving.WALKERS : (place + 1) * moving.WALKERS]
        middle = [place * (moving.SIDE + moving.GAP) + moving.SIDE / 2, moving.HEAD + moving.SIDE / 2]
        wide, high = np.sqrt(((own - middle) ** 2).mean(0))
        ratios.append(wide / high)
    sgd, momentum, adam, adai = ratios
    assert 20**0.5 / 1.9 < sgd < 20**0.5 * 1.9
    assert 20**0.5 / 1.9 < momentum < 20**0.5 * 1.9
    assert 1 / 1.9 < adam < 1.9
    assert adam < adai < sgd
