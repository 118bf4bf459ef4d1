// Before the first paint, so that nothing flashes: scripts run here, and whether results are hidden. Not a module: it
// must not wait.
{
  const root = document.documentElement;
  root.classList.add("js");
  try {
    if (localStorage.getItem("liveblog:safe") === "true") {
      root.classList.add("safe", "unsorted"); // until spoiler_view.js has said which updates speak of results
      document.title = document.currentScript?.dataset.safeTitle || document.title;
    }
  } catch {
    // storage is forbidden: then nothing was chosen
  }
}
