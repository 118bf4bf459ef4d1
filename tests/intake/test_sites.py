"""Pages that were written apart from the rule: the shares of story and of junk that it keeps.

In `sites/`, `{n}` stands for a sentence of the story; words that begin with JUNK belong to something else.
"""

from __future__ import annotations

import re
from pathlib import Path

from liveblog.intake.article import from_html

SITES = Path(__file__).with_name("sites")
SENTENCES = {
    "": "Sentence {} says that the lamplighter carried his ladder across the bridge before anyone had woken, and sang.",
    "japanese": "第{}文では点灯夫が夜明け前に梯子を担いで橋を渡り、誰も起きないうちに歌を歌っていたと述べている。",
}
HEADLINES = {"": "The lamplighter of Ghent puts out his last lamp", "japanese": "点灯夫、最後の灯を消す"}


def test_of_pages_by_another_hand_nearly_all_of_the_story_is_kept_and_hardly_anything_else() -> None:
    story: list[bool] = []
    junk: list[bool] = []
    for file in sorted(SITES.glob("*.html")):
        language = file.stem if file.stem in SENTENCES else ""
        page, sentence = file.read_text("utf-8"), SENTENCES[language]
        article = from_html(re.sub(r"\{(\d+)\}", sentence.replace("{}", r"\1"), page))
        body = article.body.replace("\\", "")
        assert article.headline == HEADLINES[language], file.name
        story += [sentence.format(n) in body for n in re.findall(r"(?<!JUNKc )(?<!JUNKx )(?<!Other )\{(\d+)\}", page)]
        junk += [bool(re.search(rf"{word}\b", body)) for word in set(re.findall(r"JUNK\w+", page))]
    assert sum(story) > 0.97 * len(story)
    assert sum(junk) < 0.04 * len(junk)
