"""Every option of every command acts, or is refused with the reason: two values give two results or one line."""

import json

import pytest
from test_cli import call

from sims.commands import figure_6
from sims.commands.app import COMMANDS, app
from sims.figure6 import run as figure6

MOMENTUM, ADAM, ADAI = (["--optimizer", name] for name in ("momentum", "adam", "adai"))
PROCESS = ["--process"]
PARTICLES, REPLICAS, SETTLE = ["--particles", "16"], ["--replicas", "3"], ["--settle", "40"]
BETAS = {
    "--optimizer": ([], "sgd", "momentum"),
    "--eta": ([], "1e-3", "2e-3"),
    "--beta1": (MOMENTUM, ".9", ".5"),
    "--beta2": (ADAM, ".999", ".9"),
    "--beta3": (MOMENTUM, "1", ".5"),
    "--bias-correction": (MOMENTUM, True, False),
    "--beta0": (ADAI, ".1", ".2"),
    "--eps": ([*ADAM, "--eta", ".5"], "1e-8", "30"),
    "--weight-decay": (ADAI, "0", "20"),
    "--data-seed": (["--noise", "minibatch"], "0", "1"),
    "--variance": (["--noise", "data"], "4", "3"),
    "--process": ([], True, False),
    "--seed": ([], "0", "1"),
    "--json": ([], True, False),
}
# option -> (what it needs, one value, another); each is tried without what it needs, too
ESCAPE = BETAS | {
    "--noise": ([], "frozen", "two-temperature"),
    "--C": ([], "30000", "40000"),
    "--kappa": ([], "1000", "2000"),
    "--B": ([], "10", "20"),
    "--s": (["--noise", "two-temperature"], ".5", ".3"),
    "--floor": (["--noise", "hessian"], "0", "200"),
    "--drift": (["--noise", "data"], "data", "bare"),
    "--scheme": ([*PROCESS, *MOMENTUM], "baoab", "obabo"),
    "--dt": (PROCESS, "1e-3", "2e-3"),
    "--interpretation": ([*PROCESS, "--noise", "two-temperature"], "ito", "fick"),
    "--frozen-v": ([*PROCESS, *ADAM, "--eta", ".5", "--noise", "two-temperature"], True, False),
    "--below": (PROCESS, "-2", "-1.5"),
    "--halving": (PROCESS, True, False),
    "--landscape": ([], "styblinski-tang", "quadratic"),
    "--k": ([], "6", "7"),
    "--dim": ([], "2", "3"),
    "--set": ([], "k=6", "k=7"),
    "--walkers": ([], "40", "50"),
    "--max-iterations": ([], "100", "150"),
    "--stop": ([], "first", "committed"),
    "--cut": ([], "0", "30"),
    "--splitting": ([], True, False),
    "--particles": (["--splitting", *REPLICAS, *SETTLE], "16", "32"),
    "--replicas": (["--splitting", *PARTICLES, *SETTLE], "3", "4"),
    "--settle": (["--splitting", *PARTICLES, *REPLICAS], "40", "60"),
}
SADDLE = BETAS | {
    "--weight-decay": (ADAI, "0", "2000"),
    "--noise": ([], "hessian", "isotropic"),
    "--C": (["--noise", "frozen"], ".1", ".2"),
    "--kappa": ([], "1", "2"),
    "--B": ([], "10", "20"),
    "--s": None,  # of two-temperature noise, which needs a barrier
    "--floor": ([], "0", "1"),
    "--drift": None,  # data do not change the drift of a quadratic
    "--scheme": ([*PROCESS, *MOMENTUM], "baoab", "obabo"),
    "--dt": (PROCESS, "1e-3", "2e-3"),
    "--interpretation": None,  # all readings agree where the noise is the same everywhere
    "--frozen-v": None,  # nor does v vary
    "--H": ([], "-1,1", "-2,1"),
    "--iterations": ([], "5,10", "5,20"),
    "--landscape": ([], "quadratic", "styblinski-tang"),
    "--set": ([], "H=-1,1", "H=-2,2"),
    "--walkers": ([], "20", "30"),
}
EQUILIBRIUM = {
    "--landscape": ([], "quadratic", "styblinski-tang"),
    "--schemes": ([], "baoab", "obabo"),
    "--dt": ([], "0.2", "0.4"),
    "--H": ([], "1", "2"),
    "--kT": ([], "1", "2"),
    "--mass": ([], "1", "2"),
    "--damping": ([], "1", "2"),
    "--time": ([], "3", "4"),
    "--set": ([], "H=1", "H=2"),
    "--walkers": ([], "20", "30"),
    "--seed": ([], "0", "1"),
    "--json": ([], True, False),
}
RUNS = {
    "escape": (ESCAPE, ["--k", "6", "--dim", "2", "--walkers", "40", "--max-iterations", "200"]),
    "saddle": (SADDLE, ["--walkers", "20", "--iterations", "5,10"]),
    "equilibrium": (EQUILIBRIUM, ["--walkers", "20", "--schemes", "baoab", "--dt", "0.2", "--time", "3"]),
}
SPEED = ("--workers",)  # must not change a number
FILES = ("--out", "--plot")  # write what is printed anyway
CASES = [(command, option) for command, (table, _) in RUNS.items() for option in table]


def known_options(command):
    """Return the options that a command has, as they are typed."""
    arguments = app[command].assemble_argument_collection()
    return [next(n for n in one.names if n.startswith("--")) for one in arguments if one.show and one.names]


def words(option, value):
    """Return what is typed for an option and its value; of a flag, the option or its negation."""
    if isinstance(value, bool):
        return [option if value else f"--no-{option[2:]}"]
    return [f"{option}={value}"]


def result(capsys, command, base, option, value):
    """Return what a run found, or the line that refuses it, without what only repeats the options."""
    # splitting has particles in place of walkers, and climbs are longer than the runs here
    rare = {"--walkers", "--max-iterations"} if "--splitting" in (option, *base) else set()
    dropped = {option} | rare
    base = [word for i, word in enumerate(base) if not dropped & {word, base[i - 1] if i else None}]
    typed = [*base, *words(option, value)] if option == "--json" else [*base, *words(option, value), "--json"]
    code, out, err = call(capsys, command, *typed)
    if code != 0:
        assert (code, out) == (2, "")
        assert err.count("\n") == 1, err
        return err
    if not out.startswith("{"):
        return out
    found = json.loads(out)
    found.pop("settings")
    return json.dumps(found)


@pytest.mark.parametrize("command", RUNS)
def test_no_option_is_left_out_here(command):
    table, _ = RUNS[command]
    assert set(known_options(command)) == {*table, *SPEED, *FILES} & set(known_options(command))
    assert set(table) <= set(known_options(command))


@pytest.mark.filterwarnings("ignore:HessianNoise")
@pytest.mark.parametrize(("command", "option"), CASES, ids=[f"{c} {o}" for c, o in CASES])
def test_two_values_give_two_results_or_a_refusal(capsys, command, option):
    table, base = RUNS[command]
    needs, one, two = table[option] or ([], ".5", ".3")
    if option == "--drift" and command == "saddle":
        one, two = "data", "bare"
    if option == "--frozen-v" and command == "saddle":
        one, two = True, False
    if option == "--interpretation" and command == "saddle":
        one, two = "stratonovich", "fick"
    if table[option] is not None:
        found = [result(capsys, command, [*base, *needs], option, value) for value in (one, two)]
        assert found[0] != found[1]
        assert "{" in found[0] or option == "--json"  # it acts, at least with one of the two values
    plain = [result(capsys, command, base, option, value) for value in (one, two)]
    assert plain[0] != plain[1] or plain[0].startswith("diffusion: ")


@pytest.mark.parametrize("command", RUNS)
def test_the_number_of_threads_changes_nothing(capsys, command):
    _, base = RUNS[command]
    one, two = (result(capsys, command, base, "--workers", workers) for workers in (1, 2))
    assert one == two


@pytest.fixture
def asked(monkeypatch):
    """Figure 6 that only notes what it was asked for."""
    configs = []

    def run(config, **how):
        configs.append(config)
        raise KeyboardInterrupt

    monkeypatch.setattr(figure6, "run", run)
    return configs


@pytest.mark.parametrize(
    ("option", "needs", "one", "two"),
    [
        ("--mode", [], "kramers", "literal"),
        ("--walkers", [], "8", "9"),
        ("--full", [], True, False),
        ("--seed", [], "0", "1"),
        ("--data-seed", ["--mode", "literal"], "0", "1"),
        ("--shared-normals", [], True, False),
        ("--noise", [], "frozen", "isotropic"),
        ("--s", ["--noise", "two-temperature"], ".5", ".4"),
        ("--floor", ["--noise", "hessian"], "0", "1"),
        ("--kappa", [], "1000", "900"),
        ("--B", [], "10", "9"),
    ],
)
def test_options_of_figure_6_reach_it_or_are_refused(capsys, tmp_path, asked, option, needs, one, two):
    for value in (one, two):
        code, _, _ = call(capsys, "figure", 6, *needs, *words(option, value), "--out", tmp_path)
        assert code == 130
    assert asked[0] != asked[1]
    if needs:
        code, out, err = call(capsys, "figure", 6, *words(option, one), "--out", tmp_path)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert f"{option} works only with {' '.join(needs)}" in err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("figure 6 --full --walkers 20", "--full takes 10,000 walkers; leave out --walkers or --full"),
        ("reproduce --full --walkers 20", "--full takes 10,000 walkers"),
        ("figure 6 --particles 20", "--particles works only with --low-temperature"),
        ("figure 6 --mode literal --kappa 3", "--kappa works only with"),
        ("figure 6 --noise data --kappa 3", "--kappa works only with"),
        ("figure 6 --mode literal --noise hessian", "noise"),
        ("escape --C 3 --kappa 20", "C takes the place of kappa |H| / B; give C or kappa, not both"),
        ("escape --C 3 --B 20", "give C or B, not both"),
        ("escape --process --frozen-v", "frozen_v works only with adam"),
        ("escape --splitting --plot x.png", "plot does not work with --splitting"),
        ("equilibrium --landscape styblinski-tang --H 3", "H works only with --landscape quadratic"),
        ("equilibrium --schemes heun --mass 3", "mass works only with a scheme in phase space"),
        ("teach --export x --port 3", "--port does not work with --export"),
        ("teach --export x --no-browser", "--no-browser does not work with --export"),
        ("list --optimizer sgd --noise frozen", "list shows one part at a time"),
        ("theory theorem-1 --explain --form exact", "--form does not work with --explain"),
        ("theory theorem-1 --explain --H 3", "--H does not work with --explain"),
    ],
)
def test_options_that_would_not_act_are_refused_with_the_reason(capsys, line, message):
    code, out, err = call(capsys, *line.split())
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_every_command_is_known_here():
    tried = {*RUNS, "figure", "reproduce", "theory", "list", "teach"}
    elsewhere = {
        "probe",
        "verify",
        "sweep",
        "results",
        "picture",
        "completion",
    }  # their own tests try all their options
    assert tried | elsewhere == set(COMMANDS)
    assert figure_6.walkers_of(None, full=True) == 10_000
