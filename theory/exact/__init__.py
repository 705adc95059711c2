"""Exact references: no statement of the paper, no approximation but numerical error."""
