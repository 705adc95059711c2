/* Lesson 2: leaving a saddle, Theorems 1 and 2. */
"use strict";
lab.lessons ??= {};

lab.lessons.saddle = (function () {
  const VIEWS = { linear: [0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6], log: [0.1, 0.2, 0.4, 0.7, 1, 2, 3, 5, 8, 12, 20, 30] };

  /**
   * Momentum without slope, in units of the printed drift (eta = C = 1): displacements since the clock started.
   *
   * `runUp` is how many memory times the walkers have been running before that: 0 is a start at rest, 5 as good as thermal.
   */
  function momentum({ beta1, runUp, view }) {
    const memory = 1 / (1 - beta1);
    const unit = memory / 2;
    const walkers = view === "linear" ? 8000 : 4000;
    const times = [...new Set(VIEWS[view].map((u) => Math.max(1, Math.round(u * memory))))];
    const before = Math.round(runUp * memory);
    const found = lab.evolve({
      landscape: new lab.Quadratic([0]), optimizer: new lab.Momentum({ eta: 1, beta1, beta3: 1 - beta1 }), noise: 1,
      times: before ? [before, ...times.map((T) => before + T)] : times, walkers, seed: 3,
    }); // prettier-ignore
    const from = before ? found.shift()[0] : new Float64Array(walkers);
    const moved = found.map(([x]) => lab.spread(x.map((value, w) => value - from[w])));
    const u = times.map((T) => T / memory);
    const mean = moved.map((m) => m.mean / unit);
    const error = moved.map((m) => (1.96 * m.error) / unit);
    const exact = (start) => lab.momentumSpread(0, times, { eta: 1, C: 1, beta1, start }).map((x) => x / unit);
    const rest = exact("rest");
    const thermal = exact("thermal");
    const fine = Array.from({ length: 121 }, (_, i) => (view === "linear" ? i * 0.05 : 0.1 * 300 ** (i / 120)));
    const linear = view === "linear";
    const main = {
      height: 320,
      x: linear ? { label: "*u* = (1 − *β*_{1})*T*", range: [0, 6.2] } : { label: "*u* = (1 − *β*_{1})*T*", log: true },
      y: linear ? { label: "⟨Δ*θ*^{2}⟩ in drifts", range: [0, 14] } : { label: "⟨Δ*θ*^{2}⟩ in drifts", log: true, range: [2e-4, 100] },
      series: [
        { kind: "line", name: "Theorem 2 as printed", role: "printed", x: fine, y: fine.map(lab.theorem2.printed) },
        { kind: "line", name: "plain diffusion, 2*u*", role: "third", x: fine, y: fine.map((v) => 2 * v) },
        { kind: "line", name: "exact, thermal start", role: "other", x: u, y: thermal },
        { kind: "line", name: "exact, start at rest", role: "exact", x: u, y: rest },
        ...(linear
          ? [1, -2, -3].map((shift) => ({
              kind: "line", name: `2*u* ${shift > 0 ? "+" : "−"} ${Math.abs(shift)}`, silent: true, role: "ghost",
              x: [0, 6.2], y: [shift, 12.4 + shift],
            }))
          : []), // prettier-ignore
        { kind: "points", name: "walkers", role: "walkers", walkers: true, x: u, y: mean, error },
      ],
    };
    const added = {
      height: 190,
      x: main.x,
      y: { label: "difference", range: [-0.4, 1.6] },
      series: [
        { kind: "line", name: "the printed drift term", role: "printed", x: fine, y: fine.map(lab.theorem2.drift) },
        { kind: "line", name: "exact: thermal − rest", role: "other", x: u, y: thermal.map((v, i) => v - rest[i]) },
        { kind: "points", name: "walkers − exact rest", role: "walkers", walkers: true, x: u, y: mean.map((v, i) => v - rest[i]), error },
      ],
    };
    const one = u.reduce((best, v, i) => (Math.abs(v - 1) < Math.abs(u[best] - 1) ? i : best), 0);
    const last = u.length - 1;
    const printed = lab.theorem2.printed;
    return {
      chart: { panels: [main, added] },
      caption:
        `At *u* = ${lab.number(u[one], 2)} the walkers have spread ${lab.number(mean[one])} drifts; Theorem 2 prints ` +
        `${lab.number(printed(u[one]))}, ${lab.number(printed(u[one]) / mean[one], 2)} times as much. At *u* = ${lab.number(u[last], 2)} it prints ` +
        `${lab.number(printed(u[last]) / mean[last])} times as much. At *u* = ${lab.number(u[one], 2)} the run-up has added ` +
        `${lab.number(Math.round(100 * (mean[one] - rest[one])) / 100, 2)}; the printed drift is ${lab.number(lab.theorem2.drift(u[one]), 2)}.`,
      found: { times, mean, error, rest, thermal, u, unit },
    };
  }

  /** Theorem 1, the exact iteration and walkers of SGD on a saddle, against eta |H| T. */
  function sgd({ steep, B }) {
    const eta = 0.1;
    const H = -steep / eta;
    const longest = Math.round(1.5 / steep);
    const times = [...new Set(Array.from({ length: 13 }, (_, i) => Math.max(1, Math.round(longest ** (i / 12)))))];
    const walkers = Math.min(20000, Math.round(6e6 / longest));
    const found = lab.evolve({
      landscape: new lab.Quadratic([H]), optimizer: new lab.SGD({ eta }), noise: -H / B, times, walkers, seed: 2,
    }); // prettier-ignore
    const spreads = found.map(([x]) => lab.spread(x));
    const x = times.map((T) => steep * T);
    const printed = times.map((T) => lab.theorem1(H, T, { eta, B }) / eta);
    const exact = times.map((T) => lab.sgdSpread(H, T, { eta, C: -H / B }) / eta);
    const last = times.length - 1;
    const ratio = (printed[last] * eta) / spreads[last].mean;
    return {
      chart: {
        panels: [
          {
            height: 300,
            x: { label: "*η*|*H*|*T*", log: true },
            y: { label: "⟨Δ*θ*^{2}⟩ / *η*", log: true },
            series: [
              { kind: "line", name: "Theorem 1", role: "printed", x, y: printed },
              { kind: "line", name: "exact, for steps", role: "exact", x, y: exact },
              { kind: "line", name: "diffusion alone", role: "third", x, y: x.map((v) => v / B) },
              {
                kind: "points", name: "walkers", role: "walkers", walkers: true,
                x, y: spreads.map((s) => s.mean / eta), error: spreads.map((s) => (1.96 * s.error) / eta),
              }, // prettier-ignore
            ],
          },
        ],
      },
      caption:
        `After ${lab.number(times[last])} iterations, at the right end, Theorem 1 is ${lab.number(ratio, 4)} ` +
        `(± ${lab.number((1.96 * ratio * spreads[last].error) / spreads[last].mean, 2)}) times what the walkers do.`,
      found: { times, H, eta, spreads, printed, exact, ratio, exactRatio: printed[last] / exact[last] },
    };
  }

  return {
    pictures: {
      momentum: {
        controls: [
          { name: "beta1", label: "inertia *β*_{1}", stops: [0.5, 0.8, 0.9, 0.95, 0.98], value: 0.95 },
          { name: "runUp", label: "run-up, in memory times", stops: [0, 0.25, 0.5, 1, 2, 5], value: 0 },
          { name: "view", kind: "menu", label: "axes", options: [["linear", "linear"], ["log", "logarithmic"]], value: "linear" },
        ], // prettier-ignore
        draw: momentum,
      },
      sgd: {
        controls: [
          { name: "steep", label: "steepness *η*|*H*|", stops: [0.003, 0.01, 0.03, 0.1, 0.3], value: 0.03 },
          { name: "B", label: "batch size *B*", stops: [1, 4, 16, 64], value: 4 },
        ],
        draw: sgd,
      },
      walk: {
        title: "Walkers of SGD and Momentum on a saddle, seen from the side",
        controls: [{ name: "inertia", label: "inertia *β*_{1} of Momentum", stops: [0.8, 0.9, 0.98], value: 0.98 }],
        scene: ({ inertia }) => {
          const landscape = new lab.Quadratic([-2e-3]);
          return {
            landscape, noise: 1, start: 0, walkers: 120, seed: 4, x: [-90, 90], per: 2, most: 1500,
            groups: [
              { name: "SGD", role: "SGD", make: () => new lab.SGD({ eta: 1 }) },
              { name: "Momentum, from rest", role: "Momentum", make: () => new lab.Momentum({ eta: 1, beta1: inertia, beta3: 1 - inertia }) },
            ],
            say: (crowd) => {
              const wide = [0, 1].map((g) => Math.sqrt(lab.spread(crowd.positions(g)).mean));
              return `Root of the mean square: SGD ${lab.number(wide[0], 2)}, Momentum ${lab.number(wide[1], 2)}.`;
            },
          }; // prettier-ignore
        },
      },
    },
  };
})();
