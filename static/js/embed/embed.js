// <script async src="https://…/embed.js" data-blog="anora"></script> puts a live blog there: a frame as tall as its
// content. Also data-theme (auto, light, dark), data-accent (b08a33), data-view (full, board), data-post (an id),
// data-title, data-hide-results.
(() => {
  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  if (!script) return;
  const { blog, title, ...choices } = script.dataset;
  if (!blog) return void console.error("embed.js: data-blog is missing");
  const address = new URL(`live/${encodeURIComponent(blog)}/embed`, script.src); // beside the script, wherever that is
  for (const name of ["theme", "accent", "view", "post"]) {
    if (choices[name]) address.searchParams.set(name, choices[name].replace(/^#/, ""));
  }
  if ((choices.hideResults ?? "false") !== "false") address.searchParams.set("results", "hidden");
  const frame = document.createElement("iframe");
  frame.src = address.href;
  frame.title = title || "Live blog";
  frame.loading = "lazy";
  Object.assign(frame.style, { display: "block", width: "100%", height: "30rem", border: "0" });
  addEventListener("message", ({ source, origin, data }) => {
    if (source !== frame.contentWindow || origin !== address.origin || data?.liveblog !== "height") return;
    if (!Number.isFinite(data.height) || data.height <= 0) return;
    frame.style.height = `${Math.min(Math.ceil(data.height), 20000)}px`;
  });
  script.after(frame);
})();
