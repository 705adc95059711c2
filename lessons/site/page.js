/* What makes a lesson's page live: controls, charts, predictions, questions, and the state in the address. */
"use strict";

(function (lab) {
  const name = document.body.dataset.lesson;
  const lesson = lab.lessons?.[name];
  const figures = new Map(); // by a picture's name
  const owner = new Map(); // which figure has a control

  const { make } = lab;

  /** What is kept on this device; private windows may forbid it, and then nothing is kept. */
  const kept = {
    get(key) {
      try {
        return localStorage.getItem(`lesson.${name}.${key}`);
      } catch {
        return null;
      }
    },
    set(key, value) {
      try {
        if (value === null) localStorage.removeItem(`lesson.${name}.${key}`);
        else localStorage.setItem(`lesson.${name}.${key}`, value);
      } catch {
        // the page works without it
      }
    },
  };

  /* ---- pictures ---- */

  class Figure {
    constructor(element, definition) {
      this.element = element;
      this.definition = definition;
      this.revealed = true;
      this.drawing = make("div", { class: "drawing" });
      this.caption = make("figcaption", { "aria-live": "polite" });
      this.settings = new lab.Settings(element.id, definition.controls ?? [], (_, byHand) => {
        if (byHand) writeAddress();
        this.request();
      });
      element.replaceChildren(this.drawing, this.caption, this.settings.element, this.tools());
    }

    /** Draw before the next frame, once, however often it was asked for. */
    request() {
      this.version = (this.version ?? 0) + 1;
      if (this.waiting) return;
      this.waiting = true;
      requestAnimationFrame(() => {
        this.waiting = false;
        this.draw();
      });
    }

    async draw() {
      const version = this.version;
      let found = this.definition.draw({ ...this.settings.values });
      if (typeof found.next === "function") {
        let step = found.next();
        let since = performance.now();
        while (!step.done) {
          if (performance.now() - since > 30) {
            this.element.classList.add("busy");
            await new Promise((resolve) => setTimeout(resolve, 0));
            if (version !== this.version) return; // a slider has moved on
            since = performance.now();
          }
          step = found.next();
        }
        found = step.value;
      }
      this.element.classList.remove("busy");
      this.before = this.now;
      this.now = found;
      this.show();
    }

    /** Put the chart on the page, without walkers while a prediction is open. */
    show() {
      if (!this.now) return;
      const { chart, caption } = this.now;
      this.shown = {
        ...chart,
        panels: chart.panels.map((panel, p) => ({
          ...panel,
          series: [...this.ghosts(p), ...panel.series.map((s) => ({ ...s, hidden: s.hidden || (s.walkers && !this.revealed) }))],
        })),
      };
      const width = Math.max(280, Math.floor(this.drawing.clientWidth || 600));
      this.drawing.innerHTML = lab.svg(this.shown, width, `${this.element.id}-clip`);
      this.caption.innerHTML = this.revealed
        ? lab.html(caption)
        : "The walkers are hidden. Make your guess above; then they run.";
      if (this.table?.open) this.fill();
      this.element.dataset.drawn = String(Number(this.element.dataset.drawn ?? 0) + 1);
    }

    /** The former picture's curves, pale, where the definition asks for them. */
    ghosts(p) {
      if (!this.definition.ghost || !this.before || !this.revealed) return [];
      const former = this.before.chart.panels[p];
      if (JSON.stringify(former?.x.range) !== JSON.stringify(this.now.chart.panels[p].x.range)) return [];
      return former.series
        .filter((s) => s.ghost)
        .map((s) => ({ ...s, role: "ghost", name: "as it was before", walkers: false, error: undefined }));
    }

    /** Buttons below a picture: link, downloads, numbers. */
    tools() {
      const say = make("span", { role: "status" });
      const link = make("button", { type: "button", onclick: () => copy(location.href, say) }, "Copy link to this state");
      this.table = make("details", { class: "numbers", ontoggle: () => this.table.open && this.fill() }, make("summary", {}, "Numbers"));
      return make(
        "div",
        { class: "tools" },
        link,
        ...["SVG", "PNG", "PDF", "CSV"].map((kind) =>
          make("button", { type: "button", onclick: () => this.download(kind), "aria-label": `Download the picture as ${kind}` }, kind),
        ),
        say,
        this.table,
      );
    }

    fill() {
      const rows = lab.numbers(this.shown).map((row) => make("tr", {}, ...row.map((cell) => make("td", { html: typeof cell === "number" ? lab.html(lab.number(cell, 4)) : String(cell) })))); // prettier-ignore
      const head = make("tr", {}, ...["panel", "curve", "x", "y", "± 95 %"].map((text) => make("th", { scope: "col" }, text)));
      this.table.replaceChildren(make("summary", {}, "Numbers"), make("div", { class: "scroll", tabindex: 0 }, make("table", {}, head, ...rows)));
    }

    async download(kind) {
      const file = `${name}-${this.element.dataset.picture}`;
      if (kind === "CSV") {
        const quoted = lab.numbers(this.shown).map((row) => row.map((cell) => (typeof cell === "string" ? `"${cell.replace(/"/g, '""')}"` : cell)).join(","));
        return save(`${file}.csv`, new Blob([`panel,curve,x,y,error95\n${quoted.join("\n")}\n`], { type: "text/csv" }));
      }
      if (kind === "PDF") return save(`${file}.pdf`, new Blob([lab.pdf(this.shown, 640)], { type: "application/pdf" }));
      const svg = onPaper(lab.svg(this.shown, 640, "clip"));
      const blob = new Blob([svg], { type: "image/svg+xml" });
      if (kind === "SVG") return save(`${file}.svg`, blob);
      const image = new Image();
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
      await image.decode();
      const canvas = make("canvas", { width: 3 * image.width, height: 3 * image.height });
      const context = canvas.getContext("2d");
      context.fillStyle = "#fff";
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.scale(3, 3);
      context.drawImage(image, 0, 0);
      canvas.toBlob((png) => save(`${file}.png`, png));
    }
  }

  /** An SVG with the colours of the light page written out: a file has no style sheet. */
  function onPaper(svg) {
    return svg.replace(/var\(--([a-z]+)\)/g, (_, role) => lab.PAPER[role] ?? lab.PAPER.ink);
  }

  function save(file, blob) {
    const link = make("a", { href: URL.createObjectURL(blob), download: file });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async function copy(text, say) {
    try {
      await navigator.clipboard.writeText(text);
      say.textContent = "Link copied.";
    } catch {
      say.textContent = `Copy it from the address bar: ${text}`; // no clipboard on a plain http page
    }
  }

  /* ---- the state in the address ---- */

  function writeAddress() {
    const words = [];
    for (const figure of figures.values()) {
      for (const control of figure.definition.controls ?? []) {
        const value = figure.settings.values[control.name];
        if (value !== control.value) words.push(`${control.name}=${encodeURIComponent(value)}`);
      }
    }
    history.replaceState(null, "", words.length ? `#${words.join("&")}` : location.pathname + location.search);
  }

  /**
   * Set the controls as the address says. A picture that it names is set whole, so that a link always means one
   * state; a link of the page's own also brings the picture into view.
   */
  function readAddress(follow) {
    const named = new Map();
    for (const word of location.hash.slice(1).split("&")) {
      const [key, coded] = word.split("=");
      const figure = owner.get(key);
      if (!figure || coded === undefined) continue;
      const control = figure.definition.controls.find((one) => one.name === key);
      const text = decodeURIComponent(coded);
      const values = control.kind === "menu" ? control.options.map(([value]) => value) : control.stops;
      const value = values.find((one) => String(one) === text || (typeof one === "number" && one === Number(text)));
      if (!named.has(figure)) named.set(figure, {});
      if (value !== undefined) named.get(figure)[key] = value; // what a mistyped address cannot mean is left alone
    }
    for (const [figure, settings] of named) {
      for (const control of figure.definition.controls) figure.settings.set(control.name, settings[control.name] ?? control.value, false);
    }
    if (follow && named.size) {
      writeAddress();
      [...named.keys()][0].element.scrollIntoView({ block: "nearest", behavior: "smooth" });
    }
  }

  /* ---- predictions and questions ---- */

  function predictions() {
    for (const element of document.querySelectorAll(".predict")) {
      const figure = figures.get(element.dataset.for);
      const note = element.querySelector(".reply");
      const { options } = JSON.parse(element.querySelector("script").textContent);
      const reveal = (index) => {
        const first = !figure.revealed;
        figure.revealed = true;
        element.classList.add("done");
        if (index !== null) {
          note.innerHTML = `<strong>${options[index].right ? "Your guess is right." : "Your guess is not right."}</strong> ${options[index].reply}`;
          note.dataset.kind = options[index].right ? "right" : "wrong";
        }
        if (first) figure.show();
      };
      element.querySelectorAll("button[data-option]").forEach((button) => {
        button.addEventListener("click", () => {
          kept.set(`predict.${element.dataset.for}`, button.dataset.option);
          element.querySelectorAll("button[data-option]").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
          reveal(Number(button.dataset.option));
        });
      });
      element.querySelector("button.skip").addEventListener("click", () => reveal(null));
      const former = kept.get(`predict.${element.dataset.for}`);
      figure.revealed = false;
      if (former !== null && options[former]) {
        element.querySelector(`button[data-option="${former}"]`).setAttribute("aria-pressed", "true");
        reveal(Number(former));
      }
    }
  }

  function questions() {
    document.querySelectorAll(".question").forEach((element, i) => {
      const question = JSON.parse(element.querySelector("script").textContent);
      const note = element.querySelector(".reply");
      const say = (given) => {
        const said = lab.reply(question, given);
        note.innerHTML = said.html;
        note.dataset.kind = said.kind;
        kept.set(`question.${i}`, given === null || given === "" ? null : given);
      };
      const former = kept.get(`question.${i}`);
      const box = element.querySelector("input[type=text]");
      if (box) {
        element.addEventListener("submit", (event) => {
          event.preventDefault();
          say(box.value);
        });
        box.addEventListener("input", () => {
          if (!box.value.trim()) say("");
        });
        if (former !== null) box.value = former;
      } else {
        element.addEventListener("change", (event) => say(event.target.value));
        if (former !== null && question.options[former]) element.querySelector(`input[value="${former}"]`).checked = true;
      }
      say(former !== null && (!question.options || question.options[former]) ? former : question.options ? null : "");
    });
    document.querySelector("button.forget")?.addEventListener("click", () => {
      document.querySelectorAll(".question").forEach((_, i) => kept.set(`question.${i}`, null));
      for (const key of figures.keys()) kept.set(`predict.${key}`, null);
      location.reload();
    });
  }

  /* ---- light and dark ---- */

  function theme() {
    const button = document.querySelector("button.theme");
    const names = { "": "Light or dark: as the device", light: "Light", dark: "Dark" };
    const apply = (choice) => {
      if (choice) document.documentElement.dataset.theme = choice;
      else delete document.documentElement.dataset.theme;
      button.textContent = names[choice];
      document.dispatchEvent(new Event("theme"));
    };
    const key = "lessons.theme";
    let choice = "";
    try {
      choice = localStorage.getItem(key) ?? "";
    } catch {
      // as the device
    }
    apply(choice in names ? choice : "");
    button.addEventListener("click", () => {
      const order = Object.keys(names);
      const next = order[(order.indexOf(document.documentElement.dataset.theme ?? "") + 1) % order.length];
      try {
        localStorage.setItem(key, next);
      } catch {
        // for this page only
      }
      apply(next);
    });
  }

  function start() {
    theme();
    if (!lesson) return;
    for (const element of document.querySelectorAll("figure[data-picture]")) {
      const definition = lesson.pictures[element.dataset.picture];
      element.id = `picture-${element.dataset.picture}`;
      const figure = definition.scene ? new lab.Scene(element, definition, writeAddress) : new Figure(element, definition);
      figures.set(element.dataset.picture, figure);
      for (const control of definition.controls ?? []) owner.set(control.name, figure);
    }
    predictions();
    questions();
    readAddress(false);
    for (const figure of figures.values()) figure.request();
    addEventListener("hashchange", () => readAddress(true));
    let width = innerWidth;
    addEventListener("resize", () => {
      if (innerWidth === width) return; // a phone's address bar comes and goes
      width = innerWidth;
      for (const figure of figures.values()) figure.show?.();
    });
  }

  start();
})(globalThis.lab);
