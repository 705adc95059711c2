"""Moments of numbered blocks, merged in a fixed order.

The rounding does not depend on the order in which blocks arrive.
"""

from functools import reduce

import numpy as np

from diffusion.values import key_of


def merged(left, right):
    """Return the moments of two samples together.

    See Chan, Golub and LeVeque (1979).

    Each is an array (..., 3) of count, mean and summed squared deviation from the mean: sums of squares
    themselves would cancel where the spread is small beside the mean.
    """
    count = left[..., 0] + right[..., 0]
    share = right[..., 0] / count
    apart = right[..., 1] - left[..., 1]
    mean = left[..., 1] + apart * share
    squares = left[..., 2] + right[..., 2] + apart * apart * left[..., 0] * share
    return np.stack([count, mean, squares], axis=-1)


class MomentTree:
    """Binary tree of moments, merged by block number.

    Nodes 2m and 2m + 1 become node m of the next level, and so on.

    Two trees over neighbouring ranges of numbers, joined, are the same bits as one tree over both: it is fixed
    by the numbers alone. Memory grows with the logarithm of the count.
    """

    def __init__(self, nodes=None):
        self.nodes = dict(nodes or {})  # (level, number) -> array

    def __eq__(self, other):
        return isinstance(other, MomentTree) and key_of(self.nodes) == key_of(other.nodes)

    def __hash__(self):
        return hash(key_of(self.nodes))

    def add(self, number, array, level=0):
        """Add the array of one leaf or node.

        A node belongs to a higher ``level``.
        """
        # number ^ 1 is the sibling. Odd numbers are right children: left and right keep their
        # places, as floating-point sums depend on the order.
        while (level, number ^ 1) in self.nodes:
            other = self.nodes.pop((level, number ^ 1))
            array = merged(other, array) if number & 1 else merged(array, other)
            level, number = level + 1, number >> 1
        self.nodes[level, number] = array

    def add_all(self, first, arrays):
        """Add many leaves at once, numbered from ``first`` on.

        The result has the same bits as adding them one by one.
        """
        level = 0
        while len(arrays):
            # A first leaf without its left sibling, or a last one without its right, cannot be
            # merged here.
            if first & 1:
                self.add(first, arrays[0], level)
                first, arrays = first + 1, arrays[1:]
            if len(arrays) & 1:
                self.add(first + len(arrays) - 1, arrays[-1], level)
                arrays = arrays[:-1]
            level, first, arrays = level + 1, first >> 1, merged(arrays[0::2], arrays[1::2])

    def joined(self, other):
        """Return the moments of both."""
        both = MomentTree(self.nodes)
        for (level, number), array in other.nodes.items():
            both.add(number, array, level)
        return both

    def total(self):
        """Return the moments of all blocks, in order."""
        return reduce(merged, (array for _, array in self._in_order()))

    def leading(self, first):
        """Return the number of leaves in a row from ``first`` on."""
        stop = first
        for (level, number), _ in self._in_order():
            # A gap: a block in between is not finished yet.
            if number << level != stop:
                break
            stop = (number + 1) << level
        return stop - first

    def cut(self, stop):
        """Return the tree cut off at leaf ``stop``.

        It keeps the nodes that end at or before that leaf.
        """
        return MomentTree({(lv, n): a for (lv, n), a in self.nodes.items() if (n + 1) << lv <= stop})

    def _in_order(self):
        # In the order of their first leaves, whatever their level.
        return sorted(self.nodes.items(), key=lambda node: node[0][1] << node[0][0])
