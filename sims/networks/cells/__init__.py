"""Cells of the network figures: what one task of a sweep runs."""
