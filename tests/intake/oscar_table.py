"""A made-up table of 98 ceremonies, in the form and with the oddities of the public `oscars.csv`.

Names, films and texts are invented; the awards' names are those that were given under them.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

HEADS = (
    "Ceremony\tYear\tClass\tCanonicalCategory\tCategory\tFilm\tFilmId\tName\tNominees\tNomineeIds\tWinner\tDetail\tNote"
    "\tCitation"
)
CREDIT = "In collaboration with " + ", ".join(f"Author Number {n}" for n in range(30))
CITATION = "To THE ENGINEERS of it for " + "the design and the patient development of a quiet camera, " * 12
FIRMS = "|".join(f"WORKSHOP NUMBER {letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXY")
FACTS = "WRITING (Story and Screenplay--based on factual material or material not previously published or produced)"


class Nomination(Struct, frozen=True):
    """A row; `award` is the category as it was called, `general` as it is called over the years."""

    group: str
    general: str
    award: str
    film: str
    name: str
    people: str = ""
    won: bool = False
    detail: str = ""
    note: str = ""
    citation: str = ""

    @property
    def is_honour(self) -> bool:
        return self.group in ("Special", "SciTech") or self.award.endswith(" FILM AWARD")

    def line(self, ceremony: int) -> str:
        """The row as the file has it: it ends with its last cell that is not empty."""
        films, people = (text.count("|") + bool(text) for text in (self.film, self.people))
        cells = [
            *(
                str(ceremony),
                year(ceremony),
                self.group,
                self.general,
                self.award,
                self.film,
                "|".join(["tt1"] * films),
            ),
            *(self.name, self.people, "|".join(["?"] * people), "True" if self.won else ""),
            *(self.detail, self.note, self.citation),
        ]
        return "\t".join(cells).replace('"', '\\"').rstrip("\t")


def table(first: int = 1, last: int = 98) -> str:
    """The whole table."""
    rows = [row.line(ceremony) for ceremony in range(first, last + 1) for row in nominations(ceremony)]
    return "\n".join([HEADS, *rows]) + "\n"


def year(ceremony: int) -> str:
    return f"{1926 + ceremony}/{27 + ceremony}" if ceremony < 7 else str(1927 + ceremony)


def nominations(n: int) -> list[Nomination]:
    """The rows of a ceremony."""
    return [*_acting(n), *_crafts(n), *_songs(n), *_pictures(n), *_writing(n), *_honours(n)]


def _acting(n: int) -> Iterator[Nomination]:
    for each in ("ACTOR", "ACTRESS"):
        lead, support = f"{each} IN A LEADING ROLE", f"{each} IN A SUPPORTING ROLE"
        award = each if n < 49 else lead
        yield Nomination("Acting", lead, award, f"Harbour {n}", "Ada Bell", "Ada Bell", True, "Vane, a sailor")
        tie = n in (5, 41)
        yield Nomination("Acting", lead, award, f"Meadow {n}", "Cy Doe, Jr.", "Cy Doe Jr.", tie, 'The "Lucky" One')
        if n < 4:
            films = f"Harbour {n}|Street {n}|Dawn {n}"
            yield Nomination("Acting", lead, award, films, "Eve Fox", "Eve Fox", False, "Ann|Bea|Cat")
        else:
            note = "came in 3rd|NOTE: Write-in candidate."
            yield Nomination("Acting", lead, award, f"Street {n}", "Eve Fox", "Eve Fox", False, "Ann", note)
        if n >= 9:
            yield Nomination("Acting", support, support, f"Meadow {n}", "Gil Hay", "Gil Hay", True, "The Clerk")
            yield Nomination("Acting", support, support, f"Meadow {n}", "Gil Hay", "Gil Hay", False, "Another Clerk")


def _crafts(n: int) -> Iterator[Nomination]:
    if n == 1:
        comedy, effects = "DIRECTING (Comedy Picture)", "ENGINEERING EFFECTS"
        note = "NOTE: This nomination was not for a film."
        yield Nomination("Directing", comedy, comedy, "Dawn 1", "Ida Jay", "Ida Jay", True)
        yield Nomination("Production", "VISUAL EFFECTS", effects, "", "Kim Lee", "Kim Lee", False, "", note)
        yield Nomination("Production", "VISUAL EFFECTS", effects, "Dawn 1", "Moe Nye", "Moe Nye", True)
    else:
        yield Nomination("Directing", "DIRECTING", "DIRECTING", f"Harbour {n}", "Ida Jay", "Ida Jay", True)
        yield Nomination("Directing", "DIRECTING", "DIRECTING", f"Street {n}", "Ida Jay", "Ida Jay")
    credit = "Art Direction: Ole Pym; Set Decoration: Una Quill"
    general = "ART DIRECTION (Black-and-White)" if 13 <= n < 40 else "ART DIRECTION"
    award = general if n < 85 else "PRODUCTION DESIGN"
    yield Nomination("Production", general, award, f"Street {n}", credit, "Ole Pym|Una Quill", True)
    yield Nomination("Production", general, award, f"Dawn {n}", "Ole Pym", "Ole Pym")


def _songs(n: int) -> Iterator[Nomination]:
    if n >= 7:
        general, award = "MUSIC (Original Song)", "MUSIC (Song)" if n < 48 else "MUSIC (Original Song)"
        credit, people = "Music by Rae Sol; Lyrics by Ty Urn and Vi Wu", "Rae Sol|Ty Urn|Vi Wu"
        yield Nomination("Music", general, award, f"Dawn {n}", credit, people, True, "Blue (Again)")
        yield Nomination("Music", general, award, f"Dawn {n}", credit, people, False, "Green")


def _pictures(n: int) -> Iterator[Nomination]:
    general = "BEST PICTURE"
    award = "OUTSTANDING PICTURE" if n < 3 else "OUTSTANDING PRODUCTION" if n < 14 else general
    name = "Old Mill Studios" if n < 24 else "Xan Yeo and Zoe Ash, Producers"
    yield Nomination("Title", general, award, f"Harbour {n}", name, "Old Mill Studios", True)
    yield Nomination("Title", general, award, f"Street {n}", name, "Old Mill Studios")
    if n == 1:
        unique = "UNIQUE AND ARTISTIC PICTURE"
        yield Nomination("Title", unique, unique, "Dawn 1", "Old Mill Studios", "Old Mill Studios", True)
    if 20 <= n < 29:
        citation = f"To Île {n}, voted the most outstanding film from elsewhere."
        special, honorary = (f"{each} FOREIGN LANGUAGE FILM AWARD" for each in ("SPECIAL", "HONORARY"))
        names = ("Special", special, special) if n < 23 else ("Title", "INTERNATIONAL FEATURE FILM", honorary)
        yield Nomination(*names, f"Île {n}", "", "", True, "", "", citation)
    elif n >= 29:
        general = "INTERNATIONAL FEATURE FILM"
        award = "FOREIGN LANGUAGE FILM" if n < 92 else general
        yield Nomination("Title", general, award, f"Île {n}", "Union of Small Islands", "", True)
        yield Nomination("Title", general, award, f"Ætt {n}", "Iceland")


def _writing(n: int) -> Iterator[Nomination]:
    if n == 1:
        award = "WRITING (Title Writing)"
        yield Nomination("Writing", award, award, "", "Di Ewe", "Di Ewe", True)
        yield Nomination("Writing", award, award, "Harbour 1", "Flo Gray", "Flo Gray")
    general = "WRITING (Original Screenplay)"
    award = FACTS if 42 <= n < 47 else general
    yield Nomination("Writing", general, award, f"Street {n}", CREDIT, "", n % 2 == 0)
    yield Nomination("Writing", general, award, f"Dawn {n}", "Written by Hal Ivy", "Hal Ivy", n % 2 == 1)


def _honours(n: int) -> Iterator[Nomination]:
    award = "SPECIAL AWARD" if n < 23 else "HONORARY AWARD"
    for who in ("Jo Kerr", "Lou McNab"):
        film, citation = "Dawn 1" if n == 1 else "", f"To {who}, for all of it."
        yield Nomination("Special", award, award, film, "", who, True, "", "", citation)
    if n > 10:
        memorial = "IRVING G. THALBERG MEMORIAL AWARD"
        yield Nomination("Special", memorial, memorial, "", "Mae Nunn", "Mae Nunn", True)
    if n >= 4:
        award = f"SCIENTIFIC OR TECHNICAL AWARD (Class {'I' * (1 + n % 3)})"
        yield Nomination("SciTech", award, award, "", "", FIRMS, True, "Sound", "", CITATION)
        yield Nomination("SciTech", award, award, "", "", "OTTO McPHEE", True, "Camera", "A note.", "To OTTO McPHEE.")


OLDER = "\n".join(
    (
        "Ceremony\tYear\tClass\tCanonical Category\tCategory\tNomId\tFilm\tFilmId\tName\tNominee(s)\tNomineeIds\tWinner"
        "\tDetail\tPlacement\tNote\tCitation\tMultifilmNomination",
        "1\t1927/28\tActing\tACTRESS\tACTRESS\tan1\tHarbour\ttt1\tAda Bell\tAda Bell\tnm1\tTrue\tAnn\t\t\t\tTrue",
        "1\t1927/28\tActing\tACTRESS\tACTRESS\tan2\tStreet\ttt2\tAda Bell\tAda Bell\tnm1\tTrue\tBea\t\t\t\tTrue",
        "1\t1927/28\tActing\tACTRESS\tACTRESS\tan3\tDawn\ttt3\tEve Fox\tEve Fox\tnm2\t\tCat",
        "1\t1927/28\tTitle\tBEST PICTURE\tOUTSTANDING PICTURE\tan4\tStreet\ttt2\tOld Mill\tOld Mill\t?\tTrue",
    )
)
"""The form of an earlier edition: a row for each film of a nomination, and other names of columns."""
