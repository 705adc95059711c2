/* Lesson 5: escape from a valley. */
"use strict";
lab.lessons ??= {};

lab.lessons.valley = (function () {
  const ETA = 1e-3;
  const WARMTH = Object.keys(lab.TABLES.warmth).map(Number);
  const SHARPNESS = Object.keys(lab.TABLES.curved)
    .map(Number)
    .sort((a, b) => a - b);
  const STRENGTH = 100; // gradient noise over the curvature of the valley
  const SHARED = 5; // the sharpness whose noise all valleys get in "the same for all k"
  const RULES = {
    SGD: { make: () => new lab.SGD({ eta: 1e-3 }), eta: 1e-3 },
    Momentum: { make: () => new lab.Momentum({ eta: 1e-4 }), eta: 1e-4 },
    Adai: { make: () => new lab.Adai({ eta: 1e-3 }), eta: 1e-3 },
    Adam: { make: () => new lab.Adam({ eta: 0.1 }), eta: 0.1 },
  };
  const done = new Map(); // escape times that were simulated already, by what they depend on

  /** Escape times of walkers from a valley of sharpness k. */
  function* timesOf(key, { k, C, make, walkers, seed }) {
    if (!done.has(key)) {
      const valley = new lab.StyblinskiTang(k);
      const run = { landscape: valley, optimizer: make(), noise: C, start: valley.minimum, boundary: valley.top, most: 1e6, walkers, seed };
      done.set(key, yield* lab.escapes(run));
    }
    return done.get(key);
  }

  /** Fraction of walkers that are still inside, as a staircase of at most 120 steps. */
  function survival(times) {
    const sorted = Array.from(times).sort((a, b) => a - b);
    const n = sorted.length;
    const every = Math.max(1, Math.floor(n / 120));
    const x = [0];
    const y = [1];
    for (let i = 0; i < n - 1; i += every) {
      x.push(sorted[i], sorted[i]);
      y.push(y[y.length - 1], 1 - (i + 1) / n);
    }
    return { x, y };
  }

  /** How long SGD stays in one valley at several temperatures. */
  function* warmth({ D, walkers }) {
    const found = {};
    for (const d of WARMTH) {
      found[d] = yield* timesOf(`warmth ${d} ${walkers}`, { k: 4, C: (2 * d) / ETA, make: RULES.SGD.make, walkers, seed: 70 + d });
    }
    const means = WARMTH.map((d) => lab.meanTime(found[d]));
    const here = lab.meanTime(found[D]);
    const exact = lab.TABLES.warmth[D];
    const valley = new lab.StyblinskiTang(4);
    const kramers = (d) => Math.exp(lab.kramersLogIterations("SGD", valley, { eta: ETA, C: (2 * d) / ETA }));
    const inside = survival(found[D]);
    const until = 3.2 * exact;
    const line = Array.from({ length: 41 }, (_, i) => (i * until) / 40);
    const index = WARMTH.indexOf(D);
    return {
      chart: {
        panels: [
          {
            height: 210,
            x: { label: "iterations *T*", range: [0, until] },
            y: { label: "still inside", log: true, range: [0.04, 1.1], ticks: [[1, "1"], [0.5, "½"], [0.2, "0.2"], [0.1, "0.1"], [0.05, "0.05"]] },
            series: [
              { kind: "line", name: "exact mean", role: "exact", x: line, y: line.map((t) => Math.exp(-t / exact)) },
              { kind: "line", name: "walkers", role: "walkers", dash: "", walkers: true, ...inside },
            ],
          },
          {
            height: 250,
            x: { label: "barrier over temperature, Δ*L*/*D*" },
            y: { label: "mean escape time", log: true },
            series: [
              { kind: "line", name: "exact mean", silent: true, role: "exact", x: WARMTH.map((d) => valley.barrier / d), y: WARMTH.map((d) => lab.TABLES.warmth[d]) },
              { kind: "line", name: "half of Kramers' time", role: "third", x: WARMTH.map((d) => valley.barrier / d), y: WARMTH.map((d) => kramers(d) / 2) },
              {
                kind: "points", name: "walkers' mean, 95 %", role: "walkers", walkers: true, x: WARMTH.map((d) => valley.barrier / d),
                y: means.map((m) => m.mean), error: means.map((m) => (m.high - m.low) / 2),
              },
              { kind: "ring", role: "walkers", walkers: true, x: valley.barrier / D, y: means[index].mean },
            ],
          },
        ],
      }, // prettier-ignore
      caption:
        `At *D* = ${D} the barrier is ${lab.number(valley.barrier / D)} temperatures high. ${walkers} walkers stay ${lab.number(here.mean)} ` +
        `iterations on average, 95 % interval ${lab.number(here.low)} to ${lab.number(here.high)}; exact is ${lab.number(exact, 4)}.`,
      found: { times: found, exact: lab.TABLES.warmth, here },
    };
  }

  /** Mean escape time against the sharpness, with noise that follows the curvature or does not. */
  function* flat({ who, noise }) {
    const { make, eta } = RULES[who];
    const means = [];
    const kramers = [];
    const all = {};
    for (const k of SHARPNESS) {
      const valley = new lab.StyblinskiTang(k);
      const C = STRENGTH * (noise === "curved" ? valley.Ha : (valley.Ha * SHARED) / k);
      all[k] = yield* timesOf(`flat ${who} ${noise} ${k}`, { k, C, make, walkers: 200, seed: 90 + Math.round(2 * k) });
      means.push(lab.meanTime(all[k]));
      kramers.push(Math.exp(lab.kramersLogIterations(who, valley, { eta, C })) / 2);
    }
    const y = means.map((m) => m.mean);
    const last = y.length - 1;
    const shrinks = y[0] / y[last];
    return {
      chart: {
        panels: [
          {
            height: 320,
            x: { label: "sharpness *k*", range: [3.8, 8.2] },
            y: { label: "mean escape time (iterations)", log: true, range: [60, 60000] },
            series: [
              ...(who === "SGD"
                ? [{ kind: "line", name: "exact", role: "exact", ghost: true, x: SHARPNESS, y: SHARPNESS.map((k) => lab.TABLES[noise][k]) }]
                : []),
              { kind: "line", name: "half of Kramers' time", role: "third", x: SHARPNESS, y: kramers },
              {
                kind: "points", name: who, role: who, walkers: true, ghost: true, size: 5, x: SHARPNESS, y,
                error: means.map((m) => (m.high - m.low) / 2),
              },
            ],
          },
        ],
      }, // prettier-ignore
      caption:
        `${who} stays ${lab.number(y[0], 2)} iterations in the flattest valley and ${lab.number(y[last], 2)} in the sharpest: ` +
        `${lab.number(shrinks, 2)} times as long. The barrier is 39.4 high in all of them.`,
      found: { times: all, means, shrinks },
    };
  }

  return {
    pictures: {
      warmth: {
        controls: [
          { name: "D", label: "temperature *D*", stops: WARMTH, value: 8 },
          { name: "walkers", label: "walkers at each temperature", stops: [50, 100, 200], value: 100 },
        ],
        draw: warmth,
      },
      flat: {
        ghost: true,
        controls: [
          { name: "who", kind: "menu", label: "optimizer", options: Object.keys(RULES).map((name) => [name, name]), value: "SGD" },
          {
            name: "noise", kind: "menu", label: "noise", value: "curved",
            options: [["curved", "proportional to the curvature"], ["shared", "the same for all k"]],
          },
        ], // prettier-ignore
        draw: flat,
      },
      walk: {
        title: "Walkers of SGD in a valley, seen from the side",
        controls: [{ name: "warm", label: "temperature *D* (barrier 39.4)", stops: [5, 8, 12, 20], value: 8 }],
        scene: ({ warm }) => {
          const landscape = new lab.StyblinskiTang(1);
          return {
            landscape, noise: (2 * warm) / 2e-3, start: landscape.minimum, walkers: 150, seed: 9, x: [-4, 4], top: 40, per: 8, most: 30000,
            groups: [{ name: "SGD", role: "SGD", make: () => new lab.SGD({ eta: 2e-3 }) }],
            say: (crowd) => {
              const all = crowd.positions(0);
              return `${lab.number((100 * all.filter((x) => x > landscape.top).length) / all.length, 3)} % of the walkers are beyond the top.`;
            },
          }; // prettier-ignore
        },
      },
    },
    survival,
  };
})();
