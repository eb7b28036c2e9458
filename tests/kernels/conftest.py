from __future__ import annotations

from collections.abc import Iterator

import pytest

from rnnkit.kernels import library
from tests.kernels import SETS


@pytest.fixture(autouse=True)
def _fastest() -> Iterator[None]:
    """A test that uses another instruction set leaves the fastest one to the next."""
    yield
    if SETS:
        library.use(SETS[0])
