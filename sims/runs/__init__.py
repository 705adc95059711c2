"""Single runs: one question, its settings and its answer."""
