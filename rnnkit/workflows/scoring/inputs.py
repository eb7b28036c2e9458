"""Which files are to be answered: one, several, those of a folder, those of a pattern."""

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
from rnnkit.workflows.answer_files import input_of, require_reads
from rnnkit.workflows.outputs import STANDARD
from rnnkit.workflows.trained import Trained

SHOWN_FILES = 3
EXPECTED = "a file to answer"

Known = Callable[[Path], bool]
"""Whether a file that is there is one that the same call wrote before it was stopped."""


@dataclass(frozen=True)
class Input:
    """A file to answer.

    Args:
        path: The file; None for standard input.
        reader: Its format; of a series, which a forecaster reads as a whole, None.
    """

    path: Path | None
    reader: Format | None

    @property
    def size(self) -> int:
        """Its bytes; 0 of standard input."""
        return self.path.stat().st_size if self.path else 0


def names_several(sources: Sequence[str]) -> bool:
    """Whether there is more than a name of one file: several names, a folder, or a pattern."""
    return len(sources) > 1 or _is_pattern(sources[0]) or Path(sources[0]).is_dir()


def inputs_of(
    trained: Trained, sources: Sequence[str], is_known: Known = lambda path: False
) -> list[Input]:
    """The files that are named, those of a folder or a pattern in the order of their names.

    Args:
        trained: The run that answers.
        sources: Files, folders or patterns such as "parts/*.csv"; "-" for standard input.
        is_known: Tells what the same call has written, which a pattern may fit: it is not answered.

    Raises:
        RnnkitError: If there is none, one is of a kind that the run does not read, or one is named
            twice.
    """
    predictor = trained.predictor
    if not isinstance(predictor, Forecasts):
        require_reads(trained)
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
        once: set[Path] = set()
        for name in names:
            if (path := Path(name).resolve()) in once:
                raise RnnkitError("", f"{name} is named twice", "Expected each file once")
            once.add(path)
    if isinstance(predictor, Forecasts):
        return [Input(Path(name), None) for name in names]
    return [Input(*input_of(trained, name)) for name in names]


def _files(source: str, readable: Sequence[str]) -> list[str]:
    """The files of a name."""
    if source == STANDARD:
        return [source]
    if _is_pattern(source):
        names = glob.glob(source, recursive=True)  # noqa: PTH207 (of any folder)
        found = sorted(name for name in names if Path(name).is_file())
        if not found:
            raise RnnkitError("", f"no file is called {source!r}", f"Expected {EXPECTED}")
        return found
    place = find_file_or_folder(source, f"{EXPECTED}, or a folder of them")
    return _files_of(place, readable) if place.is_dir() else [source]


def _files_of(folder: Path, readable: Sequence[str]) -> list[str]:
    """The files of a folder that are called as those that the run reads; a remark on the others."""
    try:
        visible = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise RnnkitError("", f"{folder} cannot be read ({error.strerror})") from None
    # a link to nothing is one of them: it is named where it would be read
    files = [path for path in visible if not path.is_dir()]
    inner = [path.name for path in visible if path.is_dir() and _has_any(path, readable)]
    read = [str(path) for path in files if is_called(path, readable)]
    others = [path.name for path in files if not is_called(path, readable)]
    if not read:
        suffixes = [suffix for name in readable for suffix in lookup("format", name).suffixes]
        got = f"no file in {str(folder)!r} that the run reads"
        raise RnnkitError("", got, f"Expected {', '.join(dict.fromkeys(suffixes))}")
    if others:
        of = f"{len(others):,} of {counted(len(files), 'file')}"
        log.warning(f"{folder}: {of} {agreed(len(others), 'is', 'are')} not read: {_shown(others)}")
    if inner:
        pattern = folder / "**" / f"*{Path(read[0]).suffix}"
        log.warning(
            f"{folder}: folders in it are not looked into: {_shown(inner)};"
            f" a pattern does, such as {str(pattern)!r}"
        )
    return read


def _has_any(folder: Path, readable: Sequence[str]) -> bool:
    """Whether there is a file in a folder that is called as those that the run reads."""
    with contextlib.suppress(OSError):
        return any(is_called(path, readable) for path in folder.iterdir())
    return False


def _shown(names: Sequence[str]) -> str:
    """The first of some names."""
    return ", ".join(names[:SHOWN_FILES]) + (", ..." if len(names) > SHOWN_FILES else "")


def _is_pattern(source: str) -> bool:
    """Whether it stands for files by a pattern; a file may be called so, too."""
    return glob.has_magic(source) and not os.path.lexists(source)
