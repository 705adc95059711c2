"""The lessons in a real browser, without network: every slider moves its picture, and nothing else is asked for."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("marimo", reason="marimo is not installed (extra: teach)")
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from lessons.catalogue import LESSONS

ROOT = Path(__file__).parents[1]
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HERE = re.compile(r"(http|ws)://127\.0\.0\.1[:/]|data:|blob:|about:")
PATIENCE = 20_000  # ms; a move takes half a second where nothing else runs
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def address():
    words = [sys.executable, "-m", "lessons", "--port", "0", "--no-browser"]
    server = subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    try:
        line = server.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert found, line + server.stderr.read()
        yield found[0]
    finally:
        server.terminate()
        server.communicate(timeout=20)


@pytest.fixture(scope="module")
def chromium():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser.new_context()  # one for all pages: they share what they have loaded
        browser.close()


@pytest.fixture
def tab(chromium):
    """A page that minds what it asks for and what it complains of."""
    page = chromium.new_page()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert [url for url in asked if not HERE.match(url) and not url.startswith("file:")] == []
    assert complaints == []


def shown(page):
    """Return all pictures and films on a page, to see whether one has changed."""
    return page.evaluate("[...document.querySelectorAll('figure img, iframe')].map(e => e.src + e.srcdoc)")


def wait_for_change(page, before):
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        now = shown(page)
        if len(now) == len(before) and now != before:
            return now
        page.wait_for_timeout(20)
    raise AssertionError("no picture changed")


def settle(page, pictures):
    """Wait until a page has all its pictures."""
    page.wait_for_function(f"document.querySelectorAll('figure img, iframe').length >= {pictures}")
    return shown(page)


PICTURES = {"lesson1": 2, "lesson2": 3, "lesson3": 3, "lesson4": 3, "lesson5": 5, "lesson6": 3}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_every_control_moves_a_picture(tab, address, lesson):
    began = time.monotonic()
    tab.goto(address + lesson.name)
    before = settle(tab, PICTURES[lesson.name])
    print(f"{lesson.name}: all pictures after {time.monotonic() - began:.1f} s;", end=" ")
    sliders = tab.get_by_role("slider").all()
    assert len(sliders) >= 3
    for slider in sliders:
        last = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
        began = time.monotonic()
        slider.press("ArrowLeft" if last else "ArrowRight")
        before = wait_for_change(tab, before)
        print(f"{time.monotonic() - began:.2f}", end=" ")
    for menu in tab.locator("marimo-dropdown select").all():
        menu.select_option(index=1 if menu.evaluate("menu => menu.selectedIndex") == 0 else 0)
        before = wait_for_change(tab, before)
    answer_the_questions(tab)
    move_the_film(tab.frame_locator("iframe").first)


def answer_the_questions(page):
    """Type nonsense, then a wrong number, then choose each option: each gets its own sentence."""
    box = page.get_by_placeholder("a number").first
    box.fill("0,5 or so")
    box.press("Enter")
    page.get_by_text("Please write one number, with a point, not a comma.").wait_for()
    box = page.get_by_placeholder("a number").first
    assert box.input_value() == "0,5 or so"
    box.fill("1e9")
    box.press("Enter")
    page.get_by_text("1e+09 is too large").wait_for()
    options = page.locator("marimo-radio").last.get_by_role("radio")
    for i in range(options.count()):
        options.nth(i).click()
        page.get_by_text(re.compile(r"^(Right|Not so)\. ")).first.wait_for()


def move_the_film(frame):
    clock = frame.locator("input")
    clock.focus()
    clock.press("Home")
    first = frame.locator("p").inner_text()
    clock.press("ArrowRight")
    assert frame.locator("p").inner_text() != first
    assert frame.locator("button").inner_text() == "Play"


def test_the_contents_page_leads_to_the_lessons_on_a_phone(tab, address):
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(address)
    settle(tab, 1)
    tab.get_by_role("link", name="Leaving a saddle").click()
    settle(tab, PICTURES["lesson2"])
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    picture = tab.locator("figure img").first.bounding_box()
    assert 300 <= picture["width"] <= 390


def test_a_hand_out_works_from_a_file(tab, tmp_path):
    from lessons.export import page

    lesson = LESSONS[1]
    path = tmp_path / f"{lesson.name}.html"
    path.write_text(page(lesson.title, lesson.module.app, states=6), encoding="utf-8")
    assert path.stat().st_size < 5e6
    tab.goto(path.as_uri())
    before = shown(tab)
    for knob in tab.locator(".knobs input[type=range]").all():
        if knob.get_attribute("max") != "0":
            knob.press("ArrowLeft" if knob.input_value() == knob.get_attribute("max") else "ArrowRight")
            before = wait_for_change(tab, before)
    box = tab.get_by_placeholder("a number").first
    for text, reply in (
        ("x", "Please write one number"),
        ("0.02", "That is twice as much"),
        ("1/100", "Right."),
    ):
        box.fill(text)
        box.press("Enter")
        tab.get_by_text(reply).wait_for()
    tab.get_by_label("Nowhere: the term is wrong.").check()
    tab.get_by_text("Not so.").wait_for()
    tab.set_viewport_size({"width": 390, "height": 844})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
