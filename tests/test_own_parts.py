"""Mistakes in parts of one's own, each with its sentence; and parts as values."""

import pickle
import re
import sys

import numba
import numpy as np
import pytest

from diffusion import (
    SGD,
    Adam,
    Exits,
    FrozenNoise,
    Quadratic,
    Schedule,
    Walls,
    escape_rate,
    escape_times,
    evolve,
    gradient_at,
    landscape_from,
    part,
    replay,
    table,
)
from sims.options.own_file import own_object

RUN = {"walkers": 2, "seed": 0}


@part
class Row:
    a: tuple
    dim = 2

    def slope(self, x, i):
        return self.a[i] * x


@part
class Unmarked:
    a: tuple
    dim = 2

    def slope(self, x, i):
        return self.a[0] * x + self.a[1] * x * x


@part
class Marked:
    a: tuple = table()
    dim = 2

    def slope(self, x, i):
        return self.a[0] * x + self.a[1] * x * x


def test_a_table_is_marked_and_read_as_it_stands():
    assert gradient_at(Marked((1.0, 10.0)), 1.0).tolist() == [11.0, 11.0]
    assert gradient_at(Row((1.0, 10.0)), 1.0).tolist() == [1.0, 10.0]
    with pytest.raises(
        ValueError, match=r"Unmarked\.a must be read at i.*mark a table as a: tuple = table\(\)"
    ):
        gradient_at(Unmarked((1.0, 10.0)), 1.0)
    with pytest.raises(
        ValueError, match=r"Row\.a must be one number or 2, one per coordinate.*got '200 of them'"
    ):
        gradient_at(Row(np.ones(200)), 1.0)


SCALE = 1.0


@part
class Scaled:
    dim = 1

    def slope(self, x, i):
        return SCALE * x


def test_a_global_that_changed_is_refused(monkeypatch):
    assert gradient_at(Scaled(), 1.0)[0] == 1.0
    monkeypatch.setattr(sys.modules[__name__], "SCALE", 5.0)
    with pytest.raises(ValueError, match="SCALE must stay as it was when Scaled was compiled"):
        gradient_at(Scaled(), 1.0)


half = 0.5  # a global that has the name of a field below, and is no part of it


@part
class Halved:
    half: float
    dim = 1

    def slope(self, x, i):
        return self.half * x


def test_a_global_with_the_name_of_a_field_may_change(monkeypatch):
    assert gradient_at(Halved(2.0), 1.0)[0] == 2.0
    monkeypatch.setattr(sys.modules[__name__], "half", 5.0)
    assert gradient_at(Halved(2.0), 1.0)[0] == 2.0


@numba.njit
def returned(theta, g):
    return theta


@numba.njit
def added(theta, g):
    for j in range(2):
        g[j] += theta[j]


@numba.njit
def written(theta, g):
    for j in range(2):
        g[j] = theta[j]


@pytest.mark.parametrize("gradient", [returned, added])
def test_a_gradient_that_is_not_written_does_not_pass_for_zero(gradient):
    name = gradient.py_func.__name__
    with pytest.raises(ValueError, match=f"gradient of {name} is not written by its kernel, or undefined"):
        evolve(landscape_from(gradient, 2), FrozenNoise(1.0), SGD(0.1), 1.0, [1], **RUN)
    assert evolve(landscape_from(written, 2), FrozenNoise(1.0), SGD(0.1), 1.0, [1], **RUN).walkers == 2


@numba.njit
def silent(theta):
    pass


@numba.njit
def number(theta):
    return 1.0


@pytest.mark.parametrize("boundary", [silent, number])
def test_a_boundary_function_says_true_or_false(boundary):
    with pytest.raises(ValueError, match="boundary must be a function that returns True or False"):
        escape_times(
            Quadratic([1.0]),
            FrozenNoise(1.0),
            SGD(0.1),
            start=0.0,
            boundary=boundary,
            max_iterations=9,
            **RUN,
        )


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SGD(lr=0.1), "SGD has no field lr, it has eta"),
        (
            lambda: Adam(0.1, beta3=2),
            "Adam has no field beta3, it has eta, beta1, beta2, eps; did you mean beta",
        ),
        (lambda: SGD(), "SGD has the fields eta: missing a required argument: 'eta'"),
    ],
)
def test_wrong_fields_are_told_in_a_line(make, said):
    with pytest.raises(ValueError, match=re.escape(said)) as error:
        make()
    assert "\n" not in str(error.value)


def test_a_misspelt_field_is_told_where_the_kernel_is_written():
    with pytest.raises(
        ValueError, match=r"Typo\.update must read fields only: self\.etaa is no field; did you mean eta"
    ):

        @part
        class Typo:
            eta: float

            slots = ()

            def update(self, theta, state, gradient):
                for i in range(theta.size):
                    theta[i] -= self.etaa * gradient.draw(theta[i], i)


@part
class Stranger:
    eta: float

    slots = ()

    def update(self, theta, state, gradient):
        for i in range(theta.size):
            theta[i] -= self.eta * gradient.drawn(theta[i], i)


def test_what_does_not_compile_is_told_in_a_line():
    with pytest.raises(ValueError, match="Stranger must compile: Unknown attribute 'drawn'") as error:
        replay(Stranger(0.1), [0.0], [[1.0]])
    assert "\n" not in str(error.value)


def test_equal_entries_of_exits_are_exits():
    run = escape_times(
        Quadratic([1.0]), FrozenNoise(1.0), SGD(0.1), start=0.0, boundary=Exits([-0.2], [0.2]), max_iterations=999,
        walkers=100, seed=0,
    )  # fmt: skip
    assert run.escaped.mean() > 0.9


def test_a_boundary_may_be_a_row_and_one_number_warns_where_coordinates_are_coupled():
    tilted = Quadratic([[1.0, 0.5], [0.5, 1.0]])
    how = {"start": 0.0, "max_iterations": 5, "walkers": 10, "seed": 0}
    escape_times(tilted, FrozenNoise(1.0), SGD(0.1), boundary=[np.inf, 1.0], **how)
    with pytest.warns(UserWarning, match="coupled"):
        escape_times(tilted, FrozenNoise(1.0), SGD(0.1), boundary=1.0, **how)


@pytest.mark.parametrize(
    "one",
    [Quadratic([1.0, 2.0]), Adam(0.1), FrozenNoise([[1.0, 0.0], [0.0, 2.0]]), Walls(0.0, 1.0),
     Schedule(SGD(0.1), (1,), (0.5,)), landscape_from(written, 2)],
    ids=lambda o: type(o).__name__,
)  # fmt: skip
def test_parts_are_values(one):
    again = pickle.loads(pickle.dumps(one))
    assert again == one
    assert hash(again) == hash(one)
    assert one != SGD(0.7)
    assert "<table>" in one._repr_html_()


def test_long_arrays_are_shown_by_their_ends():
    assert (
        repr(Quadratic(np.arange(1000.0))) == "Quadratic(H=array([ 0., 1., ..., 998., 999.], shape=(1000,)))"
    )
    assert Quadratic([1.0]) != Quadratic([2.0])


def test_rates_of_very_long_times_do_not_wrap():
    assert escape_rate([10**16] * 1000, [True] * 1000).value == pytest.approx(1e-16)
    assert escape_rate([2**62] * 4, [True] * 4).value == pytest.approx(2.0**-62)


@pytest.mark.parametrize(
    ("package", "todo"), [("torch", "pip install torch"), ("my_helpers", "the file's folder is not searched")]
)
def test_a_missing_package_is_named_and_strangers_are_not_to_be_installed(
    tmp_path, monkeypatch, package, todo
):
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    file = tmp_path / f"own_{package}.py"
    file.write_text(f"import {package}\n", encoding="utf-8")
    with pytest.raises(
        ValueError, match=rf"own_{package}\.py.* imports {package}, which is not installed: {todo}$"
    ):
        own_object(f"{file}:make_model")
