// What this browser remembers. Storage may be forbidden or full: then nothing is remembered, and nothing breaks.

const NAME = "liveblog:";

export function recall(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(NAME + name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(NAME + name, JSON.stringify(value));
  } catch {
    // forbidden or full
  }
}
