"""Run all experiments, compare with the records, write the report."""
