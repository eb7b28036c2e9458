"""The site's search, opened from a disk: what runs it there in place of a worker."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from rnnkit.config.yaml12 import parse
from tests.conftest import REPO

ASK = """(file) => new Promise((tell) => {
  const worker = new Worker(file);
  worker.onmessage = (message) => (worker.terminate(), tell(message.data));
  worker.onerror = () => tell("error");
  worker.postMessage({ words: ["nucleus"] });
})"""


def test_worker_answers_from_a_disk(tab: Any, tmp_path: Path) -> None:
    """That of mkdocs.yml, which Zensical takes for its own by its name."""
    (polyfill,) = parse((REPO / "mkdocs.yml").read_text(), "mkdocs.yml").tree["extra"]["polyfills"]
    assert "iframe-worker" in polyfill["path"]
    shutil.copy(REPO / "docs" / polyfill["path"], tmp_path / "shim.js")
    worker = "self.onmessage = (message) => self.postMessage(message.data.words.length);"
    (tmp_path / "worker.js").write_text(worker)
    (tmp_path / "page.html").write_text('<body><script src="shim.js"></script>')
    tab.goto((tmp_path / "page.html").as_uri())
    assert tab.evaluate(ASK, "worker.js") == 1
    assert tab.evaluate("document.querySelectorAll('iframe').length") == 0
    assert tab.evaluate(ASK, "missing.js") == "error"
