"""Answers of a call that is not finished, chunk by chunk, in a folder beside its output: the same
call does not compute them again, whenever and however the one before ended.

A chunk is known by its file, its number and the content of its queries, so what changes in a file
is answered again, and nothing else. The folder says what the answers depend on besides: the run,
its engine, versions. A part has its own checksum; what is damaged is computed again.
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
"""Which outputs are there."""
LOCK = ".lock"
PART_BYTES = 4_000_000_000

Answers = list[list[Record] | None]
"""The records of each query; None if there is nothing to answer."""


def part_of(answers: Answers) -> bytes | None:
    """The content of a part; None if JSON does not give back what it is given."""
    with contextlib.suppress(TypeError, ValueError, RecursionError):
        text = json.dumps(answers)
        if json.loads(text) == answers:
            return hashlib.sha256(text.encode()).hexdigest().encode() + b"\n" + text.encode()
    return None


class KeptAnswers:
    """The answers of one call.

    Args:
        output: The file or the folder of its answers.
        identity: Gives what they depend on besides the files, by name.
    """

    def __init__(self, output: Path, identity: Callable[[], Mapping[str, str]]):
        self.folder = output.parent / f".{output.name}.answers"  # "." has no name
        self.is_left = self.is_continued = False
        self._identity, self._parts = identity, dict[str, str]()
        self._stack = contextlib.ExitStack()
        self._is_begun = False
        self._changed: set[str] = set()

    def open(self, *, anew: bool) -> None:
        """Takes what an earlier call left.

        Args:
            anew: Whether answers by another run may be dropped.

        Raises:
            RnnkitError: If they are by another run or version, and `anew` is not given; if another
                process is writing them.
        """
        with at("--output"):
            require_no_link(self.folder)
            if not self.folder.exists():
                return
            self.is_left = True
            self._begin()
            earlier, now = self._identity_there(), self._identity()
            if earlier == now:
                self._parts = dict(map(_of_name, self._there()))
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
        """Where a chunk is kept, whose folder is there then.

        Args:
            name: The result of `name_of`.
            content: Its queries.
        """
        self._begin()
        return self.folder / f"{name}-{_checksum(content)}.part"

    def answers(self, name: str, content: bytes, source: str) -> Answers | None:
        """The answers to a chunk; None if they are to be computed.

        Args:
            name: The result of `name_of`.
            content: Its queries.
            source: Its file, as messages call it.
        """
        there = self._parts.get(name)
        if there is None:
            return None
        path = self.folder / f"{name}-{there}.part"
        if there == _checksum(content):
            with contextlib.suppress(OSError, ValueError, RnnkitError):
                checksum, _, text = read_bytes(path, PART_BYTES, links=False).partition(b"\n")
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
        """Keeps the answers of a chunk.

        Raises:
            RnnkitError: If they cannot be written.
        """
        if part := part_of(answers):
            try:
                write_bytes(path, part)
            except OSError as error:
                raise write_error(f"--output: {self.folder}", error) from None

    def drop(self) -> None:
        """Removes all of it: it is in the output, or of no use. What says so goes last, so that a
        kill meanwhile leaves a folder that is continued.
        """
        for path in (*self._there(), self.folder / WRITTEN):
            path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Lets the next call have it, where anything is kept."""
        if not self._is_begun:
            return
        self._stack.close()
        self._is_begun = False
        if not self.holds_any:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def holds_any(self) -> bool:
        """Whether answers are kept, or outputs are known."""
        return bool(self._there()) or (self.folder / WRITTEN).exists()

    def _there(self) -> list[Path]:
        return list(self.folder.glob("*.part"))

    @property
    def is_begun(self) -> bool:
        """Whether there is such a folder."""
        return self._is_begun

    def _begin(self) -> None:
        """Makes the folder, where it is not there, for this process alone."""
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

    def _identity_there(self) -> Mapping[str, str]:
        with contextlib.suppress(RnnkitError, OSError):
            earlier = read_json(self.folder / ABOUT)
            return earlier if isinstance(earlier, dict) else {}
        return {}


def name_of(path: Path | None, number: int) -> str:
    """What a chunk is called: by its file and its number in it."""
    place = str(path.resolve() if path else "-")
    return f"{_checksum(place.encode('utf-8', 'surrogatepass'))[:16]}-{number:07}"


def _of_name(path: Path) -> tuple[str, str]:
    name, _, content = path.stem.rpartition("-")
    return name, content


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:40]
