"""A night in Arabic, a language without a catalogue, with Latin and Japanese names between the Arabic ones."""

from __future__ import annotations

from liveblog import actions
from liveblog.model import Category, Nominee
from tests.browser.reading import Desk
from tests.live_server import LiveServer, until

NAMES = [
    ("نادين لبكي", "كفرناحوم"),
    ("Sean Baker", "Anora"),
    ("是枝裕和", "万引き家族"),
    ("هيام عباس", "باي باي طبريا"),
    ("Emilia Pérez", "Emilia Pérez"),
]
CATEGORIES = ["أفضل فيلم", "أفضل مخرج", "أفضل ممثلة", "أفضل فيلم وثائقي", "أفضل موسيقى تصويرية"]


def nominees() -> list[Nominee]:
    return [Nominee(id=f"n{n}", name=name, film=film) for n, (name, film) in enumerate(NAMES, 1)]


class ArabicNight(Desk):
    """Two results, one of them corrected, a category on stage, and updates in both directions."""

    def __init__(self, server: LiveServer, slug: str) -> None:
        self.server, self.slug, self.url = server, slug, f"{server.url}/live/{slug}"
        server.store.perform(slug, self._made, by="test")
        until(lambda: self.server.api("GET", f"/blogs/{slug}").ok)
        self.post("الأبواب مفتوحة منذ 18:30.", headline="الأبواب مفتوحة", byline="هيئة التحرير", key=True)
        self.post("Anora تفوز، والقاعة تقف مصفقة.", byline="Ana Ruiz")
        self.call("c1", "announce", winners=["n1"], body="**نادين لبكي** تفوز عن *كفرناحوم*.")
        self.call("c1", "confirm")
        self.call("c2", "announce", winners=["n2"], body="**Sean Baker** يفوز عن *Anora*.")
        self.call("c2", "recall", note="قُرئ الظرف الخطأ.", winners=["n4", "n2"])
        self.call("c3", "on-stage")
        self.post("The hall is quiet (for now).", category="c3")

    def _made(self, view: actions.View) -> actions.Plan:
        return actions.create_blog(
            view,
            slug=self.slug,
            title="Anora في ليلة الأوسكار",
            summary="الحفل السابع والتسعون: 23 جائزة، من مسرح Dolby في لوس أنجلوس.",
            status="live",
            film="كفرناحوم",
            timezone="Asia/Beirut",
            language="ar",
            categories=[Category(id=f"c{n}", name=name, nominees=nominees()) for n, name in enumerate(CATEGORIES, 1)],
            preview=(
                "ما الذي ننتظره الليلة؟",
                "ستة ترشيحات وفيلم صغير.\n\n> We made it for 6 dollars!\n> — Sean Baker",
            ),
        )
