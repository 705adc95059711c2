"""Grids of runs, stored cell by cell and resumed to the last bit."""
