// The board: what is on stage, and every item on sale with what is left.

import { at, make } from "./dom.js";

const SIGNS = { green: "Open", amber: "Low", pause: "Last ones", red: "Sold out" };
const STATES = { paused: "Paused", stopped: "Stopped" };
const SHOW = { staged: "Not started", live: "Live", ended: "Ended", closed: "Closed", paused: "Paused" };

const tower = () => make("span", { class: "tower", "aria-hidden": "true" }, make("i"), make("i"), make("i"));

// What is not on sale is not open, however many are left.
const sign = (item, variant) => (variant.lamp === "green" && STATES[item.state]) || SIGNS[variant.lamp];

// The name beside the tower, and what the lamp says beside or below it.
const said = (item, variant) =>
  make("span", { class: "said" }, variant.name ? make("span", { class: "which" }, variant.name) : null, make("span", { class: "sign" }, sign(item, variant)));

function bar(variant) {
  const element = make("span", { class: "bar", "aria-hidden": "true" });
  element.style.setProperty("--part", variant.on_hand ? variant.left / variant.on_hand : 0);
  return element;
}

/** What to type for an item, or one variant of it: `claim A12 M`; a space at the end if more is needed. */
export function claimOf(item, variant) {
  if (item.variants.length === 1) return `claim ${item.code}`;
  return `claim ${item.code} ${variant ? variant.name.replace(" / ", " ") : ""}`;
}

/**
 * Draws boards into `root`. `words(item, variant)` is what a press on one writes, with `write(text)`;
 * without words there is nothing to press.
 */
export class BoardView {
  #root;
  #words;
  #write;
  #left = new Map();

  constructor(root, words = () => "", write = () => {}) {
    this.#root = root;
    this.#words = words;
    this.#write = write;
  }

  show(board) {
    if (!board) return this.#empty("The board cannot be read right now; it comes back by itself.");
    this.#headline(board);
    if (!board.items.length) {
      return this.#empty("Nothing is on sale yet. Import a catalogue, or add an item with /item add.");
    }
    const focused = document.activeElement?.dataset?.pick;
    const scrolled = this.#root.scrollTop;
    this.#root.replaceChildren(this.#spot(board), this.#stock(board));
    this.#root.scrollTop = scrolled;
    if (focused) this.#root.querySelector(`[data-pick="${CSS.escape(focused)}"]`)?.focus();
    for (const item of board.items) {
      for (const variant of item.variants) this.#left.set(variant.sku, variant.left);
    }
  }

  #empty(sentence) {
    this.#root.replaceChildren(make("p", { class: "empty" }, sentence));
  }

  #headline(board) {
    at("show-name").textContent = board.show || board.shop || "Andon";
    const pill = at("show-state");
    pill.hidden = !board.state;
    pill.dataset.state = board.state;
    pill.textContent = SHOW[board.state] || board.state;
  }

  #code(item, place) {
    const words = this.#words(item, null);
    if (!words) return make("span", { class: "code" }, item.code);
    return this.#button(words, { class: "code", data: { pick: `${place} ${item.code}` } }, item.code);
  }

  #button(words, properties, label) {
    const all = { type: "button", "aria-label": `Write: ${words.trim()}`, ...properties };
    return make("button", { ...all, onclick: () => this.#write(words) }, label);
  }

  #state(item) {
    if (!STATES[item.state]) return null;
    return make("span", { class: "state", data: { state: item.state } }, STATES[item.state]);
  }

  #moved(variant) {
    const before = this.#left.get(variant.sku);
    return before !== undefined && before !== variant.left ? " moved" : "";
  }

  #spot(board) {
    const section = make("section", { class: "spot", "aria-label": "On stage" }, make("h2", {}, "On stage"));
    for (const staged of board.on_stage) {
      const item = board.items.find((each) => each.code === staged.code);
      if (item) section.append(this.#card(item, staged.variant));
    }
    if (section.children.length === 1) {
      section.append(make("div", { class: "card" }, make("p", { class: "empty" }, "Nothing is being shown right now.")));
    }
    return section;
  }

  #card(item, only) {
    const shown = item.variants.filter((variant) => only === null || variant.name === only);
    return make(
      "div",
      { class: "card" },
      make(
        "div",
        { class: "title" },
        this.#code(item, "stage"),
        make("h3", {}, item.title),
        this.#state(item),
        make("span", { class: "price" }, item.price),
      ),
      make("div", { class: "tiles" }, ...shown.map((variant) => this.#tile(item, variant))),
    );
  }

  #tile(item, variant) {
    const words = this.#words(item, variant);
    const rest = `${variant.held} held` + (variant.waiting ? `, ${variant.waiting} waiting` : "");
    return make(
      "div",
      { class: "tile", data: { lamp: variant.lamp } },
      make(
        "div",
        { class: "name" },
        tower(),
        said(item, variant),
      ),
      make("div", { class: "left" }, String(variant.left), make("small", {}, `of ${variant.on_hand} left`)),
      bar(variant),
      make("div", { class: "rest" }, rest),
      words ? this.#button(words, { class: "try", data: { pick: `try ${variant.sku}` } }, variant.left ? "Claim" : "Waitlist") : null,
    );
  }

  #stock(board) {
    const head = ["Item", "Left", "Held", "Waiting"].map((word) => make("th", { scope: "col" }, word));
    const table = make("table", { class: "stock" }, make("thead", {}, make("tr", {}, ...head)));
    for (const item of board.items) table.append(this.#group(item));
    const count = board.items.length;
    return make(
      "section",
      { "aria-label": "On sale" },
      make("h2", {}, `On sale, ${count} ${count === 1 ? "item" : "items"}`),
      make("div", { class: "card" }, table),
    );
  }

  #group(item) {
    const title = make(
      "div",
      {},
      this.#code(item, "sale"),
      make("b", {}, item.title),
      this.#state(item),
      make("span", { class: "price" }, item.price),
    );
    const head = make("tr", { class: "item" }, make("th", { colspan: "4", scope: "rowgroup" }, title));
    return make("tbody", {}, head, ...item.variants.map((variant) => this.#row(item, variant)));
  }

  #row(item, variant) {
    const number = (value) => make("td", { class: value ? "num some" : "num" }, String(value));
    return make(
      "tr",
      { data: { lamp: variant.lamp, sku: variant.sku } },
      make(
        "td",
        {},
        make(
          "span",
          { class: "variant" },
          tower(),
          said(item, variant),
        ),
      ),
      make("td", { class: `left${this.#moved(variant)}` }, String(variant.left), bar(variant)),
      number(variant.held),
      number(variant.waiting),
    );
  }
}

/** One line about what is on stage, for a phone. */
export function showStrip(element, board) {
  const staged = board?.on_stage[0];
  const item = staged && board.items.find((each) => each.code === staged.code);
  element.hidden = !board;
  if (!board) return;
  if (!item) {
    delete element.dataset.lamp;
    element.replaceChildren(make("b", {}, "The board"), `${board.items.length} items ↓`);
    return;
  }
  const lamps = item.variants.map((variant) => variant.lamp);
  element.dataset.lamp = ["green", "amber", "pause", "red"].find((lamp) => lamps.includes(lamp)) || "green";
  const left = item.variants.reduce((sum, variant) => sum + variant.left, 0);
  element.replaceChildren(
    tower(),
    make("span", { class: "code" }, item.code),
    make("b", {}, item.title),
    make("span", { class: "sign" }, `${left} left ↓`),
  );
}
