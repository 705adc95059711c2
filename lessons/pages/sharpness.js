/* Lesson 8: the degree law. Which optimizers see sharpness? */
"use strict";
lab.lessons ??= {};

lab.lessons.sharpness = (function () {
  const RULES = {
    SGD: { make: (eta) => new lab.SGD({ eta }), eta: 1e-3, h: 1, ks: [4, 5, 6, 8] },
    Momentum: { make: (eta) => new lab.Momentum({ eta }), eta: 1e-4, h: 1, ks: [4, 5, 6, 8] },
    Adam: { make: (eta) => new lab.Adam({ eta, eps: 0 }), eta: 0.1, h: 0, ks: [6, 8, 11, 16] },
    RMSprop: { make: (eta) => new lab.RMSprop({ eta, eps: 0 }), eta: 0.1, h: 0, ks: [6, 8, 11, 16] },
    SignSGD: { make: (eta) => new lab.SignSGD({ eta }), eta: 0.1, h: 0, ks: [6, 8, 11, 16] },
  };
  const ADAI = { make: (eta) => new lab.Adai({ eta }), eta: 1e-3, h: 1 };
  const NAMES = { SGD: "SGD", Momentum: "Momentum", Adam: "Adam", RMSprop: "RMSprop", SignSGD: "signSGD", Adai: "Adai" };
  const STRENGTH = 100;
  const done = new Map();

  /** One walker's path from the minimum: positions sqrt(k) theta after each iteration, and until when it stays inside. */
  function path({ make, eta, k, steps, seed }) {
    const valley = new lab.StyblinskiTang(k);
    const optimizer = make(eta);
    const theta = Float64Array.of(valley.minimum);
    const g = new Float64Array(1);
    const spread = Math.sqrt(STRENGTH * valley.Ha);
    const stream = new lab.Stream(seed, 0);
    optimizer.rest(1);
    const found = [valley.root * theta[0]];
    for (let t = 0; t < steps; t++) {
      g[0] = valley.slope(theta[0]) + spread * stream.normal();
      optimizer.step(theta, g);
      found.push(valley.root * theta[0]);
    }
    return found;
  }

  /** The same random numbers twice: on the sharpened valley, and on the plain one with the learning rate eta k^p. */
  function twins({ rule, p, k }) {
    const { make, eta, h } = rule === "Adai" ? ADAI : RULES[rule];
    const base = rule === "Momentum" ? 2e-5 : rule === "SGD" || rule === "Adai" ? 2e-4 : 0.02;
    const steps = 120;
    const sharp = path({ make, eta: base, k, steps, seed: 5 });
    const plain = path({ make, eta: base * k ** p, k: 1, steps, seed: 5 });
    const x = sharp.map((_, t) => t);
    const apart = Math.max(...sharp.map((v, t) => Math.abs(v - plain[t])));
    const right = lab.exponent(h);
    const same = apart < 1e-9;
    return {
      chart: {
        panels: [
          {
            height: 300,
            x: { label: "iterations *T*", range: [0, steps] },
            y: { label: "√*k* *θ*" },
            series: [
              { kind: "line", name: `sharpness ${k}, learning rate *η*`, role: "exact", width: 5, dash: "", x, y: sharp },
              { kind: "line", name: "sharpness 1, learning rate *ηk*^{p}", role: "walkers", dash: "", walkers: true, width: 1.6, x, y: plain },
            ],
          },
        ],
      },
      caption:
        `${NAMES[rule]} with *p* = ${lab.number(p)}: the two paths are ` +
        (same ? "the same, but for rounding. This is its *p*." : `up to ${lab.number(apart, 2)} apart. ${p < right ? "A larger" : "A smaller"} *p* is needed.`),
      found: { apart, right, same, eta },
    };
  }

  /** Mean escape times against the sharpness, over that of the flattest valley, with the law of each rule. */
  function* times({ rule, walkers }) {
    const { make, eta, h, ks } = RULES[rule];
    const p = lab.exponent(h);
    const all = {};
    const means = [];
    for (const k of ks) {
      const key = `${rule} ${k} ${walkers}`;
      if (!done.has(key)) {
        const valley = new lab.StyblinskiTang(k);
        const run = { landscape: valley, optimizer: make(eta), noise: STRENGTH * valley.Ha, start: valley.minimum, boundary: valley.top, most: 1e6, walkers };
        done.set(key, yield* lab.escapes({ ...run, seed: 40 + k }));
      }
      all[k] = done.get(key);
      means.push(lab.meanTime(all[k]));
    }
    const y = means.map((m, i) => Math.log(m.mean * ks[i] ** p));
    const error = means.map((m) => (Math.log(m.high) - Math.log(m.low)) / 2);
    const x = ks.map((k) => k ** -p);
    const { a, b } = lab.straight(x, y);
    const times = means[0].mean / means[means.length - 1].mean;
    return {
      chart: {
        panels: [
          {
            height: 300,
            x: { label: p === 1 ? "*k*^{−1} (sharper ← → flatter)" : "*k*^{−1/2} (sharper ← → flatter)" },
            y: { label: p === 1 ? "ln(*τk*)" : "ln(*τk*^{1/2})" },
            series: [
              { kind: "line", name: "straight line", role: "fit", x, y: x.map((v) => a + b * v) },
              { kind: "points", name: NAMES[rule], role: rule, walkers: true, size: 5, x, y, error },
            ],
          },
        ],
      },
      caption:
        `${NAMES[rule]} (*p* = ${lab.number(p)}): sharpness ${ks[0]} holds it ${lab.number(means[0].mean, 2)} iterations, sharpness ` +
        `${ks[ks.length - 1]} ${lab.number(means[means.length - 1].mean, 2)}: ${lab.number(times, 2)} times as long in the flat valley. ` +
        `The points lie within ${lab.number(Math.max(...x.map((v, i) => Math.abs(y[i] - a - b * v))), 2)} of a straight line, error bars are up to ${lab.number(Math.max(...error), 2)}.`,
      found: { all, means, y, error, ks, p },
    };
  }

  /** Table 1 as a picture: how each optimizer tells flat from steep at a saddle, and flat from sharp in a valley. */
  function* table({ distance }) {
    const eta = 4e-3;
    const B = 10;
    const flatter = 25; // the flat way out of the saddle has 1/25 of the curvature of the steep one
    const rules = {
      SGD: { make: () => new lab.SGD({ eta }), stated: [1, 1] },
      Adam: { make: () => new lab.Adam({ eta: eta * Math.sqrt(1 / B), eps: 0 }), stated: [0, 0.5] }, // SGD's steps where it is steep
      Adai: { make: () => new lab.Adai({ eta }), stated: [0, 1] },
    };
    const found = {};
    const series = [];
    for (const [name, { make, stated }] of Object.entries(rules)) {
      const leave = {};
      for (const [way, H] of [["steep", [-1, 1 / flatter]], ["flat", [1, -1 / flatter]]]) {
        const key = `${name} ${way} ${distance}`;
        if (!done.has(key)) {
          const goal = distance * Math.sqrt(eta / (2 * B)); // in units of sqrt(eta / 2B), where slope and noise balance
          done.set(key, yield* leaving(make(), H, way === "steep" ? 0 : 1, goal));
        }
        leave[way] = lab.meanTime(done.get(key));
      }
      const times = leave.flat.mean / leave.steep.mean;
      const measured = [Math.log(times) / Math.log(flatter), stated[1]];
      found[name] = { leave, times, measured, stated };
      series.push(
        { kind: "points", name: `${name}, printed`, role: name, open: true, size: 7, shape: "circle", x: [stated[0]], y: [stated[1]] },
        { kind: "points", name: `${name}, measured`, role: name, walkers: true, size: 5, x: [measured[0]], y: [measured[1]] },
      );
    }
    const say = (name) => `${name} ${lab.number(found[name].times, 2)}`;
    return {
      chart: {
        panels: [
          {
            height: 320,
            x: { label: "at a saddle: *q*, time ∝ |*H*|^{−q} (0 fast, 1 slow)", range: [-0.35, 1.45] },
            y: { label: "in a valley: *p* (1 prefers flat)", range: [0.2, 1.25] },
            series,
          },
        ],
      },
      caption:
        `How many times longer the flat way out of the saddle takes than one that is ${flatter} times as steep: ${say("SGD")}, ${say("Adam")}, ` +
        `${say("Adai")}. Printed: ${flatter} for slow (SGD), 1 for fast (Adam, Adai). The heights *p* follow from the degree law.`,
      found,
    };
  }

  /** Iterations until walkers are `goal` away from the saddle along one coordinate, to either side. */
  function* leaving(optimizer, H, along, goal) {
    const walkers = 100;
    const landscape = new lab.Quadratic(H);
    const out = new Float64Array(walkers).fill(Infinity);
    const theta = new Float64Array(2);
    const g = new Float64Array(2);
    const spread = H.map((h) => Math.sqrt(Math.abs(h) / 10));
    const stream = new lab.Stream();
    for (let w = 0; w < walkers; w++) {
      stream.at(60, w);
      theta.fill(0);
      optimizer.rest(2);
      for (let t = 1; t <= 1e6; t++) {
        for (let i = 0; i < 2; i++) g[i] = landscape.slope(theta[i], i) + spread[i] * stream.normal();
        optimizer.step(theta, g);
        if (Math.abs(theta[along]) >= goal) {
          out[w] = t;
          break;
        }
      }
      if (w % 4 === 0) yield;
    }
    return out;
  }

  return {
    pictures: {
      twins: {
        controls: [
          { name: "rule", kind: "menu", label: "optimizer", options: Object.entries(NAMES), value: "SGD" },
          { name: "p", label: "your guess of *p*", stops: [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5], value: 0.25 },
          { name: "k", label: "sharpness *k*", stops: [2, 4, 9], value: 4 },
        ],
        draw: twins,
      },
      times: {
        controls: [
          { name: "optimizer", kind: "menu", label: "optimizer", options: Object.keys(RULES).map((name) => [name, NAMES[name]]), value: "Adam" },
          { name: "walkers", label: "walkers", stops: [50, 100, 200], value: 100 },
        ], // prettier-ignore
        draw: ({ optimizer, walkers }) => times({ rule: optimizer, walkers }),
      },
      table: {
        controls: [{ name: "distance", label: "distance to go, in units of √(*η*/2*B*)", stops: [1, 3, 8], value: 1 }],
        draw: table,
      },
      walk: {
        title: "Walkers of SGD and Adam in a sharp valley, seen from the side",
        controls: [{ name: "sharp", label: "sharpness *k*", stops: [4, 6, 9, 16], value: 6 }],
        scene: ({ sharp }) => {
          const landscape = new lab.StyblinskiTang(sharp);
          const far = 4 / landscape.root;
          return {
            landscape, noise: STRENGTH * landscape.Ha, start: landscape.minimum, walkers: 100, seed: 5, x: [-far, far], top: 40, per: 2, most: 6000,
            groups: [
              { name: "SGD", role: "SGD", make: () => new lab.SGD({ eta: 1e-3 }) },
              { name: "Adam", role: "Adam", make: () => new lab.Adam({ eta: 0.1, eps: 0 }) },
            ],
            say: (crowd) => {
              const beyond = [0, 1].map((g) => crowd.positions(g).filter((x) => x > landscape.top).length);
              return `Beyond the top: ${beyond[0]} % of SGD's walkers, ${beyond[1]} % of Adam's.`;
            },
          }; // prettier-ignore
        },
      },
    },
    RULES,
  };
})();
