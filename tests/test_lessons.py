"""The lessons: they run, every slider has an answer, questions read what is typed, and what they teach is true."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("marimo", reason="marimo is not installed (extra: teach)")
pytest.importorskip("latex2mathml", reason="latex2mathml is not installed (extra: teach)")

from lessons import contents
from lessons.catalogue import LESSONS, navigation
from lessons.docstring import as_markdown
from lessons.export import options, page, thinned
from lessons.lesson2_saddle import momentum_walkers
from lessons.lesson6_doubt import funnel_picture
from lessons.page import Film, Live, Picture, says
from lessons.questions import Choice, Number, Quiz, read_number
from lessons.serve import listen
from sims.commands import app as cli
from theory.exact import momentum_iteration_msd
from theory.recorded import recorded_verdicts
from theory.saddle import momentum_diffusion_leading, momentum_drift_leading, momentum_msd_printed

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module", params=LESSONS, ids=lambda lesson: lesson.name)
def lesson(request):
    with np.errstate(all="raise", under="ignore"):
        return request.param, *request.param.module.app.run()


def test_a_lesson_has_pictures_a_film_and_questions(lesson):
    _, outputs, _ = lesson
    kinds = [type(output) for output in outputs]
    assert kinds.count(Picture) >= 1
    assert kinds.count(Film) == 1
    (quiz,) = [output for output in outputs if isinstance(output, Quiz)]
    assert 2 <= len(quiz.questions) <= 3


def test_both_ends_of_every_slider_and_every_choice_have_a_picture(lesson):
    _, outputs, definitions = lesson
    for shown in outputs:
        if not isinstance(shown, Live):
            continue
        as_opened = picture(shown, shown.settings)
        for name, value in shown.settings.items():
            stops = options(definitions[name])
            for stop in stops if isinstance(value, str) else {stops[0], stops[-1]}:
                if stop != value:
                    assert picture(shown, {**shown.settings, name: stop}) != as_opened, (name, stop)


def picture(shown, settings):
    """Return a small picture without its sentence, or the film."""
    html = shown.at(settings, dpi=40)
    assert "Nothing to draw" not in html, (settings, html)
    return html if isinstance(shown, Film) else re.search(r'src="([^"]*)"', html)[1]


def test_a_setting_without_an_answer_gives_a_sentence():
    def draw(eta):
        raise ValueError(f"eta must be positive, got <{eta}>")

    html = Picture(draw, eta=-1).text
    assert "eta must be positive, got &lt;-1&gt;." in html
    assert "Traceback" not in html


def test_every_question_knows_its_answer_and_its_mistakes(lesson):
    _, outputs, _ = lesson
    (quiz,) = [output for output in outputs if isinstance(output, Quiz)]
    for question in quiz.questions:
        if isinstance(question, Number):
            assert question.reply(f"{question.answer:.4g}").kind == "right"
            for value, sentence in question.mistakes:
                reply = question.reply(f"{value:.4g}")
                assert (reply.kind, reply.sentence) == ("wrong", sentence), question.text
        else:
            kinds = [question.reply(option).kind for option in question.options]
            assert kinds.count("right") == 1
            assert len(set(question.options.values())) == len(kinds)


@pytest.mark.parametrize(
    ("text", "number"), [("0.5", 0.5), (" 5e-1 ", 0.5), ("1/2", 0.5), ("-3", -3.0), (".5", 0.5), ("2.", 2.0)]
)
def test_numbers_are_read(text, number):
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("0,5", "with a point, not a comma"),
        ("abc", "such as 0.5"),
        ("1/2/3", "such as 0.5"),
        ("1/0", "divided by zero"),
        ("1e999", "too large"),
        ("nan", "such as 0.5"),
        ("__import__('os')", "such as 0.5"),
    ],
)
def test_what_is_not_a_number_gets_a_sentence(text, hint):
    reply = Number("?", 1.0, "").reply(text)
    assert reply.kind == "unread"
    assert hint in reply.sentence


def test_an_open_question_is_not_called_wrong():
    assert Number("?", 1.0, "").reply("  ").kind == "open"
    assert Choice("?", {"a": "", "b": ""}, right="a").reply(None).kind == "open"
    with pytest.raises(ValueError, match="right must be one of the options"):
        Choice("?", {"a": ""}, right="b")


@pytest.mark.parametrize(("run_up", "start"), [(0, "rest"), (5, "thermal")])
def test_lesson_2_walkers_meet_the_exact_lines_and_not_theorem_2(run_up, start):
    beta1, walkers = 0.95, 100_000
    T, moved = momentum_walkers(beta1, run_up, walkers, seed=17)
    mean, error = (moved**2).mean(1), (moved**2).std(1) / np.sqrt(walkers)
    settings = {"eta": 1.0, "beta1": beta1, "beta3": 1 - beta1}
    exact = momentum_iteration_msd(0.0, T, C=1.0, start=start, **settings)
    assert np.abs((mean - exact) / error).max() < 5.5  # 14 points: one false alarm in 2e6
    printed = sum(f(1.0, T, B=1.0, **settings) for f in (momentum_drift_leading, momentum_diffusion_leading))
    early = T * (1 - beta1) < 10
    assert ((printed - mean) / error)[early].min() > 20


def test_lesson_2_the_drift_term_is_what_a_run_up_adds():
    beta1, walkers = 0.99, 100_000
    settings = {"eta": 1.0, "beta1": beta1, "beta3": 1 - beta1}
    T, moved = momentum_walkers(beta1, 5, walkers, seed=18)
    added = (moved**2).mean(1) - momentum_iteration_msd(0.0, T, C=1.0, start="rest", **settings)
    error = (moved**2).std(1) / np.sqrt(walkers)
    drift = momentum_drift_leading(1.0, T, B=1.0, **settings)
    near = T <= 100
    assert np.abs((added - drift) / drift)[near].max() < 0.02 + 5.5 * (error / drift)[near].max()
    assert np.abs(added / error)[near].min() > 20  # the run-up is seen


@pytest.mark.parametrize(
    ("claim", "n", "outcome"),
    [
        ("Theorem 1, steps of eta|H| = 0.1", 128, "UNDECIDED"),
        ("Theorem 1, steps of eta|H| = 0.1", 131_072, "FAILS"),
        ("Theorem 1, steps of eta|H| = 0.01", 131_072, "HOLDS"),
        ("Theorem 2 at u = 1", 32, "FAILS"),
        ("Proposition 1 at T = 10", 131_072, "FAILS"),
        ("the exact iteration (true)", 131_072, "HOLDS"),
        ("wrong on purpose: exact times 1.05", 131_072, "REJECTED"),
    ],
)
def test_lesson_6_judges_as_its_text_says(claim, n, outcome):
    _, sentence = funnel_picture(claim, n, 1)
    assert sentence.startswith(f"{outcome}. ")


def test_a_film_is_whole_numbers_and_its_dots_are_the_walkers(lesson):
    _, outputs, _ = lesson
    (shown,) = [output for output in outputs if isinstance(output, Film)]
    tracks, captions = shown.draw(**shown.settings)
    reel = json.loads(re.search(r"const reel = (.*);", _srcdoc(shown.text))[1])
    assert reel["captions"] == list(captions)
    for track, drawn in zip(tracks, reel["tracks"], strict=True):
        assert len(drawn["dots"]) == len(captions) == len(track.walkers)
        first = track.walkers[-1, 0]
        place = np.clip((first - track.low) / (track.high - track.low), -0.001, 1.001)
        assert abs(drawn["dots"][-1][0] - 1000 * place) <= 0.5
        for density in track.densities.values():
            width = (track.high - track.low) / (density.shape[1] - 1)
            total = density[-1].sum() * width
            assert 0.97 < total < 1.03, (track.title, total)


def _srcdoc(html):
    import html as escapes

    return escapes.unescape(re.search(r"srcdoc='([^']*)'", html)[1])


def test_a_lesson_refers_to_its_statements_in_their_own_words(lesson):
    entry, outputs, _ = lesson
    text = "".join(output.text for output in outputs if hasattr(output, "text"))
    assert "<summary><code>theory." in text
    assert navigation(entry.name).split(" · ")[0] == "[Contents](/)"


def test_a_panel_shows_what_was_found():
    text = says(momentum_msd_printed)
    verdicts = [v for v in recorded_verdicts("Theorem 2") if v["form"] == "printed"]
    assert verdicts
    for verdict in verdicts:
        assert verdict["sentence"].replace("|", "&#124;") in text
    assert text.count("- **") == len(verdicts)
    assert "What `diffusion verify" not in says(
        momentum_iteration_msd
    )  # of an exact reference nothing is recorded


def test_the_contents_page_lists_every_lesson():
    outputs, _ = contents.app.run()
    for entry in LESSONS:
        assert f'href="/{entry.name}"' in outputs[0].text


def test_a_lesson_runs_as_a_script():
    run = subprocess.run(
        [sys.executable, LESSONS[0].path],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_docstrings_become_markdown():
    text = "Says.\n\n.. math::\n    a\n    = b\n\nParameters\n----------\nH : float\n    Curvature :math:`h`.\n\nEnd."
    shown = as_markdown(text)
    assert "$$a = b$$" in shown
    assert "**Parameters**" in shown
    assert "`H` : float" in shown
    assert "$h$" in shown


def test_thinned_sliders_keep_where_they_stand():
    stops = {"a": list(range(13)), "b": [1, 2, 3, 4, 5, 6], "c": ["x", "y"]}
    assert thinned(stops, {"a": 7, "b": 2, "c": "y"}, 1) == {"a": [7], "b": [2], "c": ["y"]}
    chosen = thinned(stops, {"a": 7, "b": 2, "c": "y"}, 48)
    assert np.prod([len(values) for values in chosen.values()]) <= 48
    assert 7 in chosen["a"]
    assert 2 in chosen["b"]
    assert chosen["c"] == ["x", "y"]
    assert all(set(chosen[name]) <= set(stops[name]) for name in stops)


def test_a_hand_out_needs_nothing_from_elsewhere():
    html = page("Leaving a saddle", LESSONS[1].module.app, states=2)
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", html)
    assert "marimo-" not in html.replace("--marimo-", "")
    assert html.count("<math") > 20
    assert 'href="lesson3.html"' in html
    assert html.count('class="question"') == 3


def test_a_taken_port_is_one_sentence():
    with listen(0) as taken, pytest.raises(ValueError, match=r"port must be free .* got \d+"):
        listen(taken.getsockname()[1])
    with pytest.raises(ValueError, match="from 0 to 65535, got 70000"):
        listen(70_000)


def test_teach_becomes_the_server(monkeypatch):
    became = []
    monkeypatch.setattr(os, "execv", lambda program, words: became.append(words[2:]))
    with pytest.raises(SystemExit):
        cli.main(["teach", "--port", "5000", "--no-browser"])
    with pytest.raises(SystemExit):
        cli.main(["teach", "--export", "pages"])
    assert became == [
        ["-m", "lessons", "--port", "5000", "--no-browser"],
        ["-m", "lessons", "--port", "2718", "--export", "pages"],
    ]


def test_teach_without_marimo_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as stopped:
        cli.main(["teach"])
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert "teach needs marimo: uv run --extra teach" in message
    assert message.count("\n") == 1
