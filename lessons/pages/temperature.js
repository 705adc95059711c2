/* Lesson 1: SGD as a diffusion with a temperature. */
"use strict";
lab.lessons ??= {};

lab.lessons.temperature = (function () {
  const WALKERS = 20000;
  const TIMES = [1, 2, 3, 5, 7, 10, 14, 20, 30, 45, 70, 100, 150, 220, 300];

  /** Walkers of SGD in the valley H = 1, released at 3: their histogram at T, and how their variance got there. */
  function valley({ eta, B, T }) {
    const C = 1 / B;
    const D = eta / (2 * B);
    const found = lab.evolve({
      landscape: new lab.Quadratic([1]), optimizer: new lab.SGD({ eta }), noise: C, start: 3, times: TIMES, walkers: WALKERS, seed: 1,
    }); // prettier-ignore
    const variances = found.map(([x]) => {
      const { mean } = lab.estimate(x);
      return lab.spread(x, mean);
    });
    const diffusion = TIMES.map((t) => D * (1 - Math.exp(-2 * eta * t)));
    const settled = lab.sgdSettled(1, { eta, C });
    const now = TIMES.indexOf(T);
    const middle = 3 * Math.exp(-eta * T);
    const width = Math.sqrt(Math.max(diffusion[now], D / 1e3));
    const far = 3 + 4 * Math.sqrt(Math.max(settled, D));
    const histogram = bars(found[now][0], -far, far, 120);
    const x = Array.from({ length: 401 }, (_, i) => -far + (i * far) / 200);
    const curve = x.map((v) => lab.bell(v, middle, width));
    const last = x.map((v) => lab.bell(v, 0, Math.sqrt(D)));
    return {
      chart: {
        panels: [
          {
            height: 230,
            x: { label: "*θ*", range: [-far, far] },
            y: { label: "density", include: [0] },
            series: [
              { kind: "bars", name: "walkers of SGD", role: "walkers", walkers: true, ...histogram },
              { kind: "line", name: "the diffusion, at *T*", role: "exact", x, y: curve },
              { kind: "line", name: "Boltzmann, after long", role: "boltzmann", x, y: last },
            ],
          },
          {
            height: 210,
            x: { label: "iterations *T*", log: true },
            y: { label: "variance", log: true },
            series: [
              { kind: "line", name: "the diffusion, at *T*", silent: true, role: "exact", x: TIMES, y: diffusion },
              { kind: "level", name: "SGD itself, after long", role: "third", y: settled },
              {
                kind: "points", name: "walkers of SGD", silent: true, role: "walkers", walkers: true, size: 3.2,
                x: TIMES, y: variances.map((v) => v.mean), error: variances.map((v) => 1.96 * v.error),
              }, // prettier-ignore
              { kind: "ring", role: "walkers", walkers: true, x: T, y: variances[now].mean },
            ],
          },
        ],
      },
      caption:
        `Temperature *D* = ${lab.number(D)}. After ${lab.number(T)} ${T === 1 ? "iteration" : "iterations"} the walkers' variance is ` +
        `${lab.number(variances[now].mean)} ± ${lab.number(1.96 * variances[now].error, 2)}; the diffusion says ${lab.number(diffusion[now])}. ` +
        `After long SGD's variance is ${lab.number(settled)}, which is ${lab.number(settled / D)} times *D*/*H*.`,
      found: { variances, diffusion, settled, D, now },
    };
  }

  /** Shares of the positions in equal bins, as a density. */
  function bars(positions, low, high, bins) {
    const width = (high - low) / bins;
    const counts = new Array(bins).fill(0);
    for (const x of positions) {
      const bin = Math.floor((x - low) / width);
      if (bin >= 0 && bin < bins) counts[bin]++;
    }
    return { x: counts.map((_, i) => low + (i + 0.5) * width), y: counts.map((n) => n / positions.length / width), width };
  }

  /** SGD released on the hill between two valleys, beside the solution of the Fokker-Planck equation. */
  function hill({ D, when }) {
    const landscape = new lab.StyblinskiTang(1);
    const eta = 5e-4;
    const walkers = 3000;
    const times = [10, 30, 100, 300, 1000, 3000];
    const upTo = times.slice(0, times.indexOf(when) + 1);
    const found = lab.evolve({
      landscape, optimizer: new lab.SGD({ eta }), noise: (2 * D) / eta, start: landscape.top, times: upTo, walkers, seed: 2,
    }); // prettier-ignore
    const { x, density } = lab.fokkerPlanck({
      height: (y) => landscape.height(y, 0), D, start: landscape.top, times: upTo.map((t) => eta * t), low: -5, high: 5,
    }); // prettier-ignore
    const weights = Array.from(x, (y) => Math.exp(-(landscape.height(y, 0) - landscape.height(landscape.minimum, 0)) / D));
    const total = weights.reduce((a, b) => a + b, 0) * (x[1] - x[0]);
    const positions = found[upTo.length - 1][0];
    const now = density[upTo.length - 1];
    const left = positions.filter((y) => y < landscape.top).length / walkers;
    let stated = 0;
    let settled = 0;
    x.forEach((y, i) => {
      if (y < landscape.top) {
        stated += now[i] * (x[1] - x[0]);
        settled += (weights[i] / total) * (x[1] - x[0]);
      }
    });
    return {
      chart: {
        panels: [
          {
            height: 250,
            x: { label: "*θ*", range: [-4.5, 4.5] },
            y: { label: "density", include: [0] },
            series: [
              { kind: "bars", name: "walkers of SGD", role: "walkers", walkers: true, ...bars(positions, -4.5, 4.5, 90) },
              { kind: "line", name: "Fokker-Planck equation", role: "exact", x, y: now },
              { kind: "line", name: "Boltzmann, after long", role: "boltzmann", x, y: weights.map((w) => w / total) },
            ],
          },
        ],
      },
      caption:
        `After ${lab.number(when)} iterations ${lab.number(100 * left)} % of the walkers are in the deeper valley, on the left; ` +
        `the equation says ${lab.number(100 * stated)} %, and after long it would be ${lab.number(100 * settled)} %.`,
      found: { left, stated, settled, walkers },
    };
  }

  return {
    pictures: {
      valley: {
        controls: [
          { name: "eta", label: "learning rate *η*", stops: [0.01, 0.05, 0.1, 0.2, 0.4, 1, 1.5], value: 0.1 },
          { name: "B", label: "batch size *B*", stops: [1, 2, 4, 8, 16, 64], value: 2 },
          { name: "T", label: "iterations *T*", stops: TIMES, value: 30 },
        ],
        draw: valley,
      },
      hill: {
        controls: [
          { name: "D", label: "temperature *D* (the hill is 39.4 high)", stops: [2, 5, 10, 20, 40], value: 10 },
          { name: "when", label: "iterations *T*", stops: [10, 30, 100, 300, 1000, 3000], value: 100 },
        ],
        draw: hill,
      },
      walk: {
        title: "Walkers of SGD on a landscape with two valleys, seen from the side",
        controls: [{ name: "warm", label: "temperature *D*", stops: [0, 2, 5, 10, 20, 40], value: 10 }],
        scene: ({ warm }) => {
          const landscape = new lab.StyblinskiTang(1);
          return {
            landscape, noise: (2 * warm) / 1e-3, start: landscape.top, walkers: 150, seed: 7, x: [-4, 4], top: 40, per: 1, most: 4000,
            groups: [{ name: "SGD", role: "SGD", make: () => new lab.SGD({ eta: 1e-3 }) }],
            say: (crowd) => {
              const all = crowd.positions(0);
              const left = all.filter((x) => x < landscape.top).length / all.length;
              return `${lab.number(100 * left, 3)} % of the walkers are in the deeper valley.`;
            },
          }; // prettier-ignore
        },
      },
    },
  };
})();
