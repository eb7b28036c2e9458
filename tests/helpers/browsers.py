"""Firefox and WebKit of this machine, each by what its own makers drive it with: Marionette, and
WebDriver. Nothing is downloaded.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

READY_SECONDS = 60
PREFERENCES = {
    "marionette.port": 0,  # any that is free; the browser writes it into its profile
    "datareporting.policy.dataSubmissionEnabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "app.update.disabledForTesting": True,
    "network.dns.disabled": True,
}
Call = Callable[[str, dict[str, Any]], Any]


class Browser:
    """A window.

    Args:
        call: Sends a command of WebDriver by its name, with its parameters.
    """

    def __init__(self, call: Call):
        self._call = call

    def open(self, file: Path) -> None:
        """Shows a page of the disk."""
        self._call("Navigate", {"url": file.as_uri()})

    def evaluate(self, expression: str, *arguments: object) -> Any:
        """What an expression of JavaScript gives; `arguments` are its own."""
        return self._call("ExecuteScript", {"script": f"return {expression}", "args": arguments})

    def open_narrow(self, file: Path, width: int) -> None:
        """Shows a page in a frame as narrow as a phone, which no window of a desk is."""
        outer = file.with_name("narrow.html")
        outer.write_text(f'<iframe src="{file.name}" width="{width}" height="800"></iframe>')
        self.open(outer)
        self._call("SwitchToFrame", {"id": 0})

    def screenshot(self, file: Path) -> None:
        """Writes what the window shows as a PNG."""
        file.write_bytes(base64.b64decode(self._call("TakeScreenshot", {"full": False})))


@contextlib.contextmanager
def firefox(profile: Path, **preferences: object) -> Iterator[Browser]:
    """A Firefox without a screen.

    Args:
        profile: An empty folder.
        preferences: Further ones, their dots as two underscores.
    """
    named = {name.replace("__", "."): value for name, value in preferences.items()}
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});"
        for name, value in (PREFERENCES | named).items()
    ]
    (profile / "user.js").write_text("\n".join(lines))
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program is not None
    command = [program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    with _running(command, HOME=str(profile)):
        port = int(_eventually(lambda: (profile / "MarionetteActivePort").read_text()))
        with socket.create_connection(("127.0.0.1", port), timeout=READY_SECONDS) as connection:
            stream = connection.makefile("rwb")
            _received(stream)

            def call(command: str, parameters: dict[str, Any]) -> Any:
                data = json.dumps([0, 1, f"WebDriver:{command}", parameters]).encode()
                stream.write(b"%d:%s" % (len(data), data))
                stream.flush()
                _, _, error, result = _received(stream)
                assert error is None, error["message"]
                return result.get("value") if isinstance(result, dict) else result

            call("NewSession", {})
            yield Browser(call)


def _received(stream: Any) -> Any:
    digits = b""
    while (letter := stream.read(1)) != b":":
        assert letter, "the browser has ended"
        digits += letter
    return json.loads(stream.read(int(digits)))


PATHS = {
    "Navigate": "url",
    "ExecuteScript": "execute/sync",
    "SwitchToFrame": "frame",
}


@contextlib.contextmanager
def webkit(home: Path) -> Iterator[Browser]:
    """WebKit on a screen in memory: the engine of Safari, in GTK's window.

    Args:
        home: An empty folder.
    """
    screen = f":{90 + os.getpid() % 900}"
    port = _free_port()
    url = f"http://127.0.0.1:{port}/session"
    options = {"binary": str(minibrowser()), "args": ["--automation"]}
    wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
    settings = {"DISPLAY": screen, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    settings |= {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1", "LIBGL_ALWAYS_SOFTWARE": "1"}
    with (
        _running(["Xvfb", screen, "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]),
        _running(["WebKitWebDriver", f"--port={port}"], **settings),
    ):
        session = _eventually(lambda: _asked(url, wanted))["sessionId"]

        def call(command: str, parameters: dict[str, Any]) -> Any:
            if command == "TakeScreenshot":
                return _asked(f"{url}/{session}/screenshot", None)
            return _asked(f"{url}/{session}/{PATHS[command]}", parameters)

        yield Browser(call)
        with contextlib.suppress(OSError):
            _asked(f"{url}/{session}", None, "DELETE")


def minibrowser() -> Path | None:
    """The window that comes with WebKit's driver."""
    return next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"), None)


def _asked(url: str, body: object, method: str | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=READY_SECONDS) as response:
        return json.load(response)["value"]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextlib.contextmanager
def _running(command: list[str], **settings: str) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def _eventually(attempt: Callable[[], Any]) -> Any:
    """What an attempt gives once the browser is there."""
    end = time.monotonic() + READY_SECONDS
    while True:
        try:
            if result := attempt():
                return result
        except (OSError, ValueError):
            if time.monotonic() > end:
                raise
        time.sleep(0.1)
