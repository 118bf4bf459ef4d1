// Before the first paint, so that nothing flashes: scripts run here, whether results are hidden, where this reader
// reads the night from its start, and a moment for the headlines' font. Not a module: it must not wait. It stands
// before the page's title, which may tell a result.
{
  const LATEST = 6000; // ms after which pictures are loaded, also if the page's script never comes
  const HOLD = 400; // ms, as long as lines of 150 ms need: a font that comes later is not used (font-display: optional)
  const root = document.documentElement;
  root.classList.add("js");
  let hides = new URLSearchParams(location.search).get("results") === "hidden";
  try {
    if (hides) sessionStorage.setItem("liveblog:safe", "true"); // for this visit: the reader has not chosen it
    hides ||= (sessionStorage.getItem("liveblog:safe") ?? localStorage.getItem("liveblog:safe")) === "true";
    const { pathname, hash, search } = location;
    const start = JSON.parse(localStorage.getItem(`liveblog:${pathname.slice(6)}:start`) ?? "null"); // of order.js
    const [how] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
    const back = how?.type === "back_forward"; // leads to what was seen there
    if (start?.startsWith(`${pathname}/`) && !hash && !back) location.replace(start + search);
  } catch {
    // storage is forbidden: then nothing was chosen
  }
  if (hides) {
    root.classList.add("safe", "unsorted"); // until spoiler_view.js has said which updates speak of results
    const title = document.createElement("title"); // the first one in the document is the tab's
    title.textContent = document.currentScript?.dataset.safeTitle ?? "";
    if (title.textContent) document.head.append(title);
  }
  root.classList.add("unpainted");
  const late = new Promise((done) => { setTimeout(done, HOLD); });
  setTimeout(() => root.classList.add("started"), LATEST);
  const show = () => root.classList.remove("unpainted");
  globalThis.shown = Promise.race([late, document.fonts.load('1em "Night Bodoni"')]).then(show, show);
}
