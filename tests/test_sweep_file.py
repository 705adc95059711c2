"""A sweep's file: what a researcher would write is understood, and what is not is told in one line."""

import pytest

from sims.options.by_name import chosen_in, options, settings
from sims.sweep.registry import experiment, names
from sims.sweep.toml_file import read_sweep


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "a.toml"
        path.write_text(text)
        return read_sweep(path)

    return read


def test_options_by_their_command_line_names_a_grid_and_nothing_else(read):
    sweep = read("""
        experiment = "escape"
        optimizer = "momentum"
        max-iterations = 1e6
        B = 20
        seed = 3
        [grid]
        k = [4, 5.5]
        beta1 = [0.8, 0.9, 0.95]
    """)
    assert sweep.seed == 3
    assert [(c.swept["k"], c.swept["beta1"]) for c in sweep.cells] == [
        (k, beta1) for k in (4.0, 5.5) for beta1 in (0.8, 0.9, 0.95)
    ]
    for cell in sweep.cells:
        assert (cell.config.optimizer.optimizer, cell.config.noise.B) == ("momentum", 20)
        assert (cell.config.max_iterations, cell.config.optimizer.beta1) == (10**6, cell.swept["beta1"])


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("k = [1, 2, 3]", [1, 2, 3]),
        ('k = "1:3:3"', [1, 2, 3]),
        ('k = "1:100:3:log"', [1, 10, 100]),
        ("k = { linspace = [1, 3, 3] }", [1, 2, 3]),
        ("k = { geomspace = [1, 100, 3] }", [1, 10, 100]),
        ("k = { logspace = [0, 2, 3] }", [1, 10, 100]),
        ('walkers = "64:1024:5:log"', [64, 128, 256, 512, 1024]),
        ("max-iterations = [1e3, 1e4]", [1000, 10000]),
        ("max_iterations = [1e3]", [1000]),
        ('optimizer = ["sgd", "adai"]', ["sgd", "adai"]),
        ("process = [true, false]", [True, False]),
    ],
)
def test_values_are_lists_or_ranges(read, written, values):
    sweep = read(f'experiment = "escape"\n[grid]\n{written}')
    ((name, found),) = sweep.grids[0].items()
    assert found == pytest.approx(values) if name == "k" else found == values
    assert [type(value) for value in found] == [
        type(options(experiment("escape").config)[name].value(v)) for v in values
    ]


def test_rows_of_numbers_are_written_as_such(read):
    sweep = read('experiment = "saddle"\niterations = [10, 100]\n[grid]\nH = [[-1, 1], [-0.5], 2]')
    assert [cell.config.H for cell in sweep.cells] == [(-1.0, 1.0), (-0.5,), (2.0,)]
    assert sweep.cells[0].config.iterations == (10, 100)


def test_several_grids_are_swept_one_after_the_other_and_what_they_share_once(read):
    sweep = read("""
        experiment = "escape"
        [[grid]]
        optimizer = "sgd"
        k = [4, 5]
        [[grid]]
        optimizer = ["adam", "sgd"]
        k = [5]
        eta = [1e-3]
    """)
    found = [(cell.swept["optimizer"], cell.swept["k"], cell.swept["eta"]) for cell in sweep.cells]
    assert found == [("sgd", 4, None), ("sgd", 5, None), ("adam", 5, 1e-3), ("sgd", 5, 1e-3)]
    twice = read('experiment = "escape"\n[[grid]]\nk = [4, 5]\n[[grid]]\nk = [5, 6]')
    assert [cell.swept["k"] for cell in twice.cells] == [4, 5, 6]


def test_one_value_under_grid_sweeps_nothing(read):
    sweep = read('experiment = "escape"\n[grid]\nk = [4, 5]\nwalkers = 10\nseed = 3')
    assert (sweep.swept, sweep.seed, sweep.fixed) == (["k"], 3, {"walkers": 10})


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("walkers = 3", 'experiment is missing: write experiment = "NAME" on top, one of escape, '),
        ("experiment = 3", "experiment must be one of escape, "),
        ('experiment = "escap"', "escap is not an experiment. Did you mean escape"),
        ("walker = 3", "walker is not an option of escape. Did you mean walkers?"),
        ("lr = 3", "lr is not an option of escape; it is called eta here"),
        ("[grid]\nbatch-size = [1, 2]", "batch-size is not an option of escape; it is called B here"),
        ("hessian = 3", "hessian is not an option of escape; there are optimizer, eta, "),
        (
            "[grid.sgd]\neta = [1e-3]",
            "[grid.sgd] is not a table of a sweep; write each of several grids as a table [[grid]]",
        ),
        (
            'experiment = "saddle"\nH = [[-1, 1], [-2, 2]]',
            "H has several values; to sweep it, write it under [grid]",
        ),
        ('experiment = "saddle"\n[grid]\nH = [[[-1, 0], [0, 1]]]', "H must be a number"),
        (
            '[grid]\noptimizer = ["Momentum"]',
            "optimizer=Momentum: Momentum is not an optimizer",
        ),
        ("[grid]\nk = [4]\nB = [10, 0]", "k=4, B=0: B must be a whole number from 1 on, got 0"),
        (
            "[grid]\noptimizer = ['sgd', 'adam']\nbeta2 = [0.9]",
            "beta2 is not an option of sgd, which has eta",
        ),
        ("halving = true\nprocess = true", "halving does not work in a sweep; sweep dt instead"),
        (
            'experiment = "equilibrium"\n[grid]\nschemes = ["verlet"]',
            "schemes=verlet: verlet is not a scheme; there are baoab",
        ),
        ('experiment = "figure6"\n[grid]\nmode = ["printed"]', "mode must be one of kramers, literal"),
        ("[grid]\noptimiser = ['sgd']", "optimiser is not an option of escape. Did you mean optimizer?"),
        ("[grid]\nK = [1, 2]", "K is not an option of escape. Did you mean k?"),
        ("[fixed]\nk = 3", "[fixed] is not a table of a sweep"),
        ("k = [1, 2]", "k has several values; to sweep it, write it under [grid]"),
        ('k = "1:2:3"', "k has several values"),
        ('optimizer = ["sgd", "adam"]', "optimizer has several values"),
        ('k = "four"', "k must be a number, got 'four'"),
        ("k = true", "k must be a number, got True"),
        ("walkers = 1.5", "walkers must be a whole number, got 1.5"),
        ("walkers = nan", "walkers must be a whole number, got nan"),
        ("process = 1", "process must be true or false"),
        ("k = 1\n[grid]\nk = [1, 2]", "k is given both above and under [grid]; keep one"),
        ("k = 1\n[grid]\nk = 2", "k must be written once"),
        ("max_iterations = 1\nmax-iterations = 2", "max_iterations must be written once"),
        ("[grid]\nk = []", "k must be a list, a range"),
        ("[grid]\nk = [1, 1.0]", "k must be different values"),
        ('[grid]\nk = "1:2"', "k must be a list, a range"),
        ("[grid]\nk = { start = 1, stop = 2 }", "k must be a list, a range"),
        ('[grid]\nk = "0:2:5:log"', "k must be a list, a range"),
        ('[grid]\nk = "1:2:999999999"', "k must be a list, a range"),
        ("[grid]\nk = [[1, 2]]", "k must be a number, got [1, 2]"),
        ("workers = 3", "workers is given on the command line: diffusion sweep FILE --workers"),
        ("seed = -1", "seed must be a whole number from 0 on"),
        ('[grid]\nk = "1:2:100000"\nseed = "1:100000:100000"', "grid must be at most 1000000 cells"),
        ("k = = 1", "Invalid value (at line 2, column 5)"),
    ],
)
def test_a_mistake_is_told_in_one_line(read, tmp_path, written, message):
    named = (
        written
        if "experiment" in written or written == "walkers = 3"
        else f'experiment = "escape"\n{written}'
    )
    with pytest.raises(ValueError) as error:  # noqa: PT011  the message is looked at below
        read(named)
    assert message in str(error.value)
    assert str(error.value).startswith(str(tmp_path))
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ValueError, match=r"config must be a TOML file, got .* \(No such file"):
        read_sweep(tmp_path / "none.toml")


@pytest.mark.parametrize("name", names())
def test_every_option_of_every_experiment_can_be_written_and_swept(read, name):
    config = experiment(name).config()
    known, chosen = options(type(config)), chosen_in(config)
    assert settings(type(config), {n: known[n].value(v) for n, v in chosen.items()}) == config
    for option, value in chosen.items():
        if value is None:
            continue
        text = str(value).lower() if isinstance(value, bool) else repr(value)
        sweep = read(f'experiment = "{name}"\n[grid]\n{option.replace("_", "-")} = [{text}]')
        (cell,) = sweep.cells
        assert cell.swept == {option: known[option].value(value)}
