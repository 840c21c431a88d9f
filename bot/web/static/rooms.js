// The channels: what was said in each, which one is open, and what is unread in the others.

import { at, make } from "./dom.js";

const KEPT_POSTS = 400;

/** Tabs and posts; `onopen(room)` is called when another channel is opened. */
export class Rooms {
  #rooms = [];
  #posts = new Map();
  #unread = new Map();
  #open = "";
  #onopen;

  constructor(onopen) {
    this.#onopen = onopen;
    at("tabs").addEventListener("keydown", (event) => this.#key(event));
  }

  /** The channels of another person, or of this one after a while: begin anew. */
  welcome(rooms, history, same) {
    this.#rooms = rooms;
    if (!same) this.#unread.clear();
    this.#posts = new Map(rooms.map((room) => [room.id, []]));
    for (const post of history) this.#posts.get(post.channel)?.push(post);
    if (!rooms.some((room) => room.id === this.#open) || this.#open === "" && !same) this.#open = rooms[0].id;
    this.#draw();
  }

  get open() {
    return this.#rooms.find((room) => room.id === this.#open);
  }

  posts(id = this.#open) {
    return this.#posts.get(id) || [];
  }

  /** Remember a post; false if it is known already or in a channel not seen. */
  add(post) {
    const posts = this.#posts.get(post.channel);
    if (!posts || posts.some((each) => each.id === post.id)) return false;
    posts.push(post);
    if (posts.length > KEPT_POSTS) posts.splice(0, posts.length - KEPT_POSTS);
    return true;
  }

  change(post) {
    const posts = this.#posts.get(post.channel) || [];
    const place = posts.findIndex((each) => each.id === post.id);
    if (place >= 0) posts[place] = post;
  }

  remove(id) {
    for (const [room, posts] of this.#posts) {
      this.#posts.set(room, posts.filter((post) => post.id !== id));
    }
  }

  /** Count posts that came while their channel was not open. */
  missed(posts) {
    for (const post of posts) this.#unread.set(post.channel, (this.#unread.get(post.channel) || 0) + 1);
    if (posts.length) this.#draw();
  }

  go(id) {
    if (id === this.#open) return;
    this.#open = id;
    this.#draw();
    this.#onopen(this.open);
  }

  /** Open the chat of the show. */
  goHome() {
    this.go(this.#rooms[0].id);
  }

  #draw() {
    this.#unread.delete(this.#open);
    const held = at("tabs").contains(document.activeElement);
    at("tabs").replaceChildren(...this.#rooms.map((room) => this.#tab(room)));
    const tab = at("tabs").querySelector('[aria-selected="true"]');
    if (held) tab.focus();
    tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    at("panel").setAttribute("aria-labelledby", tab.id);
  }

  #tab(room) {
    const open = room.id === this.#open;
    const unread = this.#unread.get(room.id);
    const name = room.sort === "team" ? room.name : room.sort === "direct" ? "Direct messages" : `#${room.name}`;
    return make(
      "button",
      {
        type: "button", role: "tab", id: `tab-${room.id || "direct"}`, class: room.sort, tabindex: open ? "0" : "-1",
        "aria-selected": String(open), "aria-controls": "panel", onclick: () => this.go(room.id),
      },
      name,
      unread ? make("span", { class: "badge" }, String(Math.min(unread, 99)), make("span", { class: "unseen" }, " unread")) : null,
    );
  }

  #key(event) {
    const here = this.#rooms.findIndex((room) => room.id === this.#open);
    const last = this.#rooms.length - 1;
    const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.go(this.#rooms[Math.max(0, Math.min(last, to))].id);
  }
}
