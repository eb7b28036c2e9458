"""One browser for all pages.

It lives no longer than this package's tests: playwright keeps a loop of asyncio running in the
main thread, in which no other test could run its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

Open = Callable[[str], Any]


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """A headless Chromium of this machine; nothing is downloaded."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("no chromium here: `make browser` installs it where it can")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        options = {"executable_path": program, "args": ["--no-sandbox", "--disable-gpu"]}
        chromium = playwright.chromium.launch(**options)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def tab(browser: Any) -> Iterator[Any]:
    """A tab that pages are opened in, one after the other, without a network."""
    context = browser.new_context(viewport={"width": 390, "height": 800}, offline=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(tab: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens a page's text; at the end no error was reported in it, and nothing was asked for."""
    errors: list[str] = []
    asked: list[str] = []
    listeners: dict[str, Any] = {
        "console": lambda message: message.type == "error" and errors.append(message.text),
        "pageerror": lambda error: errors.append(str(error)),
        "dialog": lambda dialog: (errors.append(dialog.message), dialog.dismiss()),
        "request": lambda request: asked.append(request.url),
    }
    for event, listener in listeners.items():
        tab.on(event, listener)

    def open_page(text: str) -> Any:
        file = tmp_path / "page.html"
        file.write_text(text, encoding="utf-8")
        tab.goto(file.as_uri())
        return tab

    yield open_page
    for event, listener in listeners.items():
        tab.remove_listener(event, listener)
    assert errors == []
    assert [url for url in asked if not url.startswith("file:")] == []
