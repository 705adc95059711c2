"""Simulate: optimizers and stochastic processes on landscapes, many walkers at once."""
