"""Options, and the parts and numbers they make.

Options are read as people write them. Nothing here imports Numba at the top.
"""
