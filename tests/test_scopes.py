"""The scopes of tokens: which of them a role can have, and what is refused."""

from __future__ import annotations

import pytest

from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.errors import Invalid, OutOfScope
from liveblog.scopes import CALLS, SCOPES, check, check_call, checked
from liveblog.store.commits import Store


def test_scopes_are_kept_once_in_the_order_of_the_table() -> None:
    assert checked(["post", "read", "post"], "editor") == ["read", "post"]
    assert checked(None, "contributor") is None
    assert checked(SCOPES, "admin") == [*SCOPES]


@pytest.mark.parametrize(
    ("scopes", "role", "said"),
    [
        (["publish"], "admin", "no scope publish; there are read, "),
        ([], "admin", "at least one"),
        (["post"], "contributor", "post needs the role editor"),
        (["read", "administer"], "editor", "administer needs the role admin"),
    ],
)
def test_a_scope_that_a_token_could_not_use_is_refused(scopes: list[str], role: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        checked(scopes, role)
    assert refused.value.field == "scopes"


def test_without_scopes_only_the_role_counts() -> None:
    check(None, "administer")
    check_call(None, "people.act")


def test_a_token_with_scopes_is_valid_for_its_calls_and_no_page() -> None:
    check_call(["post"], "api.publish")
    check_call(["post"], "api.get_blog")
    with pytest.raises(OutOfScope) as refused:
        check_call(["post"], "api.announce")
    assert refused.value.problem()["scope"] == "call-results"
    for page in ("people.act", "desk.desk", "keeping.export", None):
        with pytest.raises(OutOfScope) as closed:
            check_call([*SCOPES], page)
        assert "scope" not in closed.value.problem()


def test_the_table_has_every_call_of_the_api_and_no_other() -> None:
    rules = create_app(Settings.from_environ({}), Store("redis://127.0.0.1:1")).url_map.iter_rules()
    assert {rule.endpoint for rule in rules if rule.rule.startswith("/api/v1")} == set(CALLS)


def test_each_scope_opens_a_call() -> None:
    assert {scope for scope in CALLS.values() if scope is not None} == set(SCOPES)
