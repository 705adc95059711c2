"""Figure 6 of the paper, at its own and at low temperatures."""
