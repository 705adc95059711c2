"""``python -m diffusion`` is the command line, which lives above this package.

The name is run, not imported, so that the engine itself still knows nothing of what is built on it.
"""

import runpy

if __name__ == "__main__":
    runpy.run_module("sims", run_name="__main__", alter_sys=True)
