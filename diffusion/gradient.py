"""The stochastic gradient as an optimizer asks for it: ``gradient.draw(x, i)``."""

from diffusion.jit import named_tuple, part


@part
class Drawn:
    """Stochastic gradient of a landscape whose coordinates do not touch: one coordinate at a time."""

    landscape: object
    noise: object
    z: object

    def draw(self, x, i):
        """Return a stochastic gradient."""
        return self.landscape.slope(x, i) + self.noise.spread(x, i) * self.z[i]


@part
class Recorded:
    """A gradient already known at every coordinate."""

    g: object

    def draw(self, x, i):
        """Return the known gradient."""
        return self.g[i]


drawn, recorded = named_tuple(Drawn), named_tuple(Recorded)
