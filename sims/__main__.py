"""Entry point of ``python -m sims``, which is ``diffusion``."""

import os
import sys


def main() -> None:
    """Run the command line; an early Ctrl-C prints one line, too."""
    for name in ("stdout", "stderr"):  # closed by the shell (2>&-): the next file opened would take its place
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  it stays open until the end
    try:  # imported only here, so that Ctrl-C meanwhile prints one line
        from sims.commands.app import main as command_line

        command_line()
    except KeyboardInterrupt:
        print("diffusion: interrupted before anything was finished", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
