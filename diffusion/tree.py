"""A sum over numbered leaves whose rounding does not depend on the order in which they arrive."""


class TreeSum:
    """Add arrays by their number; neighbours 2m and 2m + 1 are added to node m of the next level, and so on.

    Two sums over neighbouring ranges of numbers, joined, are the same bits as one sum over both: the tree is
    fixed by the numbers alone. Memory grows with the logarithm of the count.
    """

    def __init__(self, nodes=None):
        self.nodes = dict(nodes or {})  # (level, number) -> array

    def add(self, number, array, level=0):
        """Add the array of one leaf (or of a node of a higher level)."""
        while (level, number ^ 1) in self.nodes:
            other = self.nodes.pop((level, number ^ 1))
            array = other + array if number & 1 else array + other
            level, number = level + 1, number >> 1
        self.nodes[level, number] = array

    def joined(self, other):
        """Return the sum of both."""
        both = TreeSum(self.nodes)
        for (level, number), array in other.nodes.items():
            both.add(number, array, level)
        return both

    def total(self):
        """Return the sum, from the first leaf on."""
        return sum(array for _, array in self._in_order())

    def leading(self, first):
        """Return how many leaves there are in a row from ``first`` on."""
        stop = first
        for (level, number), _ in self._in_order():
            if number << level != stop:
                break
            stop = (number + 1) << level
        return stop - first

    def cut(self, stop):
        """Return the sum of the nodes that end at or before leaf ``stop``."""
        return TreeSum({(lv, n): a for (lv, n), a in self.nodes.items() if (n + 1) << lv <= stop})

    def _in_order(self):
        return sorted(self.nodes.items(), key=lambda node: node[0][1] << node[0][0])
