"""A stand-in for the Hugging Face hub: what `huggingface_hub` asks for, over HTTP, in a thread."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hf_the_right_one"
COMMIT = "a" * 40


@dataclass
class Hub:
    """What the stand-in keeps.

    Args:
        repositories: Files by name, by repository.
        answers: The status of every answer, where it is not to work.
        private: The repositories that were made private.
    """

    address: str = ""
    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    answers: int | None = None
    private: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        _, *parts = self.path.split("?")[0].split("/")
        if parts[:2] == ["api", "models"]:
            self._facts("/".join(parts[2:4]))
        elif parts[2:3] == ["resolve"]:
            self._file("/".join(parts[:2]), parts[4])
        else:
            self._say(404, {})

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.hub.answers:
            return self._say(self.hub.answers, {"error": "no"})
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._say(401, {"error": f"bad {self.headers.get('Authorization')}"})
        _, *parts = self.path.split("?")[0].split("/")
        if parts == ["api", "repos", "create"]:
            return self._create(json.loads(body))
        if parts == ["api", "validate-yaml"]:
            return self._say(200, {"errors": [], "warnings": []})
        name = "/".join(parts[2:4])
        if parts[4] == "preupload":
            asked = [
                {"path": one["path"], "uploadMode": "regular", "shouldIgnore": False}
                for one in json.loads(body)["files"]
            ]
            return self._say(200, {"files": asked})
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                content = base64.b64decode(line["value"]["content"])
                self.hub.repositories[name][line["value"]["path"]] = content
        facts = {
            "success": True,
            "commitOid": COMMIT,
            "commitUrl": f"{self.hub.address}/c/{COMMIT}",
        }
        return self._say(200, facts)

    def _create(self, wanted: dict[str, Any]) -> None:
        name = f"{wanted.get('organization') or 'anna'}/{wanted['name']}"
        if wanted.get("private") or wanted.get("visibility") == "private":
            self.hub.private.append(name)
        self.hub.repositories.setdefault(name, {})
        self._say(200, {"url": f"{self.hub.address}/{name}", "name": name})

    def _facts(self, name: str) -> None:
        files = self.hub.repositories.get(name, {})
        if self.hub.answers or not files:
            headers = {} if self.hub.answers else {"X-Error-Code": "RepoNotFound"}
            self._say(self.hub.answers or 404, {"error": "no"}, headers)
            return
        siblings = [{"rfilename": file, "size": len(files[file])} for file in files]
        self._say(200, {"id": name, "modelId": name, "sha": COMMIT, "siblings": siblings})

    def _file(self, name: str, file: str) -> None:
        content = self.hub.repositories[name][file]
        etag = hashlib.sha1(content).hexdigest()
        self._send(200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})

    def _say(self, status: int, data: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(data).encode(), headers or {})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@contextmanager
def hub() -> Iterator[Hub]:
    """A running stand-in."""
    kept = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": kept}))
    kept.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
