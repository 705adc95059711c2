"""Regime flags: conditions of the statements at your setting.

They are flags, not errors: a formula outside its regime still returns a number, and the flag says how far to trust it.
`flags` takes a setting and returns every condition that it decides; `failed` keeps those that do not hold.
"""

from theory.regime.escape import (
    adam_memory_flag,
    barrier_flag,
    climb_flag,
    drag_flag,
    friction_flag,
    reading_flag,
    sample_flag,
)
from theory.regime.flag import Flag, Level, failed
from theory.regime.saddle import (
    adam_reach_flag,
    flight_flag,
    growth_flag,
    inertia_flag,
    step_flag,
    total_drift_flag,
)
from theory.regime.setting import flags

__all__ = [
    "Flag",
    "Level",
    "adam_memory_flag",
    "adam_reach_flag",
    "barrier_flag",
    "climb_flag",
    "drag_flag",
    "failed",
    "flags",
    "flight_flag",
    "friction_flag",
    "growth_flag",
    "inertia_flag",
    "reading_flag",
    "sample_flag",
    "step_flag",
    "total_drift_flag",
]
