// Light formatting: **bold**, `code`, line breaks (by style sheet), and names for mentions.

import { make } from "./dom.js";

const MARKS = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|@\{([^{}]+)\}/g;

/** A line as nodes. `mentions` maps person ids to names; only those become names. */
export function format(text, mentions = {}, you = "") {
  const whole = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(MARKS)) {
    const [all, code, bold, person] = found;
    const known = person !== undefined && Object.hasOwn(mentions, person);
    if (person !== undefined && !known) continue;
    whole.append(text.slice(from, found.index));
    if (code !== undefined) whole.append(make("code", {}, code));
    else if (bold !== undefined) whole.append(make("b", {}, format(bold, mentions, you)));
    else whole.append(make("mark", { class: person === you ? "you" : "" }, `@${mentions[person]}`));
    from = found.index + all.length;
  }
  whole.append(text.slice(from));
  return whole;
}

/** A time of the day, as clocks here show it. */
export function clock(iso) {
  return new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
