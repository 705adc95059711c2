"""Read what a lesson's Markdown has besides text.

It has formulas in dollars, and blocks between `::: name` and `:::`.

::: picture NAME            a live picture of the lesson's script
::: predict NAME            a guess that comes before the walkers of a picture; options as below
::: number answer=0.1       a question with a number; `= why it is right`, `~ 0.2: what this mistake was`
::: choice                  a question with options: `- ( ) option | reply`, the right one with (x)
::: try, home, found        a box of Markdown: what to try, what to take home
"""

import json
import re
from dataclasses import dataclass
from html import escape

from markdown_it import MarkdownIt

from lessons.mathml import mathml

BLOCK = re.compile(r"^::: *(\w+) *(.*?)\n(.*?)^:::\s*$", flags=re.MULTILINE | re.DOTALL)
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$]+)\$", flags=re.DOTALL)
OPTION = re.compile(r"^- \((x| )\) (.*?) \| (.*)$")
BOXES = {"try": "Try this", "home": "To take home", "found": ""}


def formula(state, silent: bool) -> bool:
    """Read a formula where Markdown stands at a dollar.

    It ends at the next dollar; dollars in code are never seen here.
    """
    match = FORMULA.match(state.src, state.pos) if state.src[state.pos] == "$" else None
    if match is None:
        return False
    if not silent:
        token = state.push("html_inline", "", 0)
        token.content = mathml(match[1] or match[2], display=match[1] is not None)
    state.pos = match.end()
    return True


MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
MARKDOWN.inline.ruler.before("escape", "formula", formula)


def markdown(text: str) -> str:
    """Return Markdown with its formulas as HTML."""
    return str(MARKDOWN.render(text))


def inline(text: str) -> str:
    """Return one line of Markdown as HTML.

    There is no paragraph around it.
    """
    return markdown(text).strip().removeprefix("<p>").removesuffix("</p>")


@dataclass(frozen=True)
class Number:
    """Question whose answer is a number.

    Mistakes are answers of a known wrong way, each with what is said to it.
    """

    text: str
    answer: float
    tolerance: float
    why: str
    mistakes: tuple[tuple[float, str], ...]

    def json(self) -> str:
        """Return what the page's script needs."""
        known = [[value, inline(sentence)] for value, sentence in self.mistakes]
        data = {
            "answer": self.answer,
            "tolerance": self.tolerance,
            "why": inline(self.why),
            "mistakes": known,
        }
        return as_script(data)

    def html(self, place: int) -> str:
        """Return the question as a form."""
        return (
            f'<form class="question">{markdown(f"**Question {place}.** {self.text}")}'
            f'<label>Your answer: <input type="text" inputmode="text" autocomplete="off" maxlength="40"></label> '
            f'<button>Check</button><p class="reply" role="status"></p>{self.json()}</form>'
        )


@dataclass(frozen=True)
class Choice:
    """Question with options.

    Each option is (text, right, reply).
    """

    text: str
    options: tuple[tuple[str, bool, str], ...]

    def json(self) -> str:
        """Return what the page's script needs."""
        return as_script(
            {"options": [{"right": right, "reply": inline(reply)} for _, right, reply in self.options]}
        )

    def html(self, place: int) -> str:
        """Return the question as a group of radio buttons."""
        rows = "".join(
            f'<label><input type="radio" name="question{place}" value="{i}"> {inline(text)}</label>'
            for i, (text, _, _) in enumerate(self.options)
        )
        legend = markdown(f"**Question {place}.** {self.text}")
        return (
            f'<form class="question"><div role="radiogroup" aria-label="Question {place}">{legend}{rows}</div>'
            f'<p class="reply" role="status"></p>{self.json()}</form>'
        )


def as_script(data) -> str:
    """Return data as a script element.

    No browser runs it.
    """
    text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")  # "</script>" would end the element
    return f'<script type="application/json">{text}</script>'


class Parts:
    """Lesson's Markdown, taken apart.

    It is text and blocks in their order.
    """

    def __init__(self, text: str):
        self.parts: list[tuple[str, str, str]] = []
        at = 0
        for match in BLOCK.finditer(text):
            self.parts.append(("text", "", text[at : match.start()]))
            self.parts.append((match[1], match[2].strip(), match[3]))
            at = match.end()
        self.parts.append(("text", "", text[at:]))

    def questions(self) -> list[Number | Choice]:
        """Return the questions."""
        return [
            number(words, body) if kind == "number" else choice(words, body)
            for kind, words, body in self.parts
            if kind in {"number", "choice"}
        ]

    def predictions(self) -> dict[str, Choice]:
        """Return the predictions by picture.

        Each comes before its picture.
        """
        return {words: choice("", body) for kind, words, body in self.parts if kind == "predict"}

    def html(self) -> str:
        """Return the whole as HTML."""
        found, place = [], 0
        for kind, words, body in self.parts:
            if kind in {"number", "choice"}:
                place += 1
                found.append((number if kind == "number" else choice)(words, body).html(place))
            elif kind == "predict":
                found.append(prediction(words, choice("", body)))
            elif kind == "picture":
                found.append(
                    f'<figure data-picture="{escape(words)}"><p>The picture appears here.</p></figure>'
                )
            elif kind in BOXES:
                title = f"<h3>{BOXES[kind]}</h3>" if BOXES[kind] else ""
                found.append(f'<section class="{kind}">{title}{markdown(body)}</section>')
            elif kind == "text":
                found.append(markdown(body))
            else:
                raise ValueError(
                    f"Unknown block ::: {kind}; known are picture, predict, number, choice, try, home."
                )
        return "\n".join(found)


def number(words: str, body: str) -> Number:
    """Read a question with a number."""
    settings = dict(word.split("=", 1) for word in words.split())
    text, why, mistakes = [], "", []
    for line in joined(body):
        if line.startswith("= "):
            why = line[2:]
        elif line.startswith("~ "):
            value, sentence = line[2:].split(": ", 1)
            mistakes.append((float(value), sentence))
        else:
            text.append(line)
    return Number(
        "\n".join(text),
        float(settings["answer"]),
        float(settings.get("tolerance", 0.03)),
        why,
        tuple(mistakes),
    )


def choice(words: str, body: str) -> Choice:
    """Read a question with options.

    Exactly one of them must be right.
    """
    text, options = [], []
    for line in joined(body):
        match = OPTION.match(line)
        if match:
            options.append((match[2], match[1] == "x", match[3]))
        else:
            text.append(line)
    if sum(right for _, right, _ in options) != 1:
        raise ValueError(f"A question needs exactly one right option, marked (x): {body!r}")
    return Choice("\n".join(text), tuple(options))


def joined(body: str) -> list[str]:
    """Return the lines of a block.

    Those that start with two spaces are joined to the one before.
    """
    lines: list[str] = []
    for line in body.strip().splitlines():
        if line.startswith("  ") and lines:
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    return lines


def prediction(picture: str, asked: Choice) -> str:
    """Return a prediction.

    It consists of buttons, of which one must be pressed before the walkers run.
    """
    buttons = "".join(
        f'<button type="button" data-option="{i}" aria-pressed="false">{inline(text)}</button>'
        for i, (text, _, _) in enumerate(asked.options)
    )
    return (
        f'<div class="predict" data-for="{escape(picture)}">{markdown(f"**Guess first.** {asked.text}")}'
        f'<div class="options" role="group" aria-label="Your guess">{buttons}'
        f'<button type="button" class="skip">Show without a guess</button></div>'
        f'<p class="reply" role="status"></p>{asked.json()}</div>'
    )
