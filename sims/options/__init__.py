"""Options, and the parts and numbers they make.

Nothing here imports Numba at the top, or the help would wait for it.
"""
