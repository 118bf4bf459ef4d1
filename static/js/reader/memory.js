// What this browser remembers, for always or for a visit. Storage may be forbidden or full: then nothing is remembered,
// and nothing breaks.

const NAME = "liveblog:";

/** @typedef {"localStorage" | "sessionStorage"} Store */

/** @param {string} name @param {any} otherwise @param {Store} from */
export function recall(name, otherwise, from = "localStorage") {
  try {
    return JSON.parse(globalThis[from].getItem(NAME + name) ?? "null") ?? otherwise;
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

/** @param {string} name @param {Store} from */
export function forget(name, from) {
  try {
    globalThis[from].removeItem(NAME + name);
  } catch {
    // forbidden
  }
}
