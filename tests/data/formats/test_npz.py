"""Sequences of numbers in .npz files; what is wrong with them is tested with their data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from tests.data.tables import made, table


def test_npz_reads_rows() -> None:
    x = np.arange(12, dtype=np.float64).reshape(2, 3, 2)
    np.savez("a.npz", x=x, y=[0, 1])
    rows = made("npz").read(Path("a.npz"))
    assert rows.place(1) == "a.npz: x[1]"
    for row, sequence in zip(rows, x, strict=True):
        assert row.values["x"].dtype == np.float32
        np.testing.assert_array_equal(row.values["x"], sequence)


def test_npz_refuses_other_files_and_writing() -> None:
    with pytest.raises(RnnkitError, match=r"in.npz .*\.npz"):
        list(table("text", "npz"))
    with pytest.raises(RnnkitError, match="read only"), made("npz").writer(Path("o.npz")):
        pass
