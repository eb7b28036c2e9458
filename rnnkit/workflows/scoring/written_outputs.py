"""The outputs that a stopped call has written: these are complete, and the next call neither takes
them for other files nor writes them again.

An output is recognised by its inode, which it had under its temporary name already.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rnnkit.data.formats.output import temporary_name
from rnnkit.errors import RnnkitError
from rnnkit.platform.disk import write_error
from rnnkit.storage.reading import RECORD_BYTES, read_bytes
from rnnkit.storage.writing import append_json
from rnnkit.workflows.scoring.inputs import Input
from rnnkit.workflows.scoring.kept_answers import WRITTEN
from rnnkit.workflows.scoring.targets import Target

State = list[list[Any]]
"""Name, size and time of each file that an output answers."""


class WrittenOutputs:
    """The outputs of a call, in the folder of its answers.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path):
        self._file = folder / WRITTEN
        self._known: dict[str, dict[str, Any]] = {}
        lines: list[bytes] = []
        with contextlib.suppress(OSError, RnnkitError):
            lines = read_bytes(self._file, RECORD_BYTES, links=False).split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError, KeyError, TypeError):  # a part of a record
                record = json.loads(line)
                self._known[record["output"]] = self._known.get(record["output"], {}) | record

    def is_known(self, path: Path) -> bool:
        """Whether a file that is there was written by this call, before it was stopped."""
        with contextlib.suppress(OSError):
            return self._known.get(_name(path), {}).get("inode") == path.lstat().st_ino
        return False

    def rows(self, target: Target) -> int | None:
        """How many rows of a target were answered, where it is whole and what it answers has not
        changed; else None.
        """
        if target.path is None or not self.is_known(target.path):
            return None
        known = self._known[_name(target.path)]
        return int(known.get("rows", 0)) if known["inputs"] == _state(target.inputs) else None

    def opened(self, target: Target) -> None:
        """Notes which file an output will be, before it has its name.

        Raises:
            RnnkitError: If that cannot be written.
        """
        assert target.path is not None
        inode = temporary_name(target.path).lstat().st_ino
        self._add(target.path, {"inode": inode, "inputs": _state(target.inputs)})

    def counted(self, target: Target, rows: int) -> None:
        """Notes how many rows an output answers, before it has its name.

        Raises:
            RnnkitError: If that cannot be written.
        """
        assert target.path is not None
        self._add(target.path, {"rows": rows})

    def _add(self, path: Path, about: dict[str, Any]) -> None:
        record = {"output": _name(path), **about}
        try:
            append_json(self._file, record)
        except OSError as error:
            raise write_error(f"--output: {self._file}", error) from None


def _name(path: Path) -> str:
    """The same, however it is named."""
    return str(path.absolute().parent.resolve() / path.name)


def _state(inputs: Sequence[Input]) -> State:
    return [
        [os.fspath(one.path), one.path.stat().st_size, one.path.stat().st_mtime_ns]
        for one in inputs
        if one.path
    ]
