"""The exported pages in Firefox and in WebKit, where this machine has them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnkit.export.html import page
from tests.export.html import test_tokenizers as texts
from tests.export.html.test_page import QUERIES, answer, assert_near
from tests.helpers.browsers import Browser, firefox, minibrowser, webkit
from tests.helpers.exported import KINDS, exported

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

ASK = """JSON.stringify(rnnkit.ask(arguments[0], arguments[1]),
  (_, value) => ArrayBuffer.isView(value) ? [...value] : value)"""
UNNAMED = """[...document.querySelectorAll(
  "button, select, textarea, input, canvas, [role=slider]")].filter((one) =>
  !(one.textContent.trim() || one.getAttribute("aria-label") || one.labels?.length)).length"""


@pytest.fixture(scope="module", params=["firefox", "webkit"])
def window(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "firefox":
        if not (shutil.which("firefox-esr") or shutil.which("firefox")):
            pytest.skip("no Firefox here: `apt-get install firefox-esr`")
        with firefox(folder) as browser:
            yield browser
    else:
        if not (minibrowser() and shutil.which("WebKitWebDriver") and shutil.which("Xvfb")):
            pytest.skip("no WebKit here: `apt-get install webkit2gtk-driver xvfb`")
        with webkit(folder) as browser:
            yield browser


@pytest.mark.parametrize("kind", KINDS)
def test_page_answers_as_the_run_does_in_other_browsers(
    kind: str, window: Browser, tmp_path: Path
) -> None:
    model = exported(KINDS[kind]())
    file = tmp_path / "page.html"
    file.write_text(page(model), encoding="utf-8")
    window.open(file)
    condition = [0, 0, 1] if kind == "conditioned" else None  # de, en, it
    for query in QUERIES[kind]:
        assert_near(json.loads(window.evaluate(ASK, query, condition)), answer(model, query))
    window.open_narrow(file, 390)
    assert window.evaluate("innerWidth") == 390
    assert window.evaluate("document.documentElement.scrollWidth") <= 390
    assert window.evaluate(UNNAMED) == 0


def test_page_reads_texts_as_the_run_does_in_other_browsers(
    window: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "texts.html"
    file.write_text(f'<meta charset="utf-8"><script>{texts.script()}</script>', encoding="utf-8")
    window.open(file)
    assert window.evaluate("read(arguments[0])", texts.questions()) == texts.expected()
