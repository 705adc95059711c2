/* Random numbers: one stream per walker, keyed by (seed, walker), so that more walkers or a redraw change no path. */
"use strict";
globalThis.lab ??= {};

(function (lab) {
  /** Mix 32 bits so that neighbouring seeds and walkers get unrelated streams (the finaliser of MurmurHash3). */
  function mix(bits) {
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return bits ^ (bits >>> 16);
  }

  const UNIT = 1 / 2147483648; // 32 random bits with a sign, times this, lie between -1 and 1
  const MANY = 512; // normals made at once: a loop over locals is five times as fast as a call for each

  /** A stream of random numbers: the generator sfc32, and Box-Muller (polar form) for normal ones. */
  class Stream {
    constructor(seed = 0, walker = 0) {
      this.state = new Int32Array(4);
      this.made = new Float64Array(MANY);
      this.at(seed, walker);
    }

    /** Go to the start of a walker's stream. */
    at(seed, walker) {
      const state = this.state;
      state[0] = mix(mix(seed + 0x1e3779b9) ^ walker);
      state[1] = mix(state[0] + 0x6a09e667);
      state[2] = mix(state[1] + walker);
      state[3] = 1;
      for (let i = 0; i < 12; i++) this.bits(); // sfc32 needs a dozen rounds until all its bits depend on the key
      this.next = 0;
      this.size = 8; // a walker that leaves at once needs few; the block grows with use
      this.left = 0;
      return this;
    }

    /** 32 random bits, as an integer with a sign. */
    bits() {
      const s = this.state;
      const out = (((s[0] + s[1]) | 0) + s[3]) | 0;
      s[3] = (s[3] + 1) | 0;
      s[0] = s[1] ^ (s[1] >>> 9);
      s[1] = (s[2] + (s[2] << 3)) | 0;
      s[2] = (((s[2] << 21) | (s[2] >>> 11)) + out) | 0;
      return out;
    }

    /** A number between 0 and 1, neither of them ever reached: its logarithm is finite. */
    uniform() {
      return (this.bits() * UNIT + UNIT / 2 + 1) / 2;
    }

    /** A standard normal number. */
    normal() {
      if (this.left === 0) this.refill();
      this.left--;
      return this.made[this.next++];
    }

    /** Make the next block of normals, in pairs. */
    refill() {
      const s = this.state;
      const made = this.made;
      let a = s[0], b = s[1], c = s[2], counter = s[3]; // prettier-ignore
      for (let n = 0; n < this.size; n += 2) {
        let x = 0, y = 0, square = 1; // prettier-ignore
        while (square >= 1) {
          let out = (((a + b) | 0) + counter) | 0;
          a = b ^ (b >>> 9);
          b = (c + (c << 3)) | 0;
          c = (((c << 21) | (c >>> 11)) + out) | 0;
          x = out * UNIT + UNIT / 2;
          out = (((a + b) | 0) + counter + 1) | 0;
          a = b ^ (b >>> 9);
          b = (c + (c << 3)) | 0;
          c = (((c << 21) | (c >>> 11)) + out) | 0;
          counter = (counter + 2) | 0;
          y = out * UNIT + UNIT / 2;
          square = x * x + y * y;
        }
        const scale = Math.sqrt((-2 * Math.log(square)) / square);
        made[n] = x * scale;
        made[n + 1] = y * scale;
      }
      s[0] = a, s[1] = b, s[2] = c, s[3] = counter; // prettier-ignore
      this.left = this.size;
      this.next = 0;
      this.size = Math.min(2 * this.size, MANY);
    }
  }

  lab.Stream = Stream;
})(globalThis.lab);
