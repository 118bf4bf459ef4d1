"""Pasting into the desk's composer in real Chromium, with the events that a browser makes of Ctrl+V."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.desk import press, published, row, text, write
from tests.live_server import LiveServer, until

DOCS = (
    "<meta charset='utf-8'><b style='font-weight:normal' id='docs-internal-guid-1'><p>Mikey <span style="
    "'font-weight:700'>Madison</span></p><ul><li>One</li><li><a href='https://www.google.com/url?q=https://a.org/'>Two"
    "</a></li></ul></b>"
)
MARKDOWN = "Mikey **Madison**\n\n- One\n- [Two](https://a.org/)"


def paste(page: Page, html: str, plain: str) -> None:
    page.evaluate(
        """([html, plain]) => {
          const copied = new DataTransfer();
          if (html) copied.setData("text/html", html);
          copied.setData("text/plain", plain);
          const event = new ClipboardEvent("paste", { clipboardData: copied, bubbles: true, cancelable: true });
          // a made event has no default action: it is what a browser does with the plain text
          if (document.activeElement.dispatchEvent(event)) document.execCommand("insertText", false, plain);
        }""",
        [html, plain],
    )


def test_rich_text_becomes_markdown_in_one_step(server: LiveServer, slug: str, desk: Page) -> None:
    write(desk, "Pasted", "Before. After.")
    text(desk).evaluate("field => field.setSelectionRange(8, 8)")
    paste(desk, DOCS, "Mikey Madison\nOne\nTwo")
    expect(text(desk)).to_have_value(f"Before. {MARKDOWN}\n\nAfter.")
    desk.keyboard.press("Control+z")
    expect(text(desk)).to_have_value("Before. After.")
    desk.keyboard.press("Control+y")
    expect(text(desk)).to_have_value(f"Before. {MARKDOWN}\n\nAfter.")
    text(desk).fill("the dress")
    text(desk).select_text()
    paste(desk, "<a href='https://a.org/dress'>https://a.org/dress</a>", "https://a.org/dress")
    expect(text(desk)).to_have_value("[the dress](https://a.org/dress)")
    text(desk).fill("")
    paste(desk, "<span>M*A*S*H</span>", "M*A*S*H")
    expect(text(desk)).to_have_value("M\\*A\\*S\\*H")
    paste(desk, "", " 2 * 3 * 4 = 24 *sic*")  # Ctrl+Shift+V
    expect(text(desk)).to_have_value("M\\*A\\*S\\*H 2 * 3 * 4 = 24 *sic*")
    paste(desk, "", "<iframe src='https://www.youtube.com/embed/dQw4w9WgXcQ'></iframe>")
    expect(text(desk)).to_have_value(
        "M\\*A\\*S\\*H 2 * 3 * 4 = 24 *sic*\n\nhttps://www.youtube.com/watch?v=dQw4w9WgXcQ"
    )
    press(desk, "Publish")
    expect(row(desk, "Pasted")).to_contain_text("M*A*S*H 2 * 3 * 4 = 24 sic")
    assert "data-frame" in published(server, slug, "Pasted")[0]["html"]


def test_what_arrives_late_goes_where_it_was_pasted(
    server: LiveServer, slug: str, open_desk: Callable[..., Page]
) -> None:
    page = open_desk()
    held: list[Route] = []
    page.route("**/paste", lambda route: held.append(route))

    def pasted(html: str, plain: str) -> Route:
        count = len(held)
        paste(page, html, plain)
        until(lambda: page.evaluate("1") and len(held) > count)
        return held[-1]

    write(page, "Late", "One. ")
    text(page).press("End")
    first, second = pasted("<b>Two</b>", "Two"), pasted("<i>Three</i>", "Three")
    page.keyboard.type(" Four")
    expect(text(page)).to_have_value("One.  Four")
    second.continue_()
    first.continue_()
    expect(text(page)).to_have_value("One. **Two***Three* Four")
    page.keyboard.type("!")
    expect(text(page)).to_have_value("One. **Two***Three* Four!")
    page.clock.install()
    pasted("<b>Five</b>", "Five")
    press(page, "Publish")  # waits for what was pasted
    page.clock.fast_forward(2500)
    expect(page.locator("#told")).to_contain_text("Published")
    expect(row(page, "Late")).to_contain_text("Four!Five")
    page.unroute("**/paste")
    page.route("**/paste", lambda route: route.abort())
    write(page, "", "")
    text(page).focus()
    paste(page, DOCS, "Mikey Madison")
    expect(page.locator("#told")).to_have_text("Pasted as plain text. The line is down.")
    expect(text(page)).to_have_value("Mikey Madison")
