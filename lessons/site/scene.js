/* Walkers in motion on a canvas: on a landscape seen from the side, or on a saddle seen from above.
 *
 * A scene is what `definition.scene(settings)` returns: {landscape, noise, groups: [{name, role, make}], start, walkers,
 * x: [low, high], y (a plane only), per (iterations a frame), most (iterations after which it starts again), say(crowd)}.
 */
"use strict";
globalThis.lab ??= {};

(function (lab) {
  const { make } = lab;
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  class Scene {
    constructor(element, definition, changed) {
      this.element = element;
      this.definition = definition;
      this.revealed = true;
      this.playing = false;
      this.canvas = make("canvas", {
        role: "img", tabindex: 0, "aria-describedby": `${element.id}-say`,
        "aria-label": `${definition.title}. Press an arrow key to move the mark, Enter to drop a walker there.`,
      }); // prettier-ignore
      this.key = make("p", { class: "key" });
      this.caption = make("figcaption", { id: `${element.id}-say` });
      this.play = make("button", { type: "button", onclick: () => this.toggle() }, "Play");
      const again = make("button", { type: "button", onclick: () => this.restart() }, "Start again");
      const drop = make("button", { type: "button", onclick: () => this.drop(this.mark) }, "Drop a walker");
      const hint = make("span", { class: "hint" }, "or click into the picture");
      this.settings = new lab.Settings(element.id, definition.controls ?? [], (_, byHand) => {
        if (byHand) changed();
        this.request();
      });
      this.mark = null;
      this.canvas.addEventListener("pointerdown", (event) => {
        const box = this.canvas.getBoundingClientRect();
        this.mark = this.place(event.clientX - box.left, event.clientY - box.top);
        this.drop(this.mark);
      });
      this.canvas.addEventListener("keydown", (event) => this.pressed(event));
      const buttons = make("div", { class: "tools" }, this.play, again, drop, hint);
      element.replaceChildren(this.canvas, this.key, this.caption, this.settings.element, buttons);
      document.addEventListener("theme", () => this.paint());
      still.addEventListener("change", () => this.pause());
      new IntersectionObserver(([seen]) => (seen.isIntersecting ? this.arrive() : this.pause())).observe(this.canvas);
    }

    /** Begin anew after a setting has changed. */
    request() {
      this.restart();
    }

    /** Walk when first seen, unless motion is not wanted. */
    arrive() {
      if (!this.started && !still.matches && this.scene) {
        this.started = true;
        this.toggle(true);
      }
    }

    restart() {
      this.scene = this.definition.scene({ ...this.settings.values });
      this.crowd = new lab.Crowd(this.scene);
      const [low, high] = this.scene.x;
      this.mark = this.scene.y ? [(low + high) / 2, 0] : [(low + 2 * high) / 3];
      this.key.replaceChildren();
      if (this.scene.groups.length > 1) {
        for (const group of this.scene.groups) {
          this.key.append(make("span", { class: "sample", style: `background:var(--${group.role.toLowerCase()})` }), ` ${group.name}  `);
        }
      }
      if (still.matches) this.crowd.advance(this.scene.per * 40);
      this.show();
    }

    show() {
      this.paint();
      this.tell();
    }

    toggle(on = !this.playing) {
      this.playing = on;
      this.play.textContent = on ? "Pause" : "Play";
      this.caption.setAttribute("aria-live", on ? "off" : "polite"); // a count that runs is not read out
      if (on) requestAnimationFrame(() => this.frame());
      else this.tell();
    }

    pause() {
      if (this.playing) this.toggle(false);
    }

    frame() {
      if (!this.playing) return;
      this.crowd.advance(this.scene.per);
      this.paint();
      if (++this.frames % 6 === 0) this.tell();
      if (this.crowd.T >= this.scene.most) this.toggle(false);
      else requestAnimationFrame(() => this.frame());
    }

    frames = 0;

    tell() {
      if (this.crowd) this.caption.innerHTML = lab.html(`*T* = ${lab.number(this.crowd.T, 6)}. ${this.scene.say(this.crowd)}`);
    }

    drop(at) {
      this.crowd.add(this.scene.groups.length - 1, at, true);
      if (!this.playing && this.crowd.T < this.scene.most) this.toggle(true);
      this.paint();
    }

    pressed(event) {
      const step = (this.scene.x[1] - this.scene.x[0]) / 40;
      const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
      if (moves[event.key]) {
        this.mark = this.mark.map((value, i) => value + moves[event.key][i]);
        this.caption.innerHTML = lab.html(`Mark at ${this.mark.map((value) => lab.number(value, 2)).join(", ")}`);
      } else if (event.key === "Enter") this.drop(this.mark);
      else if (event.key === " ") this.toggle();
      else return;
      event.preventDefault();
      this.paint();
    }

    /** The point under a place on the canvas, in CSS pixels. */
    place(px, py) {
      const { x, y } = this.scene;
      const across = x[0] + (px / this.wide) * (x[1] - x[0]);
      return y ? [across, y[1] - (py / this.tall) * (y[1] - y[0])] : [across];
    }

    paint() {
      if (!this.crowd) return;
      const ratio = devicePixelRatio || 1;
      this.wide = this.canvas.clientWidth || 600;
      this.tall = Math.round(this.scene.y ? Math.min(this.wide * 0.62, 380) : Math.min(this.wide * 0.5, 300));
      this.canvas.width = this.wide * ratio;
      this.canvas.height = this.tall * ratio;
      this.canvas.style.height = `${this.tall}px`;
      const context = this.canvas.getContext("2d");
      context.scale(ratio, ratio);
      const style = getComputedStyle(this.element);
      this.colour = (role) => style.getPropertyValue(`--${role.toLowerCase()}`);
      context.clearRect(0, 0, this.wide, this.tall);
      if (this.scene.y) this.paintPlane(context);
      else this.paintSide(context);
    }

    /** Landscape from the side, walkers standing on it, their histogram below. */
    paintSide(context) {
      const { landscape, x, groups } = this.scene;
      const across = (value) => ((value - x[0]) / (x[1] - x[0])) * this.wide;
      const heights = Array.from({ length: 201 }, (_, i) => landscape.height(x[0] + (i / 200) * (x[1] - x[0]), 0));
      const low = Math.min(...heights);
      const high = this.scene.top ?? Math.max(...heights);
      const foot = this.tall * 0.28; // room for the histogram
      const up = (value) => this.tall - foot - 12 - ((value - low) / (high - low || 1)) * (this.tall - foot - 30);
      context.strokeStyle = this.colour("axis");
      context.lineWidth = 2;
      context.beginPath();
      heights.forEach((value, i) => context.lineTo((i / 200) * this.wide, up(value)));
      context.stroke();
      const bins = 60;
      const dots = [];
      groups.forEach((group, g) => {
        const counts = new Array(bins).fill(0);
        let n = 0;
        for (const walker of this.crowd.walkers) {
          if (walker.group !== g) continue;
          dots.push([walker, group.role]);
          if (walker.byHand) continue;
          n++;
          const bin = Math.floor(((walker.theta[0] - x[0]) / (x[1] - x[0])) * bins);
          if (bin >= 0 && bin < bins) counts[bin]++;
        }
        context.fillStyle = this.colour(group.role);
        context.globalAlpha = 0.5;
        const unit = (foot - 6) / Math.max(n * 0.25, ...counts);
        counts.forEach((count, i) => context.fillRect((i * this.wide) / bins, this.tall - count * unit, this.wide / bins - 1, count * unit));
      });
      context.globalAlpha = 0.75;
      for (const [walker, role] of dots) {
        const at = walker.theta[0];
        this.dot(context, across(at), up(landscape.height(at, 0)) - 5, walker, role);
      }
      context.globalAlpha = 1;
      const at = this.mark[0];
      this.cross(context, across(at), up(landscape.height(at, 0)) - 5);
    }

    /** Two coordinates from above: light where the loss is high, walkers as dots. */
    paintPlane(context) {
      const { landscape, x, y } = this.scene;
      const across = (value) => ((value - x[0]) / (x[1] - x[0])) * this.wide;
      const up = (value) => ((y[1] - value) / (y[1] - y[0])) * this.tall;
      context.strokeStyle = this.colour("grid");
      context.lineWidth = 1;
      const cells = 48;
      const height = (i, j) => landscape.height(x[0] + (i / cells) * (x[1] - x[0]), 0) + landscape.height(y[0] + (j / cells) * (y[1] - y[0]), 1);
      let low = Infinity;
      let high = -Infinity;
      for (let i = 0; i <= cells; i++) for (let j = 0; j <= cells; j++) {
        low = Math.min(low, height(i, j));
        high = Math.max(high, height(i, j));
      }
      context.fillStyle = this.colour("axis");
      for (let i = 0; i < cells; i++) {
        for (let j = 0; j < cells; j++) {
          context.globalAlpha = 0.22 * (1 - (Math.round((12 * (height(i + 0.5, j + 0.5) - low)) / (high - low)) / 12));
          context.fillRect((i * this.wide) / cells, ((cells - 1 - j) * this.tall) / cells, this.wide / cells + 0.5, this.tall / cells + 0.5);
        }
      }
      for (const walker of this.crowd.walkers) {
        context.globalAlpha = 0.75;
        if (walker.trail) {
          context.strokeStyle = this.colour("hand");
          context.lineWidth = 1.5;
          context.beginPath();
          for (const [a, b] of walker.trail) context.lineTo(across(a), up(b));
          context.stroke();
        }
        this.dot(context, across(walker.theta[0]), up(walker.theta[1]), walker, this.scene.groups[walker.group].role);
      }
      context.globalAlpha = 1;
      this.cross(context, across(this.mark[0]), up(this.mark[1]));
    }

    dot(context, px, py, walker, role) {
      context.fillStyle = this.colour(walker.byHand ? "hand" : role);
      context.beginPath();
      context.arc(px, py, walker.byHand ? 6 : 2.6, 0, 2 * Math.PI);
      context.fill();
    }

    /** The mark that the arrow keys move, while the canvas has the focus. */
    cross(context, px, py) {
      if (document.activeElement !== this.canvas) return;
      context.strokeStyle = this.colour("ink");
      context.lineWidth = 2;
      context.strokeRect(px - 7, py - 7, 14, 14);
    }
  }

  lab.Scene = Scene;
})(globalThis.lab);
