"""Labelled images in the formats of MNIST: four idx files in a folder, or one .npz file."""

from __future__ import annotations

import gzip
import io
import math
from pathlib import Path

import numpy as np

from rnnkit.data.read.files import GZIP
from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted
from rnnkit.storage.arrays import Archive
from rnnkit.storage.damage import blaming
from rnnkit.storage.reading import RECORD_BYTES, open_file, read_bytes

IDX = {"train": "train", "test": "t10k"}
EXPECTED = (
    "Expected MNIST: an .npz file with x_train, y_train, x_test and y_test, or a folder with the"
    " four files from train-images-idx3-ubyte to t10k-labels-idx1-ubyte, .gz or not"
)
UNSIGNED_BYTE = 0x08
"""The type code of unsigned bytes in an idx file."""

Images = dict[str, tuple[np.ndarray, np.ndarray]]
"""By part: (images, rows, columns) pixels from 0 to 255, and (images,) integer labels."""


def read_images(path: Path) -> Images:
    """Reads images from a folder of idx files, or from an .npz file.

    Raises:
        RnnkitError: If a file or an array is missing, damaged, or of another shape or type.
    """
    read = _folder if path.is_dir() else _archive
    images = read(path)
    for part, (pixels, labels) in images.items():
        is_bytes = pixels.dtype == np.uint8 and labels.dtype.kind in "ui"
        if pixels.ndim != 3 or labels.shape != pixels.shape[:1] or not pixels.size or not is_bytes:
            got = f"{part}: images {pixels.dtype}{list(pixels.shape)}"
            got += f", labels {labels.dtype}{list(labels.shape)}"
            expected = "Expected uint8 (images, rows, columns), and a whole number for each image"
            raise RnnkitError(str(path), got, expected)
    sizes = {part: pixels.shape[1:] for part, (pixels, _) in images.items()}
    if len(set(sizes.values())) > 1:
        raise RnnkitError(str(path), f"sizes of images: {sizes}", "Expected one in both parts")
    return images


def _archive(path: Path) -> Images:
    with open_file(path) as file:
        archive = Archive(file, str(path), ("damaged", EXPECTED, ""))
        required = [f"{axis}_{part}" for part in IDX for axis in "xy"]
        if missing := [name for name in required if name not in archive.names]:
            got = f"no array {missing[0]!r}, but {', '.join(archive.names) or 'nothing'}"
            raise RnnkitError(str(path), got, EXPECTED)
        return {part: (archive.read(f"x_{part}"), archive.read(f"y_{part}")) for part in IDX}


def _folder(path: Path) -> Images:
    return {
        part: (_idx(path, f"{name}-images", 3), _idx(path, f"{name}-labels", 1))
        for part, name in IDX.items()
    }


def _idx(folder: Path, name: str, axes: int) -> np.ndarray:
    """Reads the array of an idx file: a big-endian header of two zero bytes, type code, number of
    axes and the size of each axis, followed by the numbers.
    """
    names = [f"{name}{joint}idx{axes}-ubyte{end}" for joint in "-." for end in ("", ".gz")]
    file = next((path for path in map(folder.joinpath, names) if path.is_file()), None)
    if file is None:
        raise RnnkitError("", f"no {names[0]} in {folder}", EXPECTED)
    content = _unpacked(read_bytes(file), str(file))
    head = 4 + 4 * axes
    sizes = np.frombuffer(content[4:head], ">u4").tolist() if len(content) >= head else [0]
    is_idx = content[:4] == bytes([0, 0, UNSIGNED_BYTE, axes])
    if not is_idx or len(content) != head + math.prod(sizes):
        got = f"{file} is not a complete idx file of bytes with {counted(axes, 'axis', 'axes')}"
        raise RnnkitError("", got, EXPECTED)
    return np.frombuffer(content, np.uint8, offset=head).reshape(sizes)


def _unpacked(content: bytes, source: str) -> bytes:
    if not content.startswith(GZIP):
        return content
    with blaming(source, "damaged gzip", EXPECTED):
        unpacked = gzip.GzipFile(fileobj=io.BytesIO(content)).read(RECORD_BYTES + 1)
    if len(unpacked) > RECORD_BYTES:
        raise RnnkitError(source, f"more than {RECORD_BYTES:,} bytes", "Expected a smaller file")
    return unpacked
