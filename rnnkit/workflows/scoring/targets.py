"""Where answers are written: one file, or a folder with a file for each that is answered."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rnnkit.data.formats.choose import format_of, is_called, with_keys
from rnnkit.data.formats.format import Format
from rnnkit.errors import RnnkitError, at
from rnnkit.platform.disk import write_error
from rnnkit.registry import FORMATS, lookup
from rnnkit.tasks.predictor import Predictor
from rnnkit.workflows.outputs import STANDARD, output_format, require_free
from rnnkit.workflows.scoring.inputs import Input, Known


@dataclass(frozen=True)
class Target:
    """A file of answers.

    Args:
        path: The file; None for standard output.
        writer: Its format.
        inputs: The files that it answers, one after the other.
    """

    path: Path | None
    writer: Format
    inputs: Sequence[Input]


def is_folder(output: str) -> bool:
    """Whether an output means a folder: it is one, or its name has no suffix."""
    return output.endswith(("/", os.sep)) or Path(output).is_dir() or not Path(output).suffix


def one_target(
    predictor: Predictor,
    inputs: Sequence[Input],
    output: str,
    overwrite: bool,
    is_known: Known,
) -> Target:
    """All answers in one file.

    Raises:
        RnnkitError: If it exists already, its kind is not written, or the files to answer are of
            several kinds.
    """
    overwrite |= output != STANDARD and is_known(Path(output))
    usual = _usual(predictor, inputs[0].reader)
    path, writer = output_format(output, predictor.writes, overwrite, otherwise=usual)
    for other in inputs[1:]:
        if type(other.reader) is not type(inputs[0].reader):
            got = f"{inputs[0].path} and {other.path} are of two kinds"
            hint = "Name a folder, for a file of answers to each"
            raise RnnkitError("--output", got, "Expected files of one kind for one output", hint)
    return Target(path, writer, inputs)


def targets_in(
    predictor: Predictor,
    inputs: Sequence[Input],
    folder: Path,
    overwrite: bool,
    is_known: Known,
) -> list[Target]:
    """A file of answers to each file, of its name, and of its kind where that is written.

    Raises:
        RnnkitError: If two would be one, one exists already, or the folder is that of the files to
            answer.
    """
    with at("--output"):
        if not folder.is_dir():
            require_free(folder, overwrite=False)
        named: dict[str, Path | None] = {}
        for one in inputs:
            assert one.path is not None
            if folder.exists() and one.path.parent.samefile(folder):
                got = f"{folder} is the folder of {one.path.name}, which is to be answered"
                raise RnnkitError("", got, "Expected another folder")
            name = name_of_answers(predictor, one.path)
            if name.casefold() in named:  # A and a are one on macOS
                got = f"{folder / name} would answer {named[name.casefold()]} and {one.path}"
                hint = "Rename one of them, or answer them in two calls"
                raise RnnkitError("", got, "Expected a file for each", hint)
            named[name.casefold()] = one.path
    targets = []
    for one in inputs:
        assert one.path is not None
        path = folder / name_of_answers(predictor, one.path)
        with at("--output"):
            if folder.is_dir():
                require_free(path, overwrite or is_known(path))
            writer = format_of(path, predictor.writes, own=_usual(predictor, one.reader))
        targets.append(Target(path, writer, [one]))
    return targets


def make_folder(folder: Path) -> None:
    """The folder of answers, in one that exists.

    Raises:
        RnnkitError: If it cannot be made.
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise write_error(f"--output: {folder}", error) from None


def name_of_answers(predictor: Predictor, path: Path) -> str:
    """What the answers to a file are called: as the file, with the usual suffix where its own is
    not that of a kind that is written.
    """
    plain = path.with_name(path.name.removesuffix(".gz")) if path.suffix == ".gz" else path
    if is_called(plain, predictor.writes):
        return plain.name
    (suffix, *_) = lookup("format", predictor.writes[0]).suffixes
    stem = plain.stem if is_called(plain, list(FORMATS)) else plain.name
    return f"{stem}{suffix}"


def _usual(predictor: Predictor, reader: Format | None) -> Format | None:
    """The table's own way to write, with names for what is added; else the records' usual one."""
    if reader is None or not predictor.columns:
        return None
    return with_keys(reader, {"header": True, "skip_rows": 0})
