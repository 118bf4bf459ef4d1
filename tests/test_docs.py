"""The documentation names every call, code, setting and command that exists, and its links lead somewhere."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest

from liveblog import errors
from liveblog.app import create_app
from liveblog.cli import cli
from liveblog.config import PREFIX, SETTINGS, Setting, Settings
from liveblog.model import Object, public
from liveblog.store.commits import Store

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
DATE = r"\d{4}-\d{2}-\d{2}"


def text(name: str) -> str:
    return (ROOT / name).read_text()


def routes() -> list[str]:
    """Every call under /api/v1, as `METHOD address`."""
    app = create_app(Settings.from_environ({}), Store("redis://127.0.0.1:1"))
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1")]
    return sorted({f"{method} {r.rule}" for r in rules for method in (r.methods or set()) - {"HEAD", "OPTIONS"}})


def codes() -> set[str]:
    """Every `code` that the package gives a refusal."""
    found = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "code")}
    for path in (ROOT / "liveblog").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
                found.add(str(node.value.value))
    return found


def commands(group: click.Group = cli, before: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        elif not command.hidden:
            yield before + name


def test_the_api_guide_has_every_call_and_no_other() -> None:
    guide = text("docs/api.md")
    assert not [route for route in routes() if f"`{route}`" not in guide]
    assert set(re.findall(r"`([A-Z]+ /api/v1[^`?]*)`", guide)) <= set(routes())


def test_every_code_is_in_the_api_guide() -> None:
    assert not codes() - set(re.findall(r"^\| \d+ \| `(\w+)` \|", text("docs/api.md"), re.M))


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented_with_its_default(setting: Setting) -> None:
    default = f"`{setting.default}`" if setting.default else "empty"
    assert f"| `{PREFIX}{setting.name}` | {default} | {setting.help} |\n" in text("docs/settings.md")


def test_no_document_names_a_setting_that_does_not_exist() -> None:
    pages = [page for page in PAGES if page.name != "CHANGES.md"]  # it names settings that are gone
    named = {name for page in pages for name in re.findall(rf"{PREFIX}(?!TEST_)([A-Z_]+)", page.read_text())}
    assert {name.removesuffix("_FILE") for name in named} <= {setting.name for setting in SETTINGS}


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_is_documented(command: str) -> None:
    assert any(re.search(rf"(\./run|liveblog) {command}\b", page.read_text()) for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    shown = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    targets = [*re.findall(r"\]\(([^)\s]+)\)", shown), *re.findall(r'(?:src|href)="([^"]+)"', shown)]
    for target in targets:
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.*)$", file.read_text(), re.M)
            assert anchor in {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}, target


def test_every_file_a_guide_names_is_there() -> None:
    """CHANGES is left out, because it names files that are gone; `/embed.js` is an address."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    kept = [f"/{name}" for name in files]
    for page in PAGES:
        named = re.findall(r"`([\w][\w./-]*\.(?:py|lua|m?js|ts|html|css|po))\b", page.read_text())
        missing = [name for name in named if not any(file.endswith(f"/{name}") for file in kept)]
        assert page.name == "CHANGES.md" or not missing, page


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.stem)
def test_a_decision_has_its_number_a_status_and_dates(decision: Path) -> None:
    title, empty, status = decision.read_text().splitlines()[:3]
    assert title.startswith(f"# {int(decision.stem[:4])}. ")
    assert not empty
    assert re.fullmatch(rf"Status: (accepted|superseded) · {DATE}( · amended {DATE} \([^)]+\))*", status)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_lines_have_at_most_120_columns(page: Path) -> None:
    """Except rows of tables, which cannot be broken, and a link that is longer by itself."""
    lines = [line for line in page.read_text().splitlines() if not line.startswith("|")]
    assert not [line for line in lines if len(line) > 120 and " " in line.strip()]


def test_every_command_in_a_guide_exists() -> None:
    known = {*commands(), "test", "bench", "--help"}
    for page in PAGES:
        for line in re.findall(r"(?:^|`|\$\()(?:\./run|liveblog) ([a-z-][^`\n]*)", page.read_text(), re.M):
            first, _, rest = line.partition(" ")
            assert {first, f"{first} {rest.partition(' ')[0]}"} & known, line


def test_the_protocols_examples_are_objects_as_they_are_sent() -> None:
    examples = [
        json.loads(block) for block in re.findall(r"```json\n(\{\"kind\".*?)```", text("docs/protocol.md"), re.S)
    ]
    assert {example["kind"] for example in examples} == {"blog", "category", "post"}
    for example in examples:
        example.pop("html", None)
        assert public(msgspec.convert(example, type=Object)) == example
