"""What every contestant computes: one set of constants, so that no two can drift apart.

All walkers live in ``DIM`` = 10 coordinates, start at the same point and take the same number of iterations.
Three landscapes and noises occur:

- the saddle, ``L = 1/2 sum_j H_j theta_j**2``, with Gaussian gradient noise of standard deviation
  ``SADDLE_SD``;
- Styblinski-Tang (slope ``2 x**3 - 16 x + 2.5``), started in the deep valley, with noise of standard
  deviation ``VALLEY_SD``, or ``sqrt(S0 + S1 x**2)`` where a row says sigma(theta);
- Styblinski-Tang averaged over ``B`` rows of data drawn with replacement at each iteration.
"""

import numpy as np

DIM = 10
H = np.linspace(-1.0, 1.0, DIM)
SADDLE_SD = 1.0
VALLEY = -2.903534
BOUNDARY = 0.156731
VALLEY_SD = 113.5  # with Momentum's rate: about 1e4 iterations to the first escape of ten coordinates
S0, S1 = 1000.0, 100.0
ROWS, B = 50_000, 10
SAMPLES = np.random.default_rng(0).normal(0.0, 2.0, (ROWS, DIM))

SGD_ETA = 1e-3
MOMENTUM_ETA, MOMENTUM_BETA1 = 1e-4, 0.9
ADAM_ETA, ADAM_BETA1, ADAM_BETA2, ADAM_EPS = 1e-2, 0.9, 0.999, 1e-8
ADAI_ETA, ADAI_BETA0, ADAI_BETA2, ADAI_EPS = 1e-3, 0.1, 0.99, 1e-3
