// The parts of the screen where there is room for one at a time: a bar of tabs, which are links to the parts.

/** Returns turnTo(name), which brings a part forward where only one is shown. */
export function screenTabs(root, bar) {
  const links = [...bar.querySelectorAll("a[data-part]")];

  function turnTo(name) {
    root.dataset.part = name;
    for (const link of links) {
      if (link.dataset.part === name) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  bar.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-part]");
    if (!link) return;
    event.preventDefault();
    turnTo(link.dataset.part);
    scrollTo({ top: 0 });
    document.querySelector(link.hash).focus({ preventScroll: true });
  });
  turnTo("write");
  return turnTo;
}
