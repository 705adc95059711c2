/* Sliders that say their value, and menus: what a picture is set with. */
"use strict";
globalThis.lab ??= {};

(function (lab) {
  /** An element with attributes and children. */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (key === "html") element.innerHTML = value;
      else if (value !== false && value !== undefined) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  }

  /** A figure's settings and the controls that change them. */
  class Settings {
    /**
     * @param {string} id of the figure
     * @param {object[]} controls {name, label, value, stops} or {name, label, value, kind: "menu", options}
     * @param {function(string, boolean)} changed called with a setting's name and whether it was changed by hand
     */
    constructor(id, controls, changed) {
      this.values = {};
      this.show = {};
      this.changed = changed;
      this.element = make("div", { class: "controls", role: "group", "aria-label": "Settings of the picture" });
      for (const control of controls) {
        this.values[control.name] = control.value;
        this.element.append(control.kind === "menu" ? this.menu(`${id}-${control.name}`, control) : this.slider(`${id}-${control.name}`, control));
      }
    }

    set(name, value, byHand) {
      this.show[name](value);
      if (this.values[name] === value) return;
      this.values[name] = value;
      this.changed(name, byHand);
    }

    slider(id, control) {
      const value = make("output", { for: id });
      const slider = make("input", {
        id, type: "range", min: 0, max: control.stops.length - 1, step: 1,
        oninput: () => this.set(control.name, control.stops[slider.value], true),
      }); // prettier-ignore
      this.show[control.name] = (stop) => {
        slider.value = control.stops.indexOf(stop);
        const text = control.text ? control.text(stop) : lab.number(stop, 6);
        value.innerHTML = lab.html(text);
        slider.setAttribute("aria-valuetext", lab.spoken(text)); // the value, not its place among the stops
      };
      this.show[control.name](control.value);
      return make("div", { class: "control" }, make("label", { for: id, html: lab.html(control.label) }), slider, value);
    }

    menu(id, control) {
      const select = make("select", { id, onchange: () => this.set(control.name, select.value, true) });
      for (const [value, text] of control.options) select.append(make("option", { value }, lab.spoken(text)));
      this.show[control.name] = (value) => (select.value = value);
      select.value = control.value;
      return make("div", { class: "control" }, make("label", { for: id, html: lab.html(control.label) }), select);
    }
  }

  Object.assign(lab, { make, Settings });
})(globalThis.lab);
