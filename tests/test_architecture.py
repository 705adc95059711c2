"""The page on architecture is what the imports are."""

import importlib.util
from pathlib import Path

import pytest

from figures.architecture import draw

ROOT = Path(__file__).parents[1]
SPEC = importlib.util.spec_from_file_location("architecture", ROOT / "docs" / "architecture.py")
architecture = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(architecture)


def test_the_page_is_up_to_date():
    assert architecture.page(architecture.imports()) == architecture.PAGE.read_text(encoding="utf-8")


def test_every_package_says_in_one_sentence_what_lives_there():
    for name in architecture.packages():
        assert architecture.sentence(name).endswith((".", "?"))


def test_a_circle_is_noticed():
    found = architecture.imports()
    assert architecture.floors(found)[0][:2] == ["diffusion", "theory"]
    with pytest.raises(ValueError, match="in a circle"):
        architecture.floors(found | {"diffusion": {"sims.runs"}})


def test_the_picture_has_a_box_for_each_package_and_arrows_that_do_not_follow_from_others():
    imports = {"a": set(), "b": {"a"}, "c": {"a", "b"}}
    figure = draw([["a"], ["b"], ["c"]], imports)
    assert sorted(text.get_text() for text in figure.axes[0].texts if text.get_text()) == ["a", "b", "c"]
    arrows = [text for text in figure.axes[0].texts if getattr(text, "arrow_patch", None) is not None]
    assert len(arrows) == 2  # c to a follows from c to b and b to a
