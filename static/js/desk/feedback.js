// What came of it: who is here, how many read, how many got the last change and how fast, and the night's calls.

import { plot } from "./chart.js";
import { button, element } from "./dom.js";
import { labels } from "./labels.js";

const LOOK = 30_000; // ms between two looks at the chart and the tallies
const [WIDTH, HEIGHT] = [280, 56];
const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** @typedef {import("./desk.d.ts").Desk} Desk */

/** Returns {figures(message), people(list)}, which show what the desk hears. */
export function feedback(/** @type {Desk} */ desk, { readers, last, chart, people, calls, posts }) {
  async function look() {
    if (document.hidden) return;
    const [audience, figures] =
      await Promise.all(["/audience", "/figures"].map((path) => desk.read(path).catch(() => null)));
    if (audience) draw(audience.points);
    if (figures) count(Object.entries(figures.posts_by));
  }

  function draw(points) {
    const found = plot(points, { width: WIDTH, height: HEIGHT });
    if (!found) return chart.replaceChildren();
    const most = Math.max(...points.map(([, n]) => n));
    const name = `Readers from ${clock(found.from)} to ${clock(found.to)}, at most ${most}`;
    const svg = drawn("svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": name, preserveAspectRatio: "none" },
      drawn("path", { d: found.area, class: "area" }), drawn("polyline", { points: found.line, class: "line" }));
    return chart.replaceChildren(svg,
      element("p", { class: "scale hint" }, element("span", {}, clock(found.from)),
        element("span", {}, clock(found.to))));
  }

  /** Whose the posts are that stand. */
  function count(rows) {
    posts.replaceChildren(...(rows.length
      ? rows.map(([name, n]) => element("li", {}, name, " ", element("span", { class: "hint" }, String(n))))
      : [element("li", { class: "hint" }, "None yet.")]));
  }

  calls.addEventListener("click", async () => {
    const { calls: rows } = await desk.read("/calls").catch((error) => ({ calls: [], error }));
    const named = (row) => {
      const category = desk.state.objects.get(`category:${row.category}`);
      const won = (row.winners ?? []).map((id) => category?.nominees.find((one) => one.id === id)?.name ?? id)
        .join(" · ");
      return [category?.name ?? row.category, won];
    };
    const table = element("table", {},
      element("thead", {},
        element("tr", {}, ...["Time", "What", "Who", "Told by", "Last reader had it"].map((head) =>
          element("th", { scope: "col" }, head)))),
      element("tbody", {}, ...rows.map((row) => {
        const [category, won] = named(row);
        return element("tr", {},
          ...[clock(row.at), `${category}: ${labels.act[row.act] ?? row.act}${won ? ` ${won}` : ""}`, row.by,
            row.source ?? "", row.ms === undefined || row.ms === null ? ""
            : `${row.readers} in ${row.ms} ms`].map((cell) => element("td", {}, cell)));
      })));
    const dialog = element("dialog", { class: "wide", "aria-labelledby": "calls-title" },
      element("h2", { id: "calls-title" }, "Call log"),
      rows.length ? element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Calls" }, table)
        : element("p", { class: "hint" }, "Nothing was called yet."),
      element("div", { class: "row" }, button("Close", () => dialog.close())));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  });

  setInterval(look, LOOK);
  document.addEventListener("visibilitychange", look);
  look();
  return {
    figures({ readers: n, last: sent }) {
      readers.parentElement.hidden = false;
      readers.textContent = n.toLocaleString();
      readers.nextElementSibling.textContent = n === 1 ? "reader now" : "readers now";
      last.textContent = sent ? `The last change reached ${sent.readers.toLocaleString()} of them in ${sent.ms} ms.`
        : "";
    },
    people(list) {
      const others = new Map();
      for (const one of list) others.set(one.name, { ...one, editing: one.editing ?? others.get(one.name)?.editing });
      people.parentElement.hidden = !others.size;
      people.replaceChildren(...[...others.values()].map((one) => element("li", {},
        element("span", { class: "who" }, one.name === desk.who ? `${one.name} (you)` : one.name), " ",
        element("span", { class: "hint" }, doing(one)))));
    },
  };

  function doing({ editing, role }) {
    if (!editing) return role;
    const [kind, id] = [editing.slice(0, editing.indexOf(":")), editing.slice(editing.indexOf(":") + 1)];
    const object = (kind === "draft" ? desk.drafts : desk.state).objects.get(editing);
    if (kind === "category") return `edits ${object?.name ?? id}`;
    if (object?.headline) return `edits “${object.headline}”`;
    return kind === "draft" ? "edits a draft" : "edits an update";
  }
}

function drawn(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
