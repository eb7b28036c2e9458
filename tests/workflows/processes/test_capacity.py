"""More processes than this machine has room for are refused before any of them starts."""

from __future__ import annotations

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.platform.processes import processors
from rnnkit.workflows.processes.capacity import require_capacity

MORE_THAN_ANY = 1_000_000


def test_room(said: list[str]) -> None:
    require_capacity(1)
    assert said == []
    with pytest.raises(
        RnnkitError, match=r"Expected at most \d+: this machine has .* `--num-processes \d+`"
    ):
        require_capacity(MORE_THAN_ANY)
    require_capacity(processors() + 1)
    assert any(", and wait for each other" in line for line in said)
