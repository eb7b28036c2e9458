"""Files that the user names for results: of which kind they are, and that nothing is overwritten
unasked.
"""

from __future__ import annotations

from pathlib import Path

from rnnkit.data.read.tables import Format, table_format
from rnnkit.errors import RnnkitError, at

STANDARD = "-"  # standard input or output


def output_table(
    output: str, overwrite: bool, otherwise: Format = "csv"
) -> tuple[Path | None, Format]:
    """The file in which a table is written, None for standard output, and its kind.

    Args:
        output: A .csv, .tsv or .jsonl file; "-" for standard output.
        overwrite: Whether it may be replaced.
        otherwise: The kind of standard output.

    Raises:
        RnnkitError: If a table cannot be written so, or is there already.
    """
    target = None if output == STANDARD else Path(output)
    require_free(target, "--output", overwrite)
    with at("--output"):
        kind = table_format(target) if target else otherwise
    if kind == "txt" or (target and target.suffix == ".gz"):
        raise RnnkitError(
            "--output", f"{output}: a table cannot be written so", "Expected .csv, .tsv or .jsonl"
        )
    return target, kind


def output_picture(plot: str, flag: str, overwrite: bool) -> Path:
    """The file of a picture.

    Raises:
        RnnkitError: If it is no .png in a folder that is there, or is there already.
    """
    path = Path(plot)
    if path.suffix.lower() != ".png":
        raise RnnkitError(flag, f"{plot}: unknown kind of picture {path.suffix!r}", "Expected .png")
    if not path.parent.is_dir():
        raise RnnkitError(
            flag,
            f"{plot}: no folder {str(path.parent)!r}",
            "Expected a file in a folder that is there",
        )
    require_free(path, flag, overwrite)
    return path


def require_free(path: Path | None, flag: str, overwrite: bool) -> None:
    """Checks that a file can be written without loss.

    Raises:
        RnnkitError: If it is a directory, or is there already and may not be replaced.
    """
    if path and path.is_dir():
        raise RnnkitError(flag, f"{path} is a directory", "Expected a file")
    if path and path.exists() and not overwrite:
        raise RnnkitError(
            flag, f"{path} is there already", "", "Name another file, or add --overwrite"
        )
