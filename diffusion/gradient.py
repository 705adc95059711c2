"""Stochastic gradients, as an optimizer asks for them.

An optimizer calls ``gradient.draw(x, i)``.
"""

from diffusion.jit import named_tuple, part


@part
class Drawn:
    """Stochastic gradient of one coordinate at a time.

    It serves landscapes whose coordinates are not coupled.
    """

    landscape: object
    noise: object
    z: object

    def draw(self, x, i):
        """Return a stochastic gradient."""
        # The same z at every call within a step: an optimizer that asks twice sees the same sample.
        return self.landscape.slope(x, i) + self.noise.spread(x, i) * self.z[i]


@part
class Recorded:
    """Gradient already known at every coordinate."""

    g: object

    def draw(self, x, i):
        """Return the known gradient."""
        return self.g[i]


@part
class Asked:
    """Gradient that notes where it is asked for.

    It is known up to round ``known`` and zero from then on.

    A step that asks for a coordinate's gradient a second time begins round 1, and so on.
    """

    g: object  # shape (rounds, dim * LANES): the gradients that rounds get
    places: object  # of the same shape: the places where they asked
    count: object  # how often each coordinate has asked in this step
    known: object

    def draw(self, x, i):
        """Return this round's gradient and note its place."""
        # Rounds are counted for each coordinate, since an update visits them one after another.
        turn = int(self.count[i])
        self.count[i] += 1.0
        # An update that asks more often than there is room is noticed by its count, not by a crash.
        if turn < self.places.shape[0]:
            self.places[turn, i] = x
        return self.g[turn, i] if turn < int(self.known) else 0.0


drawn, recorded, asked = named_tuple(Drawn), named_tuple(Recorded), named_tuple(Asked)
