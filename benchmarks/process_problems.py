"""The two jobs of `benchmarks.processes`, one set of constants for every contestant.

A: Euler-Maruyama steps of a process with inertia, from rest on a saddle of two coordinates.
B: first passage on Styblinski-Tang in one coordinate, overdamped.
"""

import numpy as np

H = np.array([1.0, -0.5])
MASS, DAMPING, D = 1.0, 1.0, 0.5
DT_A = 1e-3

T, START, EDGE = 9.33, -2.903534, 0.156731
DT_B = 1e-3
LONG = 1e4
AT_STEP_ENDS, BRIDGED = 10.7536, 9.9471  # exact means of the Euler-Maruyama chain, seen so
