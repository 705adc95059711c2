"""Lessons on the diffusion theory of optimizers.

There are six; `diffusion teach` serves them.
"""
