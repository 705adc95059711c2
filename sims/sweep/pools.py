"""Pools of workers: threads, an executor, or a dask.distributed cluster."""

import contextlib
import logging
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import inf

from diffusion import Watch
from diffusion.checks import require, whole
from diffusion.watch import worker_count
from sims.sweep.task import Task, run_part

PATIENCE = 10  # seconds to wait for a scheduler to answer
NOBODY = {
    "local": 120,
    "elsewhere": 600,
}  # seconds to wait for a first worker, or for one after the last was lost
WATCHES: dict[str, Watch] = {}  # in a worker: by client, so that a client can stop what it started
UNFINISHED: set[Future] = set()  # tasks of threads that still run: after Ctrl-C the program ends without them


@dataclass(frozen=True)
class Workers:
    """A pool of workers.

    Attributes
    ----------
    submit : callable
        Sends a `Task` and returns its future.
    size : callable
        Returns how many tasks run at a time.
    stop : callable
        Lets running tasks return early, with None.
    watch : Watch, optional
        Progress of running tasks, where they run in this process.
    where : str
        For messages.
    patience : float
        Seconds without a worker after which a sweep ends.
    """

    submit: Callable[[Task], Future]
    size: Callable[[], int]
    stop: Callable[[], None]
    watch: Watch | None = None
    where: str = "this process"
    patience: float = inf


@contextlib.contextmanager
def in_threads(workers: int | None = None) -> Iterator[Workers]:
    """Yield workers that are threads, one a processor unless given."""
    count, watch = worker_count(workers), Watch()
    pool = ThreadPoolExecutor(count)

    def submit(task):
        future = pool.submit(run_part, task, watch)
        UNFINISHED.add(future)
        future.add_done_callback(UNFINISHED.discard)
        return future

    try:
        yield Workers(submit, lambda: count, watch.stop, watch)
    except BaseException:
        watch.stop()  # nobody wants what still runs
        raise
    finally:
        # A cell that compiles or computes eigenvalues cannot be stopped: minutes would pass between the word
        # "Interrupted" and the end of the program.
        pool.shutdown(wait=not watch.stopped, cancel_futures=True)


def of_executor(executor: Executor, size: int) -> Workers:
    """Wrap any executor, ``size`` tasks at a time; none can be stopped."""
    return Workers(
        lambda task: executor.submit(run_part, task), lambda: size, lambda: None, where=repr(executor)
    )


@contextlib.contextmanager
def on_cluster(scheduler: str) -> Iterator[Workers]:
    """Yield the workers of a dask.distributed cluster, which repeats lost tasks.

    Parameters
    ----------
    scheduler : str
        Its address, such as tcp://10.0.0.1:8786, or local:N for N new processes on this machine.

    Raises
    ------
    ValueError
        If the extra is not installed, or no scheduler answers.
    """
    try:
        from distributed import Client
        from distributed.comm import get_address_host_port
    except ImportError:
        text = 'scheduler needs the extra "cluster": pip install optimizer-diffusion[cluster]'
        raise ValueError(text) from None
    _silence()
    with contextlib.ExitStack() as stack:
        local = scheduler.startswith("local:")
        address = stack.enter_context(_local(scheduler)) if local else scheduler
        try:
            get_address_host_port(address)  # a client that cannot be made leaves a traceback behind
            client = stack.enter_context(Client(address, timeout=PATIENCE, set_as_default=False))
        except (OSError, ValueError) as reason:
            first = (str(reason).splitlines() or ["no answer"])[0]
            raise ValueError(f"No scheduler answers at {scheduler!r} ({first}).") from None
        if local:
            client.register_plugin(_plugin())
        executor, token = client.get_executor(pure=False, retries=2), uuid.uuid4().hex
        yield Workers(
            partial(executor.submit, _run_remotely, token),
            stack.enter_context(_counted(client)),
            partial(_stop_remotely, client, token),
            where=f"the scheduler at {client.scheduler.address}",
            patience=NOBODY["local" if local else "elsewhere"],
        )


@contextlib.contextmanager
def _counted(client):
    """Yield a function that returns how many tasks run at a time."""
    count, done = [0], threading.Event()

    def follow():
        while not done.is_set():
            with contextlib.suppress(Exception):  # the tasks tell whether the scheduler is gone
                count[0] = sum(client.nthreads().values())
            done.wait(1 if count[0] else 0.1)

    threading.Thread(target=follow, daemon=True).start()
    try:
        yield lambda: count[0]
    finally:
        done.set()


@contextlib.contextmanager
def _local(scheduler):
    """Yield the address of a new cluster of processes on this machine."""
    import dask
    from distributed import LocalCluster

    text = scheduler.partition(":")[2]
    require(text.isdigit(), "scheduler", "an address, or local:N with N processes", scheduler)
    count = whole(int(text), "N of scheduler local:N", 1, 1024)
    patient = dask.config.set(
        {"distributed.deploy.lost-worker-timeout": NOBODY["local"]}
    )  # 15 s is less than some starts
    settings = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
    with patient, LocalCluster(n_workers=count, **settings) as started:
        yield started.scheduler_address


def _plugin():
    from distributed import WorkerPlugin

    class LeaveCtrlC(WorkerPlugin):
        """Ignore Ctrl-C in workers, which a terminal sends to the whole group."""

        name = "leave-ctrl-c"

        def setup(self, worker):
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    return LeaveCtrlC()


def _run_remotely(token, task):
    return run_part(task, WATCHES.setdefault(token, Watch()))


def _stop_watch(token):
    WATCHES.setdefault(token, Watch()).stop()


def _stop_remotely(client, token):
    def ask():
        with contextlib.suppress(Exception):
            client.run(_stop_watch, token)

    asking = threading.Thread(target=ask, daemon=True)  # a scheduler that is gone never answers
    asking.start()
    asking.join(2)


def _silence():
    """Silence the loggers of distributed, each of which has its own level."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
