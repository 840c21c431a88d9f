// The keys of a presenter, a pedal or a keyboard, as acts of the host.

const ACTS = {
  PageDown: "next",
  ArrowRight: "next",
  ArrowDown: "next",
  PageUp: "back",
  ArrowLeft: "back",
  ArrowUp: "back",
  b: "pause",
  B: "pause",
};

/** Calls `press(act)` once for each key that is pressed, however long it is held down. */
export class HostKeys {
  constructor(press) {
    document.addEventListener("keydown", (event) => {
      // Enter on a button would press it over and over.
      if (event.key === "Enter" && event.repeat) event.preventDefault();
      const act = ACTS[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      if (!event.repeat) press(act);
    });
  }
}
