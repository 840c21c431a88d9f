// The log: lines of the channel that is open, each as text.

import { at, make, tell } from "./dom.js";
import { clock, format } from "./text.js";

const SHOWN = 300;
const EMPTY = {
  stream: "No lines yet. Yours can be the first.",
  direct: "Between you and Andon alone. Ask about your cart or your parcel.",
  team: "Nothing here yet. Andon tells the team what matters here.",
};
const NAMED = new Set(["moderator", "host", "producer", "packer", "support", "owner"]);

/** Shows posts; `onpress(post, button, element)`, `onform(post)` and `onmenu(post, line)` ask back. */
export class ChatLog {
  #lines = at("lines");
  #log = at("log");
  #you = null;
  #room = null;
  #follow = true;
  #asks;

  constructor(asks) {
    this.#asks = asks;
    at("newest").addEventListener("click", () => this.#down());
    this.#log.addEventListener("scroll", () => {
      this.#follow = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 60;
      if (this.#follow) at("newest").hidden = true;
    });
    // A keyboard that comes up, or a picture of the board above, must not hide the newest line.
    new ResizeObserver(() => this.#follow && this.#down()).observe(this.#log);
    this.#log.addEventListener("keydown", (event) => this.#walk(event));
  }

  /** Begin anew with the posts of a channel. */
  open(room, posts, you) {
    this.#room = room;
    this.#you = you;
    this.#lines.replaceChildren(...posts.slice(-SHOWN).map((post) => this.#line(post)));
    this.#once();
    this.#quiet();
    this.#down();
  }

  /** Put new posts at the end, without moving what someone is reading. */
  add(posts) {
    this.#lines.append(...posts.slice(-SHOWN).map((post) => this.#line(post)));
    while (this.#lines.children.length > SHOWN) this.#lines.firstChild.remove();
    this.#once();
    this.#quiet();
    if (this.#follow) this.#down();
    else at("newest").hidden = false;
  }

  change(post) {
    const old = this.#find(post.id);
    if (!old) return;
    const fresh = this.#line(post);
    const focused = old.contains(document.activeElement);
    old.replaceWith(fresh);
    this.#once();
    if (focused) fresh.focus();
    if (this.#follow) this.#down();
  }

  remove(id) {
    this.#find(id)?.remove();
    this.#quiet();
  }

  /** Lines on their way; they become real ones when Andon has kept them. */
  pending(texts) {
    at("pending").replaceChildren(
      ...texts.map((text) => make("li", { class: "line" }, this.#face(this.#you.name), make("div", { class: "head" }, make("span", { class: "name" }, this.#you.name), make("span", { class: "edited" }, "sending…")), make("div", { class: "text" }, text))),
    );
    if (texts.length) this.#down();
  }

  #find(id) {
    return this.#lines.querySelector(`[data-id="${Number(id)}"]`);
  }

  #quiet() {
    tell(at("quiet"), this.#lines.children.length ? "" : EMPTY[this.#room.sort]);
  }

  // A button does the same wherever it stands, so it is shown where it was said last, and where
  // you were called; what someone else is urged to press is nothing for you.
  #once() {
    const seen = new Set();
    for (const button of [...this.#lines.querySelectorAll("[data-button]")].reverse()) {
      const { button: id } = button.dataset;
      const theirs = button.matches(".primary") && button.closest(".others");
      const kept = button.closest(".called") || button === document.activeElement;
      button.hidden = (seen.has(id) || theirs) && !kept;
      seen.add(id);
    }
  }

  #down() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#follow = true;
    at("newest").hidden = true;
  }

  #face(name) {
    return make("span", { class: "face", "aria-hidden": "true" }, [...name][0]?.toUpperCase() || "?");
  }

  #line(post) {
    const mine = post.author.id === this.#you.id && !post.author.bot;
    const called = !mine && Object.hasOwn(post.mentions, this.#you.id);
    const classes = ["line"];
    if (post.author.bot) classes.push("bot");
    if (post.kind === "command") classes.push("command");
    if (called && post.channel && post.person === null) classes.push("called");
    else if (Object.keys(post.mentions).length) classes.push("others");
    if (post.person !== null && post.channel) classes.push("private");
    const line = make("li", { class: classes.join(" "), tabindex: "-1", data: { id: String(post.id) } });
    line.append(this.#portrait(post), this.#head(post), this.#body(post));
    const entries = this.#asks.entries(post);
    if (entries.length) line.append(this.#dots(post, line));
    return line;
  }

  #portrait(post) {
    if (!post.author.bot) return this.#face(post.author.name);
    const lamp = make("img", { src: "/static/lamp.svg", alt: "", width: "32", height: "32" });
    return make("span", { class: "face" }, lamp);
  }

  #head(post) {
    const hidden = post.person !== null && post.channel;
    return make(
      "div",
      { class: "head" },
      make("span", { class: "name" }, post.author.name),
      NAMED.has(post.author.role) ? make("span", { class: "role" }, post.author.role) : null,
      make("time", { datetime: post.at }, clock(post.at)),
      hidden ? make("span", { class: "mark-private" }, "only you see this") : null,
      post.edited_at && !post.author.bot ? make("span", { class: "edited" }, "edited") : null,
    );
  }

  #body(post) {
    const body = make("div", { class: "body" });
    if (post.text) body.append(make("div", { class: "text" }, format(post.text, post.mentions, this.#you.id)));
    for (const { id, alt } of post.pictures ?? []) {
      // One that comes late must not push the newest line out of sight.
      const shown = make("img", { class: "picture", src: `/stage/pictures/${id}`, alt, title: alt });
      shown.addEventListener("load", () => this.#follow && this.#down());
      body.append(shown);
    }
    const buttons = post.buttons.map((button) =>
      make("button", { type: "button", class: button.style, data: { button: `${button.id} ${button.label}` }, onclick: (event) => this.#asks.press(post, button, event.currentTarget) }, button.label),
    );
    if (post.form) {
      buttons.unshift(make("button", { type: "button", class: "primary", onclick: () => this.#asks.form(post) }, post.form.title));
    }
    if (post.reactions.length) {
      body.append(make("div", { class: "reactions", "aria-label": "Reactions" }, ...post.reactions.map((emoji) => make("span", {}, emoji))));
    }
    if (buttons.length) body.append(make("div", { class: "buttons" }, ...buttons));
    return body;
  }

  #dots(post, line) {
    return make("button", { type: "button", class: "dots", tabindex: "-1", "aria-haspopup": "menu", "aria-label": `What to do with this line of ${post.author.name}`, onclick: () => this.#asks.menu(post, line) }, "⋯");
  }

  // Up and down walk from line to line; the menu key or Shift+F10 opens the menu of one.
  #walk(event) {
    const line = event.target.closest(".line");
    const lines = [...this.#lines.children];
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const step = event.key === "ArrowUp" ? -1 : 1;
      const next = line ? lines[lines.indexOf(line) + step] : lines.at(-1);
      next?.focus();
      event.preventDefault();
    } else if (line && (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey))) {
      line.querySelector(".dots")?.click();
      event.preventDefault();
    }
  }
}
