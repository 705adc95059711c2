/* The paper's formulas as printed, the corrected ones, and exact references. Times T count iterations. */
"use strict";
globalThis.lab ??= {};

(function (lab) {
  /** (e^x - 1) / x, also at 0. */
  function growth(x) {
    return Math.abs(x) < 1e-12 ? 1 : Math.expm1(x) / x;
  }

  /** Theorem 1: spread of SGD's diffusion, (D / H) (1 - e^(-2 H eta T)) with D = eta |H| / (2 B). */
  function theorem1(H, T, { eta, B }) {
    return ((eta * Math.abs(H)) / B) * eta * T * growth(-2 * H * eta * T);
  }

  /** Exact spread of SGD itself: a geometric sum over its steps. */
  function sgdSpread(H, T, { eta, C }) {
    const ratio = 2 * Math.log1p(-eta * H);
    return (eta * eta * C * T * growth(ratio * T)) / growth(ratio);
  }

  /** Variance in which SGD settles in a valley, eta C / (H (2 - eta H)); infinite where it diverges. */
  function sgdSettled(H, { eta, C }) {
    return eta * H < 2 ? (eta * C) / (H * (2 - eta * H)) : Infinity;
  }

  /** Theorem 2 without slope, in units of the drift's size: u counts memory times, (1 - beta1) T. */
  const theorem2 = {
    drift: (u) => Math.expm1(-u) ** 2,
    diffusion: (u) => 2 * u,
    printed: (u) => 2 * u + Math.expm1(-u) ** 2,
    rest: (u) => 2 * u - 3 + 4 * Math.exp(-u) - Math.exp(-2 * u),
    thermal: (u) => 2 * (u + Math.expm1(-u)),
  };

  /** Theorem 2 as printed on a saddle of curvature H, Adam style (beta3 = 1 - beta1). */
  function momentumPrinted(H, T, { eta, B, beta1 }) {
    const slow = 1 - beta1;
    const drift = ((Math.abs(H) * eta * eta) / (2 * slow * B)) * Math.expm1(-slow * T) ** 2;
    return drift + theorem1(H, T, { eta, B });
  }

  /**
   * Exact spread of momentum's iteration at each of the increasing `times`: the 2 x 2 covariance, step by step.
   *
   * `start`: "rest" (m = 0) or "thermal" (m has run for long without slope). With bias correction step t is
   * eta / (1 - beta1^t) long.
   */
  function momentumSpread(H, times, { eta, C, beta1, beta3 = 1 - beta1, start = "rest", biasCorrection = false }) {
    let xx = 0;
    let xm = 0;
    let mm = start === "thermal" ? (beta3 * beta3 * C) / (1 - beta1 * beta1) : 0;
    let power = 1;
    let t = 0;
    return times.map((T) => {
      for (; t < T; t++) {
        power *= beta1;
        const step = biasCorrection ? eta / (1 - power) : eta;
        const pull = beta3 * H;
        const newMm = beta1 * beta1 * mm + 2 * beta1 * pull * xm + pull * pull * xx + beta3 * beta3 * C;
        const newXm = beta1 * xm + pull * xx - step * newMm;
        // x' = x - step m', so <x'x'> = <xx> - 2 step <x m'> + step^2 <m'm'>, and <x m'> = <x'm'> + step <m'm'>
        xx += -2 * step * (newXm + step * newMm) + step * step * newMm;
        xm = newXm;
        mm = newMm;
      }
      return xx;
    });
  }

  /** Proposition 1 as printed: Theorem 2 with eta / sqrt(v) for eta and v = |H| / B. */
  function adamPrinted(H, T, { eta, B, beta1 }) {
    const pull = Math.sign(H) * Math.sqrt(B * Math.abs(H));
    return adamDrift(T, { eta, beta1 }) + eta * eta * T * growth(-2 * pull * eta * T);
  }

  /** Proposition 1 at leading order: the slope is left out. */
  function adamLeading(T, { eta, beta1 }) {
    return adamDrift(T, { eta, beta1 }) + eta * eta * T;
  }

  function adamDrift(T, { eta, beta1 }) {
    return ((eta * eta) / (2 * (1 - beta1))) * Math.expm1(-(1 - beta1) * T) ** 2;
  }

  /** Exact spread of an Adam that knows v = |H| / B: momentum with unit noise and curvature sqrt(B |H|). */
  function adamSpread(H, times, { eta, B, beta1, biasCorrection = true }) {
    const pull = Math.sign(H) * Math.sqrt(B * Math.abs(H));
    return momentumSpread(pull, times, { eta, C: 1, beta1, biasCorrection });
  }

  /** Inertia that Adai gives each coordinate when v is known: 1 - beta0 |H_i| / mean |H|. */
  function adaiInertia(H, beta0) {
    const mean = H.reduce((sum, h) => sum + Math.abs(h), 0) / H.length;
    return H.map((h) => 1 - (beta0 * Math.abs(h)) / mean);
  }

  /** Proposition 3: total drift, the same in every direction. */
  function adaiDrift(H, { eta, B, beta0 }) {
    return (eta * eta * H.reduce((sum, h) => sum + Math.abs(h), 0)) / H.length / (2 * beta0 * B);
  }

  /** Log of Kramers' mean time in units of eta iterations: strong to medium friction. */
  function kramersLogTime({ Ha, Hb, barrier }, { mass, damping, D }) {
    const friction = mass * damping;
    const z = (4 * Math.abs(Hb)) / (damping * damping * mass);
    const prefactor = Math.log((Math.PI * friction * (1 + Math.sqrt(1 + z))) / Math.sqrt(Ha * Math.abs(Hb)));
    return prefactor + (barrier * friction) / D;
  }

  /** Log of Kramers' mean number of iterations to leave a valley, by optimizer; C is the noise in the valley. */
  function kramersLogIterations(name, valley, { eta, C, beta1 = 0.9, beta0 = 0.1 }) {
    if (name === "SGD") {
      const D = (eta * C) / 2;
      return Math.log((2 * Math.PI) / Math.sqrt(valley.Ha * Math.abs(valley.Hb)) / eta) + valley.barrier / D;
    }
    const slow = name === "Adai" ? beta0 : 1 - beta1;
    const beta3 = name === "Momentum" ? 1 : slow;
    const step = name === "Adam" ? eta / Math.sqrt(C) : eta; // Adam's v is C
    const process = { mass: step / beta3, damping: slow / step, D: (step * C) / 2 };
    return kramersLogTime(valley, process) - Math.log(step);
  }

  /** The degree law: with h the degree in the gradients and d that in the parameters, eta acts as eta k^p. */
  function exponent(h, d = 0) {
    return (1 + h - d) / 2;
  }

  Object.assign(lab, {
    theorem1, theorem2, sgdSpread, sgdSettled, momentumPrinted, momentumSpread, adamPrinted, adamLeading, adamSpread,
    adaiInertia, adaiDrift, kramersLogTime, kramersLogIterations, exponent,
  }); // prettier-ignore
})(globalThis.lab);

(function (lab) {
  /**
   * The separatrix of a unit mass with friction: the curve in the plane of position and velocity from which a walker
   * without noise would stop exactly on the top. Followed backwards in time from the top, to both sides.
   */
  function separatrix({ slope, top, Hb, damping, reach, points = 120 }) {
    const incline = -(damping + Math.sqrt(damping * damping - 4 * Hb)) / 2; // its slope at the top
    const side = (sign) => {
      const x = [top];
      const y = [0];
      const h = (sign * reach) / points;
      let at = top + sign * 1e-6 * reach;
      let v = sign * 1e-6 * reach * incline;
      const rise = (position, velocity) => -damping - slope(position) / velocity; // dv/dx along the flow
      for (let i = 1; i <= points; i++) {
        const steps = 64;
        const step = (top + i * h - at) / steps;
        for (let s = 0; s < steps; s++) {
          const a = rise(at, v);
          const b = rise(at + step / 2, v + (step / 2) * a);
          const c = rise(at + step / 2, v + (step / 2) * b);
          const d = rise(at + step, v + step * c);
          v += (step * (a + 2 * b + 2 * c + d)) / 6;
          at += step;
        }
        x.push(at);
        y.push(v);
      }
      return { x, y };
    };
    const left = side(-1);
    const right = side(1);
    return { x: [...left.x.reverse(), ...right.x.slice(1)], y: [...left.y.reverse(), ...right.y.slice(1)] };
  }

  /** Places where a slope goes from negative to positive: the bottoms of valleys. */
  function wells(slope, low, high, steps = 2000) {
    const found = [];
    for (let i = 0; i < steps; i++) {
      let a = low + ((high - low) * i) / steps;
      let b = low + ((high - low) * (i + 1)) / steps;
      if (!(slope(a) < 0 && slope(b) >= 0)) continue;
      for (let s = 0; s < 50; s++) {
        const middle = (a + b) / 2;
        if (slope(middle) < 0) a = middle;
        else b = middle;
      }
      found.push((a + b) / 2);
    }
    return found;
  }

  /** Least squares: the straight line a + b x. */
  function straight(x, y) {
    const n = x.length;
    const mx = x.reduce((s, v) => s + v, 0) / n;
    const my = y.reduce((s, v) => s + v, 0) / n;
    const b = x.reduce((s, v, i) => s + (v - mx) * (y[i] - my), 0) / x.reduce((s, v) => s + (v - mx) ** 2, 0);
    return { a: my - b * mx, b };
  }

  Object.assign(lab, { separatrix, wells, straight });
})(globalThis.lab);
