"""Figures and tables on training: error and loss of optimizers."""
