"""Chromium without a window, driven over a pipe by the DevTools protocol; nothing but stdlib."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

BINARY = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-dev-shm-usage", "--remote-debugging-pipe",
)  # fmt: skip
LONGEST = 30.0  # seconds for one answer
_COMPLAINTS = {"Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"}

needs_chromium = pytest.mark.skipif(
    BINARY is None or sys.platform == "win32", reason="needs chromium, and it is not on the path"
)


class Browser:
    """One page of a running Chromium.

    Attributes:
        complaints: what the console showed since the page was opened.
        requested: every address that the page asked for, its own included.
    """

    def __init__(self, to: int, fro: int) -> None:
        self._to, self._fro, self._count, self._rest = to, fro, 0, b""
        self._session = ""
        self.complaints: list[str] = []
        self.requested: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def open(self, page: Path, *, width: int = 1280, dark: bool = False) -> None:
        """Show a file in a window of that width and wait until it is drawn."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        self.complaints.clear()
        self.requested.clear()
        self._call("Page.navigate", url=page.absolute().as_uri())
        begun = time.monotonic()
        while self.evaluate("document.readyState + location.href") != (
            "complete" + page.absolute().as_uri()
        ):
            assert time.monotonic() - begun < LONGEST, "the page does not come"
            time.sleep(0.02)

    def evaluate(self, script: str) -> Any:
        """What a script comes to on the page, as plain data."""
        found = self._call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def screenshot(
        self, *, whole: bool = False, clip: tuple[int, int, int, int] | None = None
    ) -> bytes:
        """A PNG of the window, of the whole page, or of left, top, width and height of it."""
        more: dict[str, Any] = {"captureBeyondViewport": whole or clip is not None}
        if whole:
            script = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
            clip = (0, 0, *self.evaluate(script))
        if clip is not None:
            more["clip"] = dict(zip(("x", "y", "width", "height"), clip, strict=True)) | {
                "scale": 1
            }
        return base64.b64decode(self._call("Page.captureScreenshot", **more)["data"])

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = json.loads(self._message())
            if answer.get("id") == self._count:
                assert "error" not in answer, (method, answer["error"])
                result: dict[str, Any] = answer["result"]
                return result
            self._noted(answer)

    def _noted(self, event: dict[str, Any]) -> None:
        if event.get("method") in _COMPLAINTS:
            self.complaints.append(json.dumps(event["params"])[:500])
        elif event.get("method") == "Network.requestWillBeSent":
            self.requested.append(event["params"]["request"]["url"])

    def _message(self) -> bytes:
        begun = time.monotonic()
        while b"\0" not in self._rest:
            left = LONGEST - (time.monotonic() - begun)
            ready, _, _ = select.select([self._fro], [], [], max(0.0, left))
            assert ready, "Chromium does not answer"
            part = os.read(self._fro, 1 << 20)
            assert part, "Chromium went away"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return message


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own, with a profile that is thrown away."""
    assert BINARY is not None, "asked only where it is there"
    to_read, to_write = os.pipe()
    fro_read, fro_write = os.pipe()

    def wire() -> None:  # Chromium reads from 3 and writes to 4
        low, high = os.dup(to_read), os.dup(fro_write)
        os.dup2(low, 3)
        os.dup2(high, 4)

    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [BINARY, *FLAGS, f"--user-data-dir={profile}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=wire, close_fds=False,  # noqa: PLW1509  it needs no lock
        )  # fmt: skip
        os.close(to_read)
        os.close(fro_write)
        try:
            yield Browser(to_write, fro_read)
        finally:
            os.close(to_write)  # the end of the pipe is the end of the browser
            os.close(fro_read)
            process.terminate()
            process.wait(10)
