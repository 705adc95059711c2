"""Contents of the lessons."""

import marimo

app = marimo.App(width="medium", app_title="Does an optimizer do what its diffusion theory says?")

with app.setup:
    import marimo as mo

    import figures.landscape
    from lessons.catalogue import LESSONS
    from lessons.page import Picture
    from sims.runs import pictures


@app.cell(hide_code=True)
def _():
    mo.md(
        """
    # Does an optimizer do what its diffusion theory says?

    An optimizer that sees noisy gradients is a walker in a warm landscape. Xie et al. (ICML 2022) built a theory on
    that picture. Here you move sliders and watch theory and walkers agree, and part. Every picture is simulated
    when you move, on this machine.

    """
        + "\n".join(
            f"{i}. [{lesson.title}](/{lesson.name}). {lesson.about}" for i, lesson in enumerate(LESSONS, 1)
        )
    )


@app.function
def landscape_picture():
    """SGD walkers on the landscape of lesson 5."""
    return figures.landscape.draw(**pictures.landscape(surface=True)), (
        "600 walkers of SGD after 600 iterations, released on a pass between two valleys of the Styblinski-Tang function."
    )


@app.cell(hide_code=True)
def _():
    Picture(landscape_picture)


@app.cell(hide_code=True)
def _():
    mo.md("""
    Begin with [lesson 1](/lesson1); lessons 2 to 5 can then be read in any order. Each has questions that read your
    answer, and ends with what the toolkit's source says of the statement.
    """)


if __name__ == "__main__":
    app.run()
