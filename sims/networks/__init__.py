"""Figures and tables of the paper on small networks and real data."""
