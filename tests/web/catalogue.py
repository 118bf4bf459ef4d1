"""The sources' messages for readers, as `pybabel extract` finds them. Run this module to update the catalogues.

New messages come without a translation, and test_i18n.py fails until they have one; unused messages are removed.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent.parent
LANGUAGES = ROOT / "liveblog" / "languages"
KEYWORDS = {"_": None, "ngettext": (1, 2), "N_": None, "t": None, "tn": (1, 2), "say": (2,), "speak": None}
SOURCES = [
    ("liveblog/**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("static/js/reader/**.js", "javascript"),
    ("static/js/embed/**.js", "javascript"),
]
HEADER = """msgid ""
msgstr ""
"Language: {}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {}\\n"

"""
TRIM = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


def messages() -> Catalog:
    """All messages, with the files that use them."""
    found = Catalog(charset="utf-8")
    options = {"templates/**.html": TRIM}
    for folder in ("liveblog", "templates", "static"):
        sources = [(p.removeprefix(folder + "/"), m) for p, m in SOURCES if p.startswith(folder)]
        chosen = {p.removeprefix(folder + "/"): o for p, o in options.items() if p.startswith(folder)}
        for file, _, message, _, _ in extract_from_dir(ROOT / folder, sources, chosen, KEYWORDS):
            found.add(message, locations=[(f"{folder}/{file}", 0)])
    return found


def update() -> None:
    """Update every catalogue from the sources."""
    template = messages()
    for path in LANGUAGES.glob("*.po"):
        with path.open("rb") as file:
            catalog = read_po(file, locale=path.stem.replace("-", "_"))
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        for message in catalog:
            message.locations = sorted({(name, 0) for name, _ in message.locations})
            message.flags -= {"python-format", "python-brace-format"}
        with path.open("wb") as file:
            file.write(HEADER.format(path.stem, catalog.plural_forms).encode())
            write_po(file, catalog, width=120, include_lineno=False, sort_output=True, omit_header=True)


if __name__ == "__main__":
    update()
