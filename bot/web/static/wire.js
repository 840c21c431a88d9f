// The connection: comes back by itself, and sends again what was not answered.

import { make } from "./dom.js";

const FIRST_WAIT = 300;
const LONGEST_WAIT = 8000;
const TRIES = 5;
const KEPT = "andon.unsent";

/** A number used once; works on plain http too, where randomUUID does not exist. */
export function nonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** One WebSocket after another. `onframe` and `onstate` are called; nothing is ever thrown. */
export class Wire {
  #path;
  #longest;
  #socket = null;
  #wait = FIRST_WAIT;
  #timer = 0;
  #unanswered = new Map();

  constructor(path, { onframe, onstate, onopen = () => {}, longest = LONGEST_WAIT }) {
    this.#path = path;
    this.#longest = longest;
    this.onframe = onframe;
    this.onstate = onstate;
    this.onopen = onopen;
    for (const [key, kept] of JSON.parse(sessionStorage.getItem(KEPT) || "[]")) {
      this.#unanswered.set(key, kept);
    }
    addEventListener("online", () => this.#now());
    document.addEventListener("visibilitychange", () => document.hidden || this.#now());
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Connect, and again whenever the connection ends. */
  connect() {
    clearTimeout(this.#timer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = (this.#socket = new WebSocket(`${scheme}://${location.host}${this.#path}`));
    socket.onopen = () => {
      this.#wait = FIRST_WAIT;
      this.onopen();
    };
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.onstate("closed");
      this.#timer = setTimeout(() => this.connect(), this.#wait * (0.75 + Math.random() / 2));
      this.#wait = Math.min(this.#wait * 2, this.#longest);
    };
  }

  /** Give a connection up over which nothing comes any more, and make another. */
  renew() {
    const silent = this.#socket;
    this.connect();
    if (!silent) return;
    silent.onopen = silent.onmessage = null;
    silent.close();
  }

  #now() {
    if (this.#socket && this.#socket.readyState > WebSocket.OPEN) this.connect();
  }

  /** Send a frame if there is a connection; nobody minds if not. */
  send(frame) {
    if (this.open) this.#socket.send(JSON.stringify(frame));
    return this.open;
  }

  /** Send a frame until it is answered, over as many connections as it takes. */
  ask(frame, who) {
    const kept = { frame: { nonce: nonce(), ...frame }, who, tries: 0 };
    this.#unanswered.set(kept.frame.nonce, kept);
    this.#try(kept);
    return kept.frame.nonce;
  }

  /** Send again what `who` asked before, in order; returns what was given up. */
  again(who) {
    const given = [];
    for (const [key, kept] of this.#unanswered) {
      if (kept.who !== who) continue;
      if (kept.tries >= TRIES) given.push(this.#answered(key));
      else this.#try(kept);
    }
    return given;
  }

  /** What `who` sent and nobody answered yet. */
  unanswered(who) {
    return [...this.#unanswered.values()].filter((kept) => kept.who === who);
  }

  #try(kept) {
    if (this.send(kept.frame)) kept.tries += 1;
    this.#keep();
  }

  #hear(frame) {
    const answers = frame.type === "accepted" || frame.type === "refused";
    const asked = answers ? this.#answered(frame.nonce) : null;
    this.onframe(frame, asked?.frame ?? null);
  }

  #answered(key) {
    const kept = this.#unanswered.get(key);
    this.#unanswered.delete(key);
    this.#keep();
    return kept ?? null;
  }

  #keep() {
    sessionStorage.setItem(KEPT, JSON.stringify([...this.#unanswered]));
  }
}

/** Show how the connection is, in words and a dot; `more` where there is room. */
export function showState(element, state, words, more = "") {
  element.dataset.state = state;
  element.replaceChildren(words, make("span", { class: "more" }, more));
}
