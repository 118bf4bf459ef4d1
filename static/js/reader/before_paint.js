// Before the first paint, so that nothing flashes: scripts run here, whether results are hidden, where this reader
// reads the night from its start, and a moment for the headlines' font. Not a module: it must not wait.
{
  const HOLD = 400; // ms, as long as lines of 150 ms need: a font that comes later is not used (font-display: optional)
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const { pathname, hash, search } = location;
    const start = JSON.parse(localStorage.getItem(`liveblog:${pathname.slice(6)}:start`) ?? "null"); // of order.js
    const [how] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
    const back = how?.type === "back_forward"; // leads to what was seen there
    if (start?.startsWith(`${pathname}/`) && !hash && !back) location.replace(start + search);
    if (localStorage.getItem("liveblog:safe") === "true") {
      root.classList.add("safe", "unsorted"); // until spoiler_view.js has said which updates speak of results
      document.title = document.currentScript?.dataset.safeTitle || document.title;
    }
  } catch {
    // storage is forbidden: then nothing was chosen
  }
  root.classList.add("unpainted");
  const late = new Promise((done) => { setTimeout(done, HOLD); });
  const show = () => root.classList.remove("unpainted");
  globalThis.shown = Promise.race([late, document.fonts.load('1em "Night Bodoni"')]).then(show, show);
}
