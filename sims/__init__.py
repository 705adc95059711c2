"""Experiments: simulate, predict, judge."""
