// The menu of a line.

import { at, make } from "./dom.js";

const menu = at("menu");
let back = null;

/** Open a menu by a line. `groups` are lists of {label, run}. */
export function openMenu(line, groups) {
  back = line;
  const parts = [];
  for (const group of groups.filter((each) => each.length)) {
    if (parts.length) parts.push(make("hr", { role: "separator" }));
    for (const entry of group) {
      parts.push(make("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => { closeMenu(); entry.run(); } }, entry.label));
    }
  }
  menu.replaceChildren(...parts);
  menu.hidden = false;
  const anchor = (line.querySelector(".dots") || line).getBoundingClientRect();
  const box = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(anchor.right - box.width, innerWidth - box.width - 8))}px`;
  menu.style.top = `${anchor.bottom + box.height > innerHeight - 8 ? Math.max(8, anchor.top - box.height) : anchor.bottom}px`;
  menu.querySelector("button")?.focus();
}

/** Close it, and put the focus back where it was. */
export function closeMenu() {
  if (menu.hidden) return;
  const held = menu.contains(document.activeElement);
  menu.hidden = true;
  if (held) back?.focus();
}

menu.addEventListener("keydown", (event) => {
  const entries = [...menu.querySelectorAll("button")];
  const here = entries.indexOf(document.activeElement);
  const to = { ArrowDown: here + 1, ArrowUp: here - 1 + entries.length, Home: 0, End: entries.length - 1 }[event.key];
  if (to !== undefined) entries[to % entries.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") closeMenu();
  else return;
  event.preventDefault();
});
document.addEventListener("pointerdown", (event) => menu.contains(event.target) || closeMenu());
addEventListener("resize", closeMenu);
// Not on every scroll: a busy chat scrolls by itself, under a moderator who is about to choose.
for (const moved of ["wheel", "touchmove"]) at("log").addEventListener(moved, closeMenu, { passive: true });
