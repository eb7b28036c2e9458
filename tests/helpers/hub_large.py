"""The hub's large files: Git LFS (in one piece, or in parts), and xet's store in a folder."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HASH, ENTRY = 32, 48  # bytes of a hash and of an entry in a shard of xet
VERIFIED, DESCRIBED = 1 << 31, 1 << 30  # flags of a file in it


@dataclass
class Objects:
    """What the stand-in keeps.

    Args:
        folder: Of xet's store.
        part_bytes: How large the parts are in which Git LFS uploads; None for one piece.
        answers: The status of every upload by Git LFS, where it is not to work.
        refused: What the batch says of every object; None where it takes them.
        transfers: How each file came.
    """

    folder: Path
    part_bytes: int | None = None
    answers: int | None = None
    refused: str | None = None
    store: str | None = None
    transfers: list[str] = field(default_factory=list)
    _parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    _xet: dict[str, str] = field(default_factory=dict)

    # Git LFS: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md

    def batch(self, address: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Where each object is to be put."""
        return {
            "transfer": "multipart" if self.part_bytes else "basic",
            "objects": [self._object(address, one["oid"], one["size"]) for one in asked["objects"]],
        }

    def _object(self, address: str, oid: str, size: int) -> dict[str, Any]:
        about: dict[str, Any] = {"oid": oid, "size": size}
        if self.refused:
            return {**about, "error": {"code": 422, "message": self.refused}}
        place = f"{address}/lfs/{oid}"
        upload: dict[str, Any] = {"href": f"{place}/1"}
        if self.part_bytes:
            count = -(-size // self.part_bytes)
            parts = {str(number): f"{place}/{number}" for number in range(1, count + 1)}
            upload = {"href": place, "header": {"chunk_size": str(self.part_bytes), **parts}}
        return {**about, "actions": {"upload": upload, "verify": {"href": place}}}

    def put(self, path: str, body: bytes) -> str:
        """Keeps a part; its entity tag."""
        oid, number = path.split("/")[2:4]
        self._parts.setdefault(oid, {})[int(number)] = body
        return _tag(body)

    def is_whole(self, path: str, asked: dict[str, Any]) -> bool:
        """Whether an object came as its hash says, and each of the parts that are named."""
        oid = path.split("/")[2]
        parts = self._parts.get(oid, {})
        if any(_tag(parts[one["partNumber"]]) != one["etag"] for one in asked.get("parts", [])):
            return False
        return hashlib.sha256(self._joined(oid)).hexdigest() == oid

    def _joined(self, oid: str) -> bytes:
        return b"".join(part for _, part in sorted(self._parts.get(oid, {}).items()))

    # Both.

    def content(self, oid: str, size: int) -> bytes:
        """An object of a commit by its sha256, however it came."""
        if oid in self._parts:
            self.transfers.append("parts" if len(self._parts[oid]) > 1 else "basic")
            return self._joined(oid)
        self.transfers.append("xet")
        self._xet[oid] = next(
            found for path in self.folder.rglob("*.mdb") if (found := xet_hash(path, oid))
        )
        return self._reconstructed(self._xet[oid], size)

    # xet: https://huggingface.co/docs/xet

    @property
    def endpoint(self) -> str:
        """Where hf_xet finds its store: a folder of this machine."""
        return self.store or f"local://{self.folder}"

    def _reconstructed(self, name: str, size: int) -> bytes:
        import hf_xet

        path = self.folder / "reconstructed"
        options = {"endpoint": self.endpoint, "token": "t", "token_expiry_unix_secs": _expiry()}
        with hf_xet.XetSession().new_file_download_group(**options) as group:
            group.start_download_file(hf_xet.XetFileInfo(name, size), str(path))
        return path.read_bytes()

    def xet_headers(self, content: bytes, route: str) -> dict[str, str]:
        """What tells a client that a file can be had by xet."""
        oid = hashlib.sha256(content).hexdigest()
        if oid not in self._xet:
            return {}
        return {"X-Xet-Hash": self._xet[oid], "X-Xet-Refresh-Route": route, "X-Linked-ETag": oid}


def xet_token(objects: Objects) -> tuple[dict[str, Any], dict[str, str]]:
    """Where xet's store is and for how long, as a body and as headers."""
    url, token, expiry = objects.endpoint, "t", _expiry()
    headers = {"X-Xet-Cas-Url": url, "X-Xet-Access-Token": token}
    return (
        {"casUrl": url, "accessToken": token, "exp": expiry},
        {**headers, "X-Xet-Token-Expiration": str(expiry)},
    )


def xet_hash(shard: Path, oid: str) -> str | None:
    """The name in xet's store of the file that has a sha256, if a shard describes it.

    A shard begins with its own header; each file follows as an entry (its hash, flags, the number
    of its segments), its segments, as many checks of them, and an entry with its sha256.
    """
    data = shard.read_bytes()
    place = ENTRY
    while data[place : place + HASH] != b"\xff" * HASH:
        flags, segments = (
            int.from_bytes(data[place + start : place + start + 4], "little")
            for start in (HASH, HASH + 4)
        )
        name = _hex(data[place : place + HASH])
        place += ENTRY * (1 + segments * (2 if flags & VERIFIED else 1))
        if flags & DESCRIBED:
            if _hex(data[place : place + HASH]) == oid:
                return name
            place += ENTRY
    return None


def _hex(data: bytes) -> str:
    """A hash as xet writes it: four numbers of 64 bits."""
    return "".join(
        f"{int.from_bytes(data[start : start + 8], 'little'):016x}" for start in range(0, HASH, 8)
    )


def _tag(body: bytes) -> str:
    return f'"{hashlib.md5(body).hexdigest()}"'


def _expiry() -> int:
    return int(time.time()) + 3600
