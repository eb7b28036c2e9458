"""Identifies what answers depend on other than the queries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from rnnkit import kernels
from rnnkit.checksums import code_checksum
from rnnkit.storage import read_bytes
from rnnkit.tasks.answers import ANSWERED_AT_ONCE
from rnnkit.workflows.code import user_files
from rnnkit.workflows.engines import chosen_engine
from rnnkit.workflows.trained import Trained


def identity_of(trained: Trained, column: str | None) -> dict[str, str]:
    """What answers depend on other than the queries, by its name in messages."""
    run = trained.run
    codec = (run.tokenizer, run.source_tokenizer, run.labels, run.lengths, run.scaler)
    engine = f"{chosen_engine()} {trained.answers} {kernels.is_available()}"
    return {
        "run": f"{run.load_manifest()['sha256']} {_checksum((run.config, *codec))}",
        "column": str(column),
        "engine": engine,
        "version of rnnkit": f"{code_checksum()} {ANSWERED_AT_ONCE}",
        "code": _checksum(map(Path, user_files())),
    }


def _checksum(files: Iterable[Path]) -> str:
    """The checksum of the names and contents of files; a missing file counts as empty."""
    checksum = hashlib.sha256()
    for file in files:
        content = read_bytes(file) if file.is_file() else b""
        checksum.update(f"{file.name} {len(content)}\n".encode() + content)
    return checksum.hexdigest()
