"""Evaluate: the closed forms of the paper, corrected forms, exact references. Numbers in, numbers out."""
