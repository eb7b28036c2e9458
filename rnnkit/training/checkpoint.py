"""Checkpoints: the whole state of a training, written so that a power cut at any instant leaves a
good one.

A checkpoint is a folder `step-000120/` with `state.npz` (every variable) and `state.json`
(everything else and the checksum of the arrays). It is written under a temporary name, flushed to
the disk and renamed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.errors import RUN_FAILED, RnnkitError
from rnnkit.storage import npz_bytes, read_npz, sync_folder, write_bytes, write_json

ARRAYS, STATE = "state.npz", "state.json"


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds."""

    arrays: dict[str, np.ndarray]
    state: dict[str, Any]


def save_checkpoint(
    folder: Path, step: int, arrays: Mapping[str, np.ndarray], state: Mapping[str, Any], keep: int
) -> None:
    """Writes the checkpoint of `step` below `folder`, then removes all but the newest `keep`.

    Raises:
        OSError: If the disk is full or fails; the checkpoints that were there stay.
    """
    final = folder / f"step-{step:09d}"
    temporary = final.with_suffix(".tmp")
    if _is_whole(final):
        return
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(temporary, ignore_errors=True)
    shutil.rmtree(final, ignore_errors=True)
    try:
        temporary.mkdir()
        content = npz_bytes(arrays)
        write_bytes(temporary / ARRAYS, content)
        write_json(temporary / STATE, {"sha256": _checksum(content, state), **state})
        os.rename(temporary, final)
        sync_folder(folder)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    for old in [*_folders(folder)[keep:], *folder.glob("step-*.tmp")]:
        shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(folder: Path, warn: Callable[[str], None]) -> Checkpoint:
    """The newest whole checkpoint below `folder`; damaged ones are set aside as `corrupt-step-...`.

    Raises:
        RnnkitError: If there is none, or none is whole.
    """
    damaged = []
    for path in _folders(folder):
        try:
            return _load(path)
        except (RnnkitError, OSError, ValueError, KeyError) as error:
            aside = path.with_name(f"corrupt-{path.name}")
            shutil.rmtree(aside, ignore_errors=True)
            path.rename(aside)
            damaged.append(path.name)
            warn(
                f"{path}: damaged checkpoint ({error}); kept as {aside.name}, going back to the one"
                " before"
            )
    if damaged:
        raise RnnkitError(
            str(folder),
            f"every checkpoint is damaged: {', '.join(damaged)}",
            "",
            "Train anew",
            exit_code=RUN_FAILED,
        )
    raise RnnkitError(str(folder), "no checkpoint", "Expected one to go on from", "Train anew")


def _load(path: Path) -> Checkpoint:
    state = json.loads((path / STATE).read_text(encoding="utf-8"))
    content = (path / ARRAYS).read_bytes()
    if not isinstance(state, dict) or state.pop("sha256", None) != _checksum(content, state):
        raise ValueError("the checksum does not fit")
    return Checkpoint(read_npz(content, str(path / ARRAYS)), state)


def _checksum(content: bytes, state: Mapping[str, Any]) -> str:
    return hashlib.sha256(content + json.dumps(state, sort_keys=True).encode()).hexdigest()


def _is_whole(path: Path) -> bool:
    try:
        _load(path)
    except (RnnkitError, OSError, ValueError, KeyError):
        return False
    return True


def _folders(folder: Path) -> list[Path]:
    return sorted((path for path in folder.glob("step-*") if path.suffix != ".tmp"), reverse=True)
