"""Comparison of any optimizer with a reference rule.

It tells whether an implementation is right, and measures its degrees.
"""

from sims.check.candidates import path_of
from sims.check.compare import Comparison, check
from sims.check.degrees import Degrees, measured_degrees

__all__ = ["Comparison", "Degrees", "check", "measured_degrees", "path_of"]
