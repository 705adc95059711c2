/* Colours on paper, for pictures that leave the page: those of the light page in style.css. */
"use strict";
globalThis.lab ??= {};

lab.PAPER = {
  paper: "#ffffff", ink: "#1b1b1f", grid: "#e4e4e8", axis: "#55555f",
  printed: "#bd1f01", exact: "#2173b8", other: "#832db6", third: "#6b6b75", boltzmann: "#832db6", walkers: "#1b1b1f",
  sgd: "#2173b8", momentum: "#b26a00", adam: "#832db6", adai: "#0a7d5c", rmsprop: "#717581", signsgd: "#92614a",
  ghost: "#b5b5be", fit: "#6b6b75", miss: "#b26a00", tolerance: "#9aa5b1",
}; // prettier-ignore
