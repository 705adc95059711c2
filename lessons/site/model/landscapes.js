/* Landscapes whose coordinates are apart: `slope(x, i)` is the derivative along coordinate i, `height(x, i)` the loss. */
"use strict";
globalThis.lab ??= {};

(function (lab) {
  /** L = sum of H_i theta_i^2 / 2: a valley where H_i > 0, a way down from a saddle where H_i < 0. */
  class Quadratic {
    constructor(H) {
      this.H = Float64Array.from(H);
      this.dim = this.H.length;
    }

    slope(x, i) {
      return this.H[i] * x;
    }

    height(x, i) {
      return (this.H[i] * x * x) / 2;
    }
  }

  /** f(sqrt(k) theta), f the Styblinski-Tang function: sharpness k scales every curvature and no barrier. */
  class StyblinskiTang {
    constructor(k = 1, dim = 1) {
      this.root = Math.sqrt(k);
      this.dim = dim;
      this.minimum = -2.903534027771177 / this.root;
      this.top = 0.15673125678034008 / this.root;
      this.otherMinimum = 2.746802770990837 / this.root;
      this.Ha = k * 34.58305910255069;
      this.Hb = k * -15.85261187888833;
      this.barrier = 39.36177806282677; // height of the top over the deeper minimum
    }

    slope(x) {
      const y = this.root * x;
      return this.root * (2 * y * y * y - 16 * y + 2.5);
    }

    height(x) {
      const y = this.root * x;
      return (y * y * y * y - 16 * y * y + 5 * y) / 2;
    }
  }

  /** The same function shifted by data of some variance and averaged over them: the set-up that the paper prints. */
  class AveragedStyblinskiTang {
    constructor(variance) {
      this.variance = variance;
      this.dim = 1;
    }

    slope(x) {
      return 2 * x * x * x + (6 * this.variance - 16) * x + 2.5;
    }

    height(x) {
      const s = this.variance;
      return (x ** 4 + (6 * s - 16) * x * x + 3 * s * s - 16 * s + 5 * x) / 2;
    }
  }

  Object.assign(lab, { Quadratic, StyblinskiTang, AveragedStyblinskiTang });
})(globalThis.lab);
