"""Finds the files to answer, named by their paths, a folder or a pattern."""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rnnkit.data.formats.choose import TABLES, is_called
from rnnkit.data.formats.format import Format
from rnnkit.data.read.files import find_file_or_folder
from rnnkit.errors import RnnkitError, at
from rnnkit.progress import log
from rnnkit.quantities import agreed, counted
from rnnkit.registry import lookup
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.workflows.answer_files import input_of
from rnnkit.workflows.outputs import STANDARD
from rnnkit.workflows.trained import Trained

MAX_FILES = 3
EXPECTED = "a file to answer"

IsKnown = Callable[[Path], bool]
"""Whether an existing file was written by the same call, before it was stopped."""


@dataclass(frozen=True)
class Input:
    """A file to answer.

    Args:
        path: The file; None for standard input.
        reader: The format of its rows; None for a series, which a forecaster reads as a whole.
    """

    path: Path | None
    reader: Format | None

    @property
    def size(self) -> int:
        """The size in bytes; 0 for standard input."""
        return self.path.stat().st_size if self.path else 0


def names_several(sources: Sequence[str]) -> bool:
    """Whether these can name several files: several paths, a folder or a pattern."""
    return len(sources) > 1 or _is_pattern(sources[0]) or Path(sources[0]).is_dir()


def find_inputs(
    trained: Trained, sources: Sequence[str], is_known: IsKnown = lambda path: False
) -> list[Input]:
    """Finds the files to answer; those of a folder or a pattern are sorted by name.

    Args:
        trained: The run that answers.
        sources: Files, folders or patterns such as "parts/*.csv"; "-" for standard input.
        is_known: Whether the same call wrote a file, which is then no input even if a pattern
            matches it.

    Raises:
        RnnkitError: If there is no file, the run cannot read one, or one is named twice.
    """
    predictor = trained.predictor
    if STANDARD in sources and len(sources) > 1:
        got = "standard input and other files"
        raise RnnkitError("--input", got, "Expected one or the other")
    readable = TABLES if isinstance(predictor, Forecasts) else predictor.reads
    with at("--input"):
        names = [
            name
            for source in sources
            for name in _files(source, readable)
            if name == source or not is_known(Path(name))
        ]
        paths: set[Path] = set()
        for name in names:
            if (path := Path(name).resolve()) in paths:
                raise RnnkitError("", f"{name} is named twice", "Expected each file once")
            paths.add(path)
    if isinstance(predictor, Forecasts):
        return [Input(Path(name), None) for name in names]
    return [Input(*input_of(trained, name)) for name in names]


def _files(source: str, readable: Sequence[str]) -> list[str]:
    """The files that a path or a pattern names."""
    if source == STANDARD:
        return [source]
    if _is_pattern(source):
        matches = glob.glob(source, recursive=True)  # noqa: PTH207 (of any folder)
        names = sorted(name for name in matches if Path(name).is_file())
        if not names:
            raise RnnkitError("", f"no file is called {source!r}", f"Expected {EXPECTED}")
        return names
    path = find_file_or_folder(source, f"{EXPECTED}, or a folder of them")
    return _files_in(path, readable) if path.is_dir() else [source]


def _files_in(folder: Path, readable: Sequence[str]) -> list[str]:
    """The files of a folder whose suffix the run reads; logs a warning about the others."""
    try:
        visible = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise RnnkitError("", f"{folder} cannot be read ({error.strerror})") from None
    # with broken links, which are errors when they are read
    files = [path for path in visible if not path.is_dir()]
    folders = [path.name for path in visible if path.is_dir() and _has_any(path, readable)]
    names = [str(path) for path in files if is_called(path, readable)]
    others = [path.name for path in files if not is_called(path, readable)]
    if not names:
        suffixes = [suffix for name in readable for suffix in lookup("format", name).suffixes]
        got = f"no file in {str(folder)!r} that the run reads"
        raise RnnkitError("", got, f"Expected {', '.join(dict.fromkeys(suffixes))}")
    if others:
        count = f"{len(others):,} of {counted(len(files), 'file')}"
        are = agreed(len(others), "is", "are")
        log.warning(f"{folder}: {count} {are} not read: {_listed(others)}")
    if folders:
        pattern = folder / "**" / f"*{Path(names[0]).suffix}"
        log.warning(
            f"{folder}: folders in it are not looked into: {_listed(folders)};"
            f" a pattern does, such as {str(pattern)!r}"
        )
    return names


def _has_any(folder: Path, readable: Sequence[str]) -> bool:
    """Whether a folder has a file whose suffix the run reads."""
    with contextlib.suppress(OSError):
        return any(is_called(path, readable) for path in folder.iterdir())
    return False


def _listed(names: Sequence[str]) -> str:
    """The first names of a list."""
    return ", ".join(names[:MAX_FILES]) + (", ..." if len(names) > MAX_FILES else "")


def _is_pattern(source: str) -> bool:
    """Whether a source is a pattern, and not the path of a file with such a name."""
    return glob.has_magic(source) and not os.path.lexists(source)
