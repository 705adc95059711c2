"""Parts of experiments that several of them need."""
