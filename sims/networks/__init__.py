"""Figures and tables of the paper on small networks.

They are trained on real data. `figure` has the contract of a figure and the list of all; the rooms are `cells` (what one
task of a sweep runs), `training` (learning curves, errors) and `geometry` (curvature, noise, saddles).
"""
