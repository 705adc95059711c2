/* Charts: a plain description becomes a drawing of lines, dots and letters, and that becomes SVG. No page is needed.
 *
 * A chart is {panels: [panel], columns}. A panel has axes x and y ({label, log, range, ticks, include}) and series:
 *   line {x, y}, points {x, y, error}, dots {x, y}, bars {x, y, width}, level {y}, band {low, high},
 *   spans {low, high, hit}, ring {x, y}, ellipse {rx, ry}.
 * Each has a name, for the legend, and a role, for its colour; `walkers: true` is what a prediction hides.
 * Labels are written *italic*, with _{sub} and ^{super}.
 */
"use strict";
globalThis.lab ??= {};

(function (lab) {
  const LETTER = 13; // px, whatever the width: a phone gets a smaller plot, not smaller letters
  const DASHES = { printed: "7 4", other: "9 3 2 3", third: "2 3", boltzmann: "2 3", ghost: "", fit: "5 4" };
  const SHAPES = { SGD: "circle", Momentum: "square", Adam: "triangle", Adai: "diamond" };
  const roleColour = (role) => `var(--${role.toLowerCase()})`;

  /** Text runs of a label: [{text, italic, shift}], shift 1 above the line, -1 below it. */
  function runs(label) {
    const found = [];
    const pattern = /\*([^*]+)\*|_\{([^}]*)\}|\^\{([^}]*)\}/g;
    let at = 0;
    for (const match of label.matchAll(pattern)) {
      if (match.index > at) found.push({ text: label.slice(at, match.index), italic: false, shift: 0 });
      if (match[1]) found.push({ text: match[1], italic: true, shift: 0 });
      else found.push({ text: match[2] ?? match[3], italic: false, shift: match[2] === undefined ? 1 : -1 });
      at = match.index + match[0].length;
    }
    if (at < label.length) found.push({ text: label.slice(at), italic: false, shift: 0 });
    return found;
  }

  /** A label as a screen reader says it. */
  function spoken(label) {
    return runs(label).map((run) => run.text).join(""); // prettier-ignore
  }

  /** Width of a label in px; letters of a sans-serif are a little over half as wide as high. */
  function width(label, size = LETTER) {
    return runs(label).reduce((sum, run) => sum + run.text.length * size * (run.shift ? 0.4 : 0.56), 0);
  }

  /** A number as a reader writes it: 20,000, 0.003, 2.2 × 10^{4}. */
  function number(value, digits = 3) {
    if (value === 0) return "0";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const sign = value < 0 ? "−" : "";
    const size = Math.abs(value);
    if (size >= 1e6 || size < 1e-4) {
      const [mantissa, power] = size.toExponential(digits - 1).split("e");
      return `${sign}${mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa} × 10^{${power.replace("+", "").replace("-", "−")}}`;
    }
    const places = Math.max(0, digits - 1 - Math.floor(Math.log10(Number(size.toPrecision(digits)))));
    const rounded = size.toFixed(Math.min(places, 12));
    const [whole, part] = (places > 0 ? rounded.replace(/\.?0+$/, "") : Number(size.toPrecision(digits)).toFixed(0)).split(".");
    return sign + whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? `.${part}` : "");
  }

  /** A tick's label: 0.01 to 1,000 as they are, others as powers of ten. */
  function tickLabel(value) {
    const size = Math.abs(value);
    if (size >= 1e4 || (size > 0 && size < 1e-3)) {
      const power = Math.round(Math.log10(size));
      if (Math.abs(size / 10 ** power - 1) < 1e-9) return `10^{${String(power).replace("-", "−")}}`;
    }
    return number(Number(value.toPrecision(6)), 6);
  }

  /** Tick values of an axis from low to high. */
  function ticks(low, high, log, about) {
    if (!log) {
      const raw = (high - low) / about;
      const unit = 10 ** Math.floor(Math.log10(raw));
      const step = unit * [1, 2, 5, 10].find((m) => m * unit >= raw * 0.999);
      const found = [];
      for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) found.push(i * step);
      return found;
    }
    const decades = Math.log10(high / low);
    const within = decades > 3 ? [1] : decades > 1.6 ? [1, 3] : [1, 2, 3, 5, 7];
    const every = decades > 3 ? Math.ceil(decades / about) : 1;
    const found = [];
    for (let p = Math.floor(Math.log10(low)); p <= Math.ceil(Math.log10(high)); p += 1) {
      if (p % every) continue;
      for (const m of within) found.push(m * 10 ** p);
    }
    return found.filter((v) => v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9));
  }

  /** The range of an axis: as given, or wide enough for all that is drawn, error bars too. */
  function range(panel, key) {
    const axis = panel[key];
    if (axis.range) return axis.range;
    const values = [...(axis.include ?? [])];
    for (const s of panel.series) {
      if (key === "y" && s.kind === "level") values.push(s.y);
      else if (key === "y" && s.kind === "band") values.push(s.low, s.high);
      else if (s.kind === "ellipse") values.push(key === "x" ? s.rx : s.ry, key === "x" ? -s.rx : -s.ry);
      else if (Array.isArray(s[key]) || ArrayBuffer.isView(s[key])) {
        for (let i = 0; i < s[key].length; i++) {
          values.push(s[key][i]);
          if (key === "y" && s.error) values.push(s[key][i] - s.error[i], s[key][i] + s.error[i]);
        }
      }
    }
    const usable = values.filter((v) => Number.isFinite(v) && (!axis.log || v > 0));
    let low = Math.min(...usable);
    let high = Math.max(...usable);
    if (low === high) [low, high] = axis.log ? [low / 2, high * 2] : [low - 1, high + 1];
    if (axis.log) return [low / (high / low) ** 0.04, high * (high / low) ** 0.04];
    const pad = 0.05 * (high - low);
    return [low === 0 ? 0 : low - pad, high === 0 ? 0 : high + pad];
  }

  /**
   * Lay a chart out: returns {width, height, marks}, marks being line, dots, mark, area, text and clip.
   */
  function layout(chart, total) {
    const columns = total < 560 ? (chart.narrow ?? 1) : (chart.columns ?? 1);
    const rows = Math.ceil(chart.panels.length / columns);
    const marks = [];
    const legendHeight = legend(chart, total, marks);
    const gap = 10;
    const cell = (total - gap * (columns - 1)) / columns;
    let y = legendHeight;
    for (let row = 0; row < rows; row++) {
      const inRow = chart.panels.slice(row * columns, (row + 1) * columns);
      const tall = Math.max(...inRow.map((p) => (p.aspect ? Math.min(p.aspect * cell, 420) : (p.height ?? 260))));
      inRow.forEach((panel, i) => drawPanel(panel, i * (cell + gap), y, cell, tall, marks));
      y += tall;
    }
    return { width: total, height: y, marks };
  }

  /** Write the legend above the panels, so that it never covers the data; return its height. */
  function legend(chart, total, marks) {
    const seen = new Map();
    for (const panel of chart.panels) for (const s of panel.series) if (s.name && !s.silent && !seen.has(s.name)) seen.set(s.name, s);
    let x = 8;
    let y = 16;
    if (!seen.size) return 4;
    for (const [name, s] of seen) {
      const wide = 34 + width(name) + 16;
      if (x + wide > total + 10 && x > 8) {
        x = 8;
        y += 20;
      }
      sample(s, x, y - 4, marks);
      marks.push({ kind: "text", x: x + 32, y, runs: runs(name), anchor: "start", size: LETTER });
      x += wide;
    }
    return y + 10;
  }

  /** Draw a legend's sample. */
  function sample(s, x, y, marks) {
    const colour = roleColour(s.role);
    if (s.kind === "line" || s.kind === "level" || s.kind === "ellipse") {
      marks.push({ kind: "line", points: [[x, y], [x + 26, y]], colour, width: 2, dash: s.dash ?? DASHES[s.role] ?? "" }); // prettier-ignore
    } else if (s.kind === "bars" || s.kind === "band") {
      marks.push({ kind: "area", points: [[x, y - 5], [x + 26, y - 5], [x + 26, y + 5], [x, y + 5]], colour, opacity: s.opacity ?? 0.5 }); // prettier-ignore
    } else {
      if (s.error) marks.push({ kind: "line", points: [[x + 13, y - 7], [x + 13, y + 7]], colour, width: 1.5, dash: "" }); // prettier-ignore
      marks.push({ kind: "mark", x: x + 13, y, r: s.kind === "dots" ? 2 : 4, shape: SHAPES[s.role] ?? "circle", colour });
    }
  }

  function drawPanel(panel, left, top, wide, tall, marks) {
    const [x0, x1] = range(panel, "x");
    const [y0, y1] = range(panel, "y");
    const yTicks = panel.y.ticks ?? ticks(y0, y1, panel.y.log, Math.max(2, Math.round(tall / 60))).map((v) => [v, tickLabel(v)]);
    const margin = {
      left: 30 + Math.max(0, ...yTicks.map(([, text]) => width(text, 12))),
      right: 12,
      top: panel.title ? 24 : 8,
      bottom: panel.x.label ? 44 : 24,
    };
    const box = { left: left + margin.left, right: left + wide - margin.right, top: top + margin.top, bottom: top + tall - margin.bottom };
    const xTicks =
      panel.x.ticks ?? ticks(x0, x1, panel.x.log, Math.max(2, Math.round((box.right - box.left) / 75))).map((v) => [v, tickLabel(v)]);
    const scale = (log, a, b, from, to) =>
      log
        ? (v) => from + ((Math.log(v) - Math.log(a)) / (Math.log(b) - Math.log(a))) * (to - from)
        : (v) => from + ((v - a) / (b - a)) * (to - from);
    const px = scale(panel.x.log, x0, x1, box.left, box.right);
    const py = scale(panel.y.log, y0, y1, box.bottom, box.top);
    for (const [v] of yTicks) marks.push({ kind: "line", points: [[box.left, py(v)], [box.right, py(v)]], colour: "var(--grid)", width: 1, dash: "" }); // prettier-ignore
    for (const [v] of xTicks) marks.push({ kind: "line", points: [[px(v), box.top], [px(v), box.bottom]], colour: "var(--grid)", width: 1, dash: "" }); // prettier-ignore
    marks.push({ kind: "clip", ...box });
    for (const s of panel.series) if (!s.hidden) drawSeries(s, px, py, box, marks, panel);
    marks.push({ kind: "unclip" });
    marks.push({ kind: "line", points: [[box.left, box.top], [box.left, box.bottom], [box.right, box.bottom]], colour: "var(--axis)", width: 1, dash: "" }); // prettier-ignore
    for (const [v, text] of yTicks) marks.push({ kind: "text", x: box.left - 6, y: py(v) + 4, runs: runs(text), anchor: "end", size: 12 });
    let until = -Infinity;
    for (const [v, text] of xTicks) {
      const half = width(text, 12) / 2;
      if (px(v) - half < until + 4) continue; // a label that would touch its neighbour
      until = px(v) + half;
      marks.push({ kind: "text", x: Math.min(px(v), left + wide - half), y: box.bottom + 17, runs: runs(text), anchor: "middle", size: 12 });
    }
    const middle = (box.left + box.right) / 2;
    if (panel.x.label) marks.push({ kind: "text", x: middle, y: box.bottom + 37, runs: runs(panel.x.label), anchor: "middle", size: LETTER });
    if (panel.y.label) {
      marks.push({ kind: "text", x: left + 13, y: (box.top + box.bottom) / 2, runs: runs(panel.y.label), anchor: "middle", size: LETTER, turn: true });
    }
    if (panel.title) marks.push({ kind: "text", x: middle, y: top + 15, runs: runs(panel.title), anchor: "middle", size: LETTER, bold: true });
  }

  function drawSeries(s, px, py, box, marks, panel) {
    const colour = roleColour(s.role);
    const at = (i) => [px(s.x[i]), py(s.y[i])];
    const usable = (i) => Number.isFinite(s.y[i]) && (!panel.y.log || s.y[i] > 0) && (!panel.x.log || s.x[i] > 0);
    if (s.kind === "line") {
      const points = Array.from(s.x, (_, i) => i).filter(usable).map(at); // prettier-ignore
      marks.push({ kind: "line", points, colour, width: s.width ?? (s.role === "ghost" ? 1.5 : 2), dash: s.dash ?? DASHES[s.role] ?? "" });
    } else if (s.kind === "points") {
      for (let i = 0; i < s.x.length; i++) {
        if (!usable(i)) continue;
        const [x, y] = at(i);
        if (s.error) {
          const low = s.y[i] - s.error[i];
          marks.push({ kind: "line", points: [[x, panel.y.log && low <= 0 ? box.bottom : py(low)], [x, py(s.y[i] + s.error[i])]], colour, width: 1.5, dash: "" }); // prettier-ignore
        }
        marks.push({ kind: "mark", x, y, r: s.size ?? 4, shape: s.shape ?? SHAPES[s.role] ?? "circle", colour, open: s.open });
      }
    } else if (s.kind === "dots") {
      const points = [];
      for (let i = 0; i < s.x.length; i++) {
        const [x, y] = at(i);
        if (x > box.left - 3 && x < box.right + 3 && y > box.top - 3 && y < box.bottom + 3) points.push([x, y]);
      }
      marks.push({ kind: "dots", points, r: s.size ?? 1.3, colour, opacity: s.opacity ?? 0.5 });
    } else if (s.kind === "bars") {
      const half = s.width / 2;
      const points = [[px(s.x[0] - half), py(0)]];
      for (let i = 0; i < s.x.length; i++) points.push([px(s.x[i] - half), py(s.y[i])], [px(s.x[i] + half), py(s.y[i])]);
      points.push([px(s.x[s.x.length - 1] + half), py(0)]);
      marks.push({ kind: "area", points, colour, opacity: 0.45 });
    } else if (s.kind === "level") {
      marks.push({ kind: "line", points: [[box.left, py(s.y)], [box.right, py(s.y)]], colour, width: s.width ?? 2, dash: s.dash ?? DASHES[s.role] ?? "" }); // prettier-ignore
    } else if (s.kind === "upright") {
      marks.push({ kind: "line", points: [[px(s.x), box.top], [px(s.x), box.bottom]], colour, width: s.width ?? 1.5, dash: s.dash ?? DASHES[s.role] ?? "" }); // prettier-ignore
    } else if (s.kind === "band") {
      marks.push({ kind: "area", points: [[box.left, py(s.low)], [box.right, py(s.low)], [box.right, py(s.high)], [box.left, py(s.high)]], colour, opacity: s.opacity ?? 0.25 }); // prettier-ignore
    } else if (s.kind === "spans") {
      s.low.forEach((low, i) => {
        const y = py(i);
        marks.push({ kind: "line", points: [[px(low), y], [px(s.high[i]), y]], colour: s.hit[i] ? colour : "var(--miss)", width: s.hit[i] ? 1.4 : 3, dash: "" }); // prettier-ignore
      });
    } else if (s.kind === "ring") {
      marks.push({ kind: "mark", x: px(s.x), y: py(s.y), r: 8, shape: "circle", colour, open: true });
    } else if (s.kind === "ellipse") {
      const points = Array.from({ length: 73 }, (_, i) => [px(s.rx * Math.cos((i * Math.PI) / 36)), py(s.ry * Math.sin((i * Math.PI) / 36))]);
      marks.push({ kind: "line", points, colour, width: 2, dash: s.dash ?? DASHES[s.role] ?? "" });
    }
  }

  const short = (v) => Math.round(v * 10) / 10;
  const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  /** The points of one mark around (x, y). */
  function outline(shape, x, y, r) {
    if (shape === "square") return [[x - r, y - r], [x + r, y - r], [x + r, y + r], [x - r, y + r]]; // prettier-ignore
    if (shape === "diamond") return [[x, y - 1.3 * r], [x + 1.3 * r, y], [x, y + 1.3 * r], [x - 1.3 * r, y]]; // prettier-ignore
    return [[x, y - 1.2 * r], [x + 1.1 * r, y + 0.9 * r], [x - 1.1 * r, y + 0.9 * r]]; // prettier-ignore
  }

  const joined = (points) => points.map(([x, y]) => `${short(x)} ${short(y)}`).join("L");

  /** One mark as SVG. */
  function element(mark, clip) {
    if (mark.kind === "line") {
      if (mark.points.length < 2) return "";
      return `<path d="M${joined(mark.points)}" fill="none" stroke="${mark.colour}" stroke-width="${mark.width}"${mark.dash ? ` stroke-dasharray="${mark.dash}"` : ""}/>`;
    }
    if (mark.kind === "dots") {
      const path = mark.points.map(([x, y]) => `M${short(x)} ${short(y)}h0`).join("");
      return `<path d="${path}" stroke="${mark.colour}" stroke-width="${2 * mark.r}" stroke-linecap="round" opacity="${mark.opacity}"/>`;
    }
    if (mark.kind === "area") return `<path d="M${joined(mark.points)}Z" fill="${mark.colour}" opacity="${mark.opacity}"/>`;
    if (mark.kind === "mark") {
      const look = mark.open ? `fill="none" stroke="${mark.colour}" stroke-width="2"` : `fill="${mark.colour}"`;
      if (mark.shape === "circle") return `<circle cx="${short(mark.x)}" cy="${short(mark.y)}" r="${mark.r}" ${look}/>`;
      return `<path d="M${joined(outline(mark.shape, mark.x, mark.y, mark.r))}Z" ${look}/>`;
    }
    if (mark.kind === "clip") {
      clip.count += 1;
      const size = `x="${short(mark.left)}" y="${short(mark.top - 1)}" width="${short(mark.right - mark.left + 1)}" height="${short(mark.bottom - mark.top + 2)}"`;
      return `<clipPath id="${clip.name}${clip.count}"><rect ${size}/></clipPath><g clip-path="url(#${clip.name}${clip.count})">`;
    }
    if (mark.kind === "unclip") return "</g>";
    let raised = 0;
    const spans = mark.runs.map((run) => {
      const shift = run.shift * -0.32 * mark.size - raised;
      raised += shift;
      const look = (run.italic ? ' font-style="italic"' : "") + (run.shift ? ` font-size="${short(mark.size * 0.75)}"` : "");
      return `<tspan${shift ? ` dy="${short(shift)}"` : ""}${look}>${escape(run.text)}</tspan>`;
    });
    const turn = mark.turn ? ` transform="rotate(-90 ${short(mark.x)} ${short(mark.y)})"` : "";
    return `<text x="${short(mark.x)}" y="${short(mark.y)}" text-anchor="${mark.anchor}" font-size="${mark.size}"${mark.bold ? ' font-weight="600"' : ""}${turn}>${spans.join("")}</text>`;
  }

  /** The chart as an SVG of the given width; `name` keeps its clip paths apart from other charts' on the page. */
  function svg(chart, total, name) {
    const drawn = layout(chart, total);
    const clip = { name, count: 0 };
    const inside = drawn.marks.map((mark) => element(mark, clip)).join("");
    const size = `viewBox="0 0 ${total} ${Math.ceil(drawn.height)}" width="${total}" height="${Math.ceil(drawn.height)}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="system-ui, sans-serif" fill="var(--ink)" role="img" aria-label="${escape(describe(chart)).replace(/"/g, "&quot;")}">${inside}</svg>`;
  }

  /** What the chart shows, in words, for those who do not see it: the course of each curve. */
  function describe(chart) {
    const sentences = [];
    for (const panel of chart.panels) {
      const axes = `${panel.title ? `${spoken(panel.title)}: ` : ""}${spoken(panel.y.label ?? "value")} against ${spoken(panel.x.label ?? "position")}.`;
      sentences.push(axes);
      for (const s of panel.series) {
        if (!s.name || s.hidden || s.silent) continue;
        if (s.kind === "level") sentences.push(`${spoken(s.name)}: level at ${spoken(number(s.y))}.`);
        else if ((s.kind === "line" || s.kind === "points") && s.y.length) {
          const y = Array.from(s.y);
          const x = Array.from(s.x);
          const last = y.length - 1;
          const top = y.indexOf(Math.max(...y));
          const course = `${spoken(s.name)}: from ${spoken(number(y[0]))} at ${spoken(number(x[0]))} to ${spoken(number(y[last]))} at ${spoken(number(x[last]))}`;
          sentences.push(top > 0 && top < last ? `${course}, highest ${spoken(number(y[top]))} at ${spoken(number(x[top]))}.` : `${course}.`);
        } else if (s.kind === "ellipse") sentences.push(`${spoken(s.name)}: ${spoken(number(2 * s.rx))} wide and ${spoken(number(2 * s.ry))} high.`);
      }
    }
    return sentences.join(" ");
  }

  /** The numbers of a chart as rows, for a table and for CSV: [panel, series, x, y, error]. */
  function numbers(chart) {
    const rows = [];
    chart.panels.forEach((panel, p) => {
      for (const s of panel.series) {
        if (!s.name || s.hidden || !["line", "points", "bars"].includes(s.kind)) continue;
        for (let i = 0; i < s.x.length; i++) rows.push([panel.title ? spoken(panel.title) : p + 1, spoken(s.name), s.x[i], s.y[i], s.error?.[i] ?? ""]);
      }
    });
    return rows;
  }

  Object.assign(lab, { svg, layout, describe, numbers, number, runs, spoken, outline });
})(globalThis.lab);
