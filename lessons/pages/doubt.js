/* Lesson 7: how to doubt a theorem. */
"use strict";
lab.lessons ??= {};

lab.lessons.doubt = (function () {
  const { Z, POWER } = lab.TABLES;
  const MOST = 2 ** 16;
  const SIZES = Array.from({ length: 12 }, (_, i) => 2 ** (i + 5));
  const done = new Map();

  /** What each claim says of one run: the optimizer, its landscape and noise, and the stated spread at T. */
  const CLAIMS = {
    long: { name: "Theorem 1, long steps, η|H| = 0.1", ...saddle(0.1, (H, T) => lab.theorem1(H, T, { eta: 1, B: 1 })) },
    short: { name: "Theorem 1, short steps, η|H| = 0.01", ...saddle(0.01, (H, T) => lab.theorem1(H, T, { eta: 1, B: 1 })) },
    momentum: {
      name: "Theorem 2 at u = 1",
      landscape: new lab.Quadratic([0]), make: () => new lab.Momentum({ eta: 1, beta1: 0.95, beta3: 0.05 }), C: 1, T: 20,
      stated: lab.theorem2.printed(1) / (2 * 0.05),
      exact: lab.momentumSpread(0, [20], { eta: 1, C: 1, beta1: 0.95 })[0],
    },
    adam: {
      name: "Proposition 1 at T = 10",
      landscape: new lab.Quadratic([0]), make: () => new lab.Adam({ eta: 1 }), C: 1, T: 10,
      stated: lab.adamPrinted(0, 10, { eta: 1, B: 1, beta1: 0.9 }),
    },
    exact: { name: "the exact iteration (true)", ...saddle(0.1, exactSgd) },
    wrong: { name: "wrong on purpose: exact times 1.05", ...saddle(0.1, (H, T) => 1.05 * exactSgd(H, T)) },
  }; // prettier-ignore

  function exactSgd(H, T) {
    return lab.sgdSpread(H, T, { eta: 1, C: -H });
  }

  function saddle(steep, stated) {
    const T = Math.round(1 / steep);
    const H = -steep;
    return {
      landscape: new lab.Quadratic([H]), make: () => new lab.SGD({ eta: 1 }), C: -H, T, stated: stated(H, T), exact: exactSgd(H, T),
    }; // prettier-ignore
  }

  /** Squared displacements over what the claim says: their mean is 1 if it is true. */
  function* samples(claim) {
    if (!done.has(claim)) {
      const { landscape, make, C, T, stated } = CLAIMS[claim];
      const found = new Float64Array(MOST);
      const part = MOST / 16;
      for (let first = 0; first < MOST; first += part) {
        const [[x]] = lab.evolve({ landscape, optimizer: make(), noise: C, times: [T], walkers: part, seed: 0, first });
        for (let w = 0; w < part; w++) found[first + w] = x[w] ** 2 / stated;
        yield;
      }
      done.set(claim, found);
    }
    return done.get(claim);
  }

  /**
   * The toolkit's rule. Chance may explain Z standard errors. What misses by more than that beyond the tolerance fails;
   * what is so uncertain that a miss of `must` could have gone unseen is undecided.
   */
  function judge({ mean, error }, tolerance, must) {
    if (Math.abs(mean - 1) - tolerance > Z * error) return "fails";
    return (Z + POWER) * error <= must ? "holds" : "undecided";
  }

  /** Measured over stated as walkers are added, and the verdict at n. */
  function* funnel({ claim, n, tolerance, must }) {
    const all = yield* samples(claim);
    const ns = SIZES.filter((size) => size <= n);
    const estimates = ns.map((size) => lab.estimate(all.subarray(0, size)));
    const here = estimates[estimates.length - 1];
    const verdict = judge(here, tolerance / 100, must / 100);
    const shown = claim === "wrong" ? { fails: "rejected, as it must be", holds: "not rejected", undecided: "not rejected yet" }[verdict] : verdict;
    const seen = 100 * (Z + POWER) * here.error;
    const band = tolerance / 100;
    const why = {
      fails: `It misses by more than the tolerance and ${lab.number(Z, 2)} standard errors.`,
      holds: `It is within the tolerance and chance, and a miss of ${must} % would have been seen.`,
      undecided: `Within the tolerance and chance, but a miss of up to ${lab.number(seen, 2)} % could have gone unseen; ${must} % is asked for.`,
    }[verdict];
    return {
      chart: {
        panels: [
          {
            height: 320,
            x: { label: "walkers", log: true, range: [25, 9e4] },
            y: { label: "measured / stated", ...window(estimates, band + must / 100) },
            series: [
              { kind: "band", name: "tolerance", role: "tolerance", low: 1 - band, high: 1 + band, opacity: 0.45 },
              { kind: "level", name: "a miss that must be seen", role: "ghost", dash: "3 3", y: 1 + band + must / 100 },
              { kind: "level", role: "ghost", dash: "3 3", y: 1 - band - must / 100 },
              { kind: "level", name: "as stated", role: "printed", y: 1 },
              { kind: "points", name: `± ${lab.number(Z, 2)} standard errors`, role: "ghost", walkers: true, size: 0.1, x: ns, y: estimates.map((e) => e.mean), error: estimates.map((e) => Z * e.error) },
              { kind: "points", name: "measured, 95 %", role: "walkers", walkers: true, x: ns, y: estimates.map((e) => e.mean), error: estimates.map((e) => 1.96 * e.error) },
              { kind: "ring", role: "walkers", walkers: true, x: n, y: here.mean },
            ],
          },
        ],
      }, // prettier-ignore
      caption:
        `With ${lab.number(n, 6)} walkers measured over stated is ${lab.number(here.mean, 4)} ± ${lab.number(1.96 * here.error, 2)}. ` +
        `Verdict: **${shown}**. ${why}`,
      found: { verdict, shown, here, estimates, ns },
    };
  }

  /** A y axis around 1 that shows the claim, its band and most of the funnel. */
  function window(estimates, band) {
    const last = estimates[estimates.length - 1];
    const far = Math.max(band * 1.3, 1.15 * Math.abs(last.mean - 1) + 3 * last.error, 0.06);
    return { range: [Math.max(-0.1, 1 - far), 1 + far] };
  }

  /** Sixty experiments of exponential escape times with true rate 1, each with the printed and the exact interval. */
  function coverage({ escapes, dice }) {
    const experiments = 60;
    const intervals = { printed: [], exact: [] };
    for (let e = 0; e < experiments; e++) {
      const stream = new lab.Stream(dice, e);
      const times = Array.from({ length: escapes }, () => -Math.log(stream.uniform()));
      intervals.printed.push(lab.printedRate(times));
      intervals.exact.push(lab.exactRate(times));
    }
    const missed = {};
    const panels = ["printed", "exact"].map((name) => {
      const hit = intervals[name].map((one) => one.low <= 1 && one.high >= 1);
      missed[name] = hit.filter((one) => !one).length;
      return {
        title: `${name}: ${missed[name]} of ${experiments} miss (thick)`,
        height: 330,
        x: { label: "escape rate", range: [-0.1, 3.2] },
        y: { range: [-1, experiments], ticks: [] },
        series: [
          { kind: "spans", role: "exact", walkers: true, low: intervals[name].map((one) => one.low), high: intervals[name].map((one) => one.high), hit },
          { kind: "upright", role: "third", dash: "", x: 1 },
        ],
      }; // prettier-ignore
    });
    const expected = 100 * lab.printedCoverage(escapes);
    return {
      chart: { columns: 2, panels },
      caption:
        `For ${escapes} escapes the printed interval covers the truth in ${lab.number(expected)} % of all experiments, not in 95 %. ` +
        `Of these ${experiments} it missed ${missed.printed}, the exact one ${missed.exact}; 3 are expected.`,
      found: { missed, expected, intervals },
    };
  }

  return {
    pictures: {
      funnel: {
        controls: [
          { name: "claim", kind: "menu", label: "claim", options: Object.entries(CLAIMS).map(([key, one]) => [key, one.name]), value: "long" },
          { name: "n", label: "walkers *n*", stops: SIZES, value: 128 },
          { name: "tolerance", label: "tolerance", stops: [0, 1, 5, 20], value: 1, text: (v) => `${v} %` },
          { name: "must", label: "a miss that must be seen", stops: [1, 2, 5, 10, 20], value: 5, text: (v) => `${v} %` },
        ], // prettier-ignore
        draw: funnel,
      },
      coverage: {
        controls: [
          { name: "escapes", label: "escapes in each experiment", stops: [3, 5, 10, 30, 100], value: 10 },
          { name: "dice", label: "throw of the dice", stops: Array.from({ length: 20 }, (_, i) => i + 1), value: 1 },
        ],
        draw: coverage,
      },
      walk: {
        title: "Walkers of SGD on a saddle; the spread of few walkers scatters around the exact one",
        controls: [{ name: "crowd", label: "walkers", stops: [5, 20, 100, 400], value: 20 }],
        scene: ({ crowd }) => ({
          landscape: new lab.Quadratic([-2e-3]), noise: 1, start: 0, walkers: crowd, seed: 12, x: [-90, 90], per: 2, most: 800,
          groups: [{ name: "SGD", role: "SGD", make: () => new lab.SGD({ eta: 1 }) }],
          say: (walking) => {
            if (!walking.T) return "All walkers stand on the saddle.";
            const exact = lab.sgdSpread(-2e-3, walking.T, { eta: 1, C: 1 });
            const { mean } = lab.spread(walking.positions(0));
            return `Measured over exact: ${lab.number(mean / exact, 2)}. With ${crowd} walkers that scatters by ${lab.number(Math.sqrt(2 / crowd), 2)}.`;
          },
        }), // prettier-ignore
      },
    },
    judge,
    CLAIMS,
  };
})();
