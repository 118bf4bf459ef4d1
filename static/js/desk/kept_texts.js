// What was typed and not sent, kept in this browser: the composition of each tab, and what was set aside. Pure but for
// the storage handed in (localStorage: written at once, so that a crash a moment later loses nothing).

/** @import { KeptText } from "./desk.d.ts" */

export class KeptTexts {
  /**
   * @param {Storage | null} storage null where the browser forbids it
   * @param {{slug: string, who: string, tab: string}} options `tab` is a name of this tab that outlives a reload
   */
  constructor(storage, { slug, who, tab }) {
    this.storage = storage;
    this.tab = tab;
    this.prefix = `liveblog:note:${slug}:${encodeURIComponent(who)}:`;
  }

  /** Keep what is in the composer of this tab; false if the browser keeps nothing. @param {KeptText} text */
  keep(text) {
    return this.#put(`${this.tab}:now`, text);
  }

  /** What this tab's composer held; null when there was nothing. */
  kept() {
    return this.#get(`${this.prefix}${this.tab}:now`);
  }

  drop() {
    this.remove(`${this.tab}:now`);
  }

  /** Keep something set aside; answers with its name. @param {KeptText} text @param {string} name */
  setAside(text, name = `aside:${Math.random().toString(36).slice(2)}`) {
    this.#put(name, text);
    return name;
  }

  /**
   * Everything that no open tab has in its composer, oldest first.
   * @param {(tab: string) => boolean} alive whether a tab is open
   * @returns {{name: string, text: KeptText}[]}
   */
  aside(alive) {
    const names = Array.from({ length: this.storage?.length ?? 0 }, (_, n) => this.storage?.key(n) ?? "");
    const ours = names.filter((name) => name.startsWith(this.prefix)).map((name) => name.slice(this.prefix.length));
    const free = ours.filter((name) => !name.endsWith(":now")
      || (name !== `${this.tab}:now` && !alive(name.slice(0, -4))));
    const found = free.flatMap((name) => {
      const text = this.#get(this.prefix + name);
      return text ? [{ name, text }] : [];
    });
    return found.sort((a, b) => a.text.at - b.text.at);
  }

  /** @param {string} name */
  remove(name) {
    try {
      this.storage?.removeItem(this.prefix + name);
    } catch { /* a browser that keeps nothing has nothing to remove */ }
  }

  /** @param {string} name @param {KeptText} text */
  #put(name, text) {
    if (!this.storage) return false;
    try {
      this.storage.setItem(this.prefix + name, JSON.stringify(text));
      return true;
    } catch {
      return false; // full, or forbidden
    }
  }

  /** @param {string} key @returns {KeptText | null} */
  #get(key) {
    try {
      return JSON.parse(this.storage?.getItem(key) ?? "null");
    } catch {
      return null;
    }
  }
}
