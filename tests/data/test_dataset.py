"""A text in parts: train, validation, test."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rnnkit.config import parse_config
from rnnkit.data.dataset import Corpus, LabelledDataset
from rnnkit.data.encode.tokenizer import Word
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.raw.split import LabelledSplit, Split
from rnnkit.errors import RnnkitError

WORDS = st.lists(st.text("abcdé,.-", min_size=1, max_size=12), min_size=1, max_size=60)
SHARES = st.tuples(st.floats(0, 0.45), st.floats(0, 0.45))


def split_or_skip(text: str, shares: tuple[float, float], at_space: bool) -> dict[str, str]:
    try:
        return Corpus(text).split(Split(validation=shares[0], test=shares[1]), at_space)
    except RnnkitError as error:
        assert error.where == "data.split"
        assume(False)
        raise


@given(st.text(min_size=1, max_size=300), SHARES, st.booleans())
def test_the_parts_in_order_are_the_whole_text(
    text: str, shares: tuple[float, float], at_space: bool
) -> None:
    parts = split_or_skip(text, shares, at_space)
    assert "".join(parts.values()) == text
    assert [part for part in ("train", "validation", "test") if part in parts] == list(parts)
    assert all(parts.values())


@given(WORDS, st.sampled_from([" ", "\n", "  \n", "\t"]), SHARES)
def test_no_word_is_torn(words: list[str], space: str, shares: tuple[float, float]) -> None:
    parts = split_or_skip(space.join(words), shares, at_space=True)
    assert [word for part in parts.values() for word in part.split()] == words
    # So the tokens of the parts are the tokens of the text.
    tokenizer = Word().train(space.join(words))
    np.testing.assert_array_equal(
        np.concatenate([tokenizer.encode(part) for part in parts.values()]),
        tokenizer.encode(space.join(words)),
    )


@given(WORDS, SHARES)
def test_the_shares_are_those_asked_for_up_to_a_word(
    words: list[str], shares: tuple[float, float]
) -> None:
    text = " ".join(words)
    longest = max(map(len, words)) + 1
    for at_space, most in ((True, longest), (False, 1)):
        parts = split_or_skip(text, shares, at_space)
        for part, share in zip(("validation", "test"), shares, strict=True):
            assert abs(len(parts.get(part, "")) - share * len(text)) <= most


def test_validation_comes_before_test_at_the_end() -> None:
    text = "".join(f" {number:02d}" for number in range(100))
    parts = Corpus(text).split(Split(validation=0.2, test=0.1), at_space=True)
    assert parts["train"].split() == [f"{number:02d}" for number in range(70)]
    assert parts["validation"].split() == [f"{number:02d}" for number in range(70, 90)]
    assert parts["test"].split() == [f"{number:02d}" for number in range(90, 100)]


def test_without_shares_everything_is_trained_on() -> None:
    assert Corpus("a b c").split(Split(validation=0), at_space=True) == {"train": "a b c"}


@pytest.mark.parametrize(
    ("own", "parts"),
    [
        (Corpus("a b", "c d"), {"train": "a b", "validation": "c d"}),
        (Corpus("a b", "", "e f"), {"train": "a b", "test": "e f"}),
        (Corpus("a b", "c d", "e f"), {"train": "a b", "validation": "c d", "test": "e f"}),
    ],
)
def test_a_data_set_keeps_its_own_parts(own: Corpus, parts: dict[str, str]) -> None:
    assert own.split(Split(validation=0.5, test=0.25), at_space=True) == parts


@pytest.mark.parametrize("empty", ["", " \n"])
def test_a_data_set_whose_own_training_part_is_empty(empty: str) -> None:
    with pytest.raises(RnnkitError, match=r"data\.dataset: a training part without text") as caught:
        Corpus(empty, "c d").split(Split(), at_space=True)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "shares", "at_space", "empty"),
    [
        ("word " * 20, Split(validation=0.01), True, "validation"),
        ("abcdefgh", Split(validation=0.5), True, "validation"),  # one word that is never torn
        ("abcdefgh", Split(validation=0.4, test=0.01), False, "test"),
        ("abcde", Split(validation=0.95), False, "train"),
        (" abcde fgh", Split(validation=0.97), True, "train"),
    ],
)
def test_a_part_without_text_is_an_error_that_says_what_to_change(
    text: str, shares: Split, at_space: bool, empty: str
) -> None:
    with pytest.raises(RnnkitError) as caught:
        Corpus(text).split(shares, at_space)
    assert caught.value.where == "data.split"
    assert f"leave the {empty} part without text" in str(caught.value)
    assert (f"data.split.{empty}: 0 for none" if empty != "train" else "smaller shares") in str(
        caught.value
    )
    assert caught.value.exit_code == 2


def config(**data: object) -> dict[str, object]:
    return {
        "task": {"language_model": {"window": 3}},
        "data": {"dataset": "fable", **data},
        "model": {"embedding": 4, "layers": [{"simple_rnn": 4}]},
    }


@pytest.mark.parametrize("tokenizer", ["word", "char"])
def test_no_window_crosses_from_one_part_to_the_next(tokenizer: str) -> None:
    task = parse_config(config(tokenizer=tokenizer, split={"validation": 0.2, "test": 0.2}))
    data = task.load_data()
    assert list(data.parts) == ["train", "validation", "test"]
    for part, token_ids in data.parts.items():
        windows = data.windows(part)
        assert len(windows) == len(token_ids) - 3
        assert np.shares_memory(windows.inputs, token_ids)
        assert not any(
            np.shares_memory(windows.inputs, others)
            for name, others in data.parts.items()
            if name != part
        )
        np.testing.assert_array_equal(windows.inputs[0], token_ids[:3])
        assert windows.targets[-1] == token_ids[-1]


def test_the_vocabulary_is_that_of_the_training_part() -> None:
    data = parse_config(config(split={"validation": 0.2})).load_data()
    seen = set(data.parts["train"].tolist())
    assert seen == set(range(1, len(data.codec)))
    assert (data.parts["validation"] == data.codec.unknown_id).sum() > 0


@pytest.mark.parametrize("split", [{"validation": 0.02}, {"validation": 0.1, "test": 0.02}])
def test_a_part_shorter_than_the_window_is_an_error_that_says_what_to_change(
    split: dict[str, float],
) -> None:
    part = list(split)[-1]
    with pytest.raises(RnnkitError) as caught:
        parse_config(config(split=split) | {"task": {"language_model": {"window": 5}}}).load_data()
    message = str(caught.value)
    assert message.startswith("task.language_model.window: a window of 5, but the")
    assert re.search(rf"{part} part of fable has [1-5] tokens", message)
    assert f"or a larger data.split.{part} (0 for none)" in message
    assert re.search(r"Expected at most [1-4] for this text", message)


@pytest.mark.parametrize(("window", "fits"), [(202, True), (203, False), (5000, False)])
def test_the_longest_window_leaves_one_token_to_predict(window: int, fits: bool) -> None:
    task = parse_config(config(split=0) | {"task": {"language_model": {"window": window}}})
    if fits:
        data = task.load_data()
        assert (len(data.train), data.train.batch_size) == (1, 1)
        assert data.validation is None
        return
    with pytest.raises(
        RnnkitError,
        match=r"the train part of fable has 203 tokens.*Expected at most 202 for this text",
    ):
        task.load_data()


# Labelled texts.


class Plain(LabelledDataset):
    """A data set that says nothing but its texts."""

    def load(self) -> Labelled:
        return Labelled({"train": Examples(["a", "b"], [("x",), ("y",)], str)})


def test_the_sample_of_a_labelled_data_set_has_two_labels() -> None:
    (part,) = Plain().sample().parts.values()
    assert set(part.labels) == {("good",), ("bad",)}
    assert len(set(part.texts)) == len(part) == len(part.labels) >= 30
    assert part.place(0) == "sample: row 1"


def test_a_labelled_data_set_may_leave_the_rest_as_it_is() -> None:
    dataset = Plain()
    assert (
        dataset.several,
        dataset.has_own_tokenizer,
        dataset.example,
        dataset.text_column,
        dataset.own_format(),
    ) == (False, False, None, "text", None)
    assert dataset.fetch() == "comes with rnnkit: nothing to fetch"
    with pytest.raises(NotImplementedError):
        dataset.own_tokenizer()


@pytest.mark.parametrize("several", [False, True])
def test_the_sample_has_several_labels_where_the_data_have(several: bool) -> None:
    class MayHaveSeveral(Plain):
        @property
        def several(self) -> bool:
            return several

    (part,) = MayHaveSeveral().sample().parts.values()
    assert max(map(len, part.labels)) == 1 + several


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("more.csv", "label,text\nx,one\ny,two\n"),
        ("more.tsv", "text\tlabel\none\tx\ntwo\ty\n"),
        ("more.jsonl", '{"text": "one", "label": "x"}\n{"text": "two", "label": "y"}\n'),
    ],
)
def test_a_further_file_is_read_by_its_suffix(name: str, content: str) -> None:
    Path(name).write_text(content, encoding="utf-8")
    part = Plain().read(name).parts["data"]
    assert (list(part.texts), list(part.labels)) == (["one", "two"], [("x",), ("y",)])
    assert part.place(1) == f"{name}: row {2 if name.endswith('jsonl') else 3}"


def test_a_further_file_that_is_none() -> None:
    for name, message in (
        ("none.csv", "no such file: 'none.csv'. Expected a file of texts and labels"),
        ("more.doc", "unknown kind of file '.doc'"),
    ):
        if "none" not in name:
            Path(name).touch()
        with pytest.raises(RnnkitError) as caught:
            Plain().read(name)
        assert message in str(caught.value)


@pytest.mark.parametrize(
    "split", [0.2, {"validation": 0.2, "method": "last"}, {"test": 0.2, "random_seed": 2**32 - 1}]
)
def test_how_labelled_texts_are_split(split: object) -> None:
    made = LabelledSplit.model_validate(split if isinstance(split, dict) else {"validation": split})
    assert made.method == ("last" if "last" in str(split) else "stratified")


@pytest.mark.parametrize(
    "split",
    [
        {"method": "random"},
        {"random_seed": -1},
        {"random_seed": 2**32},
        {"validation": 1},
        {"shares": 0.2},
    ],
)
def test_wrong_splits_are_refused(split: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        LabelledSplit.model_validate(split)
