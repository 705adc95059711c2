/* A chart as a PDF of one page: lines and letters, drawn with the two fonts that every reader has. */
"use strict";
globalThis.lab ??= {};

(function (lab) {
  // widths of Helvetica's letters from space to ~, in thousandths of its size, as Adobe's font metrics have them
  const WIDTHS =
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 584 584 584 556 " +
    "1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 " +
    "333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584";
  const widths = WIDTHS.split(" ").map(Number);
  const greek = Object.fromEntries([..."αβγδεηθκλμξπρστφωΔΓΣΦΩ"].map((c, i) => [c, "abgdehqklmxprstfwDGSFW".charCodeAt(i)]));
  const SYMBOL = { ...greek, "−": 45, "⟨": 225, "⟩": 241, "∞": 165, "√": 214, "≈": 187, "≤": 163, "≥": 179, "→": 174, "←": 172, "∝": 181 };

  const short = (v) => (Math.round(v * 100) / 100).toString();

  /** A colour `var(--role)` as PDF's three numbers. */
  function rgb(colour) {
    const hex = lab.PAPER[colour.replace(/var\(--|\)/g, "")] ?? lab.PAPER.ink;
    return [1, 3, 5].map((i) => short(parseInt(hex.slice(i, i + 2), 16) / 255)).join(" ");
  }

  /** Pieces of one font each: {font, codes, width}. */
  function pieces(text, italic, bold) {
    const found = [];
    for (const letter of text) {
      const symbol = SYMBOL[letter];
      const font = symbol ? "S" : bold ? "B" : italic ? "I" : "R";
      const code = symbol ?? (letter.charCodeAt(0) < 256 ? letter.charCodeAt(0) : 63);
      const wide = symbol ? 550 : (widths[code - 32] ?? 556);
      const last = found[found.length - 1];
      if (last?.font === font) {
        last.codes.push(code);
        last.width += wide;
      } else found.push({ font, codes: [code], width: wide });
    }
    return found;
  }

  function textOf(mark) {
    const laid = mark.runs.flatMap((run) => pieces(run.text, run.italic, mark.bold).map((piece) => ({ ...piece, size: run.shift ? mark.size * 0.75 : mark.size, rise: run.shift * 0.32 * mark.size })));
    const wide = laid.reduce((sum, piece) => sum + (piece.width * piece.size) / 1000, 0);
    let x = { start: 0, middle: -wide / 2, end: -wide }[mark.anchor];
    const out = [];
    for (const piece of laid) {
      const hex = piece.codes.map((code) => code.toString(16).padStart(2, "0")).join("");
      out.push(`BT /${piece.font} ${short(piece.size)} Tf ${short(x)} ${short(piece.rise)} Td <${hex}> Tj ET`);
      x += (piece.width * piece.size) / 1000;
    }
    // the page is turned upside down below; letters are turned back
    const turn = mark.turn ? "0 -1 -1 0" : "1 0 0 -1";
    return `q ${turn} ${short(mark.x)} ${short(mark.y)} cm ${rgb("var(--ink)")} rg ${out.join(" ")} Q`;
  }

  const path = (points) => points.map(([x, y], i) => `${short(x)} ${short(y)} ${i ? "l" : "m"}`).join(" ");

  /** A circle of four Bezier curves. */
  function circle(x, y, r) {
    const c = 0.5523 * r;
    const arc = (...v) => `${v.map(short).join(" ")} c`;
    return `${short(x + r)} ${short(y)} m ${arc(x + r, y + c, x + c, y + r, x, y + r)} ${arc(x - c, y + r, x - r, y + c, x - r, y)} ${arc(x - r, y - c, x - c, y - r, x, y - r)} ${arc(x + c, y - r, x + r, y - c, x + r, y)}`;
  }

  function drawn(mark) {
    if (mark.kind === "line") {
      if (mark.points.length < 2) return "";
      return `q ${rgb(mark.colour)} RG ${short(mark.width)} w [${mark.dash}] 0 d ${path(mark.points)} S Q`;
    }
    if (mark.kind === "dots") {
      const dots = mark.points.map(([x, y]) => `${short(x)} ${short(y)} m ${short(x)} ${short(y)} l`).join(" ");
      return `q ${rgb(mark.colour)} RG ${short(2 * mark.r)} w 1 J ${dots} S Q`;
    }
    if (mark.kind === "area") return `q /G gs ${rgb(mark.colour)} rg ${path(mark.points)} h f Q`;
    if (mark.kind === "mark") {
      const shape = mark.shape === "circle" ? circle(mark.x, mark.y, mark.r) : `${path(lab.outline(mark.shape, mark.x, mark.y, mark.r))} h`;
      return mark.open ? `q ${rgb(mark.colour)} RG 2 w ${shape} s Q` : `q ${rgb(mark.colour)} rg ${shape} f Q`;
    }
    if (mark.kind === "clip") return `q ${short(mark.left)} ${short(mark.top)} ${short(mark.right - mark.left)} ${short(mark.bottom - mark.top)} re W n`;
    if (mark.kind === "unclip") return "Q";
    return textOf(mark);
  }

  /** The chart as the bytes of a PDF file. */
  function pdf(chart, total) {
    const { height, marks } = lab.layout(chart, total);
    const content = `1 0 0 -1 0 ${short(height)} cm\n${marks.map(drawn).join("\n")}\n`;
    const font = (name, base, coded = "/Encoding /WinAnsiEncoding") => `/${name} << /Type /Font /Subtype /Type1 /BaseFont /${base} ${coded} >>`;
    const fonts = [font("R", "Helvetica"), font("I", "Helvetica-Oblique"), font("B", "Helvetica-Bold"), font("S", "Symbol", "")].join(" ");
    const objects = [
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${total} ${Math.ceil(height)}] /Contents 4 0 R /Resources << /Font << ${fonts} >> /ExtGState << /G << /ca 0.4 >> >> >> >>`,
      `<< /Length ${content.length} >>\nstream\n${content}endstream`,
    ];
    let file = "%PDF-1.4\n";
    const places = objects.map((object, i) => {
      const place = file.length;
      file += `${i + 1} 0 obj\n${object}\nendobj\n`;
      return place;
    });
    const table = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
    file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
    return Uint8Array.from(file, (letter) => letter.charCodeAt(0));
  }

  lab.pdf = pdf;
})(globalThis.lab);
