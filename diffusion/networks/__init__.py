"""Small networks, 32 side by side in the lanes of a block."""
