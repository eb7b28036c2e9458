from __future__ import annotations

import numpy as np
import pytest

from rnnkit.ranks.share import WHOLE, Share


@pytest.mark.parametrize(
    ("parts", "batch_size", "rows"), [(2, 8, 8), (2, 7, 5), (3, 8, 1), (5, 4, 4)]
)
def test_shares_put_together_are_the_batch_and_its_padding(
    parts: int, batch_size: int, rows: int
) -> None:
    every = [Share(one, one + 1, parts).filled(np.arange(rows), batch_size) for one in range(parts)]
    counted = np.concatenate([one for _, one in every])
    joined = np.concatenate([one for one, _ in every])
    assert len(joined) == -(-batch_size // parts) * parts
    assert joined[counted].tolist() == list(range(rows))


def test_one_process_has_the_batch_as_it_is() -> None:
    filled, counted = WHOLE.filled(np.array([3, 1]), 5)
    assert (filled.tolist(), counted.tolist()) == ([3, 1, 3, 1, 3], [True, True] + [False] * 3)


def test_several_devices_of_a_process_follow_each_other() -> None:
    assert Share(2, 4, 6).rows(11) == slice(4, 8)
