"""Options as people write them, and the parts and numbers that they make. Nothing here imports Numba at the top."""
