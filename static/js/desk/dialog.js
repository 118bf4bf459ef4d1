// Asking before what cannot be undone. Each question is a dialog of its own, so that nothing is left of an earlier one.

import { arm } from "./arming.js";
import { button, element, focusHeading, problemLine, say, waiting } from "./dom.js";

/** @param {string | null | undefined} ref @returns {HTMLElement | null} */
const rowOf = (ref) => (ref ? document.querySelector(`[data-ref="${CSS.escape(ref)}"]`) : null);

/**
 * Ask, and act on the answer while the dialog is open: what goes wrong is told beside the button. The keyboard begins
 * in the first field; where there is nothing to be filled in, on the title or on Cancel, never on what acts.
 * @param {string} title
 * @param {Element[]} fields
 * @param {[label: string, act: (answer: FormData) => any, kind?: string][]} answers `act` may throw
 * @param {{wide?: boolean}} options
 * @returns {Promise<boolean>} true once an act went through, false for Cancel or Escape
 */
export function ask(title, fields, answers, { wide = false } = {}) {
  const problem = problemLine();
  const toFill = fields.some((field) => field.querySelector("input, textarea, select"));
  const acts = answers.map(([label, , kind], n) => arm(element("button", { class: kind ?? "main", value: n }, label)));
  const cancel = button("Cancel", () => { if (!busy) dialog.close(); });
  cancel.autofocus = !toFill && answers[0][2] === "bad";
  const heading = element("h2", { id: "ask-title", tabindex: "-1", autofocus: !toFill && !cancel.autofocus }, title);
  const form = element("form", {}, heading, ...fields, problem,
    element("div", { class: "row" }, ...acts, cancel));
  const dialog = element("dialog", { "aria-labelledby": "ask-title", class: wide ? "wide" : undefined }, form);
  const opener = /** @type {HTMLElement | null} */ (document.activeElement);
  const section = opener?.closest("section");
  const ref = /** @type {HTMLElement | null | undefined} */ (opener?.closest("[data-ref]"))?.dataset.ref;
  let busy = false;
  let went = false;
  dialog.addEventListener("cancel", (event) => { if (busy) event.preventDefault(); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    say(problem, "");
    const pressed = /** @type {HTMLButtonElement} */ (event.submitter ?? acts[0]);
    const over = waiting(pressed);
    try {
      await answers[Number(pressed.value)][1](new FormData(form));
      went = true;
      dialog.close();
    } catch (error) {
      say(problem, error.message);
    } finally {
      busy = false;
      over();
    }
  });
  form.addEventListener("keydown", (event) => { // another key than the one that opened it
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && answers[0][2] !== "bad") acts[0].click();
  });
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      // the act replaced its row
      if (!opener?.isConnected) focusHeading(rowOf(ref) ?? section);
      done(went);
    });
  });
}
