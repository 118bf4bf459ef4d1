// Tells the page around how tall the content is. That is no secret, so every page that frames it may have it.

export function tellHeight() {
  if (parent === window) return;
  let sent = 0;
  const tell = () => {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    if (height !== sent) parent.postMessage({ liveblog: "height", height: (sent = height) }, "*");
  };
  new ResizeObserver(tell).observe(document.documentElement);
  addEventListener("load", tell);
}
