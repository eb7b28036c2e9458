"""Records the outputs that a call has completed, which the same call does not write again.

An output is identified by its inode, which it already has under its temporary name.
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
from rnnkit.workflows.scoring.answer_cache import WRITTEN
from rnnkit.workflows.scoring.inputs import Input
from rnnkit.workflows.scoring.targets import Target

State = list[list[Any]]
"""The name, size and modification time of each input of an output."""


class WrittenOutputs:
    """The record of the outputs of a call.

    Args:
        folder: The folder of the call's stored answers.
    """

    def __init__(self, folder: Path):
        self._file = folder / WRITTEN
        self._records: dict[str, dict[str, Any]] = {}
        lines: list[bytes] = []
        with contextlib.suppress(OSError, RnnkitError):
            lines = read_bytes(self._file, RECORD_BYTES, links=False).split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError, KeyError, TypeError):  # a torn line
                record = json.loads(line)
                output = record["output"]
                self._records[output] = self._records.get(output, {}) | record

    def is_known(self, path: Path) -> bool:
        """Whether an existing file was written by this call, before it was stopped."""
        with contextlib.suppress(OSError):
            return self._records.get(_name(path), {}).get("inode") == path.lstat().st_ino
        return False

    def rows(self, target: Target) -> int | None:
        """The number of answered rows of an output; None if it is not complete, or an input has
        changed.
        """
        if target.path is None or not self.is_known(target.path):
            return None
        record = self._records[_name(target.path)]
        return int(record.get("rows", 0)) if record["inputs"] == _state(target.inputs) else None

    def opened(self, target: Target) -> None:
        """Records the inode and the inputs of an output, before it has its name.

        Raises:
            RnnkitError: If the record cannot be written.
        """
        assert target.path is not None
        inode = temporary_name(target.path).lstat().st_ino
        self._add(target.path, {"inode": inode, "inputs": _state(target.inputs)})

    def counted(self, target: Target, rows: int) -> None:
        """Records the number of answered rows of an output, before it has its name.

        Raises:
            RnnkitError: If the record cannot be written.
        """
        assert target.path is not None
        self._add(target.path, {"rows": rows})

    def _add(self, path: Path, fields: dict[str, Any]) -> None:
        record = {"output": _name(path), **fields}
        try:
            append_json(self._file, record)
        except OSError as error:
            raise write_error(f"--output: {self._file}", error) from None


def _name(path: Path) -> str:
    """The absolute path of an output, without links in its folder."""
    return str(path.absolute().parent.resolve() / path.name)


def _state(inputs: Sequence[Input]) -> State:
    return [
        [os.fspath(file.path), file.path.stat().st_size, file.path.stat().st_mtime_ns]
        for file in inputs
        if file.path
    ]
