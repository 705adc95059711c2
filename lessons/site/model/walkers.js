/* Many walkers: where they are at given iterations, and when they first pass a boundary. */
"use strict";
globalThis.lab ??= {};

(function (lab) {
  /** One walker's gradient: the slope at theta plus noise of standard deviation `spread` per coordinate. */
  function noisyGradient(landscape, spread, stream, theta, g) {
    for (let i = 0; i < theta.length; i++) g[i] = landscape.slope(theta[i], i) + spread[i] * stream.normal();
  }

  /** One number per coordinate from a number or a list. */
  function perCoordinate(value, dim) {
    return typeof value === "number" ? new Float64Array(dim).fill(value) : Float64Array.from(value);
  }

  /**
   * Positions of walkers after given numbers of iterations.
   *
   * @param {object} run landscape, optimizer, noise (variance of the gradient, a number or one per coordinate),
   *   start, times (increasing iterations), walkers, seed
   * @returns {Float64Array[][]} positions[j][i][w]: at times[j], coordinate i, walker w
   */
  function evolve({ landscape, optimizer, noise, start = 0, times, walkers, seed = 0 }) {
    const dim = landscape.dim;
    const spread = perCoordinate(noise, dim).map(Math.sqrt);
    const from = perCoordinate(start, dim);
    const found = times.map(() => Array.from({ length: dim }, () => new Float64Array(walkers)));
    const theta = new Float64Array(dim);
    const g = new Float64Array(dim);
    const stream = new lab.Stream();
    for (let w = 0; w < walkers; w++) {
      stream.at(seed, w);
      theta.set(from);
      optimizer.rest(dim);
      for (let j = 0, t = 0; j < times.length; j++) {
        for (; t < times[j]; t++) {
          noisyGradient(landscape, spread, stream, theta, g);
          optimizer.step(theta, g);
        }
        for (let i = 0; i < dim; i++) found[j][i][w] = theta[i];
      }
    }
    return found;
  }

  /**
   * First passages: when any coordinate of each walker first reaches the boundary from below.
   *
   * A generator, so that a page can draw between its pauses: it pauses about every `budget` iterations and returns
   * the iterations of all walkers; Infinity stands for a walker that was still inside after `most` iterations.
   */
  function* escapes({ landscape, optimizer, noise, start, boundary, most, walkers, seed = 0, budget = 400000 }) {
    const dim = landscape.dim;
    const spread = perCoordinate(noise, dim).map(Math.sqrt);
    const from = perCoordinate(start, dim);
    const out = new Float64Array(walkers).fill(Infinity);
    const theta = new Float64Array(dim);
    const g = new Float64Array(dim);
    const stream = new lab.Stream();
    let spent = 0;
    for (let w = 0; w < walkers; w++) {
      stream.at(seed, w);
      theta.set(from);
      optimizer.rest(dim);
      for (let t = 1; t <= most; t++) {
        noisyGradient(landscape, spread, stream, theta, g);
        optimizer.step(theta, g);
        let outside = false;
        for (let i = 0; i < dim; i++) outside ||= theta[i] >= boundary;
        if (outside) {
          out[w] = t;
          break;
        }
        if (++spent >= budget) {
          spent = 0;
          yield w / walkers;
        }
      }
    }
    return out;
  }

  /** Run a generator to its end and return what it returns. */
  function finished(generator) {
    let step = generator.next();
    while (!step.done) step = generator.next();
    return step.value;
  }

  Object.assign(lab, { evolve, escapes, finished });
})(globalThis.lab);
