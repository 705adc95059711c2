"""One experiment a file: it simulates, predicts, and judges a statement of the paper."""
