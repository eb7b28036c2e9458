"""How data are divided into parts: text, labelled texts and pairs."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rnnkit.data.encode.tokenizer_specs import Word
from rnnkit.data.raw.labelled import Examples, Label
from rnnkit.data.raw.pairs import same_source
from rnnkit.data.raw.split import Split, TextSplit, grouped, last, stratified
from rnnkit.data.raw.text import Corpus
from rnnkit.errors import RnnkitError

WORDS = st.lists(st.text("abcdé,.-", min_size=1, max_size=12), min_size=1, max_size=60)
TEXT_SHARES = st.tuples(st.floats(0, 0.45), st.floats(0, 0.45))
SOME = settings(suppress_health_check=[HealthCheck.filter_too_much])  # a part may be empty


def divided(text: Corpus, split: TextSplit, at_space: bool = True) -> dict[str, str]:
    return {part: str(piece) for part, piece in split.divide(text, at_space=at_space).items()}


@pytest.mark.parametrize("shares", [(0.1, 0.0), (0.2, 0.1), (0.0, 0.3), (0.0, 0.0)])
def test_bounds_follow_the_shares(shares: tuple[float, float]) -> None:
    bounds = Split(validation=shares[0], test=shares[1]).bounds(10)
    asked = {"train": 1 - sum(shares), "validation": shares[0], "test": shares[1]}
    assert {part: len(items) for part, items in bounds.items()} == {
        part: round(10 * share) for part, share in asked.items() if share or part == "train"
    }
    assert [item for items in bounds.values() for item in items] == list(range(10))


def split_or_skip(text: str, shares: tuple[float, float], at_space: bool) -> dict[str, str]:
    try:
        return divided(Corpus(text), TextSplit(validation=shares[0], test=shares[1]), at_space)
    except RnnkitError as error:
        assert error.where == "data.split"
        assume(False)
        raise


@SOME
@given(st.text(min_size=1, max_size=300), TEXT_SHARES, st.booleans())
def test_divide_gives_parts_in_order_that_join_to_the_text(
    text: str, shares: tuple[float, float], at_space: bool
) -> None:
    parts = split_or_skip(text, shares, at_space)
    assert "".join(parts.values()) == text
    assert [part for part in ("train", "validation", "test") if part in parts] == list(parts)
    assert all(parts.values())


@SOME
@given(WORDS, st.sampled_from([" ", "\n", "  \n", "\t"]), TEXT_SHARES)
def test_divide_at_space_keeps_words_whole(
    words: list[str], space: str, shares: tuple[float, float]
) -> None:
    parts = split_or_skip(space.join(words), shares, at_space=True)
    assert [word for part in parts.values() for word in part.split()] == words
    # So the tokens of the parts are the tokens of the text.
    tokenizer = Word().train(space.join(words))
    np.testing.assert_array_equal(
        np.concatenate([tokenizer.encode(part) for part in parts.values()]),
        tokenizer.encode(space.join(words)),
    )


@SOME
@given(WORDS, TEXT_SHARES)
def test_divide_meets_the_shares_up_to_a_word(
    words: list[str], shares: tuple[float, float]
) -> None:
    text = " ".join(words)
    longest = max(map(len, words)) + 1
    for at_space, most in ((True, longest), (False, 1)):
        parts = split_or_skip(text, shares, at_space)
        for part, share in zip(("validation", "test"), shares, strict=True):
            assert abs(len(parts.get(part, "")) - share * len(text)) <= most


def test_divide_puts_validation_before_test() -> None:
    text = "".join(f" {number:02d}" for number in range(100))
    parts = divided(Corpus(text), TextSplit(validation=0.2, test=0.1))
    assert parts["train"].split() == [f"{number:02d}" for number in range(70)]
    assert parts["validation"].split() == [f"{number:02d}" for number in range(70, 90)]
    assert parts["test"].split() == [f"{number:02d}" for number in range(90, 100)]


def test_divide_without_shares_trains_on_everything() -> None:
    assert divided(Corpus("a b c"), TextSplit(validation=0)) == {"train": "a b c"}


@pytest.mark.parametrize(
    ("own", "parts"),
    [
        (Corpus("a b", "c d"), {"train": "a b", "validation": "c d"}),
        (Corpus("a b", "", "e f"), {"train": "a b", "test": "e f"}),
        (Corpus("a b", "c d", "e f"), {"train": "a b", "validation": "c d", "test": "e f"}),
    ],
)
def test_divide_keeps_the_own_parts_of_a_data_set(own: Corpus, parts: dict[str, str]) -> None:
    assert divided(own, TextSplit(validation=0.5, test=0.25)) == parts


@pytest.mark.parametrize("empty", ["", " \n"])
def test_divide_refuses_an_empty_training_part(empty: str) -> None:
    with pytest.raises(RnnkitError, match=r"data\.dataset: a training part without text") as caught:
        divided(Corpus(empty, "c d"), TextSplit())
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "shares", "at_space", "empty"),
    [
        ("word " * 20, TextSplit(validation=0.01), True, "validation"),
        ("abcdefgh", TextSplit(validation=0.5), True, "validation"),  # one word that is never torn
        ("abcdefgh", TextSplit(validation=0.4, test=0.01), False, "test"),
        ("abcde", TextSplit(validation=0.95), False, "train"),
        (" abcde fgh", TextSplit(validation=0.97), True, "train"),
    ],
)
def test_divide_refuses_an_empty_part(
    text: str, shares: TextSplit, at_space: bool, empty: str
) -> None:
    with pytest.raises(RnnkitError) as caught:
        divided(Corpus(text), shares, at_space)
    assert caught.value.where == "data.split"
    assert f"leave the {empty} part empty" in str(caught.value)
    assert (f"data.split.{empty}, or 0" if empty != "train" else "smaller shares") in str(
        caught.value
    )
    assert caught.value.exit_code == 2


def examples(texts: list[str], labels: list[Label]) -> Examples:
    return Examples(texts, labels, lambda index: f"row {index + 1}")


def of_labels(labels: list[str]) -> Examples:
    """A text of its own for each label."""
    return examples(
        [f"text {index}" for index in range(len(labels))], [(label,) for label in labels]
    )


# Few different texts, so that many repeat, with one label or several.
LABELLED = st.lists(
    st.tuples(
        st.sampled_from([f"text {number}" for number in range(30)]),
        st.sets(st.sampled_from("abcd"), max_size=3).map(sorted).map(tuple),
    ),
    min_size=1,
    max_size=80,
).map(lambda rows: examples([text for text, _ in rows], [label for _, label in rows]))
SHARES = st.fixed_dictionaries(
    {}, optional={"validation": st.floats(0.01, 0.6), "test": st.floats(0.01, 0.39)}
)


@given(LABELLED, SHARES, st.integers(0, 2**32 - 1))
def test_stratified_keeps_every_row_once_and_equal_texts_together(
    found: Examples, shares: dict[str, float], seed: int
) -> None:
    parts = stratified(found, shares, seed)
    assert list(parts) == ["train", *shares]
    assert sorted(index for rows in parts.values() for index in rows.tolist()) == list(
        range(len(found))
    )
    # in the order of the data
    assert all(rows.tolist() == sorted(rows.tolist()) for rows in parts.values())
    texts = [{found.texts[index] for index in rows} for rows in parts.values()]
    assert sum(map(len, texts)) == len(set.union(*texts))
    assert len(parts["train"]) > 0
    again = stratified(found, shares, seed)
    assert all((again[part] == rows).all() for part, rows in parts.items())


@given(st.lists(st.sampled_from("aaaaabbc"), min_size=1, max_size=150), SHARES, st.integers(0, 99))
def test_stratified_gives_each_part_its_share_of_every_label(
    labels: list[str], shares: dict[str, float], seed: int
) -> None:
    parts = stratified(of_labels(labels), shares, seed)
    for label, count in Counter(labels).items():
        inside = {
            part: sum(labels[index] == label for index in rows) for part, rows in parts.items()
        }
        assert inside["train"] >= 1  # a rare label stays where it can be learnt
        for part, share in shares.items():
            assert inside[part] <= round(share * count)
        if sum(round(share * count) for share in shares.values()) < count:
            assert [inside[part] for part in shares] == [
                round(share * count) for share in shares.values()
            ]


def test_stratified_shuffles_and_differs_between_seeds() -> None:
    found = of_labels(["a", "b"] * 100)
    validations = {
        tuple(stratified(found, {"validation": 0.2}, seed)["validation"].tolist())
        for seed in range(5)
    }
    assert len(validations) == 5
    assert tuple(range(160, 200)) not in validations


def test_stratified_depends_only_on_the_seed() -> None:
    # A run that is opened elsewhere, or later, must find the same validation part.
    parts = stratified(of_labels(["a"] * 6 + ["b"] * 4), {"validation": 0.3, "test": 0.2}, 7)
    assert {part: rows.tolist() for part, rows in parts.items()} == {
        "train": [0, 1, 4, 7, 8],
        "validation": [2, 5, 6],
        "test": [3, 9],
    }


def test_stratified_counts_a_text_for_its_rarest_label() -> None:
    # 40 of each pair and 20 alone: without regard to the rare label, its share would vary from seed
    # to seed.
    labels: list[Label] = [("common", "rare")] * 10 + [("common",)] * 90 + [()] * 20
    found = examples([f"text {index}" for index in range(len(labels))], labels)
    for seed in range(5):
        rows = stratified(found, {"validation": 0.2}, seed)["validation"]
        assert Counter(labels[index] for index in rows) == {
            ("common", "rare"): 2,
            ("common",): 18,
            (): 4,
        }


@given(LABELLED, SHARES)
def test_last_takes_the_shares_from_the_end(found: Examples, shares: dict[str, float]) -> None:
    parts = last(found, shares)
    assert list(parts) == ["train", *shares]
    assert [index for rows in parts.values() for index in rows.tolist()] == list(range(len(found)))
    assert all(len(parts[part]) == round(share * len(found)) for part, share in shares.items())


def test_last_by_hand() -> None:
    parts = last(of_labels(["a"] * 10), {"validation": 0.2, "test": 0.1})
    assert {part: rows.tolist() for part, rows in parts.items()} == {
        "train": [0, 1, 2, 3, 4, 5, 6],
        "validation": [7, 8],
        "test": [9],
    }


def test_stratified_test_part_is_independent_of_the_validation_share() -> None:
    """A recipe may be chosen with a validation part and learn from all the rest afterwards: what is
    scored at the end is the same, and unseen.
    """
    found = of_labels(["a", "b", "b"] * 40)
    tests = [
        stratified(found, {**({"validation": share} if share else {}), "test": 0.2}, 3)
        for share in (0.0, 0.1, 0.3)
    ]
    assert all(parts["test"].tolist() == tests[0]["test"].tolist() for parts in tests)
    assert not set(tests[2]["validation"]) & set(tests[0]["test"])


@given(
    st.lists(
        st.sampled_from([" a", "A", "b", "c d", "C  D", "e", "f", "g"]), min_size=1, max_size=40
    ),
    st.floats(0, 0.5),
    st.floats(0, 0.49),
    st.integers(0, 2**32 - 1),
)
def test_grouped_never_separates_equal_sources(
    sources: list[str], validation: float, test: float, seed: int
) -> None:
    parts = grouped(sources, {"validation": validation, "test": test}, seed)
    assert sorted(np.concatenate([*parts.values()]).tolist()) == list(range(len(sources)))
    known = {part: {same_source(sources[row]) for row in rows} for part, rows in parts.items()}
    assert (
        known["train"] & known["validation"]
        == known["train"] & known["test"]
        == known["validation"] & known["test"]
        == set()
    )
    assert len(known["validation"]) == round(validation * len({*map(same_source, sources)}))
    again = grouped(sources, {"validation": validation, "test": test}, seed)
    assert all((again[part] == rows).all() for part, rows in parts.items())
