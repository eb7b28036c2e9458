"""A run leaves the toolkit."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from rnnkit.errors import RnnkitError, at, did_you_mean
from rnnkit.export.target import Model, Target, companion
from rnnkit.platform.disk import write_error
from rnnkit.platform.files import rename_folder, replace
from rnnkit.registry import EXPORTS, lookup
from rnnkit.workflows.outputs import STANDARD, require_free
from rnnkit.workflows.trained import find_trained, load_trained, open_run


@dataclass(frozen=True)
class Written:
    """What an export wrote.

    Args:
        path: The file or the folder.
        size_bytes: Its size.
        further: Files that belong to it, next to it.
    """

    path: Path
    size_bytes: int
    further: tuple[Path, ...] = ()


def export(
    name: str | None, target: str, output: str | None = None, *, overwrite: bool = False
) -> Written:
    """Writes a trained model for use outside rnnkit.

    Args:
        name: A run's folder or name; None for the newest.
        target: What to write, by its name in the registry: "onnx".
        output: The file; in the current folder, named after the run, if None.
        overwrite: Whether it may be replaced.

    Raises:
        RnnkitError: If the run is not trained, the target is unknown or cannot hold the model, or
            the file exists already.
    """
    writer = target_of(target)
    return write_by(writer, open_model(name), output, f"export {target}", overwrite=overwrite)


def target_of(name: str) -> Target:
    """What a name in the registry stands for.

    Raises:
        RnnkitError: If it is not there.
    """
    if name not in EXPORTS:
        expected = f"Expected one of: {', '.join(sorted(EXPORTS))}"
        raise RnnkitError("export", f"no target {name!r}", expected, did_you_mean(name, EXPORTS))
    target: Target = lookup("export", name)()
    return target


def write_by(
    writer: Target, model: Model, output: str | None, where: str, *, overwrite: bool
) -> Written:
    """Writes an open model; `where` is the place that messages name, the others are as in `export`.

    Raises:
        RnnkitError: If the target cannot hold the model, or the file exists already.
    """
    path, *files = require_output(writer, model, output, overwrite=overwrite)
    with at(where):
        _write(writer, model, path, writer.further(model))
    return Written(path, sum(map(_size, (path, *files))), tuple(files))


def require_output(
    writer: Target, model: Model, output: str | None, *, overwrite: bool
) -> list[Path]:
    """The files that a target writes of a model, which may be written.

    Raises:
        RnnkitError: If one exists already, or is not a place for a file.
    """
    path = Path(output or writer.file_name(model))
    with at("--output"):
        if output == STANDARD:
            raise RnnkitError("", "standard output", "Expected a file")
        require_free(path, overwrite, is_export=writer.wrote(path))
        files = [companion(path, part) for part in writer.further(model)]
        for file in files:
            require_free(file, overwrite)
    return [path, *files]


def open_model(name: str | None) -> Model:
    """The trained model of a run; of the newest if None.

    Raises:
        RnnkitError: If it is not trained or damaged.
    """
    trained = load_trained(find_trained(name))
    task, _, architecture, weights = open_run(trained.run)
    return Model(trained.run, task, architecture, weights, trained.predictor)


def _write(writer: Target, model: Model, path: Path, further: tuple[str, ...]) -> None:
    """All of it, or nothing."""
    temporary = path.with_name(f".{os.getpid()}-{path.stem}{writer.suffix}")
    files = {companion(temporary, part): companion(path, part) for part in further}
    try:
        for former in (temporary, *files):
            _remove(former)
        writer.write(model, temporary)
        for file, own in files.items():
            replace(file, own)
        if path.is_dir():
            former = path.with_name(f"{temporary.name}-former")
            rename_folder(path, former)
            rename_folder(temporary, path)
            _remove(former)
        else:
            replace(temporary, path)
    except OSError as error:
        raise write_error(str(path), error) from None
    finally:
        for left in (temporary, *files):
            with contextlib.suppress(OSError):  # why nothing was written is said already
                _remove(left)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
