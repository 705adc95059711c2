"""Compare an optimizer with a reference; measure its degrees.

The question is: is my optimizer right? Any implementation can be compared.
"""

from sims.check.candidates import path_of
from sims.check.compare import Comparison, check
from sims.check.degrees import Degrees, measured_degrees

__all__ = ["Comparison", "Degrees", "check", "measured_degrees", "path_of"]
