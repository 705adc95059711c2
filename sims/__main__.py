"""``python -m sims`` is ``diffusion``."""

from sims.cli import main

if __name__ == "__main__":
    main()
