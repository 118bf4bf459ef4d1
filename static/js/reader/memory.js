// What this browser remembers. Storage may be forbidden or full: then nothing is remembered, and nothing breaks.

const NAME = "liveblog:";

/** @param {string} name @param {any} otherwise */
export function recall(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(NAME + name) ?? "null") ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** @param {string} name @param {unknown} value */
export function keep(name, value) {
  try {
    localStorage.setItem(NAME + name, JSON.stringify(value));
  } catch {
    // forbidden or full
  }
}
