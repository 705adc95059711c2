"""Figure 6 of the paper, also at low temperatures."""
