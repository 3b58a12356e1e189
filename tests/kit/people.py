"""People in rooms: browsers, their windows with and without JavaScript, and what one does in them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin, urlsplit

import anyio
import httpx

from chat.app import Chat
from tests.kit.chats import PATIENCE, until
from tests.kit.doors import way_to
from tests.kit.markup import Element
from tests.kit.page import Line, Page
from tests.kit.stream import Stream, streaming

SITE = "http://chat.test"
LANGUAGES = {"en": "en-US,en;q=0.9", "zh": "zh-CN,zh;q=0.9"}


class Browser:
    """Cookies, a language, and a way to the site."""

    address: str
    door: str
    chat: Chat
    """Of a browser whose site runs in the test's own loop."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.site = str(http.base_url).rstrip("/")

    @classmethod
    def of(cls, chat: Chat, address: str, language: str = "en", door: str = "asgi") -> Browser:
        """A browser at this address in the network, whose site is this chat; `door`: see `way_to`."""
        spoken = LANGUAGES.get(language, language)
        way = way_to(chat, address, door)  # without one, httpx reads the machine's certificates: 45 ms
        browser = cls(httpx.AsyncClient(transport=way, base_url=SITE, headers={"Accept-Language": spoken}))
        browser.address, browser.door = address, door
        browser.move_to(chat)
        return browser

    def move_to(self, chat: Chat) -> None:
        """From now on this chat is the site: another process, or one that was started anew."""
        self.chat = chat
        self.http = httpx.AsyncClient(
            transport=way_to(chat, self.address, self.door),
            base_url=self.site,
            headers={"Accept-Language": self.http.headers["Accept-Language"]},
            cookies=self.http.cookies,
        )

    def refuses_cookies(self) -> Browser:
        self.http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return self

    def cookie(self, name: str, path: str) -> str:
        """The value of the cookie that it keeps for this path."""
        return next(
            cookie.value or ""
            for cookie in self.http.cookies.jar
            if cookie.name == name and path.startswith(cookie.path)
        )

    async def goes_to(self, address: str, **headers: str) -> httpx.Response:
        """Follow the address as a browser does, a few times at most."""
        url = urljoin(self.site, address)
        for _ in range(5):
            answer = await self.http.get(url, headers=headers)
            if not answer.has_redirect_location:
                return answer
            url = urljoin(url, answer.headers["location"])
        raise AssertionError(f"it leads round and round: {url}")

    async def gets(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=headers)


def filled_in(form: Element) -> dict[str, str]:
    """What a form sends as it stands."""
    boxes = form.all("input[name]")
    sent = [box for box in boxes if box.get("type") not in ("radio", "checkbox") or "checked" in box.attributes]
    fields = {box["name"]: box.get("value") for box in sent}
    return fields | {choice["name"]: choice.all("option")[0]["value"] for choice in form.all("select[name]")}


class Window:
    """A window at a seat's page: what every window has, with a script or without."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.url = ""
        self.page: Page
        self.answer: httpx.Response
        """The last answer."""

    async def enters(self, address: str) -> None:
        self.shows(await self.browser.goes_to(address))

    async def reloads(self) -> None:
        self.shows(await self.browser.goes_to(self.url))

    def shows(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.url = str(answer.url)
        self.page = Page(answer.text)

    @property
    def chat(self) -> Chat:
        return self.browser.chat

    @property
    def path(self) -> str:
        """The seat's address."""
        return urlsplit(self.url).path

    @property
    def room(self) -> str:
        return self.page.one("h1").text

    @property
    def seat(self) -> str:
        return self.path.split("/")[3].partition(".")[0]

    @property
    def nickname(self) -> str:
        return self.page.one("#nickname").text

    @property
    def tag(self) -> str:
        return self.page.one("#me .tag").text

    @property
    def lines(self) -> list[Line]:
        return self.page.lines

    @property
    def texts(self) -> list[str]:
        """The messages in the window."""
        return [line.text for line in self.page.messages]

    @property
    def typed(self) -> str:
        """What is in the message box."""
        return self.page.box("text").get("value")

    @property
    def typed_nickname(self) -> str:
        return self.page.box("nickname").get("value")

    @property
    def alerts(self) -> list[str]:
        return self.page.alerts()

    def line(self, text: str) -> Line:
        """The one message with this text."""
        found = [line for line in self.page.messages if line.text == text]
        assert len(found) == 1, f"{text!r} is there {len(found)} times: {self.texts}"
        return found[0]

    def types(self, box: str, text: str) -> Element:
        """Put a text into a box: the form it stands in."""
        self.page.box(box).attributes["value"] = text
        return self.page.form(box)

    async def sends(self, form: Element, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Post a form as it stands."""
        return await self.posts(form["action"], filled_in(form), headers=headers)

    async def posts(
        self,
        path: str,
        fields: dict[str, str] | None = None,
        *,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Post these fields, or this body, as a browser would from this page."""
        ours = {"Origin": self.browser.site, "Sec-Fetch-Site": "same-origin", "Referer": self.url}
        if content is not None:
            ours["Content-Type"] = "application/x-www-form-urlencoded"
        self.answer = await self.browser.http.post(
            urljoin(self.url, path), data=fields, content=content, headers={**ours, **(headers or {})}
        )
        return self.answer


class Person(Window):
    """A window with htmx, one poll at a time."""

    async def polls(self, more: str = "") -> httpx.Response:
        """Send the poll that the page asks for, and let htmx swap the answer."""
        poller = self.page.one("#poll")
        asked = httpx.URL(urljoin(self.url, poller["hx-get"] + more))
        for name, value in self.page.included(poller["hx-include"]):
            asked = asked.copy_add_param(name, value)
        with anyio.fail_after(PATIENCE):
            answer = await self.browser.gets(str(asked), **self._htmx("poll"))
        if "hx-refresh" in answer.headers:
            await self.reloads()
        elif answer.status_code == 200:
            self.page.swap(poller, answer.text)
        self.answer = answer
        return answer

    async def waits(self) -> asyncio.Task[httpx.Response]:
        """Poll, and be held: the task is done when the poll is answered."""
        poll = asyncio.create_task(self.polls())
        held = self.chat.services.waiters.held
        earlier = held.get(self.seat)
        await until(lambda: poll.done() or held.get(self.seat) not in (None, earlier))
        assert not poll.done(), f"answered at once: {poll.result().text}"
        return poll

    async def sees(self, *texts: str) -> None:
        """Poll until these messages are there, each once and in this order."""
        with anyio.fail_after(PATIENCE):
            while not set(texts) <= set(self.texts):
                await self.polls()
        assert [text for text in self.texts if text in texts] == list(texts)

    async def catches_up(self) -> None:
        """Poll until there is nothing new."""
        before = None
        while before != self.cursor:
            before = self.cursor
            await self.polls("" if "first=1" in self.page.one("#poll")["hx-get"] else "&wait=0")

    @property
    def cursor(self) -> str:
        return self.page.one("#poll")["hx-get"]

    @property
    def paced(self) -> bool:
        """Whether the window polls by the clock only."""
        return "load" not in self.page.one("#poll")["hx-trigger"]

    async def says(self, text: str) -> None:
        answer = await self.tries(text)
        assert answer.status_code == 200, answer.text
        assert self.typed == ""

    async def tries(self, text: str) -> httpx.Response:
        """Type a message and send it, whatever the answer."""
        return await self._sends(self.types("text", text))

    async def renames(self, nickname: str) -> None:
        answer = await self.tries_nickname(nickname)
        assert answer.status_code == 200, answer.text

    async def tries_nickname(self, nickname: str) -> httpx.Response:
        return await self._sends(self.types("nickname", nickname))

    async def is_refused(self, text: str) -> str:
        """Say what is not let in: the line by the box. The text stays in the box."""
        self._was_refused(await self.tries(text), "say")
        assert self.typed == text
        return self.page.one("#say-alert").text

    async def is_refused_nickname(self, nickname: str) -> str:
        self._was_refused(await self.tries_nickname(nickname), "nickname")
        assert self.typed_nickname == nickname
        return self.page.one("#nickname-alert").text

    def _was_refused(self, answer: httpx.Response, form: str) -> None:
        assert answer.status_code == 422, f"{answer.status_code}: {answer.text}"
        assert answer.headers["hx-retarget"] == f"#{form}-told"
        line = self.page.one(f"#{form}-alert")
        assert line["role"] == "alert"
        assert line.text

    async def reads_earlier(self) -> None:
        """Scroll up to where the page ends."""
        link = self.page.one("#older a")
        answer = await self.browser.gets(urljoin(self.url, link["hx-get"]), **self._htmx("older"))
        assert answer.status_code == 200
        self.page.swap(self.page.one(link["hx-target"]), answer.text)

    async def opens(self, text: str) -> Element:
        """Tap a message's time: the sheet."""
        answer = await self._gets(self._door(text))
        assert answer.status_code == 200, answer.text
        return self.page.one("#sheet dialog")

    async def begins_reply(self, text: str) -> Element:
        """Choose to reply to a message: the strip in the composer."""
        sheet = await self.opens(text)
        answer = await self._gets(sheet.one(".acts a")["hx-get"])
        assert answer.status_code == 200, answer.text
        return self.page.one("#replying .replying")

    async def replies(self, text: str, to: str) -> None:
        await self.begins_reply(to)
        await self.says(text)

    async def takes_back(self, text: str) -> httpx.Response:
        """Ask for it once more, and do it; what htmx is answered."""
        form = (await self.opens(text)).one("details form")
        return await self.sends(form, self._htmx("sheet"))

    def _door(self, text: str) -> str:
        return self.page.one(f"#m{self.line(text).seq} .door")["href"]

    async def _gets(self, path: str) -> httpx.Response:
        """What a link asks for, swapped in where the answer says."""
        answer = await self.browser.gets(urljoin(self.url, path), **self._htmx(""))
        if answer.status_code == 200 and "hx-redirect" not in answer.headers:
            assert answer.headers["hx-reswap"] == "innerHTML"
            self.page.put(self.page.one(answer.headers["hx-retarget"]), answer.text)
        self.answer = answer
        return answer

    async def _sends(self, form: Element) -> httpx.Response:
        answer = await self.sends(form, self._htmx(form.get("id")))
        target = answer.headers.get("hx-retarget") or form.get("hx-target")
        if answer.status_code in (200, 422):
            self.page.swap(self.page.one(target) if target else form, answer.text)
        return answer

    def _htmx(self, target: str) -> dict[str, str]:
        return {"HX-Request": "true", "HX-Current-URL": self.url, "HX-Target": target, "Sec-Fetch-Site": "same-origin"}


class NoScriptPerson(Window):
    """A window without JavaScript: plain forms and links."""

    async def says(self, text: str) -> None:
        await self.tries(text)
        assert self.answer.status_code == 200, self.answer.text
        assert self.typed == ""

    async def tries(self, text: str) -> httpx.Response:
        return await self._sends(self.types("text", text))

    async def renames(self, nickname: str) -> None:
        await self.tries_nickname(nickname)
        assert self.answer.status_code == 200, self.answer.text

    async def tries_nickname(self, nickname: str) -> httpx.Response:
        return await self._sends(self.types("nickname", nickname))

    async def is_refused(self, text: str, status: int = 422) -> str:
        """Say what is not let in: the line by the box, on a page that holds the text."""
        answer = await self.tries(text)
        assert answer.status_code == status, answer.text
        assert self.typed == text
        return self.page.one("#say-alert").text

    async def is_refused_nickname(self, nickname: str, status: int = 422) -> str:
        answer = await self.tries_nickname(nickname)
        assert answer.status_code == status, answer.text
        assert self.typed_nickname == nickname
        assert self.page.form("nickname").parent is not None
        assert "open" in self.page.one("#me details").attributes
        return self.page.one("#nickname-alert").text

    async def sees(self, *texts: str) -> None:
        await self.reloads()
        assert [text for text in self.texts if text in texts] == list(texts)

    async def follows(self, selector: str) -> None:
        """Click a link."""
        self.shows(await self.browser.goes_to(urljoin(self.url, self.page.one(selector)["href"])))

    def log(self) -> AbstractAsyncContextManager[Stream]:
        """The frame in which the log goes on by itself."""
        url = urljoin(self.url, self.page.one("iframe.live")["src"])
        request = self.browser.http.build_request("GET", url, headers={"Accept-Encoding": "identity"})
        return streaming(self.chat.asgi, request, self.browser.address)

    async def _sends(self, form: Element) -> httpx.Response:
        """Post, and go where the answer leads; what the window then shows is the last answer."""
        answer = await self.sends(form)
        if answer.has_redirect_location:
            assert answer.status_code == 303
            await self.enters(answer.headers["location"])
        else:
            self.page = Page(answer.text)
        return self.answer


class Room:
    """A room of a running chat, and who comes into it."""

    def __init__(self, chat: Chat, name: str = "lobby", door: str = "asgi") -> None:
        self.chat = chat
        self.door = door
        self.name = name
        self.browsers = 0

    @property
    def address(self) -> str:
        return f"/r/{self.name}/"

    def browser(self, language: str = "en", address: str | None = None) -> Browser:
        """A browser of somebody who was never here."""
        self.browsers += 1
        return Browser.of(self.chat, address or f"192.0.2.{self.browsers}", language, self.door)

    async def enter(self, browser: Browser | None = None, language: str = "en") -> Person:
        """Somebody opens the room in a window."""
        person = Person(browser or self.browser(language))
        await person.enters(self.address)
        return person

    async def enter_without_script(self, browser: Browser | None = None, language: str = "en") -> NoScriptPerson:
        person = NoScriptPerson(browser or self.browser(language))
        await person.enters(self.address)
        return person
