import numpy as np

from rnnkit.data.raw.sample import stratified_sample


def test_stratified_samples_are_nested_and_keep_the_proportions_of_labels() -> None:
    labels = ["a"] * 60 + ["b"] * 30 + ["c"] * 10
    chosen = {
        count: set(stratified_sample(labels, count, 0).tolist()) for count in (10, 20, 50, 100)
    }
    assert chosen[10] < chosen[20] < chosen[50] < chosen[100] == set(range(100))
    for count, rows in chosen.items():
        counts = [sum(labels[row] == name for row in rows) for name in "abc"]
        assert np.allclose(counts, [0.6 * count, 0.3 * count, 0.1 * count], atol=1.5)
    assert {labels[row] for row in stratified_sample(labels, 3, 1)} == {"a", "b", "c"}


def test_stratified_sample_of_distinct_labels_is_random() -> None:
    labels = [str(row) for row in range(50)]
    assert len(stratified_sample(labels, 5, 0)) == 5
    assert stratified_sample(labels, 5, 0).tolist() == stratified_sample(labels, 5, 0).tolist()
    assert stratified_sample(labels, 5, 0).tolist() != stratified_sample(labels, 5, 1).tolist()
