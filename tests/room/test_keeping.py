"""What whoever runs the server does with what is kept, beside the running server."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import pytest

from chat.app import Chat
from chat.storage import log
from chat.storage.tables import Event
from tests.kit import ROOT
from tests.kit.people import Person


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return tmp_path


async def runs(chat: Chat, *command: str, says: str = "") -> tuple[int, str]:
    """`chatroom …` in a process of its own."""
    settings = chat.settings
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "CHATROOM_DATABASE_URL": settings.database()}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chat", *command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
    )
    output, _ = await process.communicate(says.encode())
    return process.returncode or 0, output.decode()


async def test_a_room_is_exported_line_by_line(ann: Person, bob: Person, chat: Chat):
    await ann.says("hello <b>")
    await ann.renames("Annabel")
    await bob.sees("hello <b>")
    await bob.replies("hi", to="hello <b>")
    status, output = await runs(chat, "export", "--room", "lobby")
    assert status == 0, output
    events = [json.loads(line) for line in output.splitlines()]
    assert [(event["seq"], event["kind"]) for event in events] == [(1, "message"), (2, "rename"), (3, "message")]
    assert events[0]["text"] == "hello <b>"
    assert events[0]["by"] == ann.tag.removeprefix("#")
    assert events[1]["new"] == "Annabel"
    assert events[2]["reply_to"] == 1


async def test_an_export_for_people(ann: Person, chat: Chat, files: Path):
    await ann.says("hello <b>")
    for form, expected in (("html", "hello &lt;b&gt;"), ("txt", "hello <b>")):
        status, output = await runs(chat, "export", "--room", "lobby", "--format", form, "--output", str(files / form))
        assert status == 0, output
        text = (files / form).read_text("utf-8")
        assert expected in text
        assert ann.tag in text
    assert not re.search(r"(src|href)=\"(http|/)", (files / "html").read_text())


async def test_a_room_that_does_not_exist_is_not_exported(ann: Person, chat: Chat):
    await ann.says("hello")
    status, output = await runs(chat, "export", "--room", "nowhere")
    assert status == 1
    assert "no room nowhere" in output
    assert "Traceback" not in output


async def test_a_purge_is_seen_by_the_running_server(ann: Person, bob: Person, chat: Chat):
    await ann.says("old words")
    await bob.sees("old words")
    await bob.replies("reply", to="old words")
    status, output = await runs(chat, "purge", "--before", "2001-01-01")
    assert status == 0, output
    assert len(await log.after("lobby", 0, 10)) == 2
    status, output = await runs(chat, "purge", "--before", "2099-01-01", "--room", "lobby")
    assert status == 0, output
    await chat.services.watch.look()
    await bob.reloads()
    assert bob.texts == []
    await ann.says("new words")
    await bob.sees("new words")
    assert "old words" not in bob.answer.text


async def test_a_person_is_forgotten_by_their_tag(ann: Person, bob: Person, chat: Chat):
    await ann.renames("Annabel")
    await ann.says("my secret")
    await bob.sees("my secret")
    tag = ann.tag.removeprefix("#")
    status, output = await runs(chat, "forget", "--tag", tag, says="no\n")
    assert status == 0, output
    assert "Annabel" in output
    assert "1 messages" in output
    assert (await Event.select(Event.text).where(Event.kind == "message").run())[0]["text"] == "my secret"
    poll = await bob.waits()
    status, output = await runs(chat, "forget", "--tag", "#" + tag, "--yes")
    assert status == 0, output
    await chat.services.watch.look()
    await poll
    assert "my secret" not in bob.texts
    assert "my secret" not in str(await Event.select().run())
    assert (await runs(chat, "forget", "--tag", tag))[0] == 1


async def test_a_day_that_is_none_is_refused(ann: Person, chat: Chat):
    await ann.says("hello")
    status, output = await runs(chat, "purge", "--before", "yesterday")
    assert status == 1
    assert "no day" in output
    status, output = await runs(chat, "purge")
    assert status == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_is_written_anew(ann: Person, chat: Chat):
    await ann.says("hello")
    status, output = await runs(chat, "purge", "--compact")
    assert status == 0, output
    await ann.says("and on")
    assert len(await log.after("lobby", 0, 10)) == 2
