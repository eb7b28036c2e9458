import numpy as np

from rnnkit.data.raw.some import some_of


def test_some_of_takes_labels_alike_and_smaller_choices_are_parts_of_larger_ones() -> None:
    labels = ["a"] * 60 + ["b"] * 30 + ["c"] * 10
    chosen = {count: set(some_of(labels, count, 0).tolist()) for count in (10, 20, 50, 100)}
    assert chosen[10] < chosen[20] < chosen[50] < chosen[100] == set(range(100))
    for count, rows in chosen.items():
        counts = [sum(labels[row] == name for row in rows) for name in "abc"]
        assert np.allclose(counts, [0.6 * count, 0.3 * count, 0.1 * count], atol=1.5)
    assert {labels[row] for row in some_of(labels, 3, 1)} == {"a", "b", "c"}


def test_some_of_different_labels_is_a_random_choice() -> None:
    labels = [str(row) for row in range(50)]
    assert len(some_of(labels, 5, 0)) == 5
    assert some_of(labels, 5, 0).tolist() == some_of(labels, 5, 0).tolist()
    assert some_of(labels, 5, 0).tolist() != some_of(labels, 5, 1).tolist()
