// The live preview: the readers' own article in the readers' own style, apart from the desk's. Also while it is closed,
// one line says which links are none, and what Markdown makes of the text.

/** @import { Api } from "./desk.d.ts" */

const PAUSE = { open: 250, closed: 800 }; // ms after the last key
const OPEN = "liveblog:preview"; // whether this person wants it

/**
 * @param {object} options
 * @param {HTMLElement} options.section
 * @param {HTMLElement} options.toggle
 * @param {HTMLElement} options.line where advice stands
 * @param {(addresses: string[]) => void} options.untitled called with the text's cards that have no title
 * @param {Api["preview"]} options.render
 * @param {() => {body?: string}} options.sample what is in the composer
 */
export function preview({ section, toggle, line, untitled, render, sample }) {
  const root = /** @type {Element} */ (section.querySelector(".rendered")).attachShadow({ mode: "open" });
  const place = document.createElement("div");
  root.append(place);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let asked = 0;
  let known = ""; // the text that the server knows, and its answer
  let html = "";

  async function draw() {
    const text = JSON.stringify(sample());
    if (text !== known) await ask(text);
    if (!section.hidden) place.innerHTML = html; // sanitised by the server: the readers' own rendering
  }

  /** @param {string} text */
  async function ask(text) {
    const mine = (asked += 1);
    const answer = await render(JSON.parse(text));
    if (mine !== asked) return; // a newer one is under way
    section.dataset.stale = answer ? "no" : "yes";
    if (!answer) return;
    known = text;
    html = answer.html;
    advise(answer.advice.join(" "));
    untitled(answer.untitled);
  }

  /** @param {string} words */
  function advise(words) {
    if (line.textContent === words) return; // it is read out when it changes
    line.textContent = words;
    line.title = words; // all of it: a line may be too short
  }

  function changed() {
    clearTimeout(timer);
    if (!sample().body) {
      asked += 1; // what is under way is about another text
      known = "";
      advise("");
      untitled([]);
      if (section.hidden) return;
    }
    timer = setTimeout(draw, section.hidden ? PAUSE.closed : PAUSE.open);
  }

  /** @param {boolean} on */
  async function show(on) {
    section.hidden = !on;
    toggle.setAttribute("aria-pressed", String(on));
    if (!on) return;
    if (!root.adoptedStyleSheets.length) root.adoptedStyleSheets = [await readersStyle()];
    await draw();
  }

  toggle.addEventListener("click", () => {
    const on = Boolean(section.hidden);
    remember(on);
    show(on);
  });
  show(remembered());
  return { changed, show };
}

/** The page's own rules, put on the preview instead of on the desk. */
async function readersStyle() {
  const address = new URL("../../css/reader.css", import.meta.url);
  const sheet = new CSSStyleSheet({ baseURL: address.href });
  const css = await fetch(address).then((answer) => answer.text(), () => "");
  sheet.replaceSync(`${css.replace(/:root\b/g, ":host").replace(/(^|[},/]\s*)body(?=\s*[{,])/gm, "$1:host")}
    :host { background: none; } .post { border-bottom: 0; padding: 0; } .post.result { border-top: 0; margin: 0; }
    a { pointer-events: none; }`);
  return sheet;
}

function remembered() {
  try { return localStorage.getItem(OPEN) === "yes"; } catch { return false; }
}

/** @param {boolean} on */
function remember(on) {
  try { localStorage.setItem(OPEN, on ? "yes" : "no"); } catch { /* then it is closed next time */ }
}
