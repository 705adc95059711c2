"""Which lessons there are, and in what order."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    name : its address on the server, and the first part of its file's name.
    subject : the rest of the file's name.
    title : as it is listed.
    about : what is learned, in a line.
    """

    name: str
    subject: str
    title: str
    about: str

    @property
    def module(self):
        """The notebook, imported."""
        return import_module(f"lessons.{self.name}_{self.subject}")

    @property
    def path(self) -> Path:
        """Its file."""
        return Path(__file__).with_name(f"{self.name}_{self.subject}.py")


LESSONS = (
    Lesson(
        "lesson1",
        "temperature",
        "Noise as temperature",
        "SGD is a walker in a warm landscape: what its temperature is, and when the picture breaks.",
    ),
    Lesson(
        "lesson2",
        "saddle",
        "Leaving a saddle",
        "Theorems 1 and 2: how far walkers spread, and where the momentum drift is and is not.",
    ),
    Lesson(
        "lesson3",
        "adam",
        "Adam: the same speed in every direction",
        "Proposition 1: why Adam does not see the curvature, and what bias correction does to a start.",
    ),
    Lesson(
        "lesson4",
        "adai",
        "Adai: inertia for each coordinate",
        "Proposition 3: one inertia per coordinate, and a drift whose sign depends on how one starts.",
    ),
    Lesson(
        "lesson5",
        "valley",
        "Escaping a valley",
        "Kramers' time, stop rules, why flat minima last, and Figure 6 live.",
    ),
    Lesson(
        "lesson6",
        "doubt",
        "How to doubt a theorem",
        "Estimates, intervals, power and negative controls, with the paper's claims as cases.",
    ),
)


def navigation(name: str) -> str:
    """Return the links from a lesson to its neighbours, as markdown."""
    place = [lesson.name for lesson in LESSONS].index(name)
    links = ["[Contents](/)"]
    if place > 0:
        links.append(f"before: [{LESSONS[place - 1].title}](/{LESSONS[place - 1].name})")
    if place + 1 < len(LESSONS):
        links.append(f"next: [{LESSONS[place + 1].title}](/{LESSONS[place + 1].name})")
    return " · ".join(links)
