"""Files: what opens one goes through here.

`reading` opens regular files of bearable size, `damage` says whose fault it is where a library
fails on one, `arrays` and `records` check what a file says before it is used, `writing` leaves a
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
