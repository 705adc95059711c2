"""The lessons in a real browser: no error, no request elsewhere, both widths, light and dark, keyboard, answers, downloads."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (test group)")

from lessons.build import LESSONS, export
from sims.commands.reproduce_page import LAYOUT
from sims.verify.report import as_html
from sims.verify.report import page as report_page

ROOT = Path(__file__).parents[1]
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip
PATIENCE = 30_000  # ms, on a machine that does other things as well
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("lessons")
    export(place)
    return place


@pytest.fixture(scope="module")
def chromium():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """A page that minds what it asks for and what it complains of."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [url for url in asked if not re.match(r"(file|data|blob):|http://127\.0\.0\.1:", url)] == []
    assert complaints == []


def open_page(tab, folder, name, state=""):
    tab.goto((folder / f"{name}.html").as_uri() + state)
    tab.wait_for_selector("figure svg, figure canvas")


def drawn(tab, picture):
    """Wait until a picture is at rest, and return its caption."""
    tab.wait_for_function(
        "id => { const f = document.getElementById(id); return f && f.dataset.drawn && !f.classList.contains('busy'); }",
        arg=f"picture-{picture}",
    )
    return tab.locator(f"#picture-{picture} figcaption").inner_text()


def skip_guesses(tab):
    tab.evaluate("document.querySelectorAll('.predict:not(.done) .skip').forEach((b) => b.click())")


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (375, "dark"),
        (1280, "light"),
        pytest.param(375, "light", marks=pytest.mark.slow),
        pytest.param(1280, "dark", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", ["index", *LESSONS])
def test_a_page_fits_and_can_be_read(tab, folder, name, width, scheme):
    tab.set_viewport_size({"width": width, "height": 844})
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    tab.goto((folder / f"{name}.html").as_uri())
    tab.wait_for_function(
        "Array.from(document.querySelectorAll('figure')).every((one) => one.querySelector('svg, canvas'))"
    )
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    faint = tab.evaluate(CONTRAST)
    assert faint == []
    assert tab.evaluate(CUT_OFF) == []
    if name != "index":
        top = tab.locator("figure").first.bounding_box()["y"]
        assert top < 844, "the first picture starts above the fold"


# every text on the page has a contrast of 4.5 to its background (WCAG AA); fills of SVG text count as colours
CONTRAST = """() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = parse(c).map((v) => v / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (parse(c)[3] !== 0) return c; } return 'rgb(255,255,255)'; };
  const faint = [];
  for (const e of document.querySelectorAll('main *, header *, footer *')) {
    if (!Array.from(e.childNodes).some((n) => n.nodeType === 3 && n.textContent.trim()) || !e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    const ink = e.namespaceURI.includes('svg') ? style.fill : style.color;
    const [a, b] = [light(ink), light(ground(e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) faint.push(e.tagName + ': ' + e.textContent.slice(0, 40) + ' ' + ink);
  }
  return faint;
}"""


# letters of a chart that reach beyond its edge, where nobody can read them
CUT_OFF = """() => Array.from(document.querySelectorAll('figure svg text')).filter((text) => {
  const [a, b] = [text.getBoundingClientRect(), text.closest('svg').getBoundingClientRect()];
  return a.left < b.left - 1 || a.right > b.right + 1 || a.top < b.top - 1 || a.bottom > b.bottom + 1;
}).map((text) => text.textContent)"""


@pytest.mark.parametrize("name", LESSONS)
def test_walkers_are_hidden_until_a_guess_and_every_control_moves_its_picture(tab, folder, name):
    open_page(tab, folder, name)
    for guess in tab.locator(".predict").all():
        picture = guess.get_attribute("data-for")
        assert "walkers are hidden" in drawn(tab, picture)
        guess.locator("button[data-option]").last.click()
        assert "walkers are hidden" not in drawn(tab, picture)
        assert guess.locator(".reply").inner_text().startswith("Your guess is")
    for figure in tab.locator("figure[data-picture]").all():
        picture = figure.get_attribute("data-picture")
        if figure.locator("canvas").count():
            continue
        for slider in figure.locator("input[type=range]").all():
            before = figure.get_attribute("data-drawn")
            last = slider.input_value() == slider.get_attribute("max")
            slider.focus()
            said = slider.get_attribute("aria-valuetext")
            slider.press("ArrowLeft" if last else "ArrowRight")
            assert slider.get_attribute("aria-valuetext") != said
            tab.wait_for_function(
                "([id, n]) => document.getElementById(id).dataset.drawn !== n",
                arg=[f"picture-{picture}", before],
            )
            slider.press("ArrowRight" if last else "ArrowLeft")
        assert "NaN" not in figure.inner_html()
        assert figure.locator("svg").get_attribute("aria-label")


def test_the_state_is_in_the_address_and_a_link_sets_it(tab, folder):
    open_page(tab, folder, "temperature", "#eta=1&T=300")
    skip_guesses(tab)
    assert "2 times D/H" in drawn(tab, "valley")
    slider = tab.locator("#picture-valley-B")
    slider.press("ArrowRight")
    assert tab.evaluate("location.hash") == "#eta=1&B=4&T=300"
    tab.get_by_role("link", name="At 1.5").click()
    tab.wait_for_function(
        "document.querySelector('#picture-valley figcaption').innerText.includes('4 times')"
    )
    assert tab.evaluate("location.hash") == "#eta=1.5&T=300"  # the batch is back where the page opens
    tab.reload()
    tab.wait_for_selector("figure svg")
    skip_guesses(tab)
    assert "4 times D/H" in drawn(tab, "valley")
    tab.goto((folder / "temperature.html").as_uri() + "#eta=7&nonsense=1&B")
    tab.reload()
    skip_guesses(tab)
    assert "Temperature D = 0.025" in drawn(tab, "valley")


def test_answers_and_guesses_survive_a_reload_and_can_be_forgotten(tab, folder):
    open_page(tab, folder, "saddle")
    box = tab.locator(".question input[type=text]").first
    note = tab.locator(".question .reply").first
    for text, reply in (
        ("x", "Please write one number"),
        ("0,02", "with a point"),
        ("0.02", "Not right. That is twice"),
        ("10^-2", "Right."),
    ):
        box.fill(text)
        box.press("Enter")
        assert reply in note.inner_text()
    tab.get_by_label("Nowhere: the term is wrong.").check()
    assert "Not right." in tab.locator(".question .reply").last.inner_text()
    tab.locator(".predict button[data-option]").last.click()
    tab.reload()
    assert "Right." in note.inner_text()
    assert box.input_value() == "10^-2"
    assert tab.get_by_label("Nowhere: the term is wrong.").is_checked()
    assert "Theorem 2 prints" in drawn(tab, "momentum")
    tab.get_by_role("button", name="Forget my answers").click()
    tab.wait_for_function("document.querySelector('.question input').value === ''")
    assert "walkers are hidden" in drawn(tab, "momentum")


def test_walkers_walk_and_one_can_be_dropped_by_hand_and_by_keyboard(tab, folder):
    open_page(tab, folder, "temperature")
    canvas = tab.locator("#picture-walk canvas")
    canvas.scroll_into_view_if_needed()
    tab.wait_for_function("/T = [1-9]/.test(document.querySelector('#picture-walk figcaption').innerText)")
    tab.locator("#picture-walk").get_by_role("button", name="Pause").click()
    before = canvas.screenshot()
    canvas.focus()
    canvas.press("ArrowRight")
    assert "Mark at" in tab.locator("#picture-walk figcaption").inner_text()
    assert canvas.screenshot() != before
    canvas.press("Enter")  # drops a walker, and lets all walk
    tab.locator("#picture-walk").get_by_role("button", name="Pause").click()
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 0.8, "y": box["height"] * 0.3})
    tab.locator("#picture-walk").get_by_role("button", name="Pause").wait_for()


def test_reduced_motion_stands_still(tab, folder):
    tab.emulate_media(reduced_motion="reduce")
    open_page(tab, folder, "temperature")
    tab.locator("#picture-walk canvas").scroll_into_view_if_needed()
    tab.wait_for_timeout(400)
    assert tab.locator("#picture-walk").get_by_role("button", name="Play").count() == 1
    assert "T = 40" in tab.locator("#picture-walk figcaption").inner_text()


def test_pictures_can_be_downloaded(tab, folder, tmp_path):
    open_page(tab, folder, "valley")
    skip_guesses(tab)
    drawn(tab, "warmth")
    starts = {"SVG": b"<svg", "PNG": b"\x89PNG", "PDF": b"%PDF-1.4", "CSV": b"panel,curve,x,y"}
    for kind, start in starts.items():
        with tab.expect_download() as waiting:
            tab.locator("#picture-warmth").get_by_role(
                "button", name=f"Download the picture as {kind}"
            ).click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        assert path.name == f"valley-warmth.{kind.lower()}"
        assert path.read_bytes().startswith(start)
        if kind == "SVG":
            assert "var(--" not in path.read_text(encoding="utf-8")


def test_light_and_dark_can_be_chosen_and_stay(tab, folder):
    open_page(tab, folder, "doubt")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = tab.evaluate(ground)
    button = tab.locator("button.theme")
    button.click()
    button.click()
    assert button.inner_text() == "Dark"
    assert tab.evaluate(ground) != light
    tab.reload()
    assert tab.evaluate(ground) != light


def test_print_shows_pictures_and_no_buttons(tab, folder):
    open_page(tab, folder, "adam")
    tab.emulate_media(media="print", color_scheme="dark")
    assert not tab.locator("button.theme").is_visible()
    assert not tab.locator(".controls").first.is_visible()
    assert tab.locator("figure svg").first.is_visible()


def test_20000_walkers_answer_at_once(tab, folder):
    """300 steps of 20,000 walkers: .3 s on a laptop; here the bound is generous, since other tests run beside it."""
    open_page(tab, folder, "temperature")
    took = tab.evaluate(
        """() => { const run = () => { const t = performance.now(); lab.evolve({landscape: new lab.Quadratic([1]),
        optimizer: new lab.SGD({eta: 0.1}), noise: 1, times: [300], walkers: 20000}); return performance.now() - t; };
        return Math.min(run(), run(), run()); }"""
    )
    print(f"20,000 walkers, 300 steps: {took:.0f} ms")
    assert took < 1500


def teach(*words):
    return subprocess.Popen(
        [sys.executable, "-m", "lessons", "--port", "0", "--no-browser", *words],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip


def test_the_server_stops_at_once_while_a_page_is_open(tab):
    began = time.monotonic()
    server = teach()
    try:
        link = re.search(r"http://127\.0\.0\.1:\d+/", server.stdout.readline())[0]
        tab.goto(link)
        print(f"first page after {time.monotonic() - began:.2f} s")
        tab.get_by_role("link", name="Noise as temperature").click()
        drawn(tab, "valley")
        stopping = time.monotonic()
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=10)
        assert time.monotonic() - stopping < 3
        assert "Lessons stopped." in said
        assert server.returncode == 0
    finally:
        if server.poll() is None:
            server.kill()
            server.communicate()


@pytest.mark.parametrize("layout", ["", LAYOUT], ids=["verify", "reproduce"])
def test_a_report_fits_a_phone_and_can_be_read_in_the_dark(tab, layout):
    text = (
        "# Report\n\nCommit "
        + 40 * "5"
        + ". [A link](#x)\n\n| statement | as printed |\n|---|---|\n| Eq. 3 | `holds asymptotically 1` |"
    )
    tab.set_viewport_size({"width": 375, "height": 844})
    tab.emulate_media(color_scheme="dark")
    tab.set_content(report_page("Report", f"<nav></nav><main>{as_html(text)}</main>", layout))
    assert tab.evaluate("document.documentElement.scrollWidth") <= 375
    dark = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every((one) => one < 40)"
    assert tab.evaluate(dark)
    assert tab.evaluate(CONTRAST) == []


def test_a_class_gets_an_address_and_a_code():
    server = teach("--host", "0.0.0.0")
    try:
        here = server.stdout.readline()
        there = server.stdout.readline()
        assert "http://127.0.0.1:" in here
        assert re.match(r"For a class on the same network: http://[\d.]+:\d+/", there)
        if pytest.importorskip("segno"):
            code = "".join(server.stdout.readline() for _ in range(12))
            assert any(block in code for block in "█▀▄")
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=10)


def test_the_server_needs_neither_numba_nor_scipy():
    run = subprocess.run(
        [sys.executable, "-c", "import sys, lessons.serve as s; s.site(); print({'numba', 'scipy', 'matplotlib'} & set(sys.modules))"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.strip() == "set()"
