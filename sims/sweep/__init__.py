"""Grids of runs, stored by cell and resumed exactly."""
