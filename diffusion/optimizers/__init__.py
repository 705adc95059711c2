"""Optimizers, one algorithm box a file."""
