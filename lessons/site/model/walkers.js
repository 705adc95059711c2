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
   *   start, times (increasing iterations), walkers, seed, first (number of the first walker)
   * @returns {Float64Array[][]} positions[j][i][w]: at times[j], coordinate i, walker w
   */
  function evolve({ landscape, optimizer, noise, start = 0, times, walkers, seed = 0, first = 0 }) {
    const dim = landscape.dim;
    const spread = perCoordinate(noise, dim).map(Math.sqrt);
    const from = perCoordinate(start, dim);
    const found = times.map(() => Array.from({ length: dim }, () => new Float64Array(walkers)));
    const theta = new Float64Array(dim);
    const g = new Float64Array(dim);
    const stream = new lab.Stream();
    for (let w = 0; w < walkers; w++) {
      stream.at(seed, first + w);
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
   * First passages: when any coordinate of each walker first reaches each of the increasing boundaries from below.
   *
   * A generator, so that a page can draw between its pauses: it pauses about every `budget` iterations. Infinity stands
   * for a walker that had not been there after `most` iterations.
   *
   * @returns {Float64Array[]} one array of iterations per boundary
   */
  function* passages({ landscape, optimizer, noise, start, boundaries, most, walkers, seed = 0, budget = 100000 }) {
    const dim = landscape.dim;
    const spread = perCoordinate(noise, dim).map(Math.sqrt);
    const from = perCoordinate(start, dim);
    const out = boundaries.map(() => new Float64Array(walkers).fill(Infinity));
    const theta = new Float64Array(dim);
    const g = new Float64Array(dim);
    const stream = new lab.Stream();
    let spent = 0;
    for (let w = 0; w < walkers; w++) {
      stream.at(seed, w);
      theta.set(from);
      optimizer.rest(dim);
      let next = 0;
      for (let t = 1; t <= most && next < boundaries.length; t++) {
        noisyGradient(landscape, spread, stream, theta, g);
        optimizer.step(theta, g);
        let farthest = theta[0];
        for (let i = 1; i < dim; i++) if (theta[i] > farthest) farthest = theta[i];
        while (next < boundaries.length && farthest >= boundaries[next]) out[next++][w] = t;
        if (++spent >= budget) {
          spent = 0;
          yield w / walkers;
        }
      }
    }
    return out;
  }

  /** First passages of a single boundary: one array of iterations. */
  function* escapes({ boundary, ...run }) {
    const [times] = yield* passages({ ...run, boundaries: [boundary] });
    return times;
  }

  /** Run a generator to its end and return what it returns. */
  function finished(generator) {
    let step = generator.next();
    while (!step.done) step = generator.next();
    return step.value;
  }

  Object.assign(lab, { evolve, passages, escapes, finished });
})(globalThis.lab);
