"""Export of a trained model to a format that other programs read."""

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
class Exported:
    """The files of an export.

    Args:
        path: The exported file or folder.
        size_bytes: The size of all files.
        further: Companion files in the same folder.
    """

    path: Path
    size_bytes: int
    further: tuple[Path, ...] = ()


def export(
    name: str | None, target: str, output: str | None = None, *, overwrite: bool = False
) -> Exported:
    """Exports a trained model for use without rnnkit.

    Args:
        name: A run's folder or name; None for the newest.
        target: The format, by its name in the registry, such as "onnx".
        output: The path to write; by default a file in the current folder, named after the run.
        overwrite: Whether an existing file may be replaced.

    Raises:
        RnnkitError: If the run is not trained, the target is unknown or cannot express the model,
            or the file exists already.
    """
    writer = find_target(target)
    return write_model(writer, open_model(name), output, f"export {target}", overwrite=overwrite)


def find_target(name: str) -> Target:
    """The export target of a name in the registry.

    Raises:
        RnnkitError: If the name is unknown.
    """
    if name not in EXPORTS:
        expected = f"Expected one of: {', '.join(sorted(EXPORTS))}"
        raise RnnkitError("export", f"no target {name!r}", expected, did_you_mean(name, EXPORTS))
    target: Target = lookup("export", name)()
    return target


def write_model(
    writer: Target, model: Model, output: str | None, where: str, *, overwrite: bool
) -> Exported:
    """Exports a model that is open already.

    Args:
        writer: The target.
        model: The model.
        output: As in `export`.
        where: The place that error messages name.
        overwrite: As in `export`.

    Raises:
        RnnkitError: If the target cannot express the model, or the file exists already.
    """
    path, *files = require_output(writer, model, output, overwrite=overwrite)
    with at(where):
        _write(writer, model, path, writer.further(model))
    return Exported(path, sum(map(_size, (path, *files))), tuple(files))


def require_output(
    writer: Target, model: Model, output: str | None, *, overwrite: bool
) -> list[Path]:
    """Checks that the files of an export can be written, and returns their paths.

    Raises:
        RnnkitError: If one exists already, or its path cannot be a file.
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
    """Opens the trained model of a run; of the newest run if `name` is None.

    Raises:
        RnnkitError: If the run is not trained, or is damaged.
    """
    trained = load_trained(find_trained(name))
    task, _, architecture, weights = open_run(trained.run)
    return Model(trained.run, task, architecture, weights, trained.predictor)


def _write(writer: Target, model: Model, path: Path, further: tuple[str, ...]) -> None:
    """Writes temporary files first, and moves them into place once all are complete."""
    temporary = path.with_name(f".{os.getpid()}-{path.stem}{writer.suffix}")
    files = {companion(temporary, part): companion(path, part) for part in further}
    try:
        for leftover in (temporary, *files):
            _remove(leftover)
        writer.write(model, temporary)
        for file, final in files.items():
            replace(file, final)
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
        for leftover in (temporary, *files):
            with contextlib.suppress(OSError):  # the first error is the one to report
                _remove(leftover)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
