// Tells the page around how tall the content is. That is no secret, so it is told to whoever frames it.

export function tellHeight() {
  if (parent === window) return;
  let told = 0;
  const tell = () => {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    if (height !== told) parent.postMessage({ liveblog: "height", height: (told = height) }, "*");
  };
  new ResizeObserver(tell).observe(document.documentElement);
  addEventListener("load", tell);
}
