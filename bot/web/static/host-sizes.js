// What is left by size: a number, a lamp whose place says what it is, and a word.

import { make } from "./dom.js";

const SIGNS = { green: "Open", amber: "Low", pause: "Last ones", red: "Sold out", counting: "Counting" };
const WORST = ["red", "counting", "pause", "amber", "green"];
const MOST = 12;

const lampOf = (size) => (size.counting ? "counting" : size.lamp);
const tower = () => make("span", { class: "tower", "aria-hidden": "true" }, make("i"), make("i"), make("i"));

/** Draw tiles; of very many sizes those that are well stocked are told as one. */
export function showSizes(root, sizes) {
  const urgent = [...sizes].sort((one, other) => WORST.indexOf(lampOf(one)) - WORST.indexOf(lampOf(other)));
  const shown = sizes.length > MOST ? new Set(urgent.slice(0, MOST - 1)) : new Set(sizes);
  const rest = sizes.filter((size) => !shown.has(size));
  root.dataset.count = sizes.length;
  root.dataset.many = String(sizes.length > 8 ? 3 : sizes.length > 4 ? 2 : 1);
  root.replaceChildren(...sizes.filter((size) => shown.has(size)).map(tile), ...(rest.length ? [more(rest)] : []));
}

function tile(size) {
  const lamp = lampOf(size);
  return make(
    "div",
    { class: "size", data: { lamp: size.counting ? "pause" : lamp } },
    size.name ? make("p", { class: "name" }, size.name) : null,
    make("p", { class: "count" }, tower(), make("b", {}, size.counting ? "?" : String(size.left)), make("small", {}, "left")),
    make("p", { class: "lamp" }, make("span", { class: "sign" }, SIGNS[lamp]), size.waiting ? make("span", { class: "wait" }, `${size.waiting} waiting`) : null),
  );
}

function more(rest) {
  const left = rest.reduce((sum, size) => sum + size.left, 0);
  return make(
    "div",
    { class: "size" },
    make("p", { class: "name" }, `${rest.length} more`),
    make("p", { class: "count" }, make("b", {}, String(left)), make("small", {}, "left")),
  );
}
