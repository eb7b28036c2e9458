from __future__ import annotations

from rnnkit.baselines.tags import MostFrequentTag


def test_each_word_gets_its_most_frequent_tag_and_unknown_ones_that_of_all() -> None:
    sentences = [
        (["the", "can", "can"], ["DET", "NOUN", "AUX"]),
        (["can", "The", "man"], ["AUX", "DET", "NOUN"]),
        (["dog"], ["NOUN"]),
    ]
    frequent = MostFrequentTag(sentences)
    assert frequent.predict(["the", "can", "The", "mouse"]) == ["DET", "AUX", "DET", "NOUN"]


def test_of_equally_frequent_tags_the_first_in_the_alphabet() -> None:
    frequent = MostFrequentTag([(["x", "x"], ["B", "A"])])
    assert frequent.predict(["x", "new"]) == ["A", "A"]
