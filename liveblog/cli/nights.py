"""The commands that make night files."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import Invalid
from .common import FILE


@click.group()
def night() -> None:
    """Night files: the categories of a night."""


@night.command("from-csv")
@click.argument("file", type=FILE)
@click.option("--ceremony", type=click.IntRange(1), help="Number of the ceremony (default: the last one in FILE).")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Where to write (default: here).")
def from_csv(file: Path, ceremony: int | None, output: Path | None) -> None:
    """Write the night file of an Oscars ceremony from FILE.

    FILE is the public table `oscars.csv` of all nominations (DLu/oscar_data on GitHub); nothing is fetched. `demo
    --night` replays the night, `blog create --night` begins a blog with it.
    """
    from ..intake import encodings, oscars
    from ..intake.night import parse_night

    found = oscars.ceremonies(encodings.decode(encodings.read(file, oscars.LARGEST), str(file), oscars.LARGEST).text)
    number = max(found) if ceremony is None else ceremony
    if number not in found:
        raise Invalid(f"{file} has no ceremony {number}; it has {min(found)} to {max(found)}")
    text = oscars.night_file(number, found[number])
    parse_night(text, f"ceremony {number}.toml")  # what is written can be read
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Invalid(f"cannot write {output}: {(error.strerror or str(error)).lower()}") from None
    click.echo(f"wrote {output}: {len(found[number])} nominations")
