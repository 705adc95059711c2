"""`diffusion figure 1` and others: figures on networks.

They share their options.
"""

import sys
from pathlib import Path
from typing import Annotated

from sims.commands.common import COMMON, Common, Flat
from sims.options.numbers import Whole


def _command(*names: str):
    """Return the command that makes some figures, all if none is named."""

    def figure(
        *,
        quick: bool = False,
        seed: Whole = 0,
        out: Path = Path("out"),
        scheduler: str | None = None,
        record: Path | None = None,
        common: Annotated[Common, Flat] = COMMON,
    ) -> int:
        """Make a figure of the paper on small networks: picture, table, data, and verdicts on what the paper claims.

        Needs the extra "networks". Finished cells are kept in OUT: after a stop the same command goes on.

        Parameters
        ----------
        quick
            A few networks, where the full figure has 32 or more of each kind.
        seed
            Seed from which every start and every minibatch derives its own.
        out
            Folder for the files.
        scheduler
            Run on dask.distributed: an address such as tcp://10.0.0.1:8786, or local:N for N processes here.
        record
            Write the verdicts into this file, beside those of other experiments.
        """
        if scheduler is not None and common.workers is not None:
            raise ValueError(
                "--workers conflicts with --scheduler, which has workers of its own; leave one out."
            )
        # Numba and matplotlib take seconds to import, and --help must not.
        from sims.commands.network_run import make
        from sims.networks.figure import NAMES, Settings

        for name in names or NAMES:
            try:
                code = make(
                    name, Settings(quick, seed), out, workers=common.workers, scheduler=scheduler,
                    json=common.json, to=record,
                )  # fmt: skip
            except KeyboardInterrupt:  # between the cells of two figures, or while one is drawn
                print(
                    "Interrupted: finished cells are stored; run it again to go on",
                    file=sys.stderr,
                )
                code = 130
            if code:
                return code
        return 0

    return figure


every = _command()


def __getattr__(name: str):
    """Return the command of one figure: ``figure_1`` and so on."""
    if name.startswith(("figure_", "table_")):
        return _command(name)
    raise AttributeError(name)
