/* Lesson 9: the gradient noise of a real network, beside its curvature and beside a normal law. */
"use strict";
lab.lessons ??= {};

lab.lessons.network = (function () {
  const { curvature: CLOUDS, tails: TAILS } = lab.NETWORK;
  const DATA = [["digits", "digits, 8 × 8 pixels"], ["mnist14", "MNIST, 14 × 14 pixels"]]; // prettier-ignore
  const PLACES = ["start", 0.5, 0.1, 0.01]; // training losses
  const DRAWS = 50; // labels that a network drew for each image, when it was recorded
  const BLOCK = 64; // terms of a sum in the estimate of a tail index
  const done = new Map();

  const placeOf = (place) => (place === "start" ? "start" : `loss ${place}`);
  const told = ([value, low, high]) => `${lab.number(value, 3)} (${lab.number(low, 3)} to ${lab.number(high, 3)})`;

  /** A number of the recorded full run and its interval: measured over stated, by the verdict's name; null where none is. */
  function recorded(figure, at) {
    const words = Object.entries(at).map(([name, value]) => `${name}=${value}`).sort().join(","); // prettier-ignore
    return lab.FOUND[`figure_${figure}/figure-${figure}/printed/${words}`] ?? null;
  }

  /** Noise along each eigenvector of the Hessian against the curvature there. */
  function curvature({ data, place, labels }) {
    const here = CLOUDS[data].places[placeOf(place)][labels];
    const size = here.H.map(Math.abs);
    const { a, b } = lab.straight(size.map(Math.log), here.C.map(Math.log));
    const ends = [1e-4, 0.5];
    const ratios = here.C.map((c, i) => c / size[i]).sort((one, two) => one - two);
    const middle = ratios[Math.floor(ratios.length / 2)];
    const own = labels === "own";
    // over 32 networks labels of their own were drawn at a loss of 0.1 alone, one for each image
    const name = own ? (place === 0.1 ? "labels of its own" : null) : placeOf(place);
    const many = name && { gamma: recorded(1, { data, of: "gamma", place: name }), ratio: recorded(1, { data, of: "ratio", place: name }) };
    const who = own ? `Labels drawn from the network, ${DRAWS} for each image` : "The labels of the data";
    return {
      chart: {
        panels: [
          {
            height: 340,
            x: { label: own ? "curvature, averaged over such labels" : "curvature |*H*|", log: true, range: [1e-4, 0.5] },
            y: { label: "noise *C* of one image", log: true, range: [3e-8, 5] },
            series: [
              { kind: "line", name: "as stated, *C* = |*H*|", role: "printed", x: ends, y: ends },
              { kind: "line", name: "straight line through them", role: "fit", walkers: true, x: ends, y: ends.map((h) => Math.exp(a) * h ** b) },
              { kind: "points", name: "directions of one network", role: "walkers", walkers: true, size: 2.2, x: size, y: here.C },
            ],
          },
        ],
      }, // prettier-ignore
      caption:
        `${who}, training loss ${lab.number(here.loss, 2)}: *C* goes as |*H*|^{${lab.number(here.gamma, 3)}}, and is ${lab.number(here.ratio, 2)} of |*H*| in the ` +
        `middle direction.` +
        (many ? ` Over 32 networks${own ? ", one label for each image" : ""}: exponent ${told(many.gamma)}, *C* over |*H*| ${told(many.ratio)}.` : ""),
      found: { slope: b, middle, many, gamma: here.gamma, ratio: here.ratio, loss: here.loss, r: here.r, points: size.length },
    };
  }

  /**
   * One output of two classes: the network expects to be wrong a share `e` of the time, and is wrong `share` times as often.
   *
   * The derivative of the loss by the output is the error, e or e - 1; its second derivative is e (1 - e), whatever the label.
   */
  function one({ share, images }) {
    const expected = [0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5];
    const stream = new lab.Stream(9, 0);
    const seen = expected.map((e) => {
      const squares = Float64Array.from({ length: images }, () => (stream.uniform() < share * e ? (1 - e) ** 2 : e * e));
      return lab.estimate(squares);
    });
    const fine = Array.from({ length: 81 }, (_, i) => 0.01 * 50 ** (i / 80));
    const noise = (e) => (1 - share * e) * e * e + share * e * (1 - e) ** 2;
    const bend = (e) => e * (1 - e);
    const ratio = (e) => noise(e) / bend(e);
    return {
      chart: {
        panels: [
          {
            height: 300,
            x: { label: "share of errors expected, *e* (surer ←)", log: true, range: [0.0085, 0.6] },
            y: { label: "per image", log: true, range: [3e-5, 0.6] },
            series: [
              { kind: "line", name: "curvature, *e*(1 − *e*)", role: "exact", x: fine, y: fine.map(bend) },
              { kind: "line", name: "noise, exact", role: "other", walkers: true, x: fine, y: fine.map(noise) },
              {
                kind: "points", name: `noise of ${lab.number(images, 6)} images`, role: "walkers", walkers: true, x: expected,
                y: seen.map((s) => s.mean), error: seen.map((s) => 1.96 * s.error),
              },
            ],
          },
        ],
      }, // prettier-ignore
      caption:
        `It makes ${share === 1 ? "as many errors as it expects" : share === 0 ? "no errors" : `${lab.number(share)} times as many errors as it expects`}. ` +
        `Noise over curvature: ${lab.number(ratio(0.5), 2)} where it expects an error in every second image, ${lab.number(ratio(0.1), 2)} at 1 in 10, ` +
        `${lab.number(ratio(0.01), 2)} at 1 in 100.`,
      found: { expected, seen, exact: expected.map(noise), ratios: expected.map(ratio) },
    };
  }

  /** Share of a normal law's numbers whose size is above t. */
  const normalAbove = (t) => 1 - lab.gammaBelow(0.5, (t * t) / 2);

  const STEPS = Array.from({ length: 41 }, (_, i) => i / 5);

  /** Share of values whose size is above each of the steps, in units of a width. */
  function above(values, width) {
    const sizes = Float64Array.from(values, (x) => Math.abs(x) / width).sort();
    let i = 0;
    return STEPS.map((t) => {
      while (i < sizes.length && sizes[i] <= t) i++;
      return (sizes.length - i) / sizes.length;
    });
  }

  const SURVIVAL = { x: { label: "size, in widths of the normal law", range: [0, 8] }, y: { label: "share that is larger", log: true, range: [2e-5, 1.2] } };

  /** Noise of minibatches along the leading directions of a real network, drawn here from the noise of its 500 images. */
  function batches(when, B) {
    const key = `batches ${when} ${B}`;
    if (done.has(key)) return done.get(key);
    const along = TAILS[when].along.map((column) => {
      const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
      const width = Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length);
      return Float64Array.from(column, (x) => (x - mean) / width);
    });
    const draws = 4096;
    const stream = new lab.Stream(16, B);
    const noise = along.map(() => new Float64Array(draws));
    const chosen = new Int32Array(B);
    for (let n = 0; n < draws; n++) {
      for (let b = 0; b < B; b++) chosen[b] = Math.floor(stream.uniform() * TAILS.rows);
      along.forEach((column, d) => {
        let sum = 0;
        for (let b = 0; b < B; b++) sum += column[chosen[b]];
        noise[d][n] = sum / Math.sqrt(B);
      });
    }
    // a mean over directions, minibatch by minibatch: the directions of one minibatch share its images
    const fourth = lab.estimate(Float64Array.from({ length: draws }, (_, n) => noise.reduce((sum, column) => sum + column[n] ** 4, 0) / noise.length / 3));
    const alone = along.reduce((sum, column) => sum + column.reduce((s, x) => s + x ** 4, 0) / column.length, 0) / along.length;
    const found = { noise, fourth, exact: 1 + (alone / 3 - 1) / B };
    done.set(key, found);
    return found;
  }

  function tails({ when, B }) {
    const { noise, fourth, exact } = batches(when, B);
    const all = noise.flatMap((column) => Array.from(column));
    const width = 0.25;
    const x = Array.from({ length: 40 }, (_, i) => -5 + width * (i + 0.5));
    const y = new Array(40).fill(0);
    for (const value of all) {
      const bin = Math.floor((value + 5) / width);
      if (bin >= 0 && bin < 40) y[bin] += 1 / (all.length * width);
    }
    const fine = Array.from({ length: 101 }, (_, i) => -5 + i / 10);
    const survival = above(all, 1);
    const many = recorded(8, { data: "digits", place: when, B, of: "fourth" });
    return {
      chart: {
        columns: 2,
        panels: [
          {
            height: 280,
            x: { label: "noise, in its own widths", range: [-5, 5] },
            y: { label: "density", range: [0, 1.1 * Math.max(0.45, ...y)] },
            series: [
              { kind: "bars", name: `minibatches of ${B}`, role: "walkers", walkers: true, width, x, y },
              { kind: "line", name: "normal law", role: "printed", x: fine, y: fine.map((t) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI)) },
            ],
          },
          {
            height: 280,
            ...SURVIVAL,
            series: [
              { kind: "line", name: "normal law", role: "printed", x: STEPS, y: STEPS.map(normalAbove) },
              { kind: "points", name: `share of minibatches of ${B}`, role: "walkers", walkers: true, size: 2.4, x: STEPS, y: survival },
            ],
          },
        ],
      },
      caption:
        `${when === "start" ? "Random start" : "After training"}, *B* = ${B}: the fourth moment is ${lab.number(fourth.mean, 3)} ± ${lab.number(1.96 * fourth.error, 2)} times ` +
        `that of a normal law; exact for rows drawn at random ${lab.number(exact, 3)}.` +
        (many ? ` Over 32 networks: ${told(many)}.` : ""),
      found: { fourth, exact, many, survival },
    };
  }

  /** Tail index: sums of K stable numbers are K^(1 / index) times as large. 2 for normal numbers. */
  function tailIndex(values) {
    const groups = Math.floor(values.length / BLOCK);
    let single = 0;
    let summed = 0;
    for (let g = 0; g < groups; g++) {
      let sum = 0;
      for (let i = g * BLOCK; i < (g + 1) * BLOCK; i++) {
        sum += values[i];
        single += Math.log(Math.abs(values[i]));
      }
      summed += Math.log(Math.abs(sum));
    }
    return Math.log(BLOCK) / (summed / groups - single / (groups * BLOCK));
  }

  /** A symmetric stable number (Chambers, Mallows and Stuck). */
  function stable(stream, index) {
    const v = Math.PI * (stream.uniform() - 0.5);
    const w = -Math.log(stream.uniform());
    return (Math.sin(index * v) / Math.cos(v) ** (1 / index)) * (Math.cos((1 - index) * v) / w) ** ((1 - index) / index);
  }

  const KINDS = {
    same: "normal noise, all weights alike",
    start: "normal noise, scales of a network at its start",
    trained: "normal noise, scales of a trained network",
    levy: "Lévy noise of index 1.5, all weights alike",
  };

  /** Invented noise of known law, looked at in two ways: over the weights of one gradient, and over minibatches. */
  function index({ kind }) {
    if (!done.has(kind)) {
      const scales = TAILS[kind]?.scales ?? new Array(1192).fill(1);
      const number = (stream) => (kind === "levy" ? stable(stream, 1.5) : stream.normal());
      const stream = new lab.Stream(8, 0);
      const gradients = Array.from({ length: 48 }, () => Float64Array.from(scales, (scale) => scale * number(stream)));
      const weights = Array.from({ length: 48 }, () => Float64Array.from({ length: 4096 }, () => number(stream)));
      done.set(kind, { gradients, weights, across: lab.estimate(gradients.map(tailIndex)), over: lab.estimate(weights.map(tailIndex)) });
    }
    const { gradients, weights, across, over } = done.get(kind);
    // half of a normal law's numbers lie within 0.6745 widths; so shall half of these
    const middle = (values) => Float64Array.from(values, Math.abs).sort()[Math.floor(values.length / 2)] / 0.67448975;
    const pooled = (lists) => lists.flatMap((list) => Array.from(list));
    const [one, many] = [pooled(gradients), pooled(weights)];
    const places = [0, 1];
    const known = kind === "levy" ? 1.5 : 2;
    const many32 = TAILS[kind] ? recorded(8, { data: "digits", place: kind, of: "parameters", noise: "Gaussian twin" }) : null;
    return {
      chart: {
        columns: 2,
        panels: [
          {
            height: 280,
            ...SURVIVAL,
            series: [
              { kind: "line", name: "normal law", role: "printed", x: STEPS, y: STEPS.map(normalAbove) },
              { kind: "points", name: "over the weights of one gradient", role: "Momentum", walkers: true, size: 2.2, x: STEPS, y: above(one, middle(one)) },
              { kind: "points", name: "over minibatches, one weight", role: "walkers", walkers: true, size: 2.2, x: STEPS, y: above(many, middle(many)) },
            ],
          },
          {
            height: 280,
            x: { label: "how the index is computed", range: [-0.6, 1.6], ticks: [[0, "weights"], [1, "minibatches"]] },
            y: { label: "tail index", range: [0.9, 2.2] },
            series: [
              { kind: "level", name: `index of this noise, ${known}`, role: "exact", y: known },
              { kind: "points", name: "index over weights", silent: true, role: "Momentum", walkers: true, size: 5, x: places.slice(0, 1), y: [across.mean], error: [1.96 * across.error] },
              { kind: "points", name: "index over minibatches", silent: true, role: "walkers", walkers: true, size: 5, x: places.slice(1), y: [over.mean], error: [1.96 * over.error] },
            ],
          },
        ],
      }, // prettier-ignore
      caption:
        `This noise was made with the index ${known}. Computed over weights: ${lab.number(across.mean, 3)} ± ${lab.number(1.96 * across.error, 1)}; over minibatches: ` +
        `${lab.number(over.mean, 3)} ± ${lab.number(1.96 * over.error, 1)}.` +
        (many32 ? ` Over 32 networks, over weights: ${told(many32.map((x) => 2 * x))}.` : ""),
      found: { across, over, known, many: many32 },
    };
  }

  /** A steep and a flat direction of the trained network: the curvature and noise of the recorded directions nearest to two values. */
  function valley() {
    const { H, C } = CLOUDS.digits.places["loss 0.01"].real;
    const nearest = (wanted) => {
      const away = (i) => (H[i] > 0 ? Math.abs(Math.log(H[i] / wanted)) : Infinity);
      return H.reduce((best, _, i) => (away(i) < away(best) ? i : best), 0);
    };
    const picked = [nearest(0.4), nearest(0.02)];
    return { H: picked.map((i) => H[i]), C: picked.map((i) => C[i]) };
  }

  return {
    pictures: {
      curvature: {
        controls: [
          { name: "place", label: "trained to", stops: PLACES, value: 0.01, text: (place) => (place === "start" ? "random start" : `loss ${place}`) },
          { name: "labels", kind: "menu", label: "labels", options: [["real", "those of the data"], ["own", "drawn from the network"]], value: "real" },
          { name: "data", kind: "menu", label: "images", options: DATA, value: "digits" },
        ], // prettier-ignore
        draw: curvature,
      },
      one: {
        controls: [
          { name: "share", label: "errors it makes, over those it expects", stops: [1, 0.5, 0.2, 0.1, 0], value: 0 },
          { name: "images", label: "images", stops: [100, 1000, 10000], value: 1000 },
        ],
        draw: one,
      },
      tails: {
        controls: [
          { name: "when", kind: "menu", label: "network", options: [["start", "random start"], ["trained", "after training"]], value: "trained" },
          { name: "B", label: "images in a minibatch, *B*", stops: [1, 4, 16, 64, 128], value: 16 },
        ], // prettier-ignore
        draw: tails,
      },
      index: {
        controls: [{ name: "kind", kind: "menu", label: "noise", options: Object.entries(KINDS), value: "trained" }],
        draw: index,
      },
      walk: {
        title: "Walkers of SGD along a steep and a flat direction of a trained network, seen from above",
        controls: [
          { name: "noise", kind: "menu", label: "noise", options: [["stated", "as stated, C = |H| / B"], ["measured", "as measured in the network"]], value: "stated" },
        ], // prettier-ignore
        scene: ({ noise }) => {
          const { H, C } = valley();
          const [eta, B] = [0.5, 10];
          return {
            landscape: new lab.Quadratic(H), noise: H.map((h, i) => (noise === "stated" ? h : C[i]) / B), start: 0, walkers: 250, seed: 4,
            x: [-0.7, 0.7], y: [-0.434, 0.434], per: 5, most: 6000, eta, B, H, C,
            groups: [{ name: "SGD", role: "SGD", make: () => new lab.SGD({ eta }) }],
            say: (crowd) => {
              const [steep, flat] = [0, 1].map((i) => Math.sqrt(lab.spread(crowd.positions(0, i)).mean));
              return (
                `Width of the cloud along the steep direction, across, ${lab.number(steep, 2)}; along the flat one, upwards, ` +
                `${lab.number(flat, 2)}. As stated both would be about ${lab.number(Math.sqrt(eta / (2 * B)), 2)}.`
              );
            },
          }; // prettier-ignore
        },
      },
    },
    tailIndex,
    stable,
    valley,
  };
})();
