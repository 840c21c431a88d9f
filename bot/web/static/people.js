// The people of the local stage that are ready to be, and the one that an address names.

export const READY = [
  { id: "ana", name: "Ana", role: "viewer" },
  { id: "bob", name: "Bob", role: "viewer" },
  { id: "mo", name: "Mo", role: "moderator" },
  { id: "hana", name: "Hana", role: "host" },
];

/** What a name becomes as an id: the same name is the same person. */
export function idOf(name) {
  return name.trim().toLowerCase().replace(/[^\p{L}\p{M}\p{N}_.-]+/gu, "-").slice(0, 40).toWellFormed();
}

/** Who `?as=…&role=…&name=…` is, where the role is one of `roles`; null if it names nobody. */
export function fromAddress(roles) {
  const query = new URLSearchParams(location.search);
  const id = idOf(query.get("as") || "");
  if (!id) return null;
  const ready = READY.find((person) => person.id === id);
  const name = query.get("name") || ready?.name || query.get("as");
  const role = roles.has(query.get("role")) ? query.get("role") : ready?.role || "viewer";
  return { id, name, role };
}
