/* Lesson 4: Adai, one inertia per coordinate. */
"use strict";
lab.lessons ??= {};

lab.lessons.adai = (function () {
  /**
   * Excess of the spread over plain diffusion, in printed drifts, at each time and direction, without slope.
   *
   * Walkers of SGD with the same noise are a control: their spread is known exactly (eta^2 C T), and taking away what
   * they share with the optimizer's walkers leaves half the error.
   */
  function* excess(make, H, times, unit, walkers, seed) {
    const landscape = new lab.Quadratic(H.map(() => 0));
    const sums = times.map(() => H.map(() => ({ a: [], s: [] })));
    const part = 2000;
    for (let first = 0; first < walkers; first += part) {
      const run = { landscape, noise: H, times, walkers: part, seed, first };
      const moved = lab.evolve({ ...run, optimizer: make() });
      const plain = lab.evolve({ ...run, optimizer: new lab.SGD({ eta: 1 }) });
      times.forEach((_, j) =>
        H.forEach((_, i) => {
          sums[j][i].a.push(...moved[j][i].map((x) => x * x));
          sums[j][i].s.push(...plain[j][i].map((x) => x * x));
        }),
      );
      yield;
    }
    return times.map((T, j) =>
      H.map((h, i) => {
        const { a, s } = sums[j][i];
        const { mean, error } = lab.controlled(a, s, h * T);
        return { mean: (mean - h * T) / unit, error: error / unit };
      }),
    );
  }

  /** Adai and bias-corrected Momentum in five directions of different steepness, when the flight is over. */
  function* isotropy({ beta0, ratio }) {
    const H = Array.from({ length: 5 }, (_, i) => ratio ** (-i / 4));
    const unit = lab.adaiDrift(H, { eta: 1, B: 1, beta0 });
    const inertia = lab.adaiInertia(H, beta0);
    const T = Math.ceil(6 / (1 - Math.max(...inertia))); // six times the longest memory
    const mean = H.reduce((a, b) => a + b, 0) / H.length;
    const x = H.map((h) => h / mean);
    const momentum = yield* excess(() => new lab.Momentum({ eta: 1, beta1: 1 - beta0, beta3: beta0, biasCorrection: true }), H, [T], unit, 6000, 5);
    const adai = yield* excess(() => new lab.Adai({ eta: 1, beta0 }), H, [T], unit, 6000, 6);
    const ideal = H.map((h, i) => {
      const settings = { eta: 1, C: h, beta1: inertia[i], biasCorrection: true };
      return (lab.momentumSpread(0, [T], settings)[0] - h * T) / unit;
    });
    const exactMomentum = H.map((h) => (lab.momentumSpread(0, [T], { eta: 1, C: h, beta1: 1 - beta0, biasCorrection: true })[0] - h * T) / unit);
    const points = (name, found) => ({
      kind: "points", name: name === "Momentum" ? "Momentum, bias-corrected" : name, role: name, walkers: true, size: 5,
      x, y: found[0].map((f) => f.mean), error: found[0].map((f) => 1.96 * f.error),
    }); // prettier-ignore
    const ends = (found) => [found[0][4], found[0][0]].map((f) => lab.number(f.mean, 2));
    const [flatM, steepM] = ends(momentum);
    const [flatA, steepA] = ends(adai);
    return {
      chart: {
        panels: [
          {
            height: 320,
            x: { label: "steepness |*H*_{i}| / mean", log: true, range: [0.2, 2.8], ticks: [[0.25, "¼"], [0.5, "½"], [1, "1"], [2, "2"]] },
            y: { label: "excess, in printed drifts", include: [0] },
            series: [
              { kind: "level", name: "Proposition 3, printed", role: "printed", y: 1 },
              { kind: "line", name: "exact, ideal inertia", role: "exact", x, y: ideal },
              { kind: "line", name: "exact, Momentum", role: "third", x, y: exactMomentum },
              points("Momentum", momentum),
              points("Adai", adai),
            ],
          },
        ],
      }, // prettier-ignore
      caption:
        `Inertia from ${lab.number(Math.min(...inertia))} (steepest) to ${lab.number(Math.max(...inertia))} (flattest). From flattest to ` +
        `steepest, Momentum's excess goes from ${flatM} to ${steepM} and Adai's from ${flatA} to ${steepA}. Printed is 1 for all.`,
      found: { momentum: momentum[0], adai: adai[0], ideal, exactMomentum, H, T, unit },
    };
  }

  /** Excess against the time in memories: printed, ideal inertia from three starts, and Adai itself. */
  function* start({ direction, strength, beta2 }) {
    const H = [1, 0.25];
    const i = direction === "steep" ? 0 : 1;
    const unit = lab.adaiDrift(H, { eta: 1, B: 1, beta0: strength });
    const beta1 = lab.adaiInertia(H, strength)[i];
    const memory = 1 / (1 - beta1);
    const times = [...new Set(Array.from({ length: 12 }, (_, j) => Math.max(1, Math.round((8 * memory) ** (j / 11)))))];
    const found = yield* excess(() => new lab.Adai({ eta: 1, beta0: strength, beta2 }), H, times, unit, 6000, 7);
    const x = times.map((T) => T / memory);
    const ideal = (settings) => lab.momentumSpread(0, times, { eta: 1, C: H[i], beta1, ...settings }).map((v, j) => (v - H[i] * times[j]) / unit);
    const corrected = ideal({ biasCorrection: true });
    const thermal = ideal({ start: "thermal" });
    const rest = ideal({});
    const mean = found.map((f) => f[i].mean);
    const error = found.map((f) => 1.96 * f[i].error);
    const last = times.length - 1;
    return {
      chart: {
        panels: [
          {
            height: 340,
            x: { label: "(1 − *β*_{1,i})*T*", include: [0] },
            y: { label: "excess, in printed drifts", range: [-4, 13] },
            series: [
              { kind: "line", name: "printed", role: "printed", x, y: x.map((v) => Math.expm1(-v) ** 2) },
              { kind: "line", name: "ideal inertia, bias-corrected", role: "exact", x, y: corrected },
              { kind: "line", name: "ideal, thermal start", role: "other", x, y: thermal },
              { kind: "line", name: "ideal, start at rest", role: "third", x, y: rest },
              { kind: "points", name: "Adai", role: "Adai", walkers: true, x, y: mean, error },
            ],
          },
        ],
      },
      caption:
        `At the right end Adai's walkers are at ${lab.number(mean[last], 2)} ± ${lab.number(error[last], 2)}. With ideal inertia: ` +
        `${lab.number(rest[last], 2)} from rest, ${lab.number(thermal[last], 2)} from a thermal start, ${lab.number(corrected[last], 2)} with ` +
        `bias correction. Printed: ${lab.number(Math.expm1(-x[last]) ** 2, 2)}.`,
      found: { times, mean, error, corrected, thermal, rest, memory, unit, C: H[i], beta1 },
    };
  }

  return {
    pictures: {
      isotropy: {
        controls: [
          { name: "beta0", label: "*β*_{0}", stops: [0.05, 0.1, 0.2], value: 0.1 },
          { name: "ratio", label: "steepest over flattest", stops: [1, 2, 4, 8], value: 4 },
        ],
        draw: isotropy,
      },
      start: {
        controls: [
          { name: "direction", kind: "menu", label: "direction", options: [["flat", "flat"], ["steep", "steep, 4 times"]], value: "flat" },
          { name: "strength", label: "*β*_{0}", stops: [0.05, 0.1, 0.2], value: 0.1 },
          { name: "beta2", label: "memory of *v*, *β*_{2}", stops: [0.9, 0.99, 0.999], value: 0.99 },
        ], // prettier-ignore
        draw: start,
      },
      walk: {
        title: "Adai's walkers on a saddle seen from above; left and right is the steep direction",
        controls: [{ name: "times", label: "steep over flat", stops: [1, 4, 16], value: 4 }],
        scene: ({ times }) => {
          const H = [-1, -1 / times];
          const far = 0.1;
          return {
            landscape: new lab.Quadratic(H), noise: H.map(Math.abs), start: 0, walkers: 150, seed: 6, per: 1, most: 400,
            x: [-far, far], y: [-0.62 * far, 0.62 * far],
            groups: [
              { name: "SGD", role: "SGD", make: () => new lab.SGD({ eta: 1e-3 }) },
              { name: "Adai", role: "Adai", make: () => new lab.Adai({ eta: 1e-3 }) },
            ],
            say: (crowd) => {
              if (!crowd.T) return "All walkers stand on the saddle.";
              const shape = [0, 1].map((g) => Math.sqrt(lab.spread(crowd.positions(g, 0)).mean / lab.spread(crowd.positions(g, 1)).mean));
              return `Width over height: SGD ${lab.number(shape[0], 2)}, Adai ${lab.number(shape[1], 2)}.`;
            },
          }; // prettier-ignore
        },
      },
    },
  };
})();
