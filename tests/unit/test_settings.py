"""Settings are environment variables; a wrong one stops the start with one line that names it."""

from __future__ import annotations

import socket
import sys
from dataclasses import MISSING, fields
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import cli
from chat.domain.networks import plain
from chat.domain.nicknames import RESERVED
from chat.domain.texts import LIMIT
from chat.server import serve as server
from chat.server.key import make_folder, signing_key
from chat.server.lock import lock
from chat.settings import BadSetting, Settings, variable_name, without_password

NAMES = [field.name for field in fields(Settings)]

WRONG = {
    "port": ["0", "65536", "http", "80.5", "-1", "8000 8001"],
    "database_url": [
        "chat.sqlite",
        "sqlite://chat",
        "sqlite:///",
        "sqlite:///:memory:",
        "mysql://localhost/chat",
        "/x",
    ],
    "database_connections": ["1", "101", "many"],
    "channels_url": ["amqp://localhost", "memory", "localhost"],
    "workers": ["0", "65", "two", "-2"],
    "embed_origins": [
        "*",
        "https://*.example.org",
        "example.org",
        "https://example.org/blog",
        "https://a.example 'self'",
        "https://a.example;script-src",
        "https://[::1]",
        "ftp://a.example",
        "null",
    ],
    "trusted_proxies": ["proxy.example", "10.0.0.0/33", "10.0.0.1/8", "127.0.0.1 10.0.0.1", "*"],
    "timezone": ["Shanghai", "UTC+8", "../etc/passwd", "asia/shanghai"],
    "hold_seconds": ["0", "0.5", "26", "nan", "inf", "long", "-1"],
    "held_polls": ["-1", "1000001", "1.5", "x"],
    "held_per_browser": ["0", "101", "x"],
    "message_length": ["0", "2001", "x"],
    "reports_hide": ["-1", "1001", "x"],
    "links_after_seconds": ["-1", "86401", "x"],
    "keep_messages_days": ["-1", "36501", "x"],
    "keep_addresses_days": ["-1", "3651", "x"],
    "index": ["on", "1", "true", "yes no"],
    "limits": ["yes", "1", "true", "on off"],
    "person_burst": ["0", "1001", "x"],
    "person_seconds": ["0", "3601", "nan", "x"],
    "address_burst": ["0", "10001", "x"],
    "address_seconds": ["0", "3601", "inf", "x"],
    "address_per_second": ["0", "10001", "nan", "x"],
    "address_renames": ["0", "10001", "x"],
    "windows_burst": ["0", "1000001", "x"],
    "windows_per_minute": ["0", "1000001", "x"],
    "renames": ["0", "1001", "x"],
    "repeats": ["0", "1", "1001", "x"],
}
RIGHT: dict[str, list[tuple[str, object]]] = {
    "host": [("0.0.0.0", "0.0.0.0"), ("::", "::")],  # noqa: S104
    "port": [("1", 1), ("65535", 65535), (" 80 ", 80)],
    "data_dir": [("/srv/chat room", Path("/srv/chat room"))],
    "database_url": [
        ("sqlite:////srv/c.sqlite", "sqlite:////srv/c.sqlite"),
        ("postgres://u:p@h/n", "postgres://u:p@h/n"),
    ],
    "database_connections": [("2", 2)],
    "channels_url": [("redis://h", "redis://h")],
    "workers": [("64", 64)],
    "secret_key": [("a key, of any kind", "a key, of any kind")],
    "trusted_proxies": [
        ("127.0.0.1, 10.0.0.0/8,::1", ("127.0.0.1/32", "10.0.0.0/8", "::1/128")),
        ("::ffff:127.0.0.1", ("127.0.0.1/32",)),
        (" , ", ()),
    ],
    "embed_origins": [
        (
            "https://www.Example.org/, http://localhost:3000 https://xn--fa-hia.de",
            ("https://www.example.org", "http://localhost:3000", "https://xn--fa-hia.de"),
        ),
        (" , ", ()),
    ],
    "timezone": [("Asia/Shanghai", ZoneInfo("Asia/Shanghai"))],
    "hold_seconds": [("1", 1.0), ("2.5", 2.5), ("25", 25.0)],
    "held_polls": [("0", 0), ("1000000", 1_000_000)],
    "held_per_browser": [("1", 1)],
    "message_length": [("1", 1), ("2000", 2000)],
    "reserved_names": [("boss, chef 站长", ("boss", "chef", "站长"))],
    "index": [("YES", "yes"), ("no", "no")],
    "limits": [("ON", "on"), ("off", "off")],
    "person_burst": [("1000", 1000)],
    "person_seconds": [("0.01", 0.01)],
    "address_burst": [("10000", 10_000)],
    "address_seconds": [("3600", 3600.0)],
    "address_per_second": [("2.5", 2.5)],
    "address_renames": [("10000", 10_000)],
    "reports_hide": [("0", 0), ("1000", 1000)],
    "links_after_seconds": [("0", 0), ("86400", 86_400)],
    "keep_messages_days": [("0", 0), ("36500", 36_500)],
    "keep_addresses_days": [("0", 0), ("3650", 3650)],
    "windows_burst": [("2000", 2000)],
    "windows_per_minute": [("600", 600)],
    "renames": [("1000", 1000)],
    "repeats": [("2", 2)],
}


def reads(**values: str) -> Settings:
    return Settings.from_environment({variable_name(name): value for name, value in values.items()})


def test_every_setting_is_tried_here():
    anything_goes = {"host", "data_dir", "secret_key", "reserved_names"}
    assert RIGHT.keys() == set(NAMES)
    assert WRONG.keys() == set(NAMES) - anything_goes


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WRONG.items() for text in texts])
def test_a_wrong_value_is_refused_in_one_line_that_names_the_variable(name: str, text: str):
    with pytest.raises(BadSetting) as refused:
        reads(**{name: text})
    line = str(refused.value)
    assert line.startswith(f"{variable_name(name)}=")
    assert repr(text) in line
    assert "\n" not in line


@given(name=st.sampled_from(NAMES), text=st.text(min_size=1))
def test_any_value_is_read_or_refused(name: str, text: str):
    try:
        assert reads(**{name: text}) is not None
    except BadSetting as refused:
        assert variable_name(name) in str(refused)


@pytest.mark.parametrize(
    ("name", "text", "value"), [(name, text, value) for name, pairs in RIGHT.items() for text, value in pairs]
)
def test_a_right_value_is_taken(name: str, text: str, value: object):
    assert getattr(reads(**{name: text}), name) == value


def test_a_misspelt_variable_is_refused_and_the_nearest_known_one_named():
    with pytest.raises(BadSetting, match="CHATROOM_TIMEZON is no setting; the nearest is CHATROOM_TIMEZONE "):
        Settings.from_environment({"CHATROOM_TIMEZON": "Asia/Tokyo"})


def test_variables_of_the_tests_and_of_others_may_stand_beside_the_settings():
    others = {"CHATROOM_TEST_POSTGRES_URL": "x", "CHATROOM_TEST_REDIS_URL": "x", "CHATROOMS": "x"}
    assert Settings.from_environment(others) == Settings()


def test_a_data_folder_that_cannot_be_made_names_its_variable(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(BadSetting, match=r"^CHATROOM_DATA_DIR: .*/file/data cannot be written to: Not a directory$"):
        make_folder(Settings(data_dir=tmp_path / "file" / "data"))


@pytest.mark.parametrize(
    ("host", "address"),
    [("::", "http://[::1]:8206"), ("::1", "http://[::1]:8206"), ("0.0.0.0", "http://127.0.0.1:8206")],  # noqa: S104
)
def test_the_start_names_an_address_that_a_browser_takes(host: str, address: str):
    assert server.url(host, 8206) == address


def test_the_version_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "argv", ["chatroom", "--version"])
    with pytest.raises(SystemExit):
        cli.main()
    assert capsys.readouterr().out.startswith("chatroom 0.")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::1"), ("", "")],
)
def test_an_ipv4_address_has_one_spelling(written: str, meant: str):
    assert plain(written) == meant


def test_an_empty_variable_counts_as_not_set():
    assert reads(**dict.fromkeys(NAMES, "")) == Settings() == Settings.from_environment({"PATH": "/bin"})


def test_every_setting_has_a_default_and_a_meaning():
    for field in fields(Settings):
        assert field.default is not MISSING
        assert len(field.metadata["variable"].meaning) > 8


def test_the_defaults_are_those_of_the_domain():
    assert Settings().reserved_names == RESERVED
    assert Settings().message_length == LIMIT


def test_the_database_is_in_the_data_folder_unless_said_otherwise():
    assert reads(data_dir="/srv").database() == "sqlite:////srv/chatroom.sqlite"
    assert reads(data_dir="/srv", database_url="sqlite:////x/y").database() == "sqlite:////x/y"


# --- together ---


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"workers": "2"}, "workers"),
        ({"channels_url": "redis://h"}, "CHATROOM_CHANNELS_URL"),
        ({"database_url": "postgres://h/n"}, "CHATROOM_SECRET_KEY"),
    ],
)
def test_values_that_do_not_go_together_are_refused(values: dict[str, str], named: str):
    with pytest.raises(BadSetting, match=named) as refused:
        reads(**values).check_together()
    assert "\n" not in str(refused.value)


# --- the command ---


def runs(monkeypatch: pytest.MonkeyPatch, *arguments: str, **values: str) -> str:
    """What `chatroom` ends with; empty when all is well."""
    for name in NAMES:
        monkeypatch.delenv(variable_name(name), raising=False)
    for name, value in values.items():
        monkeypatch.setenv(variable_name(name), value)
    monkeypatch.setattr(sys, "argv", ["chatroom", *arguments])
    try:
        cli.main()
    except SystemExit as end:
        return str(end.code)
    return ""


@pytest.mark.parametrize("command", ["serve", "migrate", "settings"])
def test_every_command_stops_with_one_line(monkeypatch: pytest.MonkeyPatch, command: str):
    line = runs(monkeypatch, command, port="x")
    assert line == "chatroom: CHATROOM_PORT='x' cannot be used: it must be a number from 1 to 65535"


def test_the_command_lists_every_setting_with_value_default_and_meaning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert runs(monkeypatch, "settings", port="81", timezone="Asia/Shanghai") == ""
    shown = capsys.readouterr().out
    for field in fields(Settings):
        assert f"{variable_name(field.name)}=" in shown
        assert field.metadata["variable"].meaning in shown
    assert "CHATROOM_PORT=81\n" in shown
    assert "default: 8000\n" in shown
    assert "CHATROOM_TIMEZONE=Asia/Shanghai\n" in shown
    assert shown.count("default: ") == len(NAMES)


def test_what_it_lists_can_be_set_again(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    runs(monkeypatch, "settings")
    shown = capsys.readouterr().out.splitlines()
    listed = dict(line.split("=", 1) for line in shown if line.startswith("CHATROOM_"))
    assert Settings.from_environment(listed) == Settings()


def test_it_tells_nobody_a_secret(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    secrets = {"secret_key": "hush", "database_url": "postgres://me:hush@h/n", "channels_url": "redis://:hush@h"}
    assert runs(monkeypatch, "settings", **secrets) == ""
    shown = capsys.readouterr().out
    assert "hush" not in shown
    assert "postgres://me:***@h/n" in shown


# --- what shows only at the start ---


def starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **values: str) -> str:
    """What the start ends with, when it ends before it serves."""
    monkeypatch.setattr(server, "raise_open_files", lambda: 1024)
    monkeypatch.setattr("chat.server.logs.configure", lambda: None)
    monkeypatch.setattr(server.Server, "run", lambda self: pytest.fail("it serves"))
    return runs(monkeypatch, "serve", **{"data_dir": str(tmp_path / "data"), **values})


def test_a_host_that_there_is_not_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    line = starts(monkeypatch, tmp_path, host="256.0.0.1.invalid")
    assert line.startswith("chatroom: CHATROOM_HOST='256.0.0.1.invalid' cannot be used: ")
    assert "\n" not in line


def test_a_file_that_is_no_database_stops_the_start_and_stays_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    letter = tmp_path / "letter.txt"
    letter.write_text("not a database, and long enough to be seen as none" * 100)
    before = letter.read_bytes()
    line = starts(monkeypatch, tmp_path, database_url=f"sqlite:///{letter}")
    assert line.startswith(f"chatroom: CHATROOM_DATABASE_URL: {letter} cannot be used: ")
    assert letter.read_bytes() == before


def test_a_data_folder_that_is_a_file_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "data").write_text("")
    line = starts(monkeypatch, tmp_path)
    assert line.startswith("chatroom: ")
    assert str(tmp_path / "data") in line
    assert "\n" not in line


def test_a_second_server_on_the_same_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "data").mkdir()
    with lock(tmp_path / "data" / "chatroom.sqlite"):
        line = starts(monkeypatch, tmp_path)
    assert "another chatroom serves" in line


def test_the_lock_is_the_file_s_under_whatever_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "chatroom.sqlite").touch()
    (tmp_path / "other.sqlite").symlink_to(tmp_path / "data" / "chatroom.sqlite")
    with lock(tmp_path / "data" / "chatroom.sqlite"):
        line = starts(monkeypatch, tmp_path, database_url=f"sqlite:///{tmp_path / 'other.sqlite'}")
        assert "another chatroom serves" in line
        with lock(tmp_path / "data" / "chatroom.db"):
            pass


def test_a_port_that_is_taken_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = starts(monkeypatch, tmp_path, port=str(port))
    assert line == f"chatroom: CHATROOM_PORT: 127.0.0.1:{port} cannot be used: Address already in use"


@pytest.mark.parametrize("held", ["", "\n", "too short"])
def test_a_key_that_is_none_stops_the_start(tmp_path: Path, held: str):
    """With an empty one anybody could sign."""
    (tmp_path / "secret.key").write_text(held)
    with pytest.raises(BadSetting, match="holds no signing key"):
        signing_key(Settings(data_dir=tmp_path))


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch):
    line = runs(monkeypatch, "settings", database_url="postgresql+asyncpg://me:hu@sh@h/n")
    assert "hu" not in line
    assert "postgresql+asyncpg://me:***@h/n" in line


def test_the_signing_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path):
    settings = Settings(data_dir=tmp_path)
    key = signing_key(settings)
    assert len(key) >= 32
    assert signing_key(settings) == key
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert signing_key(Settings(data_dir=tmp_path, secret_key="given")) == b"given"


@pytest.mark.parametrize(
    "address",
    ["postgres://ann:secret@db/chat", "postgres://db/chat?user=ann&password=secret&x=1", "redis://:secret@db"],
)
def test_no_password_is_shown(address: str):
    assert "secret" not in without_password(address)
