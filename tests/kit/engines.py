"""Firefox and WebKit, driven by what they bring: WebDriver's commands, over Marionette's socket or over HTTP."""

from __future__ import annotations

import glob
import json
import os
import shutil
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import httpx

from tests.kit.ports import free_port, listens

PATIENCE = 40.0
ENTER = "\ue007"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""What an element is called in WebDriver's answers (W3C WebDriver, 11)."""


class Engine(ABC):
    """A browser with one window."""

    package = ""
    """Debian's package of it."""

    @classmethod
    @abstractmethod
    def program(cls) -> str | None:
        """The browser; None where it is not installed."""

    @abstractmethod
    def start(self, folder: Path) -> None: ...
    @abstractmethod
    def stop(self) -> None: ...
    @abstractmethod
    def command(self, name: str, **fields: Any) -> Any:
        """Do a command of WebDriver's, by its name at Marionette."""

    def goes_to(self, url: str) -> None:
        self.command("Navigate", url=url)

    def goes_back(self) -> None:
        self.command("Back")

    def clicks(self, selector: str) -> None:
        self.command("ElementClick", id=self._find(selector))

    def types(self, selector: str, text: str) -> None:
        self.command("ElementSendKeys", id=self._find(selector), text=text)

    def asks(self, script: str, *values: Any) -> Any:
        """What a function body returns in the page."""
        return self.command("ExecuteScript", script=script, args=list(values))

    def text(self, selector: str) -> str:
        return str(self.asks("return (document.querySelector(arguments[0]) || document.head).textContent", selector))

    def value(self, selector: str) -> str:
        return str(self.asks("return (document.querySelector(arguments[0]) || {}).value", selector))

    def sees(self, selector: str, text: str) -> None:
        """Wait until it stands there."""
        until(lambda: text in self.text(selector), lambda: f"{text!r} is not in {self.text(selector)!r}")

    def has(self, selector: str, *, gone: bool = False) -> None:
        """Wait until it is there, or is not any more."""
        script = "return document.querySelector(arguments[0]) !== null"
        until(lambda: self.asks(script, selector) is not gone, lambda: selector)

    def _find(self, selector: str) -> str:
        self.has(selector)
        found = self.command("FindElement", using="css selector", value=selector)
        return str(found.get(ELEMENT) or found["value"][ELEMENT])


class Firefox(Engine):
    """Firefox over Marionette: on a connection, messages as JSON with their length before a colon."""

    package = "firefox-esr"

    @classmethod
    def program(cls) -> str | None:
        return shutil.which("firefox-esr") or shutil.which("firefox")

    def start(self, folder: Path) -> None:
        port = free_port()
        (folder / "user.js").write_text(
            f'user_pref("marionette.port", {port});\nuser_pref("intl.accept_languages", "en");\n'
            'user_pref("datareporting.policy.dataSubmissionEnabled", false);\n'
        )
        command = [self.program() or "", "--headless", "--marionette", "--profile", str(folder), "--no-remote"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: listens(port), lambda: "Firefox does not listen")
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._read()
        self._number = 0
        self.command("NewSession", capabilities={})

    def command(self, name: str, **fields: Any) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, f"WebDriver:{name}", fields])
        self._socket.sendall(f"{len(message.encode())}:{message}".encode())
        _, _, error, result = json.loads(self._read())
        assert error is None, error
        return result.get("value", result) if isinstance(result, dict) and set(result) == {"value"} else result

    def _read(self) -> str:
        length = b""
        while (byte := self._socket.recv(1)) != b":":
            assert byte, "Firefox is gone"
            length += byte
        data = b""
        while len(data) < int(length):
            data += self._socket.recv(int(length) - len(data))
        return data.decode()

    def stop(self) -> None:
        self._socket.close()
        self._process.kill()
        self._process.wait()


class WebKit(Engine):
    """WebKitGTK's own small browser, over HTTP, on a screen of its own."""

    package = "webkit2gtk-driver xvfb"
    paths: ClassVar = {
        "Navigate": "url",
        "Back": "back",
        "FindElement": "element",
        "ElementClick": "element/{id}/click",
        "ElementSendKeys": "element/{id}/value",
        "ExecuteScript": "execute/sync",
    }

    @classmethod
    def program(cls) -> str | None:
        found = glob.glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser")
        return found[0] if found and shutil.which("WebKitWebDriver") and shutil.which("Xvfb") else None

    def start(self, folder: Path) -> None:
        reads, writes = os.pipe()
        self._screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writes), "-screen", "0", "400x720x24", "-nolisten", "tcp"],
            pass_fds=[writes],
            stderr=subprocess.DEVNULL,
        )
        os.close(writes)
        with os.fdopen(reads) as told:
            display = f":{told.readline().strip()}"
        port = free_port()
        environment = {**os.environ, "DISPLAY": display, "HOME": str(folder), "LANG": "C.UTF-8"}
        self._driver = subprocess.Popen(
            ["WebKitWebDriver", f"--port={port}"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(lambda: listens(port), lambda: "WebKitWebDriver does not listen")
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE)
        options = {"webkitgtk:browserOptions": {"binary": self.program(), "args": ["--automation"]}}
        answer = self._http.post("/session", json={"capabilities": {"alwaysMatch": options}}).json()
        self._session = answer["value"]["sessionId"]

    def command(self, name: str, **fields: Any) -> Any:
        path = self.paths[name].format(id=fields.pop("id", ""))
        answer = self._http.post(f"/session/{self._session}/{path}", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]

    def stop(self) -> None:
        self._http.delete(f"/session/{self._session}")
        self._http.close()
        for process in (self._driver, self._screen):
            process.kill()
            process.wait()


def until(happens: Callable[[], bool], what: Callable[[], str]) -> None:
    """Wait for what a browser tells nobody."""
    end = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < end, what()
        time.sleep(0.05)
