// The runs: every open one, its steps with owner and clock, and what can be done about them.

import { at, make, tell } from "./dom.js";
import { READY, fromAddress } from "./people.js";
import { clock } from "./text.js";
import { Wire, nonce } from "./wire.js";

const ROLES = new Set(["viewer", "customer", "moderator", "host", "producer", "packer", "support", "owner"]);
const SETTLED = new Set(["done", "skipped"]);
const DOING = { take: "Taking…", done: "Ticking…", skip: "Skipping…" };
const BEAT = 2000;
// Silence of so long is a lost connection, even where the network says nothing.
const SILENCE = 5000;
const SHOWN = 6000;
const MINUTE = 60000;

/** So many minutes or hours, as people say it. */
function span(milliseconds) {
  const minutes = Math.floor(Math.abs(milliseconds) / MINUTE);
  if (minutes < 1) return "under 1 min";
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

const isLate = (step) => Boolean(step.due) && Date.parse(step.due) <= Date.now();

function dueIn(step) {
  if (!step.due) return "";
  const left = Date.parse(step.due) - Date.now();
  return left <= 0 ? `LATE by ${span(left)}, since ${clock(step.due)}` : `due in ${span(left)}, at ${clock(step.due)}`;
}

class Runs {
  #seen = null;
  #may = false;
  #asked = null;
  #skipping = "";
  #opened = new Set();
  #hide = 0;
  #heard = 0;
  #tried = Date.now();
  #person = fromAddress(ROLES) || READY.find((person) => person.role === "moderator");

  constructor() {
    this.wire = new Wire("/runs/ws", {
      onframe: (frame) => this.#hear(frame),
      onopen: () => this.#open(),
      onstate: () => this.#lost(),
      longest: 2000,
    });
    addEventListener("offline", () => this.#lost());
    addEventListener("keydown", (event) => this.#key(event));
    setInterval(() => this.#beat(), BEAT);
    setInterval(() => this.#clocks(), 1000);
    this.wire.connect();
  }

  // --- the connection -------------------------------------------------------------------------

  #open() {
    this.#heard = Date.now();
    this.wire.send({ type: "hello", person: this.#person, nonce: nonce() });
  }

  #beat() {
    const now = Date.now();
    if (now - Math.max(this.#heard, this.#tried) <= SILENCE) return this.wire.send({ type: "beat" });
    // One that does not even open is tried anew as well.
    this.#tried = now;
    this.#lost();
    this.wire.renew();
  }

  #lost() {
    if (document.body.dataset.wire === "lost") return;
    const since = this.#heard ? ` This is how it stood at ${clock(new Date().toISOString())}.` : "";
    document.body.dataset.wire = "lost";
    tell(at("lost"), `No connection.${since} Trying again…`);
    this.#draw();
  }

  #found() {
    if (document.body.dataset.wire === "open") return;
    document.body.dataset.wire = "open";
    tell(at("lost"), "");
    // Whether that press arrived is seen in how the step stands now.
    if (this.#asked) this.#say("The connection was lost in between. This is how it stands now.");
    this.#asked = null;
  }

  // --- what the server tells ------------------------------------------------------------------

  #hear(frame) {
    this.#heard = Date.now();
    const news = {
      welcome: () => this.#welcome(frame),
      runs: () => this.#show(frame.runs),
      accepted: () => this.#answered(frame.nonce),
      refused: () => this.#refused(frame),
      answer: () => this.#say(frame.text),
    }[frame.type];
    if (news) news();
  }

  #welcome(frame) {
    this.#may = frame.may;
    at("you").textContent = frame.may ? `${frame.you.name}, ${frame.you.role}` : `${frame.you.name} looks on`;
    document.body.dataset.ready = frame.you.id;
    this.#draw();
  }

  #refused(frame) {
    this.#answered(frame.nonce);
    if (frame.text) this.#say(frame.text);
  }

  #answered(asked) {
    if (asked !== this.#asked?.nonce) return;
    this.#asked = null;
    this.#draw();
  }

  #show(seen) {
    if (!seen) {
      document.body.dataset.wire = "unread";
      tell(at("lost"), "Andon cannot read its database right now. It comes back by itself.");
      return;
    }
    this.#found();
    this.#seen = seen;
    this.#draw();
  }

  #say(sentence) {
    clearTimeout(this.#hide);
    at("told").textContent = sentence;
    if (sentence) this.#hide = setTimeout(() => this.#say(""), SHOWN);
  }

  // --- what is drawn --------------------------------------------------------------------------

  #draw() {
    if (!this.#seen) return;
    const held = this.#held();
    const runs = this.#seen.runs;
    const late = runs.reduce((sum, run) => sum + run.steps.filter(isLate).length, 0);
    document.title = `${late ? `${late} late · ` : ""}${runs.length} open · ${this.#seen.shop}`;
    at("list").replaceChildren(
      ...(runs.length ? runs.map((run) => this.#run(run)) : [make("p", { class: "none" }, "Nothing is open. A run shows here as soon as one starts.")]),
    );
    this.#holdAgain(held);
  }

  #run(run) {
    const settled = run.steps.filter((step) => SETTLED.has(step.status));
    const left = run.steps.filter((step) => !SETTLED.has(step.status));
    return make(
      "section",
      { class: "run", data: { severity: run.severity, run: String(run.number) }, "aria-label": `Run ${run.number}` },
      make(
        "header",
        {},
        make("h2", {}, run.title),
        make(
          "p",
          { class: "facts" },
          make("span", {}, `Run ${run.number}${run.severity === "urgent" ? " · urgent" : ""}`),
          make("span", {}, `for ${run.owner}`),
          make("span", { data: { since: run.since } }, ""),
          make("span", {}, `${settled.length} of ${run.steps.length} settled`),
        ),
      ),
      run.words ? this.#fold(`words:${run.number}`, "What the host says", make("p", { class: "words" }, run.words.trim())) : null,
      make("ol", {}, ...left.map((step) => this.#step(run, step))),
      settled.length
        ? this.#fold(`settled:${run.number}`, `${settled.length} settled`, make("ol", { class: "settled" }, ...settled.map((step) => this.#step(run, step))))
        : null,
    );
  }

  #fold(key, title, inside) {
    const toggled = (event) => (event.target.open ? this.#opened.add(key) : this.#opened.delete(key));
    return make("details", { open: this.#opened.has(key), ontoggle: toggled }, make("summary", { data: { key } }, title), inside);
  }

  #step(run, step) {
    const settled = SETTLED.has(step.status);
    const waits = step.after.length > 0 && !settled;
    const key = `${run.number}:${step.id}`;
    const facts = [
      make("span", { class: "who" }, step.who ? (settled ? `${step.status} by ${step.who}` : step.who) : step.owner),
      waits ? make("span", {}, `after ${step.after.join(", ")}`) : null,
      step.why ? make("span", { class: "why" }, `${step.status}: ${step.why}`) : null,
      step.due ? make("span", { class: "due", data: { due: step.due } }, dueIn(step)) : null,
      step.required || settled ? null : make("span", {}, "if you like"),
    ];
    return make(
      "li",
      { class: "step", data: { state: step.status, step: key, ...(waits && { waits: "" }), ...(isLate(step) && { late: "" }) } },
      make("span", { class: "number", "aria-hidden": "true" }, String(step.number)),
      make(
        "div",
        { class: "what" },
        make("p", { class: "title" }, step.title, step.command ? " " : "", step.command ? make("code", {}, step.command) : ""),
        make("p", { class: "facts run-facts" }, ...facts),
        step.proof && !settled ? make("p", { class: "facts" }, `Done when: ${step.proof}`) : null,
      ),
      settled ? null : this.#acts(run, step, waits, key),
      this.#skipping === key && !settled ? this.#why(run, step, key) : null,
    );
  }

  #acts(run, step, waits, key) {
    const off = !this.#may || document.body.dataset.wire !== "open";
    const button = (act, label, more = {}) => {
      const doing = this.#asked?.key === key && this.#asked.act === act;
      const what = `${label.replace("…", "")} step ${step.number} of run ${run.number}`;
      return make(
        "button",
        { type: "button", "aria-label": what, "aria-disabled": String(off || Boolean(this.#asked)), data: { key: `${act}:${key}` }, onclick: () => (act === "skip" ? this.#ask(key) : this.#do(act, run, step)), ...more },
        doing ? DOING[act] : label,
      );
    };
    return make(
      "div",
      { class: "acts" },
      waits || step.status === "in_progress" ? null : button("take", "Take"),
      waits ? null : button("done", "Done", { class: "primary" }),
      button("skip", "Skip…", { class: "quiet", "aria-expanded": String(this.#skipping === key) }),
    );
  }

  #why(run, step, key) {
    const input = make("input", { type: "text", required: true, maxlength: "500", "aria-label": `Why step ${step.number} is skipped`, placeholder: "Why is it skipped?", data: { key: `why:${key}` } });
    const submit = (event) => {
      event.preventDefault();
      this.#do("skip", run, step, input.value.trim());
    };
    return make("form", { onsubmit: submit }, input, make("button", { type: "submit", class: "primary", data: { key: `send:${key}` } }, "Skip it"));
  }

  #ask(key) {
    this.#skipping = this.#skipping === key ? "" : key;
    this.#draw();
    document.querySelector(`[data-key="why:${key}"]`)?.focus();
  }

  #clocks() {
    for (const element of document.querySelectorAll("[data-since]")) element.textContent = `open for ${span(Date.now() - Date.parse(element.dataset.since))}`;
    for (const element of document.querySelectorAll("[data-due]")) {
      const step = { due: element.dataset.due };
      const words = dueIn(step);
      if (element.textContent !== words) element.textContent = words;
      element.closest(".step").toggleAttribute("data-late", isLate(step));
    }
  }

  // --- what is focused stays so ---------------------------------------------------------------

  #held() {
    const one = document.activeElement;
    const keys = [...document.querySelectorAll("[data-key]")].map((element) => element.dataset.key);
    const typed = document.querySelector("[data-key^='why:']")?.value || "";
    return { key: one?.dataset?.key || "", keys, typed };
  }

  #holdAgain({ key, keys, typed }) {
    const input = document.querySelector("[data-key^='why:']");
    if (input && typed) input.value = typed;
    this.#clocks();
    if (!key) return;
    const now = new Map([...document.querySelectorAll("[data-key]")].map((element) => [element.dataset.key, element]));
    // What was taken can be done; what was settled is gone, and the one behind it is next.
    const [act, ...step] = key.split(":");
    const same = now.get(`done:${step.join(":")}`);
    const behind = keys.slice(keys.indexOf(key)).filter((one) => now.has(one));
    const next = now.get(key) || same || now.get(behind.find((one) => one.startsWith(`${act}:`))) || now.get(behind[0]);
    (next || at("list")).focus();
  }

  #key(event) {
    const step = event.target.closest?.(".step, .run > details");
    if (event.key === "Escape" && this.#skipping) {
      const key = this.#skipping;
      this.#ask("");
      this.#skipping = "";
      this.#draw();
      document.querySelector(`[data-key="skip:${key}"]`)?.focus();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.tagName !== "INPUT") {
      const firsts = [...document.querySelectorAll(".step")].map((one) => one.querySelector("button.primary, button")).filter((one) => one && one.getClientRects().length);
      const here = firsts.findIndex((one) => one.closest(".step") === step);
      const next = firsts[here < 0 ? 0 : here + (event.key === "ArrowDown" ? 1 : -1)];
      if (!next) return;
      event.preventDefault();
      next.focus();
    }
  }

  // --- what is done ---------------------------------------------------------------------------

  #do(act, run, step, why = "") {
    if (this.#asked) return;
    if (document.body.dataset.wire !== "open" || !this.wire.open) return this.#say("No connection, so nothing was done.");
    if (!this.#may) return this.#say("You look on: only the team acts here.");
    if (act === "skip" && !why) return this.#say("Say why in a few words; nothing was skipped.");
    this.#asked = { nonce: nonce(), act, key: `${run.number}:${step.id}` };
    this.#skipping = act === "skip" ? "" : this.#skipping;
    this.wire.send({ type: "step", act, run: run.number, step: step.id, why, nonce: this.#asked.nonce });
    this.#say("");
    this.#draw();
  }
}

new Runs();
