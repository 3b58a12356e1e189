"""Real talk in Chinese and English, and a way to put it into a room's log."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple


class Said(NamedTuple):
    """A line of the log: `who` stands for a seat, `me` for the visitor's own."""

    who: str
    text: str
    minutes_ago: float = 0
    kind: str = "message"


PEOPLE = {
    "lin": ("小林", "seat-of-lin----a"),
    "maya": ("Maya", "seat-of-maya---b"),
    "nobody": (None, "seat-of-nobody-c"),
    "chen": ("陈师傅", "seat-of-chen---d"),
    "tom": ("Tom W.", "seat-of-tom----e"),
    "also": (None, "seat-of-another-"),
}

TALK = [
    Said("tom", "Is it always this quiet on a Sunday morning?", 1720),
    Said("chen", "周日都睡懒觉呢，十点以后人就多了。", 1716),
    Said("chen", "我是被楼下卖豆腐的吆喝叫醒的。", 1716),
    Said("tom", "Better than my neighbour's drum practice.", 1710),
    Said("maya", "What is the drum neighbour playing? I need to know whether to feel sorry for you.", 1707),
    Said("tom", "The same eight seconds of one song. For three weeks.", 1705),
    Said("me", "三个星期八秒钟，这毅力我服。", 1700),
    Said("lin", "早！谁知道图书馆今天开不开门？", 1640),
    Said("also", "开，九点到五点，不过三楼在装修，电钻响个不停。", 1634),
    Said("lin", "那我带耳塞去，谢谢！", 1633),
    Said("maya", "Bring an umbrella as well, the sky over the river is nearly black.", 1560),
    Said("me", "刚收完衣服，第一滴雨就砸下来了。", 1531),
    Said("lin", "昨天那场雨真大，地铁口全是水，鞋子到现在还没干。", 1500),
    Said("chen", "我开车回家堵了两个小时，广播里说东边三条路都封了。", 1498),
    Said("maya", "Same here! Our whole street lost power until midnight.", 1490),
    Said("maya", "Candles and noodles for dinner, honestly quite nice.", 1490),
    Said("me", "停电的时候整条街都安静下来，居然能看见星星。", 1480),
    Said("nobody", "第一次来，这里不用注册吗？", 1200),
    Said("lin", "不用，打开就能说话，昵称点右上角随时改。", 1199),
    Said("nobody", "太好了 👍", 1198),
    Said("tom", "Morning everyone. Is the Saturday hike still on?", 300),
    Said("chen", "在的，早上七点半，香山北门集合。带够水，带一件外套，山上风大。", 296),
    Said("chen", "不会走太快，新手也可以来。", 295),
    Said("tom", "Perfect, I will bring two friends and too many sandwiches.", 290),
    Said("me", "算我一个。谁有路线图？", 280),
    Said("lin", "路线在这里：https://example.org/trails/xiangshan?from=north 大概九公里。", 275),
    Said("maya", "Nine kilometres uphill, or nine in total? My knees want to know before my heart says yes.", 270),
    Said("lin", "来回一共九公里，放心。", 268),
    Said("me", "哈哈，膝盖表示感谢", 260),
    Said("also", "有人会做红烧肉吗？我妈说的“少许糖”到底是多少？", 120),
    Said("chen", "一斤肉配三十克冰糖，小火慢慢炒到枣红色再下肉，别着急，糊了就苦。", 118),
    Said("chen", "水要一次加够，用开水。", 118),
    Said("also", "记下了，今晚就试！", 115),
    Said("tom", "You people talk about food every evening and I read it with a dry sandwich in my hand.", 90),
    Said("me", "周六我带红烧肉上山，换你的三明治。", 88),
    Said("tom", "Deal. Best trade of the year.", 87),
    Said("maya", "I want in on that trade 🥪🍖", 86),
    Said("nobody", "请问这里聊天会保存多久？", 42),
    Said("lin", "听说三十天以后自动删掉。", 41),
    Said("nobody", "", 39, "rename"),
    Said("maya", "Does anybody know a good place to repair an old bicycle near the university?", 30),
    Said("chen", "南门外面有个老师傅，修了四十年车，补胎五块钱。下午三点以后在。", 27),
    Said("maya", "Thank you! That is exactly the kind of answer no map ever gives.", 25),
    Said("lin", "他还会修收音机。", 24),
    Said("me", "真的，我的旧收音机就是他救活的", 22),
    Said("me", "修好那天他听了一下午评书才肯还给我 😄", 22),
    Said("tom", "I have to see this shop.", 15),
    Said("also", "红烧肉成功了！！没有糊，颜色特别漂亮。", 6),
    Said("chen", "恭喜，下次试试加一点陈皮。", 5),
    Said("maya", "Pictures! Oh wait, no pictures here. Describe it, please.", 4),
    Said("also", "像琥珀一样，肥肉都是透明的。", 3),
    Said("me", "好，我饿了。", 2),
]

AWKWARD = [
    Said("tom", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2, 9),
    Said("maya", "https://example.org/a/very/long/address/that/never/ends?" + "and=again&" * 12, 8),
    Said("chen", "🎉🥳👩‍👩‍👧‍👦🏳️‍🌈" * 12, 7),
    Said("also", "Z̸̡̢̛̗̘̙̜̝̞̟̠̣̤̥̦̩̪̫̬̭̮̯̰̱̲̳̹̺̻̼͇͈͉͍͎͓͔͕͖͙͚͜͝͞ͅͅá̶̢̛͎͙̼̹̦̝̈́̐̀͊͑͂͜͝͠l̵̡̢̛͇̰̲̀̈́̒g̴̢̛̙̟̈́͝o̵̧͉͂̊͝ says hello", 6),
    Said("lin", "مرحبا بالجميع، كيف حالكم اليوم؟ abc 123", 5),
    Said("me", "שלום, this is my own line in two directions", 4),
    Said("me", "字" * 200, 3),
    Said("nobody", "ok", 2),
    Said("lin", "", 1, "erased"),
    Said("me", "", 1, "erased"),
    Said("tom", "i" * 200, 0),
]

LONG_NAMES = {
    "tom": ("WWWWWWWWWW", PEOPLE["tom"][1]),
    "chen": ("龘龘龘龘龘龘龘龘龘龘", PEOPLE["chen"][1]),
    "lin": ("عبد الرحمن", PEOPLE["lin"][1]),
}


def fifty() -> list[Said]:
    """Fifty messages, the same each time."""
    return [said for said in TALK if said.kind == "message"][-50:]


def fill(
    database: Path,
    room: str,
    talk: Iterable[Said],
    me: str,
    people: Mapping[str, tuple[str | None, str]] | None = None,
    mine: str | None = None,
) -> None:
    """Store what was said in a room that no window has open, or while the server is down."""
    seats = {**PEOPLE, **(people or {}), "me": (mine, me)}
    now = datetime.now(UTC)
    with closing(sqlite3.connect(database)) as connection, connection:
        id, last = _room(connection, room, now)
        rows = [_row(id, seq, said, seats[said.who], now) for seq, said in enumerate(talk, last + 1)]
        connection.executemany(
            "INSERT INTO event (room, seq, kind, seat, nickname, text, erased, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        named = [(seat, name, now.isoformat(" ")) for name, seat in seats.values()]
        keep = "INSERT INTO person (seat, nickname, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        connection.executemany(keep, named)
        connection.execute("UPDATE room SET last_seq = ? WHERE id = ?", (last + len(rows), id))


def _room(connection: sqlite3.Connection, room: str, now: datetime) -> Sequence[int]:
    made = (room, now.isoformat(" "))
    connection.execute("INSERT INTO room (name, last_seq, created_at) VALUES (?, 0, ?) ON CONFLICT DO NOTHING", made)
    found: Sequence[int] = connection.execute("SELECT id, last_seq FROM room WHERE name = ?", (room,)).fetchone()
    return found


def _row(room: int, seq: int, said: Said, person: tuple[str | None, str], now: datetime) -> tuple[object, ...]:
    at = (now - timedelta(minutes=said.minutes_ago)).isoformat(" ")
    name, seat = person
    if said.kind == "rename":
        return room, seq, "rename", seat, name, "夜里的猫", 0, at
    if said.kind == "erased":
        return room, seq, "message", seat, name, "", 1, at
    return room, seq, "message", seat, name, said.text, 0, at
