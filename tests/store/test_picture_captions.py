"""What pictures say of themselves: captions, credits and copyrights in XMP, IPTC and EXIF, offered for the form."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from liveblog.characters import misplaced_in_sentence
from liveblog.store.picture_captions import LONGEST, offered
from tests.photos import photo, with_iptc, xmp

UTF8 = (1, 90, b"\x1b%G")
LISTED = "<dc:{0}><rdf:{1}>{2}</rdf:{1}></dc:{0}>"


def said(data: bytes) -> dict[str, str]:
    return {str(name): text for name, text in offered(Image.open(io.BytesIO(data))).items()}


def in_xmp(properties: str, format: str = "JPEG", before: str = "") -> dict[str, str]:
    packet, chunk = xmp(properties, before), PngInfo()
    chunk.add_itxt("XML:com.adobe.xmp", packet.decode())
    return said(photo(format=format, **({"pnginfo": chunk} if format == "PNG" else {"xmp": packet})))


def test_iptc_has_caption_credit_and_copyright() -> None:
    texts = with_iptc(
        *((2, 120, b"Guests arrive"), (2, 80, b"Ana Ruiz"), (2, 80, b"Li Wei"), (2, 110, b"Wire")),
        *((2, 116, b"(c) 2025 Wire"), (2, 90, b"Los Angeles"), (2, 105, b"Headline")),
    )
    assert said(texts) == {
        "caption": "Guests arrive",
        "credit": "Ana Ruiz, Li Wei / Wire",
        "copyright": "(c) 2025 Wire",
    }
    assert said(with_iptc((2, 80, b"Ana Ruiz"), (2, 110, b"Ana Ruiz/Wire")))["credit"] == "Ana Ruiz/Wire"
    assert said(with_iptc((2, 116, b"Wire 2025")))["credit"] == "Wire 2025"


@pytest.mark.parametrize(
    ("text", "charset", "marker"),
    [
        ("Penélope Cruz — “Óscar”", "utf-8", True),
        ("Penélope Cruz — “Óscar”", "utf-8", False),
        ("Penélope Cruz", "latin-1", False),
        ("Penélope’s “night” – late", "cp1252", False),
        ("Renée Zellweger, Björk", "mac_roman", False),
        ("“Night” — ‘late’…", "cp1252", False),
        ("Café Émile", "mac_roman", False),
        ("授賞式", "utf-8", True),
    ],
)
def test_iptc_in_the_encodings_of_its_time(text: str, charset: str, marker: bool) -> None:
    assert said(with_iptc(*([UTF8] if marker else []), (2, 120, text.encode(charset))))["caption"] == text


def test_a_text_that_is_cut_off_within_a_letter_keeps_the_rest() -> None:
    assert said(with_iptc(UTF8, (2, 120, "Zoë".encode()[:-1])))["caption"] == "Zo"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_xmp_of_every_format(format: str) -> None:
    texts = (
        'photoshop:Credit="Wire"><dc:creator><rdf:Seq><rdf:li>Ana Ruiz</rdf:li><rdf:li>Li Wei</rdf:li></rdf:Seq>'
        '</dc:creator><dc:description><rdf:Alt><rdf:li xml:lang="x-default">The &lt;red&gt; carpet\n at dusk</rdf:li>'
        '<rdf:li xml:lang="es">La alfombra</rdf:li></rdf:Alt></dc:description><Iptc4xmpCore:AltTextAccessibility>'
        "<rdf:Alt><rdf:li>A carpet</rdf:li></rdf:Alt></Iptc4xmpCore:AltTextAccessibility>"
        + LISTED.format("rights", "Alt", "<rdf:li>© Wire</rdf:li>")
    )
    assert in_xmp(texts, format) == {
        "alt": "A carpet",
        "caption": "The <red> carpet at dusk",
        "credit": "Ana Ruiz, Li Wei / Wire",
        "copyright": "© Wire",
    }


def test_xmp_counts_before_iptc_and_iptc_before_exif() -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x8298] = b"in EXIF", "Zoë".encode(), "© Zoë".encode()
    in_exif = {"caption": "in EXIF", "credit": "Zoë", "copyright": "© Zoë"}
    assert said(photo(exif=exif)) == in_exif
    assert said(with_iptc((2, 120, b"in IPTC"), exif=exif)) == in_exif | {"caption": "in IPTC"}
    packet = xmp(">" + LISTED.format("description", "Alt", "<rdf:li>in XMP</rdf:li>"))
    assert said(with_iptc((2, 120, b"in IPTC"), exif=exif, xmp=packet)) == in_exif | {"caption": "in XMP"}


@pytest.mark.parametrize("default", ["OLYMPUS DIGITAL CAMERA", "SONY DSC", "DCIM/100/DJI_1.JPG", "Screenshot", "   "])
def test_what_cameras_write_into_every_picture_is_not_offered(default: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = default
    assert said(photo(exif=exif)) == {}


def test_the_place_is_never_offered() -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (34.0, 6.0, 7.0), 29: "2025:03:02"}
    assert said(photo(exif=exif, xmp=xmp('xmlns:exif="e" exif:GPSLatitude="34,6N">'))) == {}


def test_texts_become_one_clean_line_of_a_bounded_length() -> None:
    text = "Cafe\u0301\u202e\x07 \x00" + "x" * 3000
    caption = said(with_iptc(UTF8, (2, 120, text.encode())))["caption"]
    assert caption.startswith("Café xxx")
    assert len(caption) == LONGEST


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12)
)


@pytest.mark.parametrize(
    "packet",
    [
        xmp(">" + LISTED.format("description", "Alt", "<rdf:li>&m;</rdf:li>"), BOMB + "]>"),
        xmp(
            ">" + LISTED.format("description", "Alt", "<rdf:li>&x;</rdf:li>"),
            '<!DOCTYPE x [<!ENTITY x SYSTEM "/etc/passwd">]>',
        ),
        b"<" * 60_000,
        b"<a>" * 20_000,
        b"\xff\xfe\x00",
        b"",
        b"no XML",
    ],
)
def test_hostile_metadata_is_ignored(packet: bytes) -> None:
    assert said(photo(xmp=packet)) == {}


@pytest.mark.parametrize(
    "iptc", [b"\x1c\x02\x78\xff\xff", b"\x1c\x02", b"\x1c" * 999, b"\x1c\x02\x78\x80\x04" + b"\xff" * 9]
)
def test_broken_iptc_is_ignored(iptc: bytes) -> None:
    body = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(iptc).to_bytes(4, "big") + iptc + b"\0"
    data = photo()
    whole = data[:2] + b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body + data[2:]
    assert said(whole) == {}


@pytest.mark.parametrize(
    ("text", "offered_text"),
    [
        ("A fan from 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f Scotland", None),
        ("👩\u200d👧 at No. 1\ufe0f\u20e3, ❤\ufe0f", None),
        ("می\u200cخواهم, \u200eAna\u200f", None),
        ("Guests\u2060\ufff9 arrive\U000e0067", "Guests arrive"),
        ("Zo\u202eë\U000e0041\ufe0f", "Zoë"),
    ],
)
def test_a_text_keeps_what_it_is_written_with_and_its_field_takes_it(text: str, offered_text: str | None) -> None:
    found = in_xmp(">" + LISTED.format("description", "Alt", f"<rdf:li>{text}</rdf:li>"))["caption"]
    assert found == (offered_text or text)
    assert misplaced_in_sentence(found) is None


def test_a_long_text_of_hidden_characters_is_none() -> None:
    hidden = "".join(map(chr, range(0xE0001, 0xE0800))) * 100
    packet = ">" + LISTED.format("description", "Alt", f"<rdf:li>{hidden}</rdf:li>")
    packet += LISTED.format("rights", "Alt", "<rdf:li>Wire</rdf:li>")
    assert in_xmp(packet, "PNG") == {"credit": "Wire", "copyright": "Wire"}
