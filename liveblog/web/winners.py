"""Who won what, as a table: CSV for spreadsheets and JSON for programs. One source makes both."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import msgspec
from flask import Response
from msgspec import Struct

from ..model import Category, Nominee, public
from ..timeline import Timeline
from . import answers, render, site

COLUMNS = (
    *("category_id", "category", "state", "winner", "films", "detail", "tie", "announced_at", "confirmed_at"),
    *("doubt_since", "doubt_note", "corrections", "url"),
)
_FORMULA = re.compile(r"\s*[=+\-@|%＝＋－＠]|[\t\r\n]")
"""How a cell begins that a spreadsheet may take for a formula; East Asian versions take the wide signs, too."""
BOM = "\ufeff"
"""Excel takes a CSV without it for the encoding of its own computer, and every name with an accent is wrong then."""

blueprint = answers.blueprint("winners", __name__, "public")


class Row(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A category with its winners. `url` is that of the post that tells the result; times are RFC 3339 UTC."""

    id: str
    name: str
    state: str
    winners: list[Nominee] = []
    announced_at: str | None = None
    confirmed_at: str | None = None
    doubt: dict[str, Any] | None = None
    corrections: list[dict[str, Any]] = []
    url: str | None = None


@blueprint.get("/live/<slug>/winners.json")
def as_json(slug: str) -> Response:
    """The categories with states, winners and times."""
    timeline = site.services().public(slug)
    headers = answers.headers(Content_Type="application/json")
    return site.services().responses.answer(timeline, lambda: _json(timeline), headers)


@blueprint.get("/live/<slug>/winners.csv")
def as_csv(slug: str) -> Response:
    """The same as a table (RFC 4180): a row for each winner, so a tie has several, and one for a category without."""
    timeline = site.services().public(slug)
    headers = answers.headers(
        Content_Type="text/csv; charset=utf-8; header=present",
        Content_Disposition=f'attachment; filename="{slug}-winners.csv"',
    )
    return site.services().responses.answer(timeline, lambda: table(timeline), headers)


def rows(timeline: Timeline) -> list[Row]:
    """Every category, in the running order."""
    return [_row(timeline, each) for each in timeline.categories]


def _row(timeline: Timeline, category: Category) -> Row:
    said = public(category)
    url = site.address("reader.post", slug=timeline.blog.id, id=category.post) if category.post else None
    return Row(
        id=category.id,
        name=category.name,
        state=category.state,
        winners=category.won,
        announced_at=category.announced_at,
        confirmed_at=category.confirmed_at if category.state == "confirmed" else None,  # 0.1.0 does not remove it
        doubt=said.get("doubt"),
        corrections=said["corrections"] if category.corrections else [],
        url=url,
    )


def _json(timeline: Timeline) -> bytes:
    blog = timeline.blog
    found = {"blog": blog.id, "title": blog.title, "status": blog.status, "seq": timeline.seq}
    return msgspec.json.encode(found | {"categories": rows(timeline)})


def table(timeline: Timeline) -> bytes:
    """The rows as CSV in UTF-8. No cell is a formula: such a text gets an apostrophe before it, as spreadsheets do."""
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow(COLUMNS)
    for category, row in zip(timeline.categories, rows(timeline), strict=True):
        winners: list[Nominee | None] = [*row.winners]
        for winner in winners or [None]:
            write.writerow([*map(cell, _cells(timeline, category, row, winner))])
    return (BOM + out.getvalue()).encode()


def _cells(timeline: Timeline, category: Category, row: Row, winner: Nominee | None) -> list[str]:
    doubt = category.doubt
    corrections = [f"{each.at}: {render.corrected(timeline.blog, each)}" for each in category.corrections]
    return [
        *(row.id, row.name, row.state),
        *((winner.name, " / ".join(winner.counts_for), winner.detail or "") if winner else ("", "", "")),
        "yes" if len(row.winners) > 1 else "",
        *(row.announced_at or "", row.confirmed_at or ""),
        *((doubt.at, doubt.note or "") if doubt else ("", "")),
        *("\n".join(corrections), row.url or ""),
    ]


def cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text
