"""Groups of an identity provider as roles of the desk: what the setting may say, and what several groups give."""

from __future__ import annotations

import pytest

from liveblog.identity.groups import Grant, named, parsed, rights

SETTING = "heads=admin; oscars=editor:anora,wicked\nbaftas=editor:conclave;;cn=interns,ou=news=contributor"


def test_groups_may_have_any_name() -> None:
    assert parsed(SETTING) == (
        Grant("heads", "admin"),
        Grant("oscars", "editor", ("anora", "wicked")),
        Grant("baftas", "editor", ("conclave",)),
        Grant("cn=interns,ou=news", "contributor"),
    )
    assert parsed("") == ()


@pytest.mark.parametrize("text", ["heads", "heads=boss", "=admin", "heads=editor:", "heads=editor:An ora", "a=Admin"])
def test_a_line_that_gives_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="GROUP=ROLE"):
        parsed(text)


@pytest.mark.parametrize(
    ("groups", "given"),
    [
        ([], None),
        (["Heads", "desk"], None),  # groups are compared exactly
        (["heads"], ("admin", None)),
        (["oscars"], ("editor", ["anora", "wicked"])),
        (["oscars", "baftas"], ("editor", ["anora", "conclave", "wicked"])),
        (["cn=interns,ou=news", "oscars"], ("editor", ["anora", "wicked"])),  # the highest role, where it is given
        (["cn=interns,ou=news"], ("contributor", None)),
        (["heads", "oscars"], ("admin", None)),
    ],
)
def test_a_person_has_the_highest_role_that_a_group_gives(groups: list[str], given: object) -> None:
    assert rights(parsed(SETTING), groups) == given


def test_one_group_for_all_blogs_is_enough() -> None:
    assert rights(parsed("a=editor:anora;b=editor"), ["a", "b"]) == ("editor", None)


@pytest.mark.parametrize(
    ("claims", "claim", "found"),
    [
        ({"groups": ["a", 1, None, "b"]}, "groups", ["a", "b"]),
        ({"groups": "a"}, "groups", ["a"]),
        ({"groups": {"a": 1}}, "groups", []),
        ({}, "groups", []),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", ["a"]),
        ({"https://news.example/groups": ["a"]}, "https://news.example/groups", ["a"]),
        ({"realm_access": ["a"]}, "realm_access.roles", []),
    ],
)
def test_groups_are_found_in_any_claim(claims: dict[str, object], claim: str, found: list[str]) -> None:
    assert named(claims, claim) == found
