"""Six lessons on the diffusion theory of optimizers: `diffusion teach` serves them."""
