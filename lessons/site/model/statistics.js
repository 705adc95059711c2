/* Estimates with their errors: means, variances, escape rates, and the gamma distribution that their intervals need. */
"use strict";
globalThis.lab ??= {};

(function (lab) {
  /** Mean of values and its standard error. */
  function estimate(values) {
    const n = values.length;
    let sum = 0;
    for (const value of values) sum += value;
    const mean = sum / n;
    let squares = 0;
    for (const value of values) squares += (value - mean) ** 2;
    return { mean, error: Math.sqrt(squares / (n - 1) / n), n };
  }

  /** Mean squared displacement from a point, with its standard error. */
  function spread(positions, from = 0) {
    return estimate(positions.map((x) => (x - from) ** 2));
  }

  /**
   * Mean of values, with the help of others whose mean is known exactly: what both share is taken away (a control variate).
   */
  function controlled(values, others, known) {
    const here = estimate(values);
    const there = estimate(others);
    let together = 0;
    let squares = 0;
    for (let w = 0; w < values.length; w++) {
      together += (values[w] - here.mean) * (others[w] - there.mean);
      squares += (others[w] - there.mean) ** 2;
    }
    const factor = together / squares;
    return estimate(values.map((value, w) => value - factor * (others[w] - known)));
  }

  /** Logarithm of the gamma function (Stirling's series, after a shift to where it is good to 1e-15). */
  function logGamma(a) {
    let shift = 0;
    for (; a < 12; a++) shift -= Math.log(a);
    const r = 1 / (a * a);
    const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / a;
    return shift + (a - 0.5) * Math.log(a) - a + Math.log(2 * Math.PI) / 2 + series;
  }

  /** Probability that a gamma variable of shape a is below x: a power series on the left, a continued fraction on the right. */
  function gammaBelow(a, x) {
    if (x <= 0) return 0;
    const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
    if (x < a + 1) {
      let term = 1 / a;
      let sum = term;
      for (let n = 1; n < 10000 && term > sum * 1e-17; n++) sum += term *= x / (a + n);
      return scale * sum;
    }
    let fraction = 0;
    const depth = Math.ceil(30 + 400 / Math.sqrt(x)) + Math.ceil(4 * Math.sqrt(a));
    for (let n = depth; n > 0; n--) fraction = (n * (n - a)) / (x + 2 * n + 1 - a - fraction);
    return 1 - scale / (x + 1 - a - fraction);
  }

  /** The x below which a gamma variable of shape a lies with probability p, by bisection. */
  function gammaQuantile(a, p) {
    let low = 0;
    let high = a + 10;
    while (gammaBelow(a, high) < p) high *= 2;
    for (let i = 0; i < 80; i++) {
      const middle = (low + high) / 2;
      if (gammaBelow(a, middle) < p) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  /** Mean escape time from times that may be censored at `most`, with its exact 95 % interval for exponential times. */
  function meanTime(times, most = Infinity) {
    let total = 0;
    let events = 0;
    for (const time of times) {
      total += Math.min(time, most);
      if (Number.isFinite(time)) events++;
    }
    const censored = events < times.length;
    return {
      events,
      mean: total / events,
      low: total / gammaQuantile(events + (censored ? 1 : 0), 0.975),
      high: total / gammaQuantile(events, 0.025),
    };
  }

  /** Eqs. (119) and (120): the rate (n - 2) / sum, and the printed interval of plus or minus 1.96 / sqrt(n). */
  function printedRate(times) {
    const n = times.length;
    const rate = (n - 2) / times.reduce((sum, t) => sum + t, 0);
    return { rate, low: rate * (1 - 1.96 / Math.sqrt(n)), high: rate * (1 + 1.96 / Math.sqrt(n)) };
  }

  /** The exact interval of a rate from n exponential times. */
  function exactRate(times) {
    const n = times.length;
    const total = times.reduce((sum, t) => sum + t, 0);
    return { rate: (n - 1) / total, low: gammaQuantile(n, 0.025) / total, high: gammaQuantile(n, 0.975) / total };
  }

  /** How often the printed interval covers the true rate. */
  function printedCoverage(n) {
    const ends = [1 + 1.96 / Math.sqrt(n), 1 - 1.96 / Math.sqrt(n)].map((end) => (n - 2) * end);
    // the interval holds rate 1 when sum / (n - 2) lies between the two ends
    return gammaBelow(n, ends[0]) - gammaBelow(n, Math.max(ends[1], 0));
  }

  Object.assign(lab, { estimate, spread, controlled, logGamma, gammaBelow, gammaQuantile, meanTime, printedRate, exactRate, printedCoverage });
})(globalThis.lab);
