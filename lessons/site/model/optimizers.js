/* Update rules as their algorithm boxes read. Each works on one walker: `rest(dim)` forgets, `step(theta, g)` moves. */
"use strict";
globalThis.lab ??= {};

(function (lab) {
  class SGD {
    constructor({ eta }) {
      this.eta = eta;
    }

    rest() {}

    step(theta, g) {
      for (let i = 0; i < theta.length; i++) theta[i] -= this.eta * g[i];
    }
  }

  /** Eq. (4): m = beta1 m + beta3 g. SGD style: beta3 = 1; moving average: beta3 = 1 - beta1. */
  class Momentum {
    constructor({ eta, beta1 = 0.9, beta3 = 1, biasCorrection = false }) {
      Object.assign(this, { eta, beta1, beta3, biasCorrection });
      this.rest(1);
    }

    rest(dim) {
      this.m = cleared(this.m, dim);
      this.power = 1; // beta1^t
    }

    step(theta, g) {
      this.power *= this.beta1;
      const eta = this.biasCorrection ? this.eta / (1 - this.power) : this.eta;
      for (let i = 0; i < theta.length; i++) {
        this.m[i] = this.beta1 * this.m[i] + this.beta3 * g[i];
        theta[i] -= eta * this.m[i];
      }
    }
  }

  /** Algorithm 1, with torch's eps outside the root. */
  class Adam {
    constructor({ eta, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 }) {
      Object.assign(this, { eta, beta1, beta2, eps });
      this.rest(1);
    }

    rest(dim) {
      this.m = cleared(this.m, dim);
      this.v = cleared(this.v, dim);
      this.power1 = 1;
      this.power2 = 1;
    }

    step(theta, g) {
      this.power1 *= this.beta1;
      this.power2 *= this.beta2;
      const eta = this.eta / (1 - this.power1);
      const correction = 1 / (1 - this.power2);
      for (let i = 0; i < theta.length; i++) {
        this.m[i] = this.beta1 * this.m[i] + (1 - this.beta1) * g[i];
        this.v[i] = this.beta2 * this.v[i] + (1 - this.beta2) * g[i] * g[i];
        theta[i] -= (eta * this.m[i]) / (Math.sqrt(this.v[i] * correction) + this.eps);
      }
    }
  }

  /** Algorithm 2: each coordinate's inertia follows from its share of the mean square gradient. */
  class Adai {
    constructor({ eta, beta0 = 0.1, beta2 = 0.99, eps = 1e-3 }) {
      Object.assign(this, { eta, beta0, beta2, eps });
      this.rest(1);
    }

    rest(dim) {
      this.m = cleared(this.m, dim);
      this.v = cleared(this.v, dim);
      this.product = cleared(this.product, dim).fill(1); // of all beta1 so far
      this.power2 = 1;
    }

    step(theta, g) {
      let mean = 0;
      for (let i = 0; i < theta.length; i++) {
        this.v[i] = this.beta2 * this.v[i] + (1 - this.beta2) * g[i] * g[i];
        mean += this.v[i] / theta.length;
      }
      for (let i = 0; i < theta.length; i++) {
        // the bias correction of v cancels in its share; no gradient at all yet: every share is 1
        const share = mean > 0 ? this.v[i] / mean : 1;
        const beta1 = Math.min(Math.max(1 - this.beta0 * share, 0), 1 - this.eps);
        this.m[i] = beta1 * this.m[i] + (1 - beta1) * g[i];
        this.product[i] *= beta1;
        theta[i] -= (this.eta * this.m[i]) / (1 - this.product[i]);
      }
    }
  }

  /** torch's form: no bias correction, eps outside the root. */
  class RMSprop {
    constructor({ eta, beta2 = 0.99, eps = 1e-8 }) {
      Object.assign(this, { eta, beta2, eps });
      this.rest(1);
    }

    rest(dim) {
      this.v = cleared(this.v, dim);
    }

    step(theta, g) {
      for (let i = 0; i < theta.length; i++) {
        this.v[i] = this.beta2 * this.v[i] + (1 - this.beta2) * g[i] * g[i];
        theta[i] -= (this.eta * g[i]) / (Math.sqrt(this.v[i]) + this.eps);
      }
    }
  }

  class SignSGD {
    constructor({ eta }) {
      this.eta = eta;
    }

    rest() {}

    step(theta, g) {
      for (let i = 0; i < theta.length; i++) theta[i] -= this.eta * Math.sign(g[i]);
    }
  }

  /** Zeros: the same array where it fits, so that a run of many walkers makes no garbage. */
  function cleared(array, dim) {
    return array && array.length === dim ? array.fill(0) : new Float64Array(dim);
  }

  Object.assign(lab, { SGD, Momentum, Adam, Adai, RMSprop, SignSGD });
})(globalThis.lab);
