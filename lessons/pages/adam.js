/* Lesson 3: Adam spreads equally in every direction, and bias correction makes it start fast. */
"use strict";
lab.lessons ??= {};

lab.lessons.adam = (function () {
  const ETA = 1e-4;
  const MAKERS = {
    SGD: () => new lab.SGD({ eta: ETA }),
    Momentum: () => new lab.Momentum({ eta: ETA }),
    Adam: () => new lab.Adam({ eta: ETA }),
    Adai: () => new lab.Adai({ eta: ETA }),
  };

  /** Exact spread along each direction, for an Adam that knows v and an Adai that knows its inertia. */
  function exactSpread(name, H, T) {
    if (name === "SGD") return H.map((h) => lab.sgdSpread(h, T, { eta: ETA, C: Math.abs(h) }));
    if (name === "Adam") return H.map((h) => lab.adamSpread(h, [T], { eta: ETA, B: 1, beta1: 0.9 })[0]);
    const beta1 = name === "Adai" ? lab.adaiInertia(H, 0.1) : H.map(() => 0.9);
    const corrected = name === "Adai";
    return H.map((h, i) => {
      const settings = { eta: ETA, C: Math.abs(h), beta1: beta1[i], beta3: corrected ? 1 - beta1[i] : 1, biasCorrection: corrected };
      return lab.momentumSpread(h, [T], settings)[0];
    });
  }

  /** Where the walkers of four optimizers are around one saddle. */
  function clouds({ ratio, T }) {
    const H = [-1, -1 / ratio];
    const stretched = {};
    const spreads = {};
    const panels = Object.keys(MAKERS).map((name) => {
      const [[x, y]] = lab.evolve({
        landscape: new lab.Quadratic(H), optimizer: MAKERS[name](), noise: H.map(Math.abs), times: [T], walkers: 2000, seed: 0,
      }); // prettier-ignore
      const exact = exactSpread(name, H, T);
      spreads[name] = { measured: [lab.spread(x), lab.spread(y)], exact };
      stretched[name] = Math.sqrt(spreads[name].measured[0].mean / spreads[name].measured[1].mean);
      const far = 3.2 * Math.sqrt(Math.max(...exact, spreads[name].measured[0].mean, spreads[name].measured[1].mean));
      const first = name === "SGD";
      return {
        title: name,
        aspect: 0.86,
        x: { label: "*θ*_{1}, steep", range: [-far, far], ticks: [[0, "0"]] },
        y: { label: "*θ*_{2}, flat", range: [-far, far], ticks: [[0, "0"]] },
        series: [
          { kind: "dots", name: "walkers", silent: !first, role: "walkers", walkers: true, x: x.slice(0, 900), y: y.slice(0, 900) },
          {
            kind: "ellipse", name: "exact spread, two standard deviations", silent: !first, role: "exact",
            rx: 2 * Math.sqrt(exact[0]), ry: 2 * Math.sqrt(exact[1]),
          }, // prettier-ignore
        ],
      };
    });
    const say = (name) => `${name} ${lab.number(stretched[name], 2)}`;
    return {
      chart: { columns: 2, narrow: 2, panels },
      caption:
        `Width over height of each cloud after ${lab.number(T)} iterations: ${say("SGD")}, ${say("Momentum")}, ${say("Adam")}, ` +
        `${say("Adai")}. Each panel has its own scale.`,
      found: { spreads, stretched, H },
    };
  }

  const TIMES = [1, 2, 3, 5, 7, 10, 15, 22, 33, 50, 75, 120, 200, 320, 500];

  /** Adam's spread over eta^2 T: printed, leading form, exact for known v, and walkers that have to estimate v. */
  function start({ beta1, beta2, slope }) {
    const H = -(slope ** 2); // eta = B = 1, so sqrt(B|H|) eta is the slope
    const C = slope ? -H : 1e-4; // without slope any noise will do: Adam divides it away
    const found = lab.evolve({
      landscape: new lab.Quadratic([H]), optimizer: new lab.Adam({ eta: 1, beta1, beta2, eps: 0 }), noise: C, times: TIMES, walkers: 8000, seed: 4,
    }); // prettier-ignore
    const spreads = found.map(([x]) => lab.spread(x));
    const settings = { eta: 1, B: 1, beta1 };
    const over = (values) => values.map((v, i) => v / TIMES[i]);
    const printed = over(TIMES.map((T) => lab.adamPrinted(H, T, settings)));
    const leading = over(TIMES.map((T) => lab.adamLeading(T, settings)));
    const known = over(lab.adamSpread(H, TIMES, settings));
    const plain = over(lab.adamSpread(H, TIMES, { ...settings, biasCorrection: false }));
    const mean = over(spreads.map((s) => s.mean));
    const error = over(spreads.map((s) => 1.96 * s.error));
    const ten = TIMES.indexOf(10);
    const later = TIMES.indexOf(200);
    return {
      chart: {
        panels: [
          {
            height: 340,
            x: { label: "iterations *T*", log: true },
            y: { label: "⟨Δ*θ*^{2}⟩ / (*η*^{2}*T*)", log: true },
            series: [
              { kind: "line", name: "Proposition 1, printed", role: "printed", x: TIMES, y: printed },
              ...(slope ? [{ kind: "line", name: "its leading form", role: "third", x: TIMES, y: leading }] : []),
              { kind: "line", name: "exact, *v* known", role: "exact", x: TIMES, y: known },
              { kind: "line", name: "the same without bias correction", role: "other", x: TIMES, y: plain },
              { kind: "points", name: "Adam", role: "walkers", walkers: true, x: TIMES, y: mean, error },
            ],
          },
        ],
      },
      caption:
        `At *T* = 10: Adam ${lab.number(mean[ten])} ± ${lab.number(error[ten], 2)}, printed ${lab.number(printed[ten])}. ` +
        `At *T* = 200: Adam ${lab.number(mean[later])} ± ${lab.number(error[later], 2)}, exact with known *v* ${lab.number(known[later])}, ` +
        `printed ${lab.number(printed[later])}, leading form ${lab.number(leading[later])}.`,
      found: { times: TIMES, H, C, mean, error, printed, leading, known, plain },
    };
  }

  return {
    pictures: {
      clouds: {
        controls: [
          { name: "ratio", label: "ratio of curvatures", stops: [1, 4, 20, 100], value: 20 },
          { name: "T", label: "iterations *T*", stops: [3, 10, 30, 100, 300], value: 100 },
        ],
        draw: clouds,
      },
      start: {
        controls: [
          { name: "beta1", label: "inertia *β*_{1}", stops: [0, 0.5, 0.8, 0.9, 0.95], value: 0.9 },
          { name: "beta2", label: "memory of *v*, *β*_{2}", stops: [0.9, 0.99, 0.999], value: 0.999 },
          { name: "slope", label: "slope √(*B*|*H*|) *η*", stops: [0, 0.001, 0.003, 0.01], value: 0 },
        ],
        draw: start,
      },
      walk: {
        title: "Walkers on a saddle seen from above; left and right is the steep direction",
        controls: [
          {
            name: "who", kind: "menu", label: "optimizer", value: "Adam",
            options: Object.keys(MAKERS).map((name) => [name, name]),
          }, // prettier-ignore
        ],
        scene: ({ who }) => {
          const H = [-1, -0.05];
          const far = 3.6 * Math.sqrt(Math.max(...exactSpread(who, H, 300)));
          return {
            landscape: new lab.Quadratic(H), noise: H.map(Math.abs), start: 0, walkers: 200, seed: 1, per: 1, most: 300,
            x: [-far, far], y: [-0.62 * far, 0.62 * far],
            groups: [{ name: who, role: who, make: MAKERS[who] }],
            say: (crowd) => {
              const [wide, high] = [0, 1].map((i) => lab.spread(crowd.positions(0, i)).mean);
              return crowd.T ? `${who}'s cloud is ${lab.number(Math.sqrt(wide / high), 2)} times as wide as it is high.` : "All walkers stand on the saddle.";
            },
          }; // prettier-ignore
        },
      },
    },
  };
})();
