"""The data sets of text and of labelled texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnkit.config import parse_config
from rnnkit.data.dataset import LabelledDataset
from rnnkit.data.raw.labelled import Examples, Labelled
from rnnkit.data.raw.row_split import LabelledSplit
from rnnkit.errors import RnnkitError
from rnnkit.tasks.prepared import Source


def config(**data: object) -> dict[str, object]:
    return {
        "task": {"language_model": {"window": 3}},
        "data": {"dataset": "fable", **data},
        "model": {"embedding": 4, "layers": [{"simple_rnn": 4}]},
    }


@pytest.mark.parametrize("tokenizer", ["word", "char"])
def test_prepare_makes_no_window_across_parts(tokenizer: str) -> None:
    task = parse_config(config(tokenizer=tokenizer, split={"validation": 0.2, "test": 0.2}))
    parts = task.prepare(Source()).parts
    assert list(parts) == ["train", "validation", "test"]
    whole = parse_config(config(tokenizer=tokenizer, split=0)).prepare(Source()).parts["train"]
    assert sum(len(part.token_ids) for part in parts.values()) == len(whole.token_ids)
    assert all(len(part) == len(part.token_ids) - 3 for part in parts.values())


@pytest.mark.parametrize(("window", "fits"), [(202, True), (203, False), (5000, False)])
def test_prepare_accepts_a_window_that_leaves_one_token_to_predict(window: int, fits: bool) -> None:
    task = parse_config(config(split=0) | {"task": {"language_model": {"window": window}}})
    if fits:
        data = task.prepare(Source())
        assert (len(data.train), data.train.batch_size) == (1, 1)
        assert data.validation is None
        return
    with pytest.raises(RnnkitError, match=r"train part of fable has 203 tokens.*at most 202"):
        task.prepare(Source())


# Labelled texts.


class Plain(LabelledDataset):
    """A data set that says nothing but its texts."""

    def load(self) -> Labelled:
        return Labelled({"train": Examples(["a", "b"], [("x",), ("y",)], str)})


def test_labelled_dataset_sample_has_two_labels() -> None:
    (part,) = Plain().sample().parts.values()
    assert set(part.labels) == {("good",), ("bad",)}
    assert len(set(part.texts)) == len(part) == len(part.labels) >= 30
    assert part.place(0) == "sample: row 1"


def test_labelled_dataset_needs_only_load() -> None:
    dataset = Plain()
    assert (
        dataset.several,
        dataset.has_own_tokenizer,
        dataset.example,
        dataset.text_columns,
        dataset.own_format(),
    ) == (False, False, None, ("text",), None)
    assert dataset.fetch() == "comes with rnnkit: nothing to fetch"
    with pytest.raises(NotImplementedError):
        dataset.own_tokenizer()


@pytest.mark.parametrize("several", [False, True])
def test_labelled_dataset_sample_has_several_labels_where_the_data_have(several: bool) -> None:
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
def test_labelled_dataset_read_chooses_the_format_by_suffix(name: str, content: str) -> None:
    Path(name).write_text(content, encoding="utf-8")
    part = Plain().read(name).parts["data"]
    assert (list(part.texts), list(part.labels)) == (["one", "two"], [("x",), ("y",)])
    assert part.place(1) == f"{name}: row {2 if name.endswith('jsonl') else 3}"


def test_labelled_dataset_read_refuses_missing_and_unknown_files() -> None:
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
def test_labelled_split_accepts_shares_methods_and_seeds(split: object) -> None:
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
def test_labelled_split_refuses_wrong_options(split: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        LabelledSplit.model_validate(split)
