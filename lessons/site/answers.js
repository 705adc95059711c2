/* Reading what a student types, and saying of a wrong answer what it would have been right for. */
"use strict";
globalThis.lab ??= {};

(function (lab) {
  const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  /** Read "0.5", "20,000", "20 000", "5e-1", "10^-1", "2 × 10⁻³" or "1/2"; throw an Error that says what to write instead. */
  function readNumber(text) {
    const raised = text.replace(/[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, (found) => "^" + found.replace("⁻", "-").replace("⁺", "").replace(/[⁰-⁹¹²³]/g, (c) => SUPERSCRIPTS.indexOf(c))); // prettier-ignore
    const plain = raised
      .trim()
      .replace(/[−–—]/g, "-")
      .replace(/^(about|approximately|≈|~|=)\s*/i, "")
      .replace(/(\d)[\s\u00a0\u202f'’](?=\d{3}(?!\d))/g, "$1") // 20 000
      .replace(/(?<!\d)(?!0\d*,)(\d{1,3})((?:,\d{3})+)(?!\d)/g, (_, head, rest) => head + rest.replace(/,/g, "")); // 20,000
    const parts = plain.split("/").map(readOne);
    if (parts.length > 2 || parts.includes(null)) {
      const comma = /\d,\d/.test(plain) ? "with a point, not a comma, before the decimals" : "such as 0.5, 20,000, 5e-1, 10^-1 or 1/2";
      throw new Error(`Please write one number, ${comma}.`);
    }
    if (parts.length === 2 && parts[1] === 0) throw new Error("Nothing can be divided by zero. Please write one number.");
    const number = parts.length === 2 ? parts[0] / parts[1] : parts[0];
    if (!Number.isFinite(number)) throw new Error("That number is too large to be read. Please write a smaller one.");
    return number;
  }

  /** One number without a fraction bar, or null. */
  function readOne(text) {
    const part = text.trim();
    const digits = "(?:\\d+\\.?\\d*|\\.\\d+)";
    let found = part.match(new RegExp(`^([-+]?)(?:(${digits})\\s*(?:[x×*·]|\\s)\\s*)?10\\s*(?:\\^|\\*\\*)\\s*\\(?([-+]?\\d+)\\)?$`, "i"));
    if (found) return (found[1] === "-" ? -1 : 1) * Number(found[2] ?? 1) * Number(`1e${found[3]}`);
    found = part.match(new RegExp(`^[-+]?${digits}(?:e[-+]?\\d+)?$`, "i"));
    return found ? Number(part) : null;
  }

  function near(given, value, tolerance) {
    return Math.abs(given - value) <= tolerance * Math.max(Math.abs(given), Math.abs(value));
  }

  /**
   * What is said to an answer: {kind, html}, kind being "open", "unread", "right" or "wrong".
   *
   * A number question has answer, tolerance, why and mistakes ([value, sentence]); a choice has options
   * ([{right, reply}]), and the answer is an option's index.
   */
  function reply(question, given) {
    if (question.options) {
      if (given === null || given === "") return { kind: "open", html: "Choose one." };
      const option = question.options[Number(given)];
      return option.right ? { kind: "right", html: `Right. ${option.reply}` } : { kind: "wrong", html: `Not right. ${option.reply}` };
    }
    if (!String(given ?? "").trim()) return { kind: "open", html: "Type a number, then press Enter." };
    let number;
    try {
      number = readNumber(String(given));
    } catch (reason) {
      return { kind: "unread", html: reason.message };
    }
    if (near(number, question.answer, question.tolerance)) return { kind: "right", html: `Right. ${question.why}` };
    for (const [value, sentence] of question.mistakes) {
      if (near(number, value, question.tolerance)) return { kind: "wrong", html: `Not right. ${sentence}` };
    }
    const way = number > question.answer ? "too large" : "too small";
    return { kind: "wrong", html: `Not right: ${lab.html(lab.number(number, 6))} is ${way}. Try again; the picture above has what you need.` };
  }

  /** A label with *italic*, _{sub} and ^{super} as HTML. */
  function html(label) {
    return label
      .replace(/&/g, "&amp;")
      .replace(/</g, "&lt;")
      .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
      .replace(/\*([^*]+)\*/g, "<i>$1</i>")
      .replace(/_\{([^}]*)\}/g, "<sub>$1</sub>")
      .replace(/\^\{([^}]*)\}/g, "<sup>$1</sup>");
  }

  Object.assign(lab, { readNumber, reply, html });
})(globalThis.lab);
