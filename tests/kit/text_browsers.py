"""People who read the room in a text browser: what they press, and what they see."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.kit.terminal import BACK_TAB, DOWN, ENTER, TAB, Terminal


class Words(NamedTuple):
    """What the page says in a language."""

    accepted: str
    write: str
    box: str
    nickname: str
    anonymous: str
    refresh: str
    earlier: str
    newest: str


ENGLISH = Words(
    "en-GB,en;q=0.8",
    "Write a message",
    "Message",
    "New nickname",
    "Anonymous",
    "Refresh",
    "Earlier messages",
    "Back to the newest",
)
CHINESE = Words("zh-CN,zh;q=0.8", "写消息", "消息", "新昵称", "匿名用户", "刷新", "更早的消息", "回到最新")


class Reader:
    """One person at a terminal."""

    program = ""
    empty = ""
    """How a box looks that has nothing in it."""
    ready = ""
    """What it shows below a page that is whole, while it waits for a key."""

    def __init__(self, entrance: str, home: Path, words: Words) -> None:
        self.words = words
        self.terminal = Terminal(self.command(entrance, home), {"HOME": str(home)})

    def command(self, entrance: str, home: Path) -> list[str]:
        raise NotImplementedError

    # --- doing ---

    def arrives(self) -> None:
        self.sees(self.words.write)

    def says(self, text: str) -> None:
        self.tries_to_say(text)
        self.sees(f"{self.words.box} {self.empty}")

    def tries_to_say(self, text: str) -> None:
        self.goes_to_the_box()
        self.fills_in(text)

    def takes_nickname(self, nickname: str) -> None:
        self.goes_to_the_nickname()
        self.fills_in(nickname)
        self.sees(f"{self.words.nickname} {self.empty}")

    def goes_to_the_box(self) -> None:
        """By the page's first link."""
        raise NotImplementedError

    def goes_to_the_nickname(self) -> None:
        """By the page's first box, which stands behind the room's name."""
        raise NotImplementedError

    def fills_in(self, text: str) -> None:
        """Type into the box that was gone to, and press the button beside it."""
        raise NotImplementedError

    def follows(self, link: str) -> None:
        """Look for a link, and go where it leads."""
        raise NotImplementedError

    def refreshes(self) -> None:
        self.follows(self.words.refresh)

    def leaves(self) -> None:
        self.terminal.close()

    # --- seeing ---

    def sees(self, *texts: str) -> None:
        """Each of them comes to stand on the page, in this order."""
        self.is_shown(*texts, self.ready)

    def is_shown(self, *texts: str) -> None:
        self.terminal.until(lambda: in_order(self.terminal.screen, texts), f"no {', '.join(texts)}")

    def does_not_see(self, text: str) -> None:
        assert text not in self.terminal.screen, self.terminal.screen


class W3m(Reader):
    program = "w3m"
    empty = "[    "
    ready = "Viewing <"

    def command(self, entrance: str, home: Path) -> list[str]:
        return ["w3m", "-cookie", "-o", f"accept_language={self.words.accepted}", entrance]

    def goes_to_the_box(self) -> None:
        self.terminal.press(ENTER, BACK_TAB)

    def goes_to_the_nickname(self) -> None:
        self.terminal.press(TAB, TAB, TAB)

    def fills_in(self, text: str) -> None:
        self.terminal.press(ENTER)
        self.is_shown("TEXT:")
        self.terminal.press(text, ENTER)
        self.is_shown(f"[{text[:10]}", self.ready)
        self.terminal.press(TAB, ENTER)

    def follows(self, link: str) -> None:
        self.terminal.press("/")
        self.is_shown("Forward:")
        self.terminal.press(link, ENTER, ENTER)


class Lynx(Reader):
    program = "lynx"
    empty = "____"
    ready = "(NORMAL LINK)"

    def command(self, entrance: str, home: Path) -> list[str]:
        settings = home / "lynx.cfg"
        settings.write_text(
            f"PREFERRED_LANGUAGE:{self.words.accepted}\nCHARACTER_SET:utf-8\nACCEPT_ALL_COOKIES:TRUE\nNO_PAUSE:TRUE\n"
        )
        return ["lynx", f"-cfg={settings}", entrance]

    def goes_to_the_box(self) -> None:
        self.terminal.press(ENTER)

    def goes_to_the_nickname(self) -> None:
        self.terminal.press(DOWN, DOWN, DOWN)

    def fills_in(self, text: str) -> None:
        self.is_shown("(Textfield")
        self.terminal.press(text, TAB)
        self.is_shown("(Form submit button)")
        self.terminal.press(ENTER)

    def follows(self, link: str) -> None:
        self.terminal.press("/")
        self.is_shown("whereis query:")
        self.terminal.press(link, ENTER)
        self.is_shown(self.ready)
        self.terminal.press(ENTER)


def in_order(screen: str, texts: Sequence[str]) -> bool:
    """Whether each stands below or beside the one before it."""
    place = 0
    for text in texts:
        place = screen.find(text, place)
        if place < 0:
            return False
        place += len(text)
    return True
