// Who sits at this page: one of a few ready people, or anyone else. Each tab remembers its own.

import { at, make, tell } from "./dom.js";
import { READY, fromAddress, idOf } from "./people.js";

const KEPT = "andon.people";
const ROLES = new Set([...at("who-role").options].map((option) => option.value));

/** The people to choose from; `onchange(person)` is called with the one chosen. */
export class Who {
  #people;
  #now;
  #onchange;

  constructor(onchange) {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    this.#people = kept?.people || READY;
    this.#onchange = onchange;
    this.#now = fromAddress(ROLES) || kept?.now || READY[0];
    this.#know(this.#now);
    at("someone").addEventListener("click", () => this.#ask());
    at("who-cancel").addEventListener("click", () => at("who-dialog").close());
    at("who-form").addEventListener("submit", (event) => this.#answered(event));
    this.#draw();
  }

  get now() {
    return this.#now;
  }

  /** The name was refused: ask again, and say why. */
  refused(sentence) {
    this.#people = this.#people.filter((person) => person.id !== this.#now.id);
    this.#ask(sentence);
  }

  choose(person) {
    this.#now = person;
    this.#know(person);
    this.#draw();
    const address = new URL(location.href);
    for (const [key, value] of Object.entries({ as: person.id, role: person.role, name: person.name })) {
      address.searchParams.set(key, value);
    }
    history.replaceState(null, "", address);
    this.#onchange(person);
  }

  #know(person) {
    const known = this.#people.findIndex((each) => each.id === person.id);
    if (known >= 0) this.#people = this.#people.with(known, person);
    else this.#people = [...this.#people, person];
    sessionStorage.setItem(KEPT, JSON.stringify({ people: this.#people, now: this.#now }));
  }

  #draw() {
    at("people").replaceChildren(
      ...this.#people.map((person) => {
        const chosen = person.id === this.#now.id;
        return make(
          "button",
          { type: "button", "aria-pressed": String(chosen), data: { person: person.id }, onclick: () => chosen || this.choose(person) },
          person.name,
          make("small", {}, person.role),
        );
      }),
    );
    at("people").querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #ask(problem = "") {
    tell(at("who-problem"), problem);
    at("who-name").value = "";
    if (!at("who-dialog").open) at("who-dialog").showModal();
    at("who-name").focus();
  }

  #answered(event) {
    event.preventDefault();
    const name = at("who-name").value.trim();
    const id = idOf(name);
    if (!/[\p{L}\p{N}]/u.test(id)) return this.#ask("Please choose a name with a letter or a digit.");
    at("who-dialog").close();
    this.choose({ id, name, role: at("who-role").value });
    at("say").focus();
  }
}
