// The host's page: what is on stage, what is left, the line to say now, what is next. Keys act.

import { HostKeys } from "./host-keys.js";
import { showSizes } from "./host-sizes.js";
import { at, make, tell } from "./dom.js";
import { READY, fromAddress } from "./people.js";
import { clock } from "./text.js";
import { Wire, nonce } from "./wire.js";

const ROLES = new Set(["viewer", "customer", "moderator", "host", "producer", "packer", "support", "owner"]);
const SHOW = { staged: "not started", live: "live", ended: "ended", closed: "closed", paused: "paused" };
const STATES = { paused: "Paused: claims are kept in order", stopped: "Stopped: waitlist only" };
const DOING = { next: "Next…", back: "Back…", pause: "Pausing…", resume: "Resuming…", undo: "Undoing…" };
const BEAT = 2000;
// Silence of so long is a lost connection, even where the network says nothing.
const SILENCE = 5000;
const PATIENCE = 3000;
const SHOWN = 6000;
const SIZES = [[1.25, 1], [1.1, 1], [1, 1], [0.9, 1], [0.8, 1], [0.8, 0.92], [0.8, 0.84], [0.8, 0.76], [0.8, 0.68], [0.8, 0.6]];

/** What is on stage and how it stands, as one word to compare. */
const stand = (seen) => `${seen.show} ${seen.stage} ${seen.item?.state}`;

/** All of it on one screen: first the line to say becomes smaller, then everything. */
function fit() {
  const style = document.body.style;
  for (const [say, all] of SIZES) {
    style.setProperty("--say", say);
    style.setProperty("--fit", all);
    const { scrollHeight, scrollWidth } = document.documentElement;
    if (scrollHeight <= innerHeight && scrollWidth <= innerWidth) return;
  }
}

class Host {
  #seen = null;
  #may = false;
  #asked = null;
  #untold = "";
  #slow = 0;
  #hide = 0;
  #heard = 0;
  #tried = Date.now();
  #person = fromAddress(ROLES) || READY.find((person) => person.role === "host");

  constructor() {
    this.wire = new Wire("/host/ws", {
      onframe: (frame) => this.#hear(frame),
      onopen: () => this.#open(),
      onstate: () => this.#lost(),
      longest: 2000,
    });
    this.keys = new HostKeys((act) => this.#do(act));
    for (const button of document.querySelectorAll("[data-act]")) {
      button.addEventListener("click", () => this.#do(button.dataset.act));
    }
    addEventListener("offline", () => this.#lost());
    addEventListener("resize", () => requestAnimationFrame(fit));
    setInterval(() => this.#beat(), BEAT);
    document.addEventListener("visibilitychange", () => this.#stayAwake());
    this.#stayAwake();
    this.wire.connect();
  }

  // --- the connection -------------------------------------------------------------------------

  #open() {
    this.#heard = Date.now();
    this.wire.send({ type: "hello", person: this.#person, nonce: nonce() });
  }

  #beat() {
    const now = Date.now();
    if (now - Math.max(this.#heard, this.#tried) > SILENCE) {
      // One that does not even open is tried anew as well.
      this.#tried = now;
      this.#lost();
      this.wire.renew();
    } else this.wire.send({ type: "beat" });
  }

  #lost() {
    if (document.body.dataset.wire === "lost") return;
    const since = this.#heard ? ` This is how it stood at ${clock(new Date().toISOString())}.` : "";
    document.body.dataset.wire = "lost";
    tell(at("lost"), `No connection.${since} Trying again…`);
    this.#enable();
    fit();
  }

  #found() {
    if (document.body.dataset.wire === "open") return;
    document.body.dataset.wire = "open";
    tell(at("lost"), "");
    // Whether that press arrived is seen in what is on stage now.
    if (this.#asked) this.#say("The connection was lost in between. This is how it stands now.");
    this.#answered();
  }

  async #stayAwake() {
    if (document.hidden || !navigator.wakeLock) return;
    // A tablet that may not, on a low battery, goes dark as it would anyway.
    await navigator.wakeLock.request("screen").catch(() => null);
  }

  // --- what the server tells ------------------------------------------------------------------

  #hear(frame) {
    this.#heard = Date.now();
    const news = {
      welcome: () => this.#welcome(frame),
      host: () => this.#show(frame.host),
      accepted: () => this.#accepted(frame),
      refused: () => this.#refused(frame),
      answer: () => frame.nonce === this.#untold && this.#say(frame.text),
    }[frame.type];
    if (news) news();
  }

  #welcome(frame) {
    this.#may = frame.may;
    at("you").textContent = frame.may ? `${frame.you.name}, ${frame.you.role}` : `${frame.you.name}, ${frame.you.role}: looks on`;
    document.body.dataset.ready = frame.you.id;
    this.#enable();
  }

  #accepted(frame) {
    const asked = this.#asked;
    if (frame.nonce !== asked?.nonce) return;
    // Where the screen shows what came of it, that is the answer.
    const shown = asked.act !== "undo" && stand(this.#seen) !== asked.stand;
    this.#untold = shown ? "" : asked.nonce;
    this.#answered();
  }

  #refused(frame) {
    if (frame.nonce === this.#asked?.nonce) this.#answered();
    if (frame.text) this.#say(frame.text);
  }

  #show(seen) {
    if (!seen) {
      // What was shown last may be wrong by now, as without a connection.
      document.body.dataset.wire = "unread";
      tell(at("lost"), "Andon cannot read its database right now. It comes back by itself.");
      fit();
      return this.#enable();
    }
    this.#found();
    this.#seen = seen;
    document.title = `${seen.item?.code || "–"} · ${seen.name}`;
    at("show").textContent = seen.name;
    tell(at("state"), SHOW[seen.state]);
    at("state").dataset.state = seen.state;
    this.#stage(seen);
    showSizes(at("sizes"), seen.item ? seen.item.sizes : []);
    at("say").hidden = !seen.line;
    at("line").textContent = seen.line;
    this.#next(seen);
    this.#enable();
    fit();
  }

  #stage(seen) {
    const item = seen.item;
    const state = (item && STATES[item.state]) || (seen.state === "paused" ? "The show is paused" : "");
    document.body.dataset.state = state ? (item?.state === "stopped" ? "stopped" : "paused") : "";
    at("stage").replaceChildren(
      item ? make("span", { class: "code" }, item.code) : "",
      make("h1", {}, item ? item.title : seen.show ? "Nothing is on stage" : "No show is live"),
      item ? make("span", { class: "price" }, item.price) : "",
    );
    at("facts").replaceChildren(
      state ? make("strong", { class: "state" }, state) : "",
      // Of one size its tile says it.
      seen.waiting && item.sizes.length > 1 ? make("span", { class: "waiting" }, `${seen.waiting} waiting`) : "",
    );
  }

  #next(seen) {
    const next = seen.next;
    const last = seen.item ? "Nothing: this is the last one" : seen.show ? "" : "/show start begins one";
    at("next").replaceChildren(
      make("h2", {}, "Next"),
      make(
        "p",
        {},
        next ? make("span", { class: "code" }, next.code) : "",
        make("b", {}, next ? next.title : last),
        next ? make("span", { class: "left" }, next.left ? `${next.left} left` : "sold out") : "",
      ),
    );
  }

  // --- what the host does ---------------------------------------------------------------------

  #do(asked) {
    if (this.#asked) return;
    const act = asked === "pause" && this.#seen?.item?.state === "paused" ? "resume" : asked;
    const why = this.#whyNot(act);
    if (why) return this.#say(why);
    this.#asked = { nonce: nonce(), act, stand: stand(this.#seen) };
    this.#untold = "";
    this.wire.send({ type: "do", act, show: this.#seen.show, stage: this.#seen.stage, nonce: this.#asked.nonce });
    this.#slow = setTimeout(() => this.#say("Andon is still at it. It will be done once."), PATIENCE);
    this.#say("");
    this.#enable();
  }

  #whyNot(act) {
    const seen = this.#seen;
    if (document.body.dataset.wire !== "open" || !this.wire.open) return "No connection, so nothing was done.";
    if (!this.#may) return "You look on: only the host and moderators act here.";
    if (!seen.show) return "No show is live, so nothing was done.";
    if (act === "next" && !seen.next) return "That was the last one of the run order.";
    if (act === "back" && !seen.back) return "There is nothing before that.";
    if (act === "pause" && !seen.item) return "Nothing is on stage, so there is nothing to pause.";
    if (act === "pause" && seen.item.state === "stopped") return `${seen.item.code} is stopped. A moderator starts it again.`;
    return "";
  }

  #answered() {
    clearTimeout(this.#slow);
    this.#asked = null;
    this.#enable();
  }

  #say(sentence) {
    clearTimeout(this.#hide);
    at("told").textContent = sentence;
    if (sentence) this.#hide = setTimeout(() => this.#say(""), SHOWN);
  }

  #enable() {
    const busy = this.#asked?.act;
    for (const button of document.querySelectorAll("[data-act]")) {
      const act = button.dataset.act;
      const under = busy && (busy === act || (busy === "resume" && act === "pause"));
      // Still focused while it is under way, so that a pedal that presses Enter goes on.
      button.setAttribute("aria-disabled", String(Boolean(busy) || !this.#may || !this.#seen?.show || document.body.dataset.wire !== "open"));
      const paused = act === "pause" && this.#seen?.item?.state === "paused";
      button.firstChild.data = under ? `${DOING[busy]} ` : `${{ back: "Back", pause: paused ? "Resume" : "Pause", undo: "Undo", next: "Next" }[act]} `;
    }
  }
}

new Host();
