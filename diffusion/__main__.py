"""Run the command line as ``python -m diffusion``.

The command line lives above this package.

The name is run, not imported, so that the engine itself still knows nothing of what is built on it.
"""

import runpy

if __name__ == "__main__":
    # alter_sys makes sys.argv[0] and sys.modules["__main__"] those of the module that runs.
    runpy.run_module("sims", run_name="__main__", alter_sys=True)
