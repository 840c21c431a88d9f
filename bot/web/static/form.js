// A form that Andon asks to fill in.

import { at, make, tell } from "./dom.js";

const dialog = at("form-dialog");
let asked = null;
let waits = null;

function control(field) {
  const common = { name: field.name, required: field.required };
  if (field.kind === "choice") {
    const none = field.required && field.value ? [] : [make("option", { value: "" }, "Please choose")];
    const options = field.choices.map(([value, label]) => make("option", { value, selected: value === field.value }, label));
    return make("select", common, ...none, ...options);
  }
  if (field.kind === "paragraph") return make("textarea", { ...common, rows: "4", maxlength: "4000" }, field.value);
  const number = field.kind === "number";
  return make("input", { ...common, type: "text", value: field.value, maxlength: "1000", inputmode: number ? "decimal" : "text" });
}

/** Show the form of a post; `send(values)` returns the nonce of what was sent. */
export function openForm(post, send) {
  if (dialog.open) return;
  asked = send;
  waits = null;
  at("form-title").textContent = post.form.title;
  tell(at("form-intro"), [post.text, post.form.intro].filter(Boolean).join("\n"));
  tell(at("form-problem"), "");
  at("form-fields").replaceChildren(
    ...post.form.fields.map((field) =>
      make("label", {}, field.label + (field.required ? "" : " (if you like)"), field.hint ? make("span", { class: "hint" }, field.hint) : null, control(field)),
    ),
  );
  busy(false);
  dialog.showModal();
  at("form-fields").querySelector("input, select, textarea")?.focus();
}

/** Andon answered a form: close it, or say what is wrong and keep what was typed. */
export function formAnswered(nonce, problem) {
  if (nonce !== waits || waits === null) return false;
  waits = null;
  busy(false);
  tell(at("form-problem"), problem);
  if (!problem) dialog.close();
  return true;
}

function busy(state) {
  dialog.querySelector("button.primary").disabled = state;
}

at("form-cancel").addEventListener("click", () => dialog.close());
at("form-form").addEventListener("submit", (event) => {
  event.preventDefault();
  waits = asked(Object.fromEntries([...new FormData(event.target)].map(([key, value]) => [key, String(value)])));
  busy(true);
});
