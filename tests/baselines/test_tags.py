from __future__ import annotations

from rnnkit.baselines.tags import MostFrequentTag


def test_most_frequent_tag_of_known_and_unknown_words() -> None:
    sentences = [
        (["the", "can", "can"], ["DET", "NOUN", "AUX"]),
        (["can", "The", "man"], ["AUX", "DET", "NOUN"]),
        (["dog"], ["NOUN"]),
    ]
    frequent = MostFrequentTag(sentences)
    assert frequent.predict(["the", "can", "The", "mouse"]) == ["DET", "AUX", "DET", "NOUN"]


def test_most_frequent_tag_breaks_ties_by_the_alphabet() -> None:
    frequent = MostFrequentTag([(["x", "x"], ["B", "A"])])
    assert frequent.predict(["x", "new"]) == ["A", "A"]
