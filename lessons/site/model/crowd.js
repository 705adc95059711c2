/* A crowd that walks before one's eyes: each walker keeps its own optimizer and stream, and one can be dropped by hand. */
"use strict";
globalThis.lab ??= {};

(function (lab) {
  class Crowd {
    /**
     * @param {object} scene landscape, noise, groups ([{name, make}], make() giving an optimizer), start, walkers (of
     *   each group), seed
     */
    constructor({ landscape, noise, groups, start = 0, walkers = 100, seed = 0 }) {
      Object.assign(this, { landscape, groups, seed });
      this.dim = landscape.dim;
      this.spread = (typeof noise === "number" ? new Array(this.dim).fill(noise) : noise).map(Math.sqrt);
      this.T = 0;
      this.g = new Float64Array(this.dim);
      this.walkers = [];
      for (let w = 0; w < walkers; w++) groups.forEach((_, group) => this.add(group, start, false));
    }

    /** Add a walker of a group at a point (one number for all coordinates, or one each). */
    add(group, start, byHand) {
      const theta = new Float64Array(this.dim);
      if (typeof start === "number") theta.fill(start);
      else theta.set(start);
      const optimizer = this.groups[group].make();
      optimizer.rest(this.dim);
      const stream = new lab.Stream(this.seed, this.walkers.length);
      const walker = { theta, optimizer, stream, group, byHand, trail: byHand ? [Array.from(theta)] : null };
      this.walkers.push(walker);
      return walker;
    }

    /** Let all walkers make some steps. */
    advance(steps) {
      for (const walker of this.walkers) {
        for (let s = 0; s < steps; s++) {
          for (let i = 0; i < this.dim; i++) {
            this.g[i] = this.landscape.slope(walker.theta[i], i) + this.spread[i] * walker.stream.normal();
          }
          walker.optimizer.step(walker.theta, this.g);
        }
        if (walker.trail) walker.trail.push(Array.from(walker.theta));
      }
      this.T += steps;
    }

    /** Positions of the walkers of a group that nobody dropped by hand. */
    positions(group, coordinate = 0) {
      return this.walkers.filter((w) => w.group === group && !w.byHand).map((w) => w.theta[coordinate]);
    }
  }

  lab.Crowd = Crowd;
})(globalThis.lab);
