"""Settings: a table, read strictly. The refusal of a wrong one names it and says what would be right."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from liveblog.config import SETTINGS, Settings, WrongSetting


def test_nothing_set_gives_the_defaults() -> None:
    settings = Settings.from_environ({"PATH": "/bin"})
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.redis_url is None
    assert settings.data == Path("var")


def test_an_empty_variable_is_the_default() -> None:
    assert Settings.from_environ({"LIVEBLOG_PORT": "  ", "LIVEBLOG_REDIS_URL": ""}) == Settings.from_environ({})


def test_every_setting_is_a_field_and_the_other_way_round() -> None:
    assert [setting.name.lower() for setting in SETTINGS] == list(Settings.__struct_fields__)
    assert all(setting.help for setting in SETTINGS)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("PORT", " 0 ", 0),
        ("LOG", "Debug", "debug"),
        ("OEMBED", "1", True),
        ("OEMBED", "0", False),
        ("BASE_URL", "https://live.example.org/", "https://live.example.org"),
        ("BASE_URL", "https://example.org/blog/", "https://example.org/blog"),
        ("BASE_URL", "http://[2001:db8::7]:8000", "http://[2001:db8::7]:8000"),
        ("HOST", "unix:/run/liveblog/web.sock", "unix:/run/liveblog/web.sock"),
        ("ORIGINS", "https://a.example, http://b.example/", ("https://a.example", "http://b.example")),
        ("ORIGINS", "*", ("*",)),
        ("PROXIES", "192.0.2.7, 10.0.0.0/8,fd00::/8", (*map(ip_network, ("192.0.2.7", "10.0.0.0/8", "fd00::/8")),)),
        ("PROXIES", "none", ()),
        ("REDIS_URL", "redis://:p@ss@db.example:6380/2", "redis://:p@ss@db.example:6380/2"),
        ("REDIS_URL", "redis://[::1]:6379", "redis://[::1]:6379"),
        ("REDIS_URL", "unix:///run/redis/socket", "unix:///run/redis/socket"),
        ("REDIS_URL", "redis+sentinel://a:26379,b/mymaster/1", "redis+sentinel://a:26379,b/mymaster/1"),
        ("REDIS_URL", "redis+cluster://a:7000", "redis+cluster://a:7000"),
    ],
)
def test_a_good_value_is_read(name: str, text: str, value: object) -> None:
    assert getattr(Settings.from_environ({f"LIVEBLOG_{name}": text}), name.lower()) == value


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("PORT", "abc", "a whole number from 0 to 65535"),
        ("PORT", "-1", "a whole number"),
        ("PORT", "70000", "a whole number"),
        ("PORT", "٣", "a whole number"),
        ("PORT", "8_000", "a whole number"),
        ("WORKERS", "0", "from 1 to 256"),
        ("LOG", "loud", "debug, info, warning or error"),
        ("OEMBED", "yes", "0 or 1"),
        ("BASE_URL", "live.example.org", "https://live.example.org"),
        ("BACKUP", "gs://bucket/backups", "s3://"),
        ("BASE_URL", "ftp://live.example.org", "https://live.example.org"),
        ("BASE_URL", "https://live.example.org:99999", "https://live.example.org"),
        ("BASE_URL", "https://[::::]", "https://live.example.org"),
        ("BASE_URL", "https://live example.org", "https://live.example.org"),
        ("BASE_URL", "https://example.org/a/../b", "https://example.org/blog"),
        ("BASE_URL", "https://example.org/a%20b", "https://example.org/blog"),
        ("BASE_URL", "https://example.org/?blog", "https://example.org/blog"),
        ("HOST", "unix:", "the path of a socket"),
        ("HOST", "unix:/" + "long/" * 30, "at most 103 bytes"),
        ("ORIGINS", "www.example.org", "separated by commas"),
        ("PROXIES", "nginx", "addresses or networks such as"),
        ("PROXIES", "10.0.0.1/8", "addresses or networks such as"),
        ("PROXIES", "*", "addresses or networks such as"),
        ("REDIS_URL", "ftp://db.example", "redis://"),
        ("REDIS_URL", "localhost:6379", "redis://"),
        ("REDIS_URL", "redis://db.example:six", "redis://host:6379/0"),
        ("REDIS_URL", "redis://[::1", "redis://host:6379/0"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, text: str, right: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        Settings.from_environ({f"LIVEBLOG_{name}": text})
    assert f"LIVEBLOG_{name} is {text!r}" in str(refused.value)
    assert right in str(refused.value)


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(WrongSetting) as refused:
        Settings.from_environ({"LIVEBLOG_REDIS_URL": "redis://me:secret@db.example:six"})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(("name", "hint"), [("LIVEBLOG_COLOUR", ""), ("LIVEBLOG_REDIS", "; did you mean LIVEBLOG_")])
def test_a_setting_that_does_not_exist_is_refused(name: str, hint: str) -> None:
    with pytest.raises(WrongSetting, match=f"there is no setting {name}{hint}"):
        Settings.from_environ({name: "red"})


def test_the_tests_own_variables_are_left_alone() -> None:
    Settings.from_environ({"LIVEBLOG_TEST_REDIS_URL": "redis://127.0.0.1:6379"})


def test_a_hub_needs_the_public_address() -> None:
    with pytest.raises(WrongSetting, match="LIVEBLOG_HUB needs LIVEBLOG_BASE_URL"):
        Settings.from_environ({"LIVEBLOG_HUB": "https://hub.example.org/"})
    with pytest.raises(WrongSetting, match="LIVEBLOG_HUB is"):
        Settings.from_environ({"LIVEBLOG_HUB": "hub.example.org", "LIVEBLOG_BASE_URL": "https://live.example.org"})


def test_a_value_may_be_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("swordfish\n")
    assert Settings.from_environ({"LIVEBLOG_SECRET_KEY_FILE": str(secret)}).secret_key == "swordfish"
    assert Settings.from_environ({"LIVEBLOG_SECRET_KEY_FILE": ""}).secret_key is None
    with pytest.raises(WrongSetting, match="both set"):
        Settings.from_environ({"LIVEBLOG_SECRET_KEY_FILE": str(secret), "LIVEBLOG_SECRET_KEY": "x"})
    with pytest.raises(WrongSetting, match=r"LIVEBLOG_SECRET_KEY_FILE names .*: No such file"):
        Settings.from_environ({"LIVEBLOG_SECRET_KEY_FILE": str(tmp_path / "nothing")})
    with pytest.raises(WrongSetting, match="there is no setting LIVEBLOG_NOTHING_FILE"):
        Settings.from_environ({"LIVEBLOG_NOTHING_FILE": str(secret)})


@pytest.mark.parametrize("url", ["redis://me:swordfish@x:y", "redis+sentinel://a:y/m?sentinel_password=swordfish&a=b"])
def test_a_refused_address_shows_no_password(url: str) -> None:
    with pytest.raises(WrongSetting) as no:
        Settings.from_environ({"LIVEBLOG_REDIS_URL": url})
    assert "swordfish" not in str(no.value)


@pytest.mark.parametrize(
    ("base", "prefix"),
    [("https://live.example", ""), ("https://x.example/blog", "/blog"), ("https://x.example/a/b/", "/a/b")],
)
def test_the_public_addresss_path_is_the_prefix(base: str, prefix: str) -> None:
    assert Settings.from_environ({"LIVEBLOG_BASE_URL": base}).prefix == prefix


@pytest.mark.parametrize("base", ["https://x.example/a b", "https://x.example/?a", "https://x/#a", "https://me@x", "x"])
def test_a_public_address_is_one(base: str) -> None:
    with pytest.raises(WrongSetting, match="LIVEBLOG_BASE_URL"):
        Settings.from_environ({"LIVEBLOG_BASE_URL": base})


def test_a_relays_token_that_is_too_short_is_refused_without_being_shown() -> None:
    with pytest.raises(WrongSetting, match="LIVEBLOG_RELAY_TOKEN is '…'; it must be 16 to 200") as refused:
        Settings.from_environ({"LIVEBLOG_RELAY_TOKEN": "swordfish"})
    assert "swordfish" not in str(refused.value)
    assert Settings.from_environ({"LIVEBLOG_RELAY_TOKEN": "swordfish" * 2}).relay_token == "swordfish" * 2
