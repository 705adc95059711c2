"""Small neural networks, many side by side in a block.

One network stands in each lane: 32 unless ``DIFFUSION_LANES`` says otherwise.
"""
