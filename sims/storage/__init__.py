"""Results on disk: files, seeds, provenance."""
