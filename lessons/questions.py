"""Questions that read the answer, and say of a wrong one what it would have been right for."""

import math
import re
from dataclasses import dataclass

import marimo as mo

KINDS = {"open": "neutral", "right": "success", "wrong": "danger", "unread": "warn"}


@dataclass(frozen=True)
class Reply:
    """What is said to an answer.

    kind : "open" (nothing answered yet), "right", "wrong" or "unread" (not an answer at all).
    sentence : in plain words.
    """

    kind: str
    sentence: str


@dataclass(frozen=True)
class Number:
    """A question whose answer is a number.

    Attributes
    ----------
    text : str
        The question, markdown.
    answer : float
    why : str
        What is said to the right answer.
    mistakes : tuple of (float, str)
        Answers that a known mistake leads to, and what is said to them.
    tolerance : float
        Relative; an answer read off a picture is not exact.
    """

    text: str
    answer: float
    why: str
    mistakes: tuple[tuple[float, str], ...] = ()
    tolerance: float = 0.03

    def box(self):
        """Return the box to answer in."""
        return mo.ui.text(placeholder="a number", label="Your answer:", max_length=40)

    def reply(self, given: str) -> Reply:
        """Return what to say to the text that was typed."""
        if not given.strip():
            return Reply("open", "Type a number and press Enter.")
        try:
            number = read_number(given)
        except ValueError as reason:
            return Reply("unread", str(reason))
        if self._is(number, self.answer):
            return Reply("right", f"Right. {self.why}")
        for value, sentence in self.mistakes:
            if self._is(number, value):
                return Reply("wrong", sentence)
        way = "too large" if number > self.answer else "too small"
        return Reply("wrong", f"{number:g} is {way}. Try again; the picture above has what you need.")

    def _is(self, number, value):
        return math.isclose(number, value, rel_tol=self.tolerance)


@dataclass(frozen=True)
class Choice:
    """A question with options, each with what is said to it.

    Attributes
    ----------
    text : str
        The question, markdown.
    options : dict of str -> str
        Options, markdown, and the reply to each.
    right : str
        The right one of them.
    """

    text: str
    options: dict[str, str]
    right: str

    def __post_init__(self):
        if self.right not in self.options:
            raise ValueError(f"right must be one of the options, got {self.right!r}")

    def box(self):
        """Return the buttons to answer with."""
        return mo.ui.radio(list(self.options))

    def reply(self, given: str | None) -> Reply:
        """Return what to say to the option that was chosen."""
        if given is None:
            return Reply("open", "Choose one.")
        kind = "right" if given == self.right else "wrong"
        return Reply(kind, f"{'Right' if kind == 'right' else 'Not so'}. {self.options[given]}")


NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", flags=re.IGNORECASE)


def read_number(text: str) -> float:
    """Return the number that a text says: "0.5", "5e-1" or "1/2".

    Raises
    ------
    ValueError
        With what to write instead.
    """
    parts = [part.strip() for part in text.split("/")]
    if len(parts) > 2 or not all(NUMBER.fullmatch(part) for part in parts):
        hint = "with a point, not a comma" if "," in text else "such as 0.5, 5e-1 or 1/2"
        raise ValueError(f"Please write one number, {hint}.")
    values = [float(part) for part in parts]
    if len(values) == 2 and values[1] == 0:
        raise ValueError("Nothing can be divided by zero.")
    number = values[0] / values[1] if len(values) == 2 else values[0]
    if not math.isfinite(number):
        raise ValueError("That number is too large to be read.")
    return number


class Quiz(mo.Html):
    """Questions with their boxes and what is said to the answers so far."""

    def __init__(self, questions, boxes):
        self.questions = questions
        rows = []
        for i, (question, box) in enumerate(zip(questions, boxes, strict=True)):
            reply = question.reply(box.value)
            note = mo.callout(mo.md(reply.sentence), kind=KINDS[reply.kind])
            rows.append(mo.vstack([mo.md(f"**Question {i + 1}.** {question.text}"), box, note]))
        super().__init__(mo.vstack(rows, gap=2).text)


def boxes(questions):
    """Return the boxes of all questions, to be shown by a `Quiz`."""
    return mo.ui.array([question.box() for question in questions])
