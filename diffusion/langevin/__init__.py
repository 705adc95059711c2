"""Stochastic processes of Eqs. (1) and (7)."""
