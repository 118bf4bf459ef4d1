// Acts that are pressed in a row of a list: each once at a time, and what goes wrong is told in that row.

import { problemLine, say } from "./dom.js";

export class Rows {
  #busy = new Set();
  #texts = new Map();

  /** The row's line for what went wrong; it holds the text of an earlier try that the row was made again after. */
  line(ref) {
    const line = problemLine();
    line.dataset.of = ref;
    say(line, this.#texts.get(ref) ?? "");
    return line;
  }

  /** Do act(waiting) unless the row is busy with one. */
  async attempt(ref, act) {
    if (this.#busy.has(ref)) return;
    this.#busy.add(ref);
    this.#tell(ref, "");
    try {
      await act(() => this.#tell(ref, "Waiting for the line…"));
      this.#tell(ref, "");
    } catch (error) {
      this.#tell(ref, error.message);
    } finally {
      this.#busy.delete(ref);
    }
  }

  #tell(ref, text) {
    this.#texts.set(ref, text);
    const line = document.querySelector(`[data-of="${CSS.escape(ref)}"]`);
    if (line) say(line, text);
  }
}
