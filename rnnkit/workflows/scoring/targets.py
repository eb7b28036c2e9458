"""The outputs of answers: one file, or a folder with a file for each input."""

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
from rnnkit.workflows.scoring.inputs import Input, IsKnown


@dataclass(frozen=True)
class Target:
    """A file of answers.

    Args:
        path: The file; None for standard output.
        writer: The format of the file.
        inputs: The files that it answers, in order.
    """

    path: Path | None
    writer: Format
    inputs: Sequence[Input]


def is_folder(output: str) -> bool:
    """Whether an output is a folder: an existing one, or a path without a suffix."""
    return output.endswith(("/", os.sep)) or Path(output).is_dir() or not Path(output).suffix


def single_target(
    predictor: Predictor,
    inputs: Sequence[Input],
    output: str,
    overwrite: bool,
    is_known: IsKnown,
) -> Target:
    """The target of all answers in one file.

    Raises:
        RnnkitError: If it exists already, its format cannot be written, or the inputs are of
            several formats.
    """
    overwrite |= output != STANDARD and is_known(Path(output))
    default = _default_writer(predictor, inputs[0].reader)
    path, writer = output_format(output, predictor.writes, overwrite, default=default)
    for file in inputs[1:]:
        if type(file.reader) is not type(inputs[0].reader):
            got = f"{inputs[0].path} and {file.path} are of two kinds"
            hint = "Name a folder, for a file of answers to each"
            raise RnnkitError("--output", got, "Expected files of one kind for one output", hint)
    return Target(path, writer, inputs)


def folder_targets(
    predictor: Predictor,
    inputs: Sequence[Input],
    folder: Path,
    overwrite: bool,
    is_known: IsKnown,
) -> list[Target]:
    """The targets of a folder: a file of answers for each input, with its name and, if possible,
    its format.

    Raises:
        RnnkitError: If two would have the same name, one exists already, or the folder is that of
            an input.
    """
    with at("--output"):
        if not folder.is_dir():
            require_free(folder, overwrite=False)
        inputs_by_name: dict[str, Path | None] = {}
        for file in inputs:
            assert file.path is not None
            if folder.exists() and file.path.parent.samefile(folder):
                got = f"{folder} is the folder of {file.path.name}, which is to be answered"
                raise RnnkitError("", got, "Expected another folder")
            name = answers_name(predictor, file.path)
            key = name.casefold()  # macOS ignores case
            if key in inputs_by_name:
                got = f"{folder / name} would answer {inputs_by_name[key]} and {file.path}"
                hint = "Rename one of them, or answer them in two calls"
                raise RnnkitError("", got, "Expected a file for each", hint)
            inputs_by_name[key] = file.path
    targets = []
    for file in inputs:
        assert file.path is not None
        path = folder / answers_name(predictor, file.path)
        with at("--output"):
            if folder.is_dir():
                require_free(path, overwrite or is_known(path))
            writer = format_of(path, predictor.writes, own=_default_writer(predictor, file.reader))
        targets.append(Target(path, writer, [file]))
    return targets


def make_folder(folder: Path) -> None:
    """Creates the folder of answers, whose parent must exist.

    Raises:
        RnnkitError: If it cannot be created.
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise write_error(f"--output: {folder}", error) from None


def answers_name(predictor: Predictor, path: Path) -> str:
    """The name of the answers to a file: its own, with another suffix if its format cannot be
    written.
    """
    plain = path.with_name(path.name.removesuffix(".gz")) if path.suffix == ".gz" else path
    if is_called(plain, predictor.writes):
        return plain.name
    (suffix, *_) = lookup("format", predictor.writes[0]).suffixes
    stem = plain.stem if is_called(plain, list(FORMATS)) else plain.name
    return f"{stem}{suffix}"


def _default_writer(predictor: Predictor, reader: Format | None) -> Format | None:
    """The format of the input table, with a header for the columns that are added; None for answers
    that are not columns of a table.
    """
    if reader is None or not predictor.columns:
        return None
    return with_keys(reader, {"header": True, "skip_rows": 0})
