"""Figures on loss and noise: curvature, sharpness, tails, saddles."""
