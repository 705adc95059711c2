"""``python -m sims`` is ``diffusion``."""

from sims.commands.app import main

if __name__ == "__main__":
    main()
