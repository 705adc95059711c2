/* Lesson 6: stop rules, the separatrix, and Figure 6. */
"use strict";
lab.lessons ??= {};

lab.lessons.figure6 = (function () {
  const STRENGTH = 100;
  const SHARPNESS = Object.keys(lab.TABLES.curved)
    .map(Number)
    .sort((a, b) => a - b);
  const RULES = {
    SGD: { make: () => new lab.SGD({ eta: 1e-3 }), eta: 1e-3, ks: [3, 3.5, 4, 4.5, 5, 6] },
    Momentum: { make: () => new lab.Momentum({ eta: 1e-4 }), eta: 1e-4, ks: [3, 3.5, 4, 4.5, 5, 6] },
    Adai: { make: () => new lab.Adai({ eta: 1e-3 }), eta: 1e-3, ks: [3, 3.5, 4, 4.5, 5, 6] },
    Adam: { make: () => new lab.Adam({ eta: 0.1 }), eta: 0.1, ks: [4, 5, 6, 8, 10, 12, 16] },
  };
  const done = new Map();

  function* once(key, make) {
    if (!done.has(key)) done.set(key, yield* make());
    return done.get(key);
  }

  /** Fraction still inside, as a staircase. */
  function survival(times) {
    const sorted = Array.from(times).sort((a, b) => a - b);
    const x = [0];
    const y = [1];
    for (let i = 0; i < sorted.length - 1; i += 2) {
      x.push(sorted[i], sorted[i]);
      y.push(y[y.length - 1], 1 - (i + 1) / sorted.length);
    }
    return { x, y };
  }

  /** The same walkers, timed by two rules: touching the top, and reaching the other minimum. */
  function* stop({ who, k }) {
    const valley = new lab.StyblinskiTang(k);
    const { make, eta } = RULES[who];
    const C = STRENGTH * valley.Ha;
    const walkers = 300;
    const [first, committed] = yield* once(`stop ${who} ${k}`, () =>
      lab.passages({
        landscape: valley, optimizer: make(), noise: C, start: valley.minimum, boundaries: [valley.top, valley.otherMinimum],
        most: 1e6, walkers, seed: 7,
      }),
    ); // prettier-ignore
    const kramers = Math.exp(lab.kramersLogIterations(who, valley, { eta, C }));
    const one = lab.meanTime(first);
    const two = lab.meanTime(committed);
    const until = 3 * Math.max(kramers, two.mean);
    const line = Array.from({ length: 31 }, (_, i) => (i * until) / 30);
    const exact = who === "SGD" ? [lab.TABLES.curved[k], lab.TABLES.committed[k]] : null;
    return {
      chart: {
        panels: [
          {
            height: 300,
            x: { label: "iterations *T*", range: [0, until] },
            y: { label: "not yet out", log: true, range: [0.04, 1.1], ticks: [[1, "1"], [0.5, "½"], [0.2, "0.2"], [0.1, "0.1"], [0.05, "0.05"]] },
            series: [
              { kind: "line", name: "Kramers' time", role: "exact", x: line, y: line.map((t) => Math.exp(-t / kramers)) },
              { kind: "line", name: "half of it", role: "third", x: line, y: line.map((t) => Math.exp((-2 * t) / kramers)) },
              { kind: "line", name: "out when it touches the top", role: "hand", dash: "", walkers: true, ...survival(first) },
              { kind: "line", name: "out when it reaches the other minimum", role: "walkers", dash: "", walkers: true, ...survival(committed) },
            ],
          },
        ],
      }, // prettier-ignore
      caption:
        `${who}, mean of ${walkers} walkers: ${lab.number(one.mean)} iterations (${lab.number(one.low)} to ${lab.number(one.high)}) to touch the top, ` +
        `${lab.number(one.mean / kramers, 2)} of Kramers' time; ${lab.number(two.mean)} (${lab.number(two.low)} to ${lab.number(two.high)}) to reach the ` +
        `other minimum, ${lab.number(two.mean / kramers, 2)} of it.` +
        (exact ? ` Exact: ${lab.number(exact[0] / kramers, 2)} and ${lab.number(exact[1] / kramers, 2)}.` : ""),
      found: { first, committed, kramers, exact },
    };
  }

  /** Flow without noise and separatrix of a unit mass with friction, and momentum walkers that started at rest. */
  function portrait({ damping, kT }) {
    const valley = new lab.StyblinskiTang(1);
    const eta = 0.005; // mass eta / beta3 = 1, damping (1 - beta1) / eta
    const walkers = 700;
    const optimizer = new lab.Momentum({ eta, beta1: 1 - damping * eta, beta3: eta });
    const x = [];
    const v = [];
    const g = new Float64Array(1);
    const theta = new Float64Array(1);
    const stream = new lab.Stream();
    const spread = Math.sqrt((2 * damping * kT) / eta);
    for (let w = 0; w < walkers; w++) {
      stream.at(8, w);
      theta[0] = valley.minimum;
      optimizer.rest(1);
      for (let t = 0; t < 8 / eta; t++) {
        g[0] = valley.slope(theta[0]) + spread * stream.normal();
        optimizer.step(theta, g);
      }
      x.push(theta[0]);
      v.push(-optimizer.m[0]);
    }
    const curve = lab.separatrix({ slope: (y) => valley.slope(y), top: valley.top, Hb: valley.Hb, damping, reach: 2.6 });
    const arrows = flow(valley, damping);
    const across = (100 * x.filter((y) => y > valley.top).length) / walkers;
    const z = (4 * Math.abs(valley.Hb)) / damping ** 2;
    const kind = z > 10 ? "weak" : z < 0.5 ? "strong" : "medium";
    return {
      chart: {
        panels: [
          {
            height: 380,
            x: { label: "position *θ*", range: [-4.2, 4.2] },
            y: { label: "velocity", range: [-17, 17] },
            series: [
              ...arrows,
              { kind: "line", name: "separatrix", role: "other", dash: "", width: 2.5, ...curve },
              { kind: "upright", name: "the top", role: "third", x: valley.top },
              { kind: "dots", name: "walkers", role: "walkers", walkers: true, size: 1.6, x, y: v },
            ],
          },
        ],
      },
      caption:
        `Friction number *z* = 4|*H*_{b}|/(*γ*^{2}*M*) = ${lab.number(z, 2)}: ${kind} friction. After 8 units of time ` +
        `${lab.number(across, 2)} % of the walkers are beyond the top.`,
      found: { x, v, curve, z },
    };
  }

  /** Short strokes along the flow without noise, each with a dot at its head. */
  function flow(valley, damping) {
    const strokes = [];
    for (let i = 0; i < 15; i++) {
      for (let j = 0; j < 11; j++) {
        const x = -3.9 + (7.8 * i) / 14;
        const v = -15 + (30 * j) / 10;
        const push = [v / 8.4, (-damping * v - valley.slope(x)) / 34]; // in units of the two axes
        const size = 0.028 / Math.hypot(...push);
        strokes.push({ kind: "line", name: strokes.length ? undefined : "without noise", role: "ghost", width: 1, dash: "", x: [x, x + 8.4 * push[0] * size], y: [v, v + 34 * push[1] * size] }); // prettier-ignore
        strokes.push({ kind: "dots", role: "ghost", size: 1.6, opacity: 1, x: [x + 8.4 * push[0] * size], y: [v + 34 * push[1] * size] });
      }
    }
    return strokes;
  }

  /** Minus the log of the escape rate of one optimizer against the sharpness, in ten coordinates. */
  function* rates({ optimizer, law, n }) {
    const { make, eta, ks } = RULES[optimizer];
    const power = law === "1/k" ? 1 : 0.5;
    const y = [];
    const error = [];
    const kramers = [];
    const all = {};
    for (const k of ks) {
      const valley = new lab.StyblinskiTang(k, 10);
      const C = STRENGTH * valley.Ha;
      all[k] = yield* once(`rates ${optimizer} ${k} ${n}`, () =>
        lab.escapes({
          landscape: valley, optimizer: make(), noise: C, start: valley.minimum, boundary: valley.top, most: 1e6, walkers: n,
          seed: 100 + Math.round(2 * k), budget: 10000,
        }),
      ); // prettier-ignore
      const late = all[k].filter((t) => t > 60).map((t) => t - 60); // the start-up is left out
      const mean = lab.meanTime(late);
      y.push(Math.log(mean.mean));
      error.push((Math.log(mean.high) - Math.log(mean.low)) / 2);
      kramers.push(lab.kramersLogIterations(optimizer, valley, { eta, C }) - Math.log(20)); // ten ways out, half the time each
    }
    const x = ks.map((k) => k ** -power);
    const { a, b } = lab.straight(x, y);
    const off = Math.max(...x.map((v, i) => Math.abs(y[i] - a - b * v)));
    const last = ks.length - 1;
    return {
      chart: {
        panels: [
          {
            height: 320,
            x: { label: power === 1 ? "1/*k* (sharper ← → flatter)" : "*k*^{−1/2} (sharper ← → flatter)" },
            y: { label: "−ln *Γ*" },
            series: [
              { kind: "line", name: "best straight line", role: "fit", x, y: x.map((v) => a + b * v) },
              { kind: "line", name: "Kramers, ten ways out", role: "exact", x, y: kramers },
              { kind: "points", name: optimizer, role: optimizer, walkers: true, size: 5, x, y, error },
            ],
          },
        ],
      },
      caption:
        `${optimizer} stays ${lab.number(Math.exp(y[0]), 2)} iterations in the flattest valley and ${lab.number(Math.exp(y[last]), 2)} in the sharpest: ` +
        `${lab.number(Math.exp(y[0] - y[last]), 2)} times as long. The point farthest from the straight line is off by ${lab.number(off, 2)}; error bars are 95 %.`,
      found: { times: all, y, error, ks, off },
    };
  }

  /** The loss averaged over data of some variance, beside the bare function. */
  function potential({ variance }) {
    const x = Array.from({ length: 161 }, (_, i) => -4 + i * 0.05);
    const bare = new lab.AveragedStyblinskiTang(0);
    const average = new lab.AveragedStyblinskiTang(variance);
    const wells = lab.wells((y) => average.slope(y), -5, 5);
    const lift = average.height(0) - bare.height(0); // a constant that no walker feels
    const word = wells.length === 1 ? "one valley" : `${wells.length} valleys`;
    return {
      chart: {
        panels: [
          {
            height: 280,
            x: { label: "√*k* *θ*" },
            y: { label: "loss" },
            series: [
              { kind: "line", name: "bare function", role: "third", x, y: x.map((v) => bare.height(v)) },
              { kind: "line", name: `averaged over data of variance ${lab.number(variance)}`, role: "exact", walkers: true, x, y: x.map((v) => average.height(v) - lift) },
              { kind: "upright", name: "start", role: "momentum", dash: "2 3", x: -2.903534 },
              { kind: "upright", name: "exit", role: "printed", dash: "7 4", x: 0.156731 },
            ],
          },
        ],
      }, // prettier-ignore
      caption:
        `With variance ${lab.number(variance)} the averaged loss has ${word}.` +
        (wells.length === 1 ? ` Its bottom is at ${lab.number(wells[0], 2)}, between start and exit: what is timed is the passage of a level, not an escape.` : ""),
      found: { wells },
    };
  }

  return {
    pictures: {
      stop: {
        controls: [
          { name: "who", kind: "menu", label: "optimizer", options: ["SGD", "Momentum", "Adai"].map((name) => [name, name]), value: "SGD" },
          { name: "k", label: "sharpness *k*", stops: SHARPNESS, value: 5 },
        ],
        draw: stop,
      },
      portrait: {
        controls: [
          { name: "damping", label: "damping *γ*", stops: [0.5, 2, 6, 15, 40], value: 2 },
          { name: "kT", label: "temperature *kT*", stops: [2, 5, 10, 20], value: 10 },
        ],
        draw: portrait,
      },
      rates: {
        controls: [
          { name: "optimizer", kind: "menu", label: "optimizer", options: Object.keys(RULES).map((name) => [name, name]), value: "SGD" },
          { name: "law", kind: "menu", label: "against", options: [["1/k", "1/k"], ["root", "k^{−1/2}"]], value: "1/k" },
          { name: "n", label: "walkers", stops: [30, 100], value: 30 },
        ], // prettier-ignore
        draw: rates,
      },
      potential: {
        controls: [{ name: "variance", label: "variance of the data", stops: [0, 0.5, 1, 1.5, 1.9, 2.5, 4], value: 1 }],
        draw: potential,
      },
      walk: {
        title: "Walkers with and without inertia near the top, seen from the side",
        controls: [{ name: "friction", label: "damping *γ* of the walkers with inertia", stops: [2, 6, 15], value: 2 }],
        scene: ({ friction }) => {
          const landscape = new lab.StyblinskiTang(1);
          const eta = 0.005;
          return {
            landscape, noise: (2 * friction * 10) / eta, start: landscape.minimum, walkers: 120, seed: 3, x: [-4, 4], top: 40, per: 4, most: 20000,
            groups: [
              { name: "with inertia", role: "Momentum", make: () => new lab.Momentum({ eta, beta1: 1 - friction * eta, beta3: eta }) },
            ],
            say: (crowd) => {
              const all = crowd.positions(0);
              return `${lab.number((100 * all.filter((x) => x > landscape.top).length) / all.length, 3)} % of the walkers are beyond the top.`;
            },
          }; // prettier-ignore
        },
      },
    },
  };
})();
