"""Lessons on the diffusion theory of optimizers.

There are nine; `diffusion teach` serves them.
"""
