// The chat box: a line, a command with completion, or a change to a line sent before.

import { at, make, tell } from "./dom.js";

const LONGEST = 10000;
const DRAFTS = "andon.drafts";

/** Put pictures up, one after the other; their names, under which a message brings them. */
async function putUp(files) {
  const names = [];
  for (const file of files) {
    const answer = await fetch("/stage/pictures", { method: "POST", body: file });
    if (!answer.ok) throw new Error(String(answer.status));
    names.push((await answer.json()).picture);
  }
  return names;
}

/** The box; `onsend(text)`, `onedit(id, text)`, `oncomplete(text)`, `onlast()` ask back. */
export class Composer {
  #input = at("say");
  #list = at("options");
  #asks;
  #commands = [];
  #items = [];
  #active = -1;
  #editing = null;
  #waved = null; // the text for which the list was closed by hand
  #room = null; // none before the first one is opened
  #drafts = JSON.parse(sessionStorage.getItem(DRAFTS) || "{}");

  constructor(asks) {
    this.#asks = asks;
    at("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#input.addEventListener("input", () => this.#typed());
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#input.addEventListener("blur", () => this.#close());
    this.#input.addEventListener("paste", (event) => this.#paste(event));
    this.#list.addEventListener("pointerdown", (event) => this.#point(event));
    at("stop-editing").addEventListener("click", () => this.#stopEditing());
    at("pictures").addEventListener("change", () => this.#attach());
    this.#usage();
  }

  /** What `you` may say in a channel: each channel keeps its own unsent text. */
  open(room, commands) {
    const early = this.#room === null ? this.#input.value : "";
    this.#room = room;
    this.#commands = commands.map((command) => ({ ...command, name: command.name.replace(/^\//, "") }));
    this.#editing = null;
    at("editing").hidden = true;
    this.#set(early || this.#drafts[room] || "");
    this.#close();
  }

  /** Whether pictures may be sent along: to the bot alone. */
  takesPictures(may) {
    at("attach").hidden = !may;
    if (!may) this.#letGo();
  }

  #attach() {
    const count = at("pictures").files.length;
    at("attached").textContent = count ? `${count} picture${count > 1 ? "s" : ""}` : "Pictures";
  }

  #letGo() {
    at("pictures").value = "";
    this.#attach();
  }

  /** What stands in the empty box. */
  suggest(words) {
    this.#input.placeholder = words;
  }

  /** Put the focus into the box. */
  focus() {
    this.#input.focus();
  }

  /** Write `text` into the box, without sending it. */
  write(text) {
    this.#set(text);
    this.#typed();
    this.focus();
  }

  /** A line was refused: say why, and give its text back unless something else was begun. */
  refused(sentence, text) {
    tell(at("notice"), sentence);
    if (text && !this.#input.value) this.#set(text);
  }

  edit(post) {
    this.#set(post.text);
    this.#editing = post.id;
    at("editing").hidden = false;
    this.focus();
  }

  /** What the server offers for a text; only the newest text counts. */
  offer(text, items) {
    if (text !== this.#input.value || text === this.#waved || document.activeElement !== this.#input) return;
    const more = (items.length ? items : this.#own(text)).filter((item) => item.insert.trim() !== text.trim());
    this.#show(more);
  }

  #set(text) {
    this.#input.value = text;
    this.#keep();
    this.#usage();
  }

  #keep() {
    if (this.#editing !== null || this.#room === null) return;
    if (this.#input.value) this.#drafts[this.#room] = this.#input.value;
    else delete this.#drafts[this.#room];
    sessionStorage.setItem(DRAFTS, JSON.stringify(this.#drafts));
  }

  #send() {
    const text = this.#input.value;
    const files = this.#editing === null ? [...at("pictures").files] : [];
    if (!text.trim() && !files.length) return;
    if (this.#room === null) {
      tell(at("notice"), "The chat is still opening. Your line stays here: send it in a moment.");
      return;
    }
    if (text.length > LONGEST) {
      tell(at("notice"), `That is ${text.length} characters; a line holds ${LONGEST}. Please shorten it.`);
      return;
    }
    tell(at("notice"), "");
    this.#close();
    if (files.length) {
      this.#letGo();
      this.#set("");
      putUp(files).then(
        (pictures) => this.#asks.send(text, pictures),
        () => this.refused("The pictures could not be sent. Please choose them again.", text),
      );
    } else if (this.#editing === null) {
      this.#asks.send(text, []);
      this.#set("");
    } else {
      this.#asks.edit(this.#editing, text);
      this.#stopEditing();
    }
  }

  #stopEditing() {
    this.#editing = null;
    at("editing").hidden = true;
    this.#set("");
    this.focus();
  }

  // A claim per line is a claim per clause: line breaks must not glue two of them together.
  #paste(event) {
    const text = event.clipboardData.getData("text");
    if (!text.includes("\n")) return;
    event.preventDefault();
    const flat = text.trim().replace(/\s*\n\s*/g, "; ");
    this.#input.setRangeText(flat, this.#input.selectionStart, this.#input.selectionEnd, "end");
    this.#typed();
  }

  #typed() {
    this.#waved = null;
    this.#keep();
    this.#usage();
    const text = this.#input.value;
    if (text.startsWith("/") && this.#editing === null) this.#asks.complete(text);
    else this.#close();
  }

  #own(text) {
    const typed = text.slice(1).toLowerCase();
    return this.#commands
      .filter((command) => command.name.startsWith(typed))
      .map((command) => ({ insert: `/${command.name} `, label: `/${command.name}`, hint: command.summary }));
  }

  #usage() {
    const words = this.#input.value.replace(/\s+/g, " ").trimStart();
    const named = this.#commands
      .filter((each) => `${words} `.startsWith(`/${each.name} `))
      .sort((one, other) => other.name.length - one.name.length)[0];
    if (named) at("usage").replaceChildren(make("code", {}, named.usage), ` ${named.summary}`);
    else at("usage").replaceChildren(make("kbd", {}, "/"), " for commands");
  }

  #show(items) {
    this.#items = items;
    this.#active = -1;
    this.#list.replaceChildren(
      ...items.map((item, place) =>
        make("li", { id: `option-${place}`, role: "option", "aria-selected": "false" }, make("b", {}, item.label), make("span", {}, item.hint)),
      ),
    );
    this.#list.hidden = !items.length;
    this.#list.scrollTop = 0;
    this.#input.setAttribute("aria-expanded", String(!this.#list.hidden));
    this.#input.removeAttribute("aria-activedescendant");
  }

  #close() {
    this.#show([]);
  }

  #wave() {
    this.#waved = this.#input.value;
    this.#close();
  }

  #mark(place) {
    this.#active = (place + this.#items.length) % this.#items.length;
    [...this.#list.children].forEach((option, index) => {
      option.setAttribute("aria-selected", String(index === this.#active));
      if (index === this.#active) option.scrollIntoView({ block: "nearest" });
    });
    this.#input.setAttribute("aria-activedescendant", `option-${this.#active}`);
  }

  #take(place) {
    this.#input.value = this.#items[place].insert;
    this.#close();
    this.#typed();
  }

  #point(event) {
    event.preventDefault(); // the box keeps the focus
    const option = event.target.closest("li");
    if (option) this.#take([...this.#list.children].indexOf(option));
  }

  #key(event) {
    if (event.isComposing) return;
    const open = !this.#list.hidden;
    if (open && event.key === "ArrowDown") this.#mark(this.#active + 1);
    else if (open && event.key === "ArrowUp") this.#mark(this.#active < 0 ? this.#items.length - 1 : this.#active - 1);
    else if (open && event.key === "Tab" && !event.shiftKey) this.#take(Math.max(0, this.#active));
    else if (open && event.key === "Enter" && this.#active >= 0) this.#take(this.#active);
    else if (event.key === "Escape" && this.#input.value.startsWith("/")) this.#wave();
    else if (event.key === "Escape" && this.#editing !== null) this.#stopEditing();
    else if (event.key === "ArrowUp" && !this.#input.value) this.#asks.last();
    else return;
    event.preventDefault();
  }
}
