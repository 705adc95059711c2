"""`diffusion completion`: a script for the shell."""

from typing import Literal


def completion(shell: Literal["bash", "zsh", "fish"], /) -> None:
    """Print a script that completes commands and options: eval "$(diffusion completion bash)".

    Parameters
    ----------
    shell
        Shell that will read the script.
    """
    from sims.commands.app import app

    print(app.generate_completion(shell=shell))
