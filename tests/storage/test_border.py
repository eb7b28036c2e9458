"""Nothing opens a file but rnnkit/storage, which knows what may be in the place of one."""

from __future__ import annotations

import ast

from tests.helpers.sources import sources

READS = {"read_text", "read_bytes", "fromfile", "memmap"}
OPENS = {"open", "load", "loadtxt", "genfromtxt", "ZipFile", "is_zipfile", "GzipFile", "from_file"}
MODULES = {"gzip", "zipfile", "np", "io", "os", "codecs", "tarfile", "bz2", "lzma", "pickle"}

ELSEWHERE = {
    "backend/device.py": "the process' own streams",
    "bench": "measures what it wrote itself",
    "cli/streams.py": "the process' own streams",
    "cli/completion.py": "the start-up file of a shell, which it names and adds a line to",
    "cli/config.py": "the configs of the package",
    "checksums.py": "the sources of the package",
    "data/formats/npz.py": "looks at what is open",
    "data/encode/token_file.py": "a temporary file of its own",
    "data/formats/output.py": "writes",
    "data/read/http.py": "writes",
    "export/html/page.py": "the scripts of the package",
    "platform": "who holds a lock, and what Linux says of memory",
    "kernels/library.py": "the library of the package",
    "progress.py": "writes",
    "training/tensorboard.py": "writes",
    "data/read/images.py": "what storage has read, unpacked up to a limit",
    "workflows/configs.py": "the configs of the package",
    "workflows/temporary_run.py": "what was written a moment ago, in a folder of its own",
    "workflows/processes/member.py": "hears when who started it is gone",
    "backend/joined.py": "the system's nowhere, to write to",
    "export/keras.py": "what was written a moment ago, in a folder of its own",
}
"""Files that open what is not a user's, or not to read it."""


def opens(call: ast.Call) -> bool:
    """Whether a call may open a path."""
    if isinstance(call.func, ast.Name):
        return call.func.id == "open"
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr not in READS | OPENS and not call.func.attr.startswith("read"):
        return False
    owner = ast.unparse(call.func.value)
    if owner in ("pd", "pandas", "parquet", "csv") and call.func.attr.startswith("read"):
        source = ast.unparse(call.args[0]) if call.args else "file"
        return "file" in source and not source.startswith("BytesIO(")  # what is in memory
    return call.func.attr in READS or (
        call.func.attr in OPENS
        and (owner in MODULES or owner.endswith(("path", "file", "startup")))
    )


def test_nothing_opens_a_file_outside_storage() -> None:
    calls = {
        (path.as_posix(), f"{path}:{node.lineno}: {ast.unparse(node)}")
        for path, tree in sources().items()
        if path.parts[0] != "storage"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and opens(node)
    }
    assert {what for path, what in calls if not path.startswith(tuple(ELSEWHERE))} == set()
    unneeded = {
        place for place in ELSEWHERE if not any(path.startswith(place) for path, _ in calls)
    }
    assert unneeded == set()
