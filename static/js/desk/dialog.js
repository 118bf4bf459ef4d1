// Asking before what cannot be undone. Each question is a dialog of its own, so that nothing is left of an earlier one.

import { button, element, problemLine, say } from "./dom.js";

/**
 * Ask, and act on the answer while the dialog is open: what goes wrong is told beside the button.
 * @param answers [label, act, kind]; act gets FormData and may throw
 * @returns true once an act went through, false for Cancel or Escape
 */
export function ask(title, fields, answers, { wide = false, ready = false } = {}) {
  const problem = problemLine();
  const harmless = answers[0][2] === "bad" && !fields.some((field) => field.querySelector("input"));
  const acts = answers.map(([label, , kind], n) => element("button", { class: kind ?? "main", value: n }, label));
  const cancel = button("Cancel", () => { if (!busy) dialog.close(); });
  acts[0].autofocus = ready; // everything is chosen: Enter does it
  cancel.autofocus = harmless; // Enter alone takes nothing down
  const form = element("form", {},
    element("h2", { id: "ask-title" }, title), ...fields, problem,
    element("div", { class: "row" }, ...acts, cancel));
  const dialog = element("dialog", { "aria-labelledby": "ask-title", class: wide ? "wide" : undefined }, form);
  const opener = document.activeElement;
  const ref = opener?.closest("[data-ref]")?.dataset.ref;
  let busy = false;
  let went = false;
  dialog.addEventListener("cancel", (event) => { if (busy) event.preventDefault(); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    say(problem, "");
    try {
      await answers[Number(event.submitter?.value ?? 0)][1](new FormData(form));
      went = true;
      dialog.close();
    } catch (error) {
      say(problem, error.message);
    } finally {
      busy = false;
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (!opener?.isConnected) focusNear(ref);
      done(went);
    });
  });
}

/** The act replaced the row that the keyboard was in. */
function focusNear(ref) {
  const row = ref && document.querySelector(`[data-ref="${CSS.escape(ref)}"]`);
  (row?.querySelector("button") ?? document.querySelector("main")).focus({ preventScroll: true });
}
