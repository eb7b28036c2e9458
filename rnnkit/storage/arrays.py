"""Arrays in .npz files: their headers are checked before any array is allocated, and nothing is
ever unpickled.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, BinaryIO

from rnnkit.quantities import counted
from rnnkit.storage.damage import blaming
from rnnkit.storage.reading import open_file

if TYPE_CHECKING:
    import numpy as np

SUFFIX = ".npy"
MOST_ARRAYS = 100_000
UNFOLDED_BYTES = 256_000_000  # the largest decompressed size,
UNFOLDED_TIMES = 50  # or this many times the size of the file
KINDS = "biufcmMSUO"  # numbers, times and texts; objects are refused when they are read
ENCRYPTED = 1
EXPECTED = "Expected an .npz of plain numbers"


@dataclass(frozen=True)
class Header:
    """The header of an array: its shape and type."""

    shape: tuple[int, ...]
    dtype: np.dtype


class Archive:
    """The arrays of an open .npz file.

    Args:
        file: Open at its start; it is not closed.
        source: Its name in messages.
        fault: The message about a damaged file: what was found, what is expected, what to do.

    Raises:
        RnnkitError: If it is not an .npz file, or would decompress to many times its size.
    """

    def __init__(
        self,
        file: BinaryIO | IO[bytes],
        source: str,
        fault: tuple[str, str, str] = ("damaged", EXPECTED, "Copy it again"),
    ):
        self.source, self._fault = source, fault
        with self._reading():
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            self._zip = zipfile.ZipFile(file)  # does not own the file
            self._members = self._checked(self._zip.infolist(), size)

    @property
    def names(self) -> list[str]:
        """The names of the arrays."""
        return list(self._members)

    @cached_property
    def headers(self) -> dict[str, Header]:
        """The header of each array.

        Raises:
            RnnkitError: If one is not an array, does not have its header's size, or holds objects.
        """
        return {name: self._plain(name) for name in self._members}

    def header(self, name: str) -> Header:
        """The header of one array, which may hold objects; raises as `headers` does."""
        with self._reading(), self._zip.open(self._members[name]) as file:
            header, start = _read_header(file)
            wanted = math.prod(header.shape) * header.dtype.itemsize
            has = self._members[name].file_size - start
            if not header.dtype.hasobject and wanted != has:
                says = f"{header.dtype}{list(header.shape)}"
                got = f"{name} says {says}, and has {counted(has, 'byte')}"
                raise ValueError(got)
            return header

    def read(self, name: str) -> np.ndarray:
        """An array.

        Raises:
            RnnkitError: If it is damaged, or holds objects.
        """
        import numpy as np

        self._plain(name)
        with self._reading(), self._zip.open(self._members[name]) as file:
            array: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
            file.read(1)  # zipfile compares the checksum at the end
            return array

    def _plain(self, name: str) -> Header:
        header = self.header(name)
        if header.dtype.hasobject:
            with self._reading():
                raise ValueError(f"{name} holds Python objects, which only pickle reads")
        return header

    def content(self, name: str) -> bytes:
        """The raw bytes of a member, for readers of more than plain arrays."""
        with self._reading():
            return self._zip.read(self._members[name])

    def _reading(self) -> AbstractContextManager[None]:
        return blaming(self.source, *self._fault)

    @staticmethod
    def _checked(members: list[zipfile.ZipInfo], size: int) -> dict[str, zipfile.ZipInfo]:
        if len(members) > MOST_ARRAYS:
            raise ValueError(f"more than {MOST_ARRAYS:,} arrays")
        by_name: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            name = member.filename
            if name in by_name:
                raise ValueError(f"two arrays {name.removesuffix(SUFFIX)!r}")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError(f"{name!r} is compressed in another way than numpy's")
            if member.flag_bits & ENCRYPTED:
                raise ValueError(f"{name!r} is encrypted")
            if name.startswith("/") or "\\" in name or ".." in PurePosixPath(name).parts:
                raise ValueError(f"{name!r} is a path")
            by_name[name] = member
        unfolded = sum(member.file_size for member in members)
        if unfolded > max(size, min(size * UNFOLDED_TIMES, 1 << 62), UNFOLDED_BYTES):
            got = f"{size:,} bytes that unfold to {unfolded:,}"
            raise ValueError(f"{got}; numpy.savez, which compresses nothing, writes what is read")
        stored = sum(
            member.file_size for member in members if member.compress_type == zipfile.ZIP_STORED
        )
        if stored > size:
            raise ValueError("arrays that overlap")
        return {name.removesuffix(SUFFIX): member for name, member in by_name.items()}


def _read_header(file: IO[bytes]) -> tuple[Header, int]:
    """An array's header, and the offset of its numbers."""
    import numpy as np

    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    else:
        raise ValueError(f"an array of version {version[0]}.{version[1]}")
    if dtype.kind not in KINDS or dtype.names or dtype.subdtype:
        raise ValueError(f"an array of {dtype}")
    is_shape = all(isinstance(size, int) and 0 <= size < 1 << 48 for size in shape)
    if not is_shape or math.prod(shape) >= 1 << 48:
        raise ValueError(f"the shape {shape}")
    return Header(shape, dtype), file.tell()


def npz_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The content of an .npz file, identical byte for byte for equal arrays."""
    import numpy as np

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}{SUFFIX}"), member.getvalue())
    return buffer.getvalue()


def load_npz(path: Path) -> dict[str, np.ndarray]:
    """The arrays in a file that rnnkit wrote.

    Raises:
        RnnkitError: As in `read_npz`, or if it is a link, a pipe or the like.
        OSError: If it cannot be opened.
    """
    with open_file(path, links=False) as file:
        archive = Archive(file, str(path))
        return {name: archive.read(name) for name in archive.names}


def read_npz(content: bytes, source: str) -> dict[str, np.ndarray]:
    """The arrays in the content of an .npz file.

    Raises:
        RnnkitError: If it is damaged, or holds objects instead of numbers.
    """
    archive = Archive(io.BytesIO(content), source)
    return {name: archive.read(name) for name in archive.names}
