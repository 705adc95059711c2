/* The Fokker-Planck equation in one dimension, solved on a grid: the density without any walkers. */
"use strict";
globalThis.lab ??= {};

(function (lab) {
  /** x / (e^x - 1), the weight of a flux between two cells (Scharfetter and Gummel). */
  function bernoulli(x) {
    return Math.abs(x) < 1e-8 ? 1 - x / 2 : x / Math.expm1(x);
  }

  /**
   * Densities at given dynamical times, from a point start, for constant noise D.
   *
   * Fluxes are Scharfetter and Gummel's, so that the Boltzmann density is exactly stationary; time steps are implicit
   * and grow with the time, so that none is unstable and few are needed. No probability leaves through the walls.
   *
   * @returns {{x: Float64Array, density: Float64Array[]}}
   */
  function fokkerPlanck({ height, D, start, times, low, high, cells = 480 }) {
    const dx = (high - low) / cells;
    const x = Float64Array.from({ length: cells }, (_, i) => low + (i + 0.5) * dx);
    const right = new Float64Array(cells); // rate out of a cell to its right neighbour, and to its left one
    const left = new Float64Array(cells);
    for (let i = 0; i + 1 < cells; i++) {
      const rise = (height(x[i + 1]) - height(x[i])) / D;
      right[i] = (D / dx ** 2) * bernoulli(rise);
      left[i + 1] = (D / dx ** 2) * bernoulli(-rise);
    }
    let p = new Float64Array(cells);
    const place = (start - low) / dx - 0.5; // shared by two cells so that the mean is the start
    const cell = Math.floor(place);
    p[cell] = (1 - place + cell) / dx;
    p[cell + 1] = (place - cell) / dx;
    const next = new Float64Array(cells);
    const factor = new Float64Array(cells);
    let t = 0;
    const density = times.map((until) => {
      while (t < until * (1 - 1e-12)) {
        const dt = Math.min(until - t, Math.max(t / 60, times[0] / 60));
        // (1 + dt out_i) p_i' - dt right_(i-1) p_(i-1)' - dt left_(i+1) p_(i+1)' = p_i, a tridiagonal system
        for (let i = 0; i < cells; i++) {
          const below = i ? -dt * right[i - 1] : 0;
          const pivot = 1 + dt * (right[i] + left[i]) - (i ? below * factor[i - 1] : 0);
          factor[i] = i + 1 < cells ? (-dt * left[i + 1]) / pivot : 0;
          next[i] = (p[i] - (i ? below * next[i - 1] : 0)) / pivot;
        }
        for (let i = cells - 2; i >= 0; i--) next[i] -= factor[i] * next[i + 1];
        p.set(next);
        t += dt;
      }
      return Float64Array.from(p);
    });
    return { x, density };
  }

  /** Normal density. */
  function bell(x, mean, sigma) {
    return Math.exp(-((x - mean) ** 2) / (2 * sigma * sigma)) / (sigma * Math.sqrt(2 * Math.PI));
  }

  Object.assign(lab, { fokkerPlanck, bell });
})(globalThis.lab);
