"""Languages: every word for readers is in the catalogue and translated, for pages, pushes and scripts alike."""

from __future__ import annotations

import re

import pytest
import requests
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from liveblog import i18n
from tests.live_server import LiveServer
from tests.web.catalogue import LANGUAGES, messages

TAGS = sorted(path.stem for path in LANGUAGES.glob("*.po"))


def said(message: Message) -> list[str]:
    """All forms of a translation."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


@pytest.mark.parametrize("tag", TAGS)
def test_every_message_is_translated_with_its_values(tag: str) -> None:
    """If this fails: run python -m tests.web.catalogue, then translate what has no msgstr."""
    wanted = {message.id for message in messages() if message.id}
    with (LANGUAGES / f"{tag}.po").open("rb") as file:
        found = read_po(file, locale=tag)
    assert {message.id for message in found if message.id} == wanted
    for message in found:
        if message.id:
            assert all(said(message)), message.id
            assert not message.fuzzy
            one = message.id if isinstance(message.id, str) else message.id[-1]
            values = set(re.findall(r"%\(\w+\)s|\{\w+\}", one))
            assert all(set(re.findall(r"%\(\w+\)s|\{\w+\}", text)) == values for text in said(message)), message.id


def test_no_readers_template_has_untranslated_text() -> None:
    """Text between tags is a message, a value, or a sign."""
    templates = [*(LANGUAGES.parent.parent / "templates").glob("*.html")]
    templates += (LANGUAGES.parent.parent / "templates" / "reader").glob("*.html")
    for path in templates:
        said_or_set = r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<script.*?</script>|<style.*?</style>"
        bare = re.sub(said_or_set, "", path.read_text(), flags=re.S)
        words_left = re.findall(r">[^<>]*[A-Za-z]{2}[^<>]*<", bare)
        assert not words_left, (path.name, words_left)


def test_times_and_directions_are_the_languages_own() -> None:
    at = "2025-03-03T02:42:00.000Z"
    assert i18n.clock(at, "America/Los_Angeles") == "6:42 PM PST"
    assert i18n.clock(at, "America/Los_Angeles", "es") == "18:42 PST"
    assert i18n.day(at, "Europe/Madrid", "es") == "3 de marzo de 2025"
    assert [i18n.direction(tag) for tag in ("en", "ar", "he-IL", "xx")] == ["ltr", "rtl", "rtl", "ltr"]
    assert i18n.say("es-MX", "Live") == "En directo"
    assert i18n.say("ar", "Live") == "Live"


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("en", "en_US"),
        ("es", "es_ES"),
        ("pt", "pt_BR"),
        ("pt-PT", "pt_PT"),
        ("es-419", "es_419"),
        ("zh-Hant", "zh_TW"),
        ("sr-Latn-me", "sr_ME"),
        ("de-CH-1996", "de_CH"),
        ("tlh", "tlh"),
    ],
)
def test_open_graph_gets_a_region(tag: str, locale: str) -> None:
    assert i18n.og_locale(tag) == locale


def test_scripts_get_only_the_messages_that_they_use() -> None:
    found = i18n.for_scripts("es")
    assert found["Reconnecting…"] == "Reconectando…"
    assert found["{n} new update"]["one"] == "{n} actualización nueva"
    assert "All live blogs" not in found
    assert i18n.for_scripts("en") == {}


def test_a_spanish_night_is_spanish_on_the_page_and_in_the_push(server: LiveServer) -> None:
    server.api("POST", "/blogs", {"slug": "noche", "title": "La noche", "language": "es", "timezone": "Europe/Madrid"})
    nominee = {"name": "Sean Baker", "film": "Anora"}
    server.api("POST", "/blogs/noche/categories", {"name": "Mejor dirección", "id": "direccion", "nominees": [nominee]})
    called = server.api("POST", "/blogs/noche/categories/direccion/announce", {"winners": ["sean-baker"]}).json()
    (post,) = called["posts"]
    assert post["body"] == "**Sean Baker** gana por *Anora* el premio: Mejor dirección."
    assert "Provisional" in called["category"]["html"]
    page = requests.get(f"{server.url}/live/noche", timeout=60).text
    assert '<html lang="es" dir="ltr">' in page
    for text in ("El palmarés", "Premios hasta ahora", "Antes de la gala", "Ocultar resultados", "Compartir"):
        assert text in page
    for text in ("The board", "Winners so far", "Hide results", ">Share<"):
        assert text not in re.sub(r'<script type="application/json" id="words">.*?</script>', "", page)
    feed = requests.get(f"{server.url}/live/noche/feed.json", timeout=60).json()
    assert feed["language"] == "es"
    assert "Momento clave" in feed["items"][0]["tags"]
    server.api("PATCH", "/blogs/noche", {"language": "ar"})
    assert '<html lang="ar" dir="rtl">' in requests.get(f"{server.url}/live/noche", timeout=60).text
    refused = server.api("PATCH", "/blogs/noche", {"language": "Klingon!"})
    assert (refused.status_code, refused.json()["field"]) == (422, "language")
