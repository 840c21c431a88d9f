// Packing: one scanner field that always has the focus, the next bin, and a sound for each scan.

import { at, make, tell } from "./dom.js";
import { play, wake } from "./pack-sounds.js";
import { fromAddress, idOf } from "./people.js";
import { clock } from "./text.js";
import { Wire, nonce } from "./wire.js";

const ROLES = new Set(["viewer", "customer", "moderator", "host", "producer", "packer", "support", "owner"]);
const KEPT = "andon.packer";
const WHO = "pack";
const BEAT = 2000;
// Silence of so long is a lost connection, even where the network says nothing.
const SILENCE = 5000;

function keptPerson() {
  const name = localStorage.getItem(KEPT);
  return name ? { id: idOf(name), name, role: "packer" } : null;
}

class Pack {
  #seen = null;
  #may = false;
  #heard = 0;
  #tried = Date.now();
  #scans = -1;
  #waits = 0;
  #person = fromAddress(ROLES) || keptPerson();

  constructor() {
    this.wire = new Wire("/pack/ws", {
      onframe: (frame) => this.#hear(frame),
      onopen: () => this.#open(),
      onstate: () => this.#lost(),
      longest: 2000,
    });
    at("scanner").addEventListener("submit", (event) => this.#scanned(event));
    at("next").addEventListener("click", () => this.#do("next"));
    at("done").addEventListener("click", () => this.#do("done"));
    at("slip").addEventListener("click", () => this.#printed());
    at("problem").addEventListener("click", () => this.#ask());
    at("why-form").addEventListener("submit", () => this.#park());
    at("why-cancel").addEventListener("click", () => at("why").close());
    at("you").addEventListener("click", () => this.#askWho());
    at("who-form").addEventListener("submit", () => this.#named());
    for (const id of ["why", "who"]) at(id).addEventListener("close", () => this.#focus());
    addEventListener("offline", () => this.#lost());
    addEventListener("keydown", (event) => this.#key(event), true);
    addEventListener("pointerup", () => setTimeout(() => this.#focus()));
    addEventListener("focus", () => this.#focus());
    setInterval(() => this.#beat(), BEAT);
    if (!this.#person) this.#askWho();
    this.wire.connect();
    this.#focus();
  }

  // --- the connection -------------------------------------------------------------------------

  #open() {
    this.#heard = Date.now();
    if (this.#person) this.wire.send({ type: "hello", person: this.#person, nonce: nonce() });
  }

  #beat() {
    const now = Date.now();
    if (now - Math.max(this.#heard, this.#tried) <= SILENCE) return this.wire.send({ type: "beat" });
    this.#tried = now;
    this.#lost();
    this.wire.renew();
  }

  #lost() {
    if (document.body.dataset.wire === "lost") return;
    const since = this.#heard ? ` Last heard at ${clock(new Date().toISOString())}.` : "";
    document.body.dataset.wire = "lost";
    tell(at("lost"), `No connection.${since} What you scan now is sent as soon as it is back.`);
  }

  #found() {
    document.body.dataset.wire = "open";
    tell(at("lost"), "");
  }

  // --- what the server tells ------------------------------------------------------------------

  #hear(frame) {
    this.#heard = Date.now();
    const news = {
      welcome: () => this.#welcome(frame),
      pack: () => this.#show(frame.pack),
      accepted: () => this.#answered(),
      refused: () => this.#refused(frame),
      answer: () => this.#answer(frame),
      beat: () => this.#found(),
    }[frame.type];
    if (news) news();
  }

  #welcome(frame) {
    this.#may = frame.may;
    at("you").textContent = frame.may ? frame.you.name : `${frame.you.name} looks on`;
    document.body.dataset.ready = frame.you.id;
    this.#found();
    // What nobody answered is sent again; what was done already is not done twice.
    for (const lost of this.wire.again(WHO)) this.#say(`Not sent: ${lost?.frame.text || lost?.frame.act}. Please scan again.`, "wrong");
    this.#draw();
  }

  #answered() {
    this.#waits = this.wire.unanswered(WHO).length;
    document.body.dataset.waits = String(this.#waits);
  }

  #refused(frame) {
    this.#answered();
    if (frame.text) this.#say(frame.text, "wrong");
    if (frame.text) play("wrong");
  }

  // What a scan was comes with the parcel, where the database has it; the rest is said here.
  #answer(frame) {
    if (frame.act !== "scan" || !this.#seen?.parcel) this.#say(frame.text.replaceAll("**", ""), "told");
  }

  #show(seen) {
    if (!seen) {
      document.body.dataset.wire = "unread";
      tell(at("lost"), "Andon cannot read its database right now. It comes back by itself.");
      return;
    }
    this.#found();
    const before = this.#seen?.parcel;
    this.#seen = seen;
    const parcel = seen.parcel;
    if (before && !parcel && this.#state() === "none" && before.packed === before.units) play("complete");
    if (parcel?.number !== before?.number) {
      this.#say("", "told");
      this.#scans = before === undefined ? -1 : (parcel?.last?.number ?? 0);
    }
    this.#sound(parcel);
    this.#draw();
  }

  #sound(parcel) {
    const last = parcel?.last;
    if (!last) return;
    // A page that was opened anew shows the last scan, and keeps quiet about it.
    const fresh = this.#scans >= 0 && last.number > this.#scans;
    this.#scans = last.number;
    this.#say(last.said, last.right ? "right" : "wrong");
    if (fresh) play(!last.right ? "wrong" : parcel.packed === parcel.units ? "complete" : "right");
  }

  #say(sentence, kind) {
    at("said").textContent = sentence;
    at("said").dataset.kind = sentence ? kind : "";
  }

  // --- what is drawn --------------------------------------------------------------------------

  #state() {
    const parcel = this.#seen?.parcel;
    if (!parcel) return "none";
    if (parcel.stale) return "stop";
    return parcel.packed === parcel.units ? "complete" : "packing";
  }

  #draw() {
    if (!this.#seen) return;
    const { parcel, waiting, parked, packed, shop } = this.#seen;
    const state = (document.body.dataset.state = this.#state());
    document.title = `${parcel ? parcel.number : `${waiting} waiting`} · packing · ${shop}`;
    at("parcel").textContent = parcel ? `${parcel.number} · ${parcel.orders.join(", ")}` : "Packing";
    at("queue").textContent = `${waiting} waiting${parked ? ` · ${parked} put aside` : ""}${packed ? ` · ${packed} packed` : ""}`;
    const next = parcel?.items.find((item) => item.packed < item.units);
    const big = {
      none: waiting ? "Next?" : "All packed",
      stop: "STOP",
      complete: "Complete",
      packing: next?.bin || "No bin",
    }[state];
    at("bin").textContent = big;
    at("bin").dataset.long = String(big.length > 7);
    at("title").textContent = this.#title(state, next, waiting);
    at("detail").textContent = state === "packing" ? `${next.variant ? `${next.variant} · ` : ""}${next.units - next.packed} to fetch · ${next.sku}` : "";
    const photo = state === "packing" ? next.photo : "";
    at("photo").hidden = !photo;
    if (photo && at("photo").getAttribute("src") !== photo) at("photo").src = photo;
    at("photo").alt = photo ? next.title : "";
    this.#bar(parcel);
    at("items").replaceChildren(...(parcel?.items || []).map((item) => this.#item(item, item === next)));
    tell(at("notes"), parcel?.notes.length ? `Note: ${parcel.notes.join(" · ")}` : "");
    this.#buttons(state, parcel);
  }

  #title(state, next, waiting) {
    if (state === "none") return waiting ? "Press Enter for the next parcel." : "Nothing waits. Thank you!";
    if (state === "stop") return "The address has changed: print the slip again (F2), and put the old one away.";
    if (state === "complete") return "Scan its slip to close it, or press F8.";
    return next.title;
  }

  #bar(parcel) {
    const bar = at("bar");
    bar.hidden = !parcel;
    if (!parcel) return;
    bar.ariaValueNow = String(parcel.packed);
    bar.ariaValueMax = String(parcel.units);
    bar.ariaValueText = `${parcel.packed} of ${parcel.units} in the box`;
    const wrong = parcel.wrong ? ` · ${parcel.wrong} wrong` : "";
    bar.dataset.words = `${parcel.packed} of ${parcel.units} in the box${wrong}`;
    bar.firstElementChild.style.setProperty("width", `${(100 * parcel.packed) / parcel.units}%`);
  }

  #item(item, next) {
    const state = item.packed === item.units ? "in" : next ? "next" : "";
    return make(
      "li",
      { data: { state, sku: item.sku } },
      make("span", { class: "where" }, item.bin || "–"),
      make("span", { class: "name" }, item.variant ? `${item.title} / ${item.variant}` : item.title, make("small", {}, item.sku)),
      make("span", { class: "count" }, item.packed === item.units ? `✓ ${item.units}` : `${item.packed} of ${item.units}`),
    );
  }

  #buttons(state, parcel) {
    at("next").hidden = state !== "none";
    at("done").hidden = state !== "complete";
    at("slip").hidden = !parcel;
    at("invoice").hidden = !parcel;
    at("problem").hidden = !parcel;
    if (parcel) at("slip").href = parcel.slip;
    if (parcel) at("invoice").href = parcel.invoice;
    for (const id of ["next", "done", "problem"]) at(id).disabled = !this.#may;
    at("code").disabled = !this.#may;
    this.#focus();
  }

  // --- what is done ---------------------------------------------------------------------------

  #focus() {
    if (at("why").open || at("who").open || at("code").disabled) return;
    if (document.activeElement !== at("code")) at("code").focus({ preventScroll: true });
  }

  #scanned(event) {
    event.preventDefault();
    const code = at("code").value.trim();
    at("code").value = "";
    if (code) return this.#do("scan", code);
    if (this.#state() === "none") this.#do("next");
  }

  #do(act, text = "") {
    if (!this.#may) return this.#say("You look on: only packers and support pack here.", "wrong");
    this.wire.ask({ type: "act", act, text }, WHO);
    this.#answered();
    this.#focus();
  }

  #printed() {
    this.#do("slip");
  }

  #ask() {
    if (this.#state() === "none") return;
    at("why-text").value = "";
    at("why").showModal();
    at("why-text").focus();
  }

  #park() {
    const why = at("why-text").value.trim();
    if (why) this.#do("problem", why);
  }

  #askWho() {
    at("who-name").value = this.#person?.name || "";
    at("who").showModal();
    at("who-name").select();
  }

  #named() {
    const name = at("who-name").value.trim();
    if (!/[\p{L}\p{N}]/u.test(name)) return this.#say("Please choose a name with a letter or a digit.", "wrong");
    localStorage.setItem(KEPT, name);
    this.#person = { id: idOf(name), name, role: "packer" };
    this.#scans = -1;
    this.#open();
  }

  #key(event) {
    wake();
    if (at("why").open || at("who").open) return;
    const keys = { F2: () => at("slip").hidden || at("slip").click(), F4: () => this.#ask(), F8: () => at("done").hidden || this.#do("done") };
    if (keys[event.key] && !event.altKey) {
      event.preventDefault();
      keys[event.key]();
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      // A scanner types wherever the focus is: it must be here before the first sign.
      this.#focus();
    }
  }
}

new Pack();
