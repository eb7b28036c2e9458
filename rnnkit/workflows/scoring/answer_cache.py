"""Stores the answers of a call that is not finished, in a folder next to its output, so that the
same call does not compute them again.

A chunk is identified by its file, its number and the content of its queries, so that only what
changed in a file is answered again. The folder also records what else the answers depend on: the
run, the engine, versions. A chunk has a checksum; a damaged one is computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from rnnkit.data.formats.format import Record
from rnnkit.errors import RnnkitError, at
from rnnkit.platform.disk import write_error
from rnnkit.platform.lock import lock_file
from rnnkit.progress import log
from rnnkit.storage import read_json, require_no_link, write_bytes, write_json
from rnnkit.storage.reading import read_bytes

ABOUT = "scoring.json"
WRITTEN = "written.jsonl"
"""The record of the outputs that are complete."""
LOCK = ".lock"
MAX_BYTES = 4_000_000_000  # of a chunk's file

Answers = list[list[Record] | None]
"""The records of each query; None for a query without an answer."""


def encode_answers(answers: Answers) -> bytes | None:
    """The content of a chunk's file; None if JSON cannot represent the answers exactly."""
    with contextlib.suppress(TypeError, ValueError, RecursionError):
        text = json.dumps(answers)
        if json.loads(text) == answers:
            return hashlib.sha256(text.encode()).hexdigest().encode() + b"\n" + text.encode()
    return None


class AnswerCache:
    """The stored answers of one call.

    Args:
        output: The file or the folder of its answers.
        identity: Returns what they depend on other than the files, by name.
    """

    def __init__(self, output: Path, identity: Callable[[], Mapping[str, str]]):
        self.folder = output.parent / f".{output.name}.answers"  # "." has no name
        self.is_left = self.is_continued = False
        self._identity, self._checksums = identity, dict[str, str]()
        self._stack = contextlib.ExitStack()
        self._is_begun = False
        self._changed: set[str] = set()

    def open(self, *, anew: bool) -> None:
        """Opens the answers that an earlier call left.

        Args:
            anew: Whether to drop answers of another run or version.

        Raises:
            RnnkitError: If they are of another run or version and `anew` is false, or if another
                process is writing them.
        """
        with at("--output"):
            require_no_link(self.folder)
            if not self.folder.exists():
                return
            self.is_left = True
            self._begin()
            earlier, now = self._stored_identity(), self._identity()
            if earlier == now:
                self._checksums = dict(map(_name_and_checksum, self._stored()))
                self.is_continued = True
                log.info(f"continuing: the answers in {self.folder} are not computed again")
                return
            differs = [key for key, value in now.items() if earlier.get(key) != value]
            got = f"{self.folder} holds answers of a call that was stopped, by another"
            got = f"{got} {', '.join(differs)}"
            if not anew:
                hint = "Repeat that call, name another output, or add --overwrite"
                raise RnnkitError("", got, "Expected the same call", hint)
            log.warning(f"{got}: they are dropped, and all is begun anew")
            self.drop()

    def path(self, name: str, content: bytes) -> Path:
        """The file of a chunk; creates the folder.

        Args:
            name: The result of `chunk_name`.
            content: The packed queries.
        """
        self._begin()
        return self.folder / f"{name}-{_checksum(content)}.part"

    def answers(self, name: str, content: bytes, source: str) -> Answers | None:
        """The stored answers to a chunk; None if they must be computed.

        Args:
            name: The result of `chunk_name`.
            content: The packed queries.
            source: The name of the chunk's file in messages.
        """
        stored = self._checksums.get(name)
        if stored is None:
            return None
        path = self.folder / f"{name}-{stored}.part"
        if stored == _checksum(content):
            with contextlib.suppress(OSError, ValueError, RnnkitError):
                checksum, _, text = read_bytes(path, MAX_BYTES, links=False).partition(b"\n")
                if hashlib.sha256(text).hexdigest().encode() == checksum:
                    answers: Answers = json.loads(text)
                    return answers
            log.warning(f"{path}: damaged; its rows are answered again")
        elif source not in self._changed:
            self._changed.add(source)
            log.warning(f"{source} has changed since: what is new in it is answered again")
        path.unlink(missing_ok=True)
        return None

    def put(self, path: Path, answers: Answers) -> None:
        """Stores the answers to a chunk.

        Raises:
            RnnkitError: If they cannot be written.
        """
        if encoded := encode_answers(answers):
            try:
                write_bytes(path, encoded)
            except OSError as error:
                raise write_error(f"--output: {self.folder}", error) from None

    def drop(self) -> None:
        """Removes all answers.

        The record of complete outputs is removed last, so that the same call continues if the
        process is killed meanwhile.
        """
        for path in (*self._stored(), self.folder / WRITTEN):
            path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Unlocks the folder, and removes it if it holds nothing."""
        if not self._is_begun:
            return
        self._stack.close()
        self._is_begun = False
        if not self.holds_any:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def holds_any(self) -> bool:
        """Whether answers are stored, or outputs are complete."""
        return bool(self._stored()) or (self.folder / WRITTEN).exists()

    def _stored(self) -> list[Path]:
        return list(self.folder.glob("*.part"))

    @property
    def is_begun(self) -> bool:
        """Whether this process holds the folder."""
        return self._is_begun

    def _begin(self) -> None:
        """Creates the folder if need be, and locks it for this process."""
        if self._is_begun:
            return
        try:
            self.folder.mkdir(exist_ok=True)
            cure = "Wait for it, or name another output"
            doing = "writing this output"
            self._stack.enter_context(lock_file(self.folder / LOCK, doing=doing, cure=cure))
            self._is_begun = True
            if not (self.folder / ABOUT).exists():
                write_json(self.folder / ABOUT, dict(self._identity()))
        except OSError as error:
            raise write_error(f"--output: {self.folder}", error) from None

    def _stored_identity(self) -> Mapping[str, str]:
        with contextlib.suppress(RnnkitError, OSError):
            earlier = read_json(self.folder / ABOUT)
            return earlier if isinstance(earlier, dict) else {}
        return {}


def chunk_name(path: Path | None, number: int) -> str:
    """The name of a chunk, from its file and its number."""
    source = str(path.resolve() if path else "-")
    return f"{_checksum(source.encode('utf-8', 'surrogatepass'))[:16]}-{number:07}"


def _name_and_checksum(path: Path) -> tuple[str, str]:
    """The name of a chunk and the checksum of its queries, from the path of its file."""
    name, _, checksum = path.stem.rpartition("-")
    return name, checksum


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:40]
