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


@part
class Asked:
    """A gradient that notes where it is asked for: known up to round ``known``, zero from then on.

    A step that asks for a coordinate's gradient a second time begins round 1, and so on.
    """

    g: object  # shape (rounds, dim * LANES): what rounds are told
    places: object  # likewise: where they asked
    count: object  # how often each coordinate has asked in this step
    known: object

    def draw(self, x, i):
        """Return the gradient of this round, and note where it was asked for."""
        turn = int(self.count[i])
        self.count[i] += 1.0
        if turn < self.places.shape[0]:
            self.places[turn, i] = x
        return self.g[turn, i] if turn < int(self.known) else 0.0


drawn, recorded, asked = named_tuple(Drawn), named_tuple(Recorded), named_tuple(Asked)
