"""Run all experiments, compare records, write the report."""
