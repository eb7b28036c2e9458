"""A stand-in for the Hugging Face hub: what `huggingface_hub` asks for, over HTTP, in a thread.

As the hub has it, arrays are large files: they travel by xet (by `hf_xet` itself, whose store is a
folder here), or by Git LFS where `huggingface_hub` is told not to use xet.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.helpers import hub_large
from tests.helpers.hub_large import Objects

TOKEN = "hf_the_right_one"
COMMIT = "a" * 40
LARGE = (".npz", ".keras")


@dataclass
class Hub:
    """What the stand-in keeps.

    Args:
        repositories: Files by name, by repository.
        answers: The status of every answer, where it is not to work.
        private: The repositories that were made private.
        objects: The large files.
    """

    objects: Objects
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
        if parts[4:5] in (["xet-write-token"], ["xet-read-token"]):
            self._say(200, *hub_large.xet_token(self.hub.objects))
        elif parts[:2] == ["api", "models"]:
            self._facts("/".join(parts[2:4]))
        elif parts[2:3] == ["resolve"]:
            self._file("/".join(parts[:2]), parts[4])
        else:
            self._say(404, {})

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        """A large file, or a part of one, at an address that its batch named."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.hub.objects.answers:
            return self._say(self.hub.objects.answers, {})
        etag = self.hub.objects.put(self.path, body)
        return self._send(200, b"", {"ETag": etag})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.hub.answers:
            return self._say(self.hub.answers, {"error": "no"})
        if self.path.startswith("/lfs/"):
            is_whole = self.hub.objects.is_whole(self.path, json.loads(body))
            return self._say(200 if is_whole else 400, {})
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._say(401, {"error": f"bad {self.headers.get('Authorization')}"})
        _, *parts = self.path.split("?")[0].split("/")
        if parts == ["api", "repos", "create"]:
            return self._create(json.loads(body))
        if parts == ["api", "validate-yaml"]:
            return self._say(200, {"errors": [], "warnings": []})
        if parts[2:] == ["info", "lfs", "objects", "batch"]:
            asked = json.loads(body)
            return self._say(200, self.hub.objects.batch(self.hub.address, asked))
        name = "/".join(parts[2:4])
        if parts[4] == "preupload":
            asked = [
                {"path": path, "uploadMode": _mode(path), "shouldIgnore": False}
                for path in (one["path"] for one in json.loads(body)["files"])
            ]
            return self._say(200, {"files": asked})
        return self._commit(name, body)

    def _commit(self, name: str, body: bytes) -> None:
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                self.hub.repositories[name][value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                content = self.hub.objects.content(value["oid"], value["size"])
                self.hub.repositories[name][value["path"]] = content
        facts = {
            "success": True,
            "commitOid": COMMIT,
            "commitUrl": f"{self.hub.address}/c/{COMMIT}",
        }
        self._say(200, facts)

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
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT}
        route = f"{self.hub.address}/api/models/{name}/xet-read-token/{COMMIT}"
        self._send(200, content, {**headers, **self.hub.objects.xet_headers(content, route)})

    def _say(self, status: int, data: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(data).encode(), headers or {})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _mode(path: str) -> str:
    return "lfs" if path.endswith(LARGE) else "regular"


@contextmanager
def hub() -> Iterator[Hub]:
    """A running stand-in."""
    with tempfile.TemporaryDirectory() as folder, _running(Hub(Objects(Path(folder)))) as kept:
        yield kept


@contextmanager
def _running(kept: Hub) -> Iterator[Hub]:
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
