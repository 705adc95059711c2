"""Whatever dies during a sweep, nothing finished is lost, nothing counts twice, and the bits stay the same."""

import io
import json
import os
import resource
import signal
import subprocess
from contextlib import redirect_stdout

import psutil
import pytest

from sims.commands.app import main
from sims.sweep.cell_store import NAME
from tests.sweeps import CELLS, QUICK, SLOW, started, stored, sweep, until, written

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")


@pytest.fixture(scope="module")
def configs(tmp_path_factory):
    """Return the files of both sweeps and what they write when nothing goes wrong."""
    folder, found = tmp_path_factory.mktemp("straight"), {}
    for name, text in (("slow", SLOW), ("quick", QUICK)):
        config = folder / f"{name}.toml"
        config.write_text(text)
        with pytest.raises(SystemExit) as end, redirect_stdout(io.StringIO()):
            main(["sweep", str(config), "--out", str(folder / name), "--workers", "2"])
        assert end.value.code == 0
        found[name] = config, written(folder / name)
    return found


@pytest.fixture
def slow(configs):
    return configs["slow"]


def resumed(capsys, config, folder, *words):
    """Go on with a sweep in this process and return what it writes."""
    code, _, err = sweep(capsys, config, folder, "--resume", *words)
    assert code == 0, err
    return written(folder)


def workers_of(client):
    """Return the processes of a local cluster."""
    children = psutil.Process(client.pid).children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def lines(text):
    return text.strip().splitlines()


@pytest.mark.slow
def test_sigkill_of_a_worker_and_of_all_is_not_noticed(slow, tmp_path):
    config, straight = slow
    with started("sims", "sweep", config, "--out", tmp_path, "--scheduler", "local:2", "--json") as client:
        until(lambda: stored(tmp_path) >= 2, "two cells", client)
        workers_of(client)[0].kill()
        until(lambda: stored(tmp_path) >= 4, "two more", client)
        for worker in workers_of(client):
            worker.kill()
        assert stored(tmp_path) < CELLS - 1, "finished too early to test this"
        out, err = client.communicate(timeout=200)
    assert client.returncode == 0, err
    assert len(lines(err)) == 1  # where it was written to
    assert json.loads(out)["finished"] == len(json.loads(out)["rows"]) == CELLS
    assert written(tmp_path) == straight


def test_sigkill_of_the_client_leaves_what_is_stored_and_no_processes(slow, tmp_path, capsys):
    config, straight = slow
    with started("sims", "sweep", config, "--out", tmp_path, "--scheduler", "local:1") as client:
        until(lambda: stored(tmp_path) >= 2, "two cells", client)
        workers = workers_of(client)
        client.kill()
        client.wait()
        kept = stored(tmp_path)
        assert 2 <= kept < CELLS, "finished too early to test this"
        _, alive = psutil.wait_procs(workers, timeout=60)
        assert not alive
    assert stored(tmp_path) == kept
    assert resumed(capsys, config, tmp_path, "--workers", 2) == straight


@pytest.mark.slow
def test_sigkill_of_the_scheduler_ends_the_sweep_in_one_line(slow, tmp_path, capsys):
    config, straight = slow
    out, said = tmp_path / "out", tmp_path / "scheduler.json"
    common = ["--no-dashboard", "--scheduler-file", said]
    with started("distributed.cli.dask_scheduler", "--host=127.0.0.1", "--port=0", *common) as scheduler:
        until(lambda: said.exists() and said.read_text().strip().endswith("}"), "scheduler", scheduler)
        address = json.loads(said.read_text())["address"]
        worker = ["--nthreads=1", "--no-nanny", "--local-directory", tmp_path, *common]
        with (
            started("distributed.cli.dask_worker", *worker),
            started("sims", "sweep", config, "--out", out, "--scheduler", address) as client,
        ):
            until(lambda: stored(out) >= 2, "two cells", client)
            scheduler.kill()
            printed, err = client.communicate(timeout=60)
    kept = stored(out)
    assert 2 <= kept < CELLS, "finished too early to test this"
    assert (client.returncode, printed) == (2, "")
    gone = f"diffusion: the scheduler at {address} is gone"
    assert lines(err) == [f"{gone}; {kept} of {CELLS} cells are stored, --resume goes on from there"]
    assert resumed(capsys, config, out, "--workers", 2) == straight


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--workers", 1], id="threads"),
        pytest.param(["--scheduler", "local:1"], id="cluster", marks=pytest.mark.slow),
    ],
)
def test_ctrl_c_keeps_what_is_finished(words, slow, tmp_path, capsys):
    config, straight = slow
    with started("sims", "sweep", config, "--out", tmp_path, "--json", *words) as client:
        until(lambda: stored(tmp_path) >= 2, "two cells", client)
        os.killpg(client.pid, signal.SIGINT)  # as a terminal does: to workers too
        out, err = client.communicate(timeout=60)
    found = json.loads(out)
    assert client.returncode == 130, err
    assert found["partial"] is True
    assert 2 <= found["finished"] == len(found["rows"]) == stored(tmp_path) < CELLS
    assert lines(err)[0] == (
        f"Interrupted: {found['finished']} of {CELLS} cells are finished and stored; --resume goes on from there"
    )
    assert len(lines(err)) == 2  # and where it was written to
    assert resumed(capsys, config, tmp_path) == straight


@pytest.mark.slow
def test_two_clients_on_one_store_share_it_and_count_nothing_twice(slow, tmp_path, capsys):
    config, straight = slow
    other = tmp_path / "other.toml"
    other.write_text(config.read_text().replace("walkers = 64", "walkers = 10"))
    words = "sims", "sweep", config, "--out", tmp_path, "--workers", 1, "--json"
    with started(*words) as first:
        until(lambda: stored(tmp_path) >= 1, "one cell", first)
        code, _, err = sweep(capsys, config, tmp_path)  # a second one that does not say --resume
        assert code == 2
        assert "add --resume to share its cells" in err
        assert len(lines(err)) == 1
        code, _, err = sweep(capsys, other, tmp_path, "--resume")
        assert (code, len(lines(err))) == (2, 1)
        assert "A sweep with other cells is running in" in err
        with started(*words, "--resume") as second:
            ends = [client.communicate(timeout=200) for client in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), ends
    assert [len(json.loads(out)["rows"]) for out, _ in ends] == [CELLS, CELLS]
    assert stored(tmp_path) == CELLS
    assert written(tmp_path) == straight


@pytest.fixture(params=["limit", pytest.param("tmpfs", marks=pytest.mark.slow)])
def full_disk(request, tmp_path):
    """Yield a folder with room for a few cells, options for a program that writes there, and a way to make room."""
    size = 150 * 1024
    if request.param == "limit":  # on the size of any file: for systems that do not let us mount
        yield tmp_path, {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))}, int
        return
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", tmp_path]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small disk here")
    grow = ["mount", "-o", "remount,size=20m", tmp_path]
    yield tmp_path, {}, lambda: subprocess.run(grow, check=True)
    subprocess.run(["umount", "-l", tmp_path], check=True)


def test_a_full_disk_ends_the_sweep_in_one_line_and_loses_nothing(configs, full_disk, capsys):
    config, straight = configs["quick"]
    folder, options, make_room = full_disk
    with started("sims", "sweep", config, "--out", folder, **options) as client:
        out, err = client.communicate(timeout=100)
    kept = stored(folder)
    assert (client.returncode, out) == (2, "")
    assert len(lines(err)) == 1
    assert "make room and run again with --resume" in err
    assert f"{kept} of 30 cells are stored" in err
    assert 1 <= kept < 30
    make_room()
    assert resumed(capsys, config, folder) == straight


def test_a_cell_that_raises_is_named_and_the_others_are_finished(tmp_path, capsys):
    config = tmp_path / "eta.toml"
    config.write_text(
        'experiment = "escape"\nk = 4\nwalkers = 50\n[grid]\neta = [1e-3, 1e100, 2e-3]\nB = [10, 20]\n'
    )
    code, out, err = sweep(capsys, config, tmp_path / "out", "--json")
    found = json.loads(out)
    assert code == 2
    assert (found["cells"], found["finished"], found["partial"]) == (6, 4, True)
    assert [row["eta"] for row in found["rows"]] == [1e-3, 1e-3, 2e-3, 2e-3]
    told = [line for line in lines(err) if "no result" in line]
    assert len(told) == 2
    for line, B in zip(told, (10, 20), strict=True):
        assert f"eta=1e+100, B={B}: walkers diverged by iteration" in line
    again = sweep(capsys, config, tmp_path / "out", "--json", "--resume")
    assert json.loads(again[1]) == found


def damage(path, how):
    """Damage a store."""
    content = bytearray(path.read_bytes())
    if how == "a record":
        content[content.index(b"iterations.npy") + 20] ^= 1  # amid the numbers of one cell
    elif how == "the header":
        content[:100] = b"x" * 100
    elif how == "the end":
        del content[len(content) // 2 :]
    else:  # a page in the middle
        start = len(content) // 2 // 4096 * 4096
        content[start : start + 4096] = b"\xff" * 4096
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["a record", "the header", "the end", "a page"])
def test_a_damaged_store_is_told_and_what_it_lacks_runs_again(how, configs, tmp_path, capsys):
    config, straight = configs["quick"]
    assert sweep(capsys, config, tmp_path)[0] == 0
    damage(tmp_path / NAME, how)
    content = (tmp_path / NAME).read_bytes()
    if how != "a record":
        code, out, err = sweep(capsys, config, tmp_path)
        assert (code, out, len(lines(err))) == (2, "", 1)
        assert "damaged" in err
        assert "--resume sets it aside" in err
        assert (tmp_path / NAME).read_bytes() == content
    code, _, err = sweep(capsys, config, tmp_path, "--resume")
    assert code == 0
    assert written(tmp_path) == straight
    (note,) = [line for line in lines(err) if "note:" in line]
    if how == "a record":
        assert "1 stored part is damaged and will run again" in note
    else:
        (aside,) = tmp_path.glob("*.damaged-1.sqlite")
        assert aside.read_bytes() == content
        assert str(aside) in note
        assert stored(tmp_path) == 30
    assert sweep(capsys, config, tmp_path, "--resume")[2].count("note:") == 0
