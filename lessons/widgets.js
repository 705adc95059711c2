document.querySelectorAll(".live").forEach(live => {
  const states = JSON.parse(live.querySelector("script").textContent);
  const knobs = [...live.querySelectorAll("input, select")];
  const count = knob => knob.tagName === "SELECT" ? knob.options.length : Number(knob.max) + 1;
  function show() {
    live.querySelector(".state").innerHTML = states[knobs.reduce((at, knob) => at * count(knob) + Number(knob.value), 0)];
    knobs.filter(knob => knob.dataset.texts).forEach(knob => {
      const text = JSON.parse(knob.dataset.texts)[knob.value];
      knob.parentElement.querySelector("output").textContent = text;
      knob.setAttribute("aria-valuetext", text);
    });
  }
  knobs.forEach(knob => knob.addEventListener("input", show));
  show();
});

function readNumber(text) {  // as lessons/questions.py reads it
  const parts = text.split("/").map(part => part.trim());
  if (parts.length > 2 || !parts.every(part => /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(part)))
    throw `Please write one number, ${text.includes(",") ? "with a point, not a comma" : "such as 0.5, 5e-1 or 1/2"}.`;
  const [above, below] = parts.map(Number);
  if (below === 0) throw "Nothing can be divided by zero.";
  const number = parts.length === 2 ? above / below : above;
  if (!Number.isFinite(number)) throw "That number is too large to be read.";
  return number;
}
document.querySelectorAll(".question").forEach(question => {
  const told = JSON.parse(question.querySelector("script").textContent), reply = question.querySelector(".reply");
  const say = (kind, html) => { reply.className = "reply " + kind; reply.innerHTML = html; };
  const near = (x, y) => Math.abs(x - y) <= told.tolerance * Math.max(Math.abs(x), Math.abs(y));
  function check(input) {
    if (told.choices) { const [right, text] = told.choices[input.value]; return say(right ? "right" : "wrong", text); }
    if (!input.value.trim()) return say("", "Type a number and press Enter.");
    let number;
    try { number = readNumber(input.value); } catch (reason) { return say("", reason); }
    if (near(number, told.answer)) return say("right", told.why);
    const known = told.mistakes.find(([value]) => near(number, value));
    say("wrong", known ? known[1] : `${number} is too ${number > told.answer ? "large" : "small"}. Try again; the picture above has what you need.`);
  }
  question.querySelectorAll("input").forEach(input => input.addEventListener("change", () => check(input)));
  say("", told.choices ? "Choose one." : "Type a number and press Enter.");
});
