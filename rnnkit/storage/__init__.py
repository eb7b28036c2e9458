"""Files: everything that opens one goes through here.

`reading` opens regular files of limited size, `damage` turns a library's exception into an error
about the file, `arrays` and `records` check a file's content before it is used, `writing` leaves a
file complete or absent.
"""

from rnnkit.storage.arrays import load_npz, npz_bytes, read_npz
from rnnkit.storage.reading import read_bytes
from rnnkit.storage.records import read_json
from rnnkit.storage.writing import require_no_link, write_bytes, write_json, write_text

__all__ = [
    "load_npz",
    "npz_bytes",
    "read_bytes",
    "read_json",
    "read_npz",
    "require_no_link",
    "write_bytes",
    "write_json",
    "write_text",
]
