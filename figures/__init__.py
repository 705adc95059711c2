"""Draw the datasets that sims made."""
