"""Finds what sticks out of its panel or of the page."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page

WIDTHS = [320, 360, 390, 430, 700, 1024, 1440]
FEW = [320, 700, 1024]
"""Widths at which the layout changes: enough for contents of pages that are tested at every width."""
SCROLLS = ".moments ol, pre, .scroll, textarea, input"
"""What may be wider inside than it shows, because it can be scrolled sideways. A select may, too: it opens."""

FIND = """([scrolls, part]) => {
  const EDGE = 1.5; // px: rounding
  const root = document.documentElement;
  const name = (one) =>
    [one.tagName.toLowerCase() + (one.id && `#${one.id}`), ...one.classList].join(".");
  const path = (one) => [one.parentElement, one].filter(Boolean).map(name).join(" > ");
  const paints = (style) => style.backgroundImage !== "none" || style.backgroundColor !== "rgba(0, 0, 0, 0)"
    || parseFloat(style.borderLeftWidth) + parseFloat(style.borderRightWidth) > 0;
  const unseen = (style) => style.clipPath !== "none" || style.display === "none";
  const found = new Set();

  function tell(one, what, by) {
    const text = (one.innerText ?? "").trim().replace(/\\s+/g, " ").slice(0, 40);
    found.add(`${path(one)} ${what} by ${Math.round(by)} px: ${text}`);
  }

  const page = root.getBoundingClientRect();
  const edges = new Map(); // of each panel, where it is on the page: nothing moves while this looks
  function edgesOf(panel) {
    if (!edges.has(panel)) {
      const own = panel.getBoundingClientRect();
      edges.set(panel, [Math.max(own.left, page.left), Math.min(own.right, page.left + root.clientWidth)]);
    }
    return edges.get(panel);
  }

  function within(one, box, panel) {
    const [left, right] = edgesOf(panel);
    const by = Math.max(left - box.left, box.right - right);
    if (box.width && by > EDGE) tell(one, `leaves ${name(panel)}`, by);
  }

  function words(one, panel) {
    for (const node of one.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || !node.textContent.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) within(one, box, panel);
    }
  }

  function look(one, panel) {
    const style = getComputedStyle(one);
    if (unseen(style)) return;
    within(one, one.getBoundingClientRect(), panel);
    if (one.matches("select") || (one.matches(scrolls) && style.overflowX !== "visible")) return;
    const more = one.scrollWidth - one.clientWidth;
    const painted = paints(style);
    const holds = painted || style.overflowX !== "visible";
    if (more > EDGE && holds && one.clientWidth && style.display !== "inline") tell(one, "is too small", more);
    const inner = painted ? one : panel;
    words(one, inner);
    for (const part of [...one.children, ...(one.shadowRoot?.children ?? [])]) look(part, inner);
  }

  if (root.scrollWidth > root.clientWidth) tell(root, "scrolls", root.scrollWidth - root.clientWidth);
  if (root.clientWidth > innerWidth) tell(root, "is wider than the screen", root.clientWidth - innerWidth);
  look(document.querySelector(part), root);
  return [...found];
}"""


def overflowing(page: Page) -> list[str]:
    """What is wider than its panel or the page, one per line: the element, by how many CSS pixels, its text.

    A panel is an element with a background or a border. Elements that are meant to scroll sideways are left out.
    """
    found: list[str] = page.evaluate(FIND, [SCROLLS, "body"])
    return found


def sizes(page: Page, widths: list[int]) -> Iterator[str]:
    """Set each width, with text of 100 % and of 200 %: by the root's font size, then by the browser's."""
    tools = page.context.new_cdp_session(page)
    for way, root, browser in (("100 %", "", 16), ("200 % by the page", "32px", 16), ("200 % by the browser", "", 32)):
        tools.send("Page.setFontSizes", {"fontSizes": {"standard": browser}})
        page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", root)
        for width in widths:
            metrics = {"width": width, "height": 844, "deviceScaleFactor": 0, "mobile": False}
            tools.send("Emulation.setDeviceMetricsOverride", metrics)  # takes half the time of set_viewport_size
            yield f"{width} px, text {way}"
    tools.send("Page.setFontSizes", {"fontSizes": {"standard": 16}})
    tools.detach()


def overflowing_anywhere(page: Page, what: str, widths: list[int] = WIDTHS) -> list[str]:
    """`overflowing`, at every size."""
    return [f"{what}, {size}: {line}" for size in sizes(page, widths) for line in overflowing(page)]
