"""Output files that the user names: their format, and the check that no file is overwritten without
`--overwrite`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rnnkit.data.formats.choose import format_of
from rnnkit.data.formats.format import Format
from rnnkit.errors import RnnkitError, at
from rnnkit.platform.disk import write_error
from rnnkit.registry import lookup, name_of
from rnnkit.storage import write_bytes, write_text

STANDARD = "-"  # standard input or output
PAGES = (".html", ".htm")


def output_format(
    output: str, allowed: Sequence[str], overwrite: bool, default: Format | None = None
) -> tuple[Path | None, Format]:
    """Returns the file to which records are written (None for standard output) and its format.

    Args:
        output: A file whose suffix names the format; "-" for standard output.
        allowed: The formats to choose from, by name, the default first.
        overwrite: Whether the file may be replaced.
        default: A format with its options, used for standard output if it is allowed, and for a
            file of the same format.

    Raises:
        RnnkitError: If records cannot be written in that format, or the file exists already.
    """
    if output == STANDARD:
        name = name_of("format", type(default)) if default else allowed[0]
        is_printable = name in allowed and lookup("format", name).is_text
        return None, lookup("format", name if is_printable else allowed[0])()
    target = Path(output)
    with at("--output"):
        require_free(target, overwrite)
        return target, format_of(target, allowed, own=default)


def output_picture(plot: str, flag: str, overwrite: bool) -> Path:
    """Checks the path of a picture to write, and returns it.

    Args:
        plot: The path.
        flag: The option that names it.
        overwrite: Whether an existing file may be replaced.

    Raises:
        RnnkitError: If it is not a .png file in an existing folder, or exists already.
    """
    path = Path(plot)
    with at(flag):
        if path.suffix.lower() != ".png":
            got = f"unknown kind of picture {path.suffix!r}"
            raise RnnkitError(plot, got, "Expected .png")
        require_free(path, overwrite)
    return path


def output_page(page: str, flag: str, overwrite: bool) -> Path:
    """Checks the path of an HTML page to write, and returns it.

    Args:
        page: The path.
        flag: The option that names it.
        overwrite: Whether an existing file may be replaced.

    Raises:
        RnnkitError: If it is not an .html file in an existing folder, or exists already.
    """
    path = Path(page)
    with at(flag):
        if path.suffix.lower() not in PAGES:
            got = f"unknown kind of page {path.suffix!r}"
            raise RnnkitError(page, got, "Expected .html")
        require_free(path, overwrite)
    return path


def write_output(path: Path, content: bytes | str, flag: str) -> None:
    """Writes a picture or a page.

    Args:
        path: The file.
        content: Its whole content.
        flag: The option that names the file.

    Raises:
        RnnkitError: If it cannot be written.
    """
    try:
        if isinstance(content, str):
            write_text(path, content)
        else:
            write_bytes(path, content)
    except OSError as error:
        raise write_error(f"{flag}: {path}", error) from None


def require_free(path: Path, overwrite: bool, *, is_export: bool = False) -> None:
    """Checks that an output file can be written without losing anything; every command uses this
    check. Existing files are replaced as a whole; nothing is written through a link, to a device or
    into a pipe, and no folder is created.

    Args:
        path: The file.
        overwrite: Whether it may be replaced.
        is_export: Whether it may be a folder, as it is an earlier export of the same kind.

    Raises:
        RnnkitError: If it is not a regular file, or exists already and may not be replaced.
    """
    if not path.parent.is_dir():
        got = f"{path} cannot be written: no folder {str(path.parent)!r}"
        raise RnnkitError("", got, "Expected a file in a folder that exists")
    if path.is_symlink():
        got = f"{path} is a link to {str(path.readlink())!r}"
        raise RnnkitError("", got, "Expected a file", "Name the file itself, or another")
    if path.is_dir() and not is_export:
        raise RnnkitError("", f"{path} is a directory", "Expected a file")
    if path.exists() and not (path.is_file() or path.is_dir()):
        got = f"{path} is a device or a pipe"
        raise RnnkitError("", got, "Expected a file", "Name another; standard output can go there")
    if path.exists() and not overwrite:
        raise RnnkitError("", f"{path} exists already", "", "Name another file, or add --overwrite")
