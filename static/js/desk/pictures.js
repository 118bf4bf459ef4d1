// A post's pictures: dropped, pasted, chosen or taken; uploaded at once; each with words for those who do not see it.

import { button, element, problemLine, say } from "./dom.js";
import { entry, moved, thumbnail, TYPES, unfit } from "./roll.js";

/**
 * Put the pictures' part of a form into `box`.
 * @param upload (file, {progress(part of 1), signal}) → a promise of the picture as the API tells it (upload.js)
 * @param around where files may be dropped and pasted; the form, when not given
 * @param changed called after everything that changes what `media` says
 * @returns media, put, busy, missing, add: what the API takes; show these instead; whether uploads are on their way;
 *   go to the first picture that lacks its words (true if there is one); take files
 */
export function pictures(box, { upload, around = box.closest("form") ?? box, changed = () => {} }) {
  let roll = []; // {file?, name?, width, …, alt, caption, credit, stop?, wrong?, row}
  const list = element("ol", { class: "roll", "aria-label": "Pictures" });
  const problem = problemLine();
  const told = element("p", { class: "unseen", role: "status" });
  const chooser = input({ multiple: true });
  const camera = input({ capture: "environment" });
  const ways = element("p", { class: "ways" },
    button("Add pictures", () => chooser.click()), button("Take a photo", () => camera.click(), "camera"),
    element("span", { class: "hint" }, "or drop them, or paste them"));
  box.classList.add("pictures-box");
  box.append(list, ways, chooser, camera, problem, told);

  function input(more) {
    return element("input", { type: "file", accept: TYPES.join(","), hidden: true, ...more, onchange: (event) => {
      add([...event.target.files]);
      event.target.value = ""; // the same file may be chosen again
    } });
  }

  // -- in

  /** Take files in their order; those that cannot be pictures are named. */
  function add(files) {
    const refused = [];
    for (const file of files) {
      const why = unfit(file, roll.length);
      if (why) refused.push(why);
      else send(file);
    }
    say(problem, [...new Set(refused)].join(" "));
  }

  async function send(file) {
    const one = /** @type {any} */ ({ file, alt: "", caption: "", credit: "", stop: new AbortController() });
    roll.push(one);
    one.row = waitingRow(one);
    list.append(one.row);
    changed();
    try {
      const made = await upload(file, { progress: (part) => showProgress(one, part), signal: one.stop.signal });
      if (roll.some((other) => other !== one && other.name === made.name)) {
        drop(one);
        say(problem, `${file.name} is there already.`);
        return;
      }
      Object.assign(one, made, { stop: null });
      settle(one);
      told.textContent = `${file.name} is uploaded. It needs a description.`;
    } catch (error) {
      if (error.name === "AbortError") return;
      one.stop = null;
      one.wrong = error.message;
      settle(one);
    }
    changed();
  }

  function showProgress({ row }, part) {
    const bar = row.querySelector("progress");
    if (part >= 1) bar.removeAttribute("value"); // sent; it is being made ready
    else bar.value = part;
  }

  /** What was uploaded has become a picture, or not; the keyboard stays where it is. */
  function settle(one) {
    const held = one.row.contains(document.activeElement);
    const made = /** @type {any} */ (one.wrong ? failedRow(one) : row(one));
    one.row.replaceWith(made);
    one.row = made;
    if (held) made.querySelector("textarea, button")?.focus();
  }

  // -- rows

  function waitingRow(one) {
    return element("li", { class: "waiting" },
      element("span", { class: "name" }, one.file.name),
      element("progress", { max: "1", value: "0", "aria-label": `Uploading ${one.file.name}` }),
      element("span", { class: "acts" }, button("Remove", () => remove(one))));
  }

  function failedRow(one) {
    const again = () => { const { file } = one; drop(one); send(file); };
    return element("li", { class: "failed" },
      element("span", { class: "name" }, one.file.name),
      element("span", { class: "problem", role: "alert" }, one.wrong),
      element("span", { class: "acts" }, button("Try again", again), button("Remove", () => remove(one))));
  }

  function row(one) {
    const field = (name, label, tag, more = {}) => {
      const made = element(tag,
        { ...more, oninput: () => { one[name] = made.value; made.removeAttribute("aria-invalid"); changed(); } });
      made.value = one[name] ?? "";
      return element("label", { class: name }, element("span", {}, label), made);
    };
    const made = element("li", { onkeydown: (event) => {
      if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      shift(one, event.key === "ArrowUp" ? -1 : 1);
    } },
      element("img", { src: thumbnail(one), alt: "", width: "120", loading: "lazy" }),
      element("div", { class: "words" },
        field("alt", "What it shows, for those who do not see it (required)", "textarea",
          { rows: "2", required: true, maxlength: "1000" }),
        field("caption", "Caption", "input", { maxlength: "1000" }),
        field("credit", "Credit", "input", { maxlength: "1000" })),
      element("span", { class: "acts" },
        button("Earlier", () => shift(one, -1)), button("Later", () => shift(one, 1)),
        button("Remove", () => remove(one))));
    return made;
  }

  // -- order

  function shift(one, by) {
    const at = /** @type {HTMLElement | null} */ (document.activeElement);
    const next = moved(roll, roll.indexOf(one), by);
    if (next === roll) return;
    roll = next;
    const place = roll.indexOf(one);
    list.insertBefore(one.row, roll[place + 1]?.row ?? null);
    at?.focus({ preventScroll: true }); // moving an element takes the keyboard from it
    told.textContent = `Picture ${place + 1} of ${roll.length}`;
    changed();
  }

  function drop(one) {
    one.stop?.abort();
    roll = roll.filter((other) => other !== one);
    one.row.remove();
    changed();
  }

  function remove(one) {
    const at = roll.indexOf(one);
    drop(one);
    told.textContent = "The picture was taken out";
    (roll[Math.min(at, roll.length - 1)]?.row.querySelector("textarea, button") ?? ways.querySelector("button"))
      .focus();
  }

  // -- dropping and pasting

  const filesOf = (data) => [...(data?.files ?? [])].filter((file) => file.type.startsWith("image/") || unfit(file, 0));
  const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  around.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    box.classList.add("over");
  });
  around.addEventListener("dragleave",
    (event) => { if (!around.contains(event.relatedTarget)) box.classList.remove("over"); });
  around.addEventListener("drop", (event) => {
    box.classList.remove("over");
    if (!holdsFiles(event)) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
  around.addEventListener("paste", (event) => {
    const files = filesOf(event.clipboardData);
    // text with a picture of itself, as from a spreadsheet
    if (!files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    add(files);
  });

  return {
    media: () => roll.filter((one) => one.name && one.alt.trim()).map(entry),
    put(media) {
      for (const one of roll) one.stop?.abort();
      roll = (media ?? []).map((one) => ({ caption: "", credit: "", ...one }));
      for (const one of roll) one.row = row(one);
      list.replaceChildren(...roll.map((one) => one.row));
      say(problem, "");
    },
    busy: () => roll.some((one) => one.stop),
    missing() {
      const lacking = roll.filter((one) => one.name && !one.alt.trim())
        .map((one) => one.row.querySelector(".alt textarea"));
      for (const field of lacking) field.setAttribute("aria-invalid", "true");
      if (lacking.length) say(problem, lacking.length === 1 ? "A picture lacks its description."
        : `${lacking.length} pictures lack their descriptions.`);
      lacking[0]?.focus();
      return lacking.length > 0;
    },
    add,
  };
}
