"""Grids of runs, stored by cell and resumed exactly.

A resumed run is the same to the last bit.
"""
