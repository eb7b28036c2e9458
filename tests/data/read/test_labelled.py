"""Labelled texts out of a table: what is read, what is left out, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rnnkit.data.raw.labelled import Examples
from rnnkit.data.read.columns import Columns
from rnnkit.data.read.labelled import read_labelled
from rnnkit.errors import RnnkitError
from tests.data.tables import table

ONE = Columns("text", "label")
MARKED = Columns("text", ("glad", "sad"))
SEVERAL = Columns("text", "label", "|")


def read(
    content: str, columns: Columns = ONE, kind: str = "csv", **options: Any
) -> tuple[Examples, list[str]]:
    return read_labelled(table(content, kind, **options), columns)


def labels(
    content: str, columns: Columns = ONE, kind: str = "csv", **options: Any
) -> list[tuple[str, ...]]:
    examples, notes = read(content, columns, kind, **options)
    assert notes == []
    return list(examples.labels)


def refused(content: str, columns: Columns = ONE, kind: str = "csv", **options: Any) -> str:
    with pytest.raises(RnnkitError) as caught:
        read(content, columns, kind, **options)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_read_labelled_gives_texts_labels_and_places() -> None:
    examples, notes = read('id,label,text\n1, good ,"a\nb"\n2,bad, c \n')
    assert list(examples.texts) == ["a\nb", " c "]  # a text stays as it is
    assert list(examples.labels) == [("good",), ("bad",)]
    assert [examples.place(index) for index in (0, 1)] == ["in.csv: row 2", "in.csv: row 3"]
    assert notes == []


def test_read_labelled_by_column_number_without_a_header() -> None:
    assert labels("1,a\n0,b\n", Columns("1", "0"), header=False) == [("1",), ("0",)]


def test_read_labelled_names_a_missing_column_and_the_existing_ones() -> None:
    message = refused("review,sentiment\na,1\n")
    assert message.startswith("no column 'text' in in.csv. It has: 'review', 'sentiment'.")
    assert (
        refused("text,Label\na,1\n")
        == "no column 'label' in in.csv. It has: 'text', 'Label'. Did you mean 'Label'?"
    )
    assert "no column 'sad'" in refused("text,glad\na,1\n", MARKED)
    assert "It has: '0', '1'." in refused("a,1\n", header=False)
    assert "in.jsonl. It has: 'review'." in refused('{"review": "a"}\n', kind="jsonl")
    assert "no column 'label' in in.jsonl: row 2. It has: 'text'." in refused(
        '{"text": "a", "label": 1}\n{"text": "b"}\n', kind="jsonl"
    )


def test_read_labelled_counts_rows_without_a_text_or_a_label() -> None:
    examples, notes = read("text,label\na,1\n,1\n \t ,0\nb,\nc,nan\nd,NaN\n\ne,0\n,\n")
    assert list(examples.texts) == ["a", "e"]
    assert [examples.place(index) for index in (0, 1)] == ["in.csv: row 2", "in.csv: row 9"]
    assert notes == [
        "in.csv: 4 rows with an empty text left out: row 3, 4, 8, 10",
        "in.csv: 1 row with no label left out: row 5",
        "in.csv: 2 rows with the label nan, read as missing, left out: row 6, 7",
    ]


def test_read_labelled_names_only_the_first_omitted_rows() -> None:
    _, notes = read("text,label\n" + ",1\n" * 2000 + "a,1\n")
    assert notes == [
        "in.csv: 2,000 rows with an empty text left out: row 2, 3, 4, 5, 6 and 1,995 more"
    ]


def test_read_labelled_omits_json_rows_without_a_text_or_a_label() -> None:
    lines = [
        '{"text": "a", "label": NaN}',
        '{"text": "b", "label": null}',
        '{"text": null, "label": 1}',
        '{"text": NaN, "label": 1}',
        '{"text": "c", "label": 1}',
    ]
    examples, notes = read("\n".join(lines), kind="jsonl")
    assert list(examples.texts) == ["c"]
    assert notes == [
        "in.jsonl: 2 rows with an empty text left out: row 3, 4",
        "in.jsonl: 2 rows with no label left out: row 1, 2",
    ]


@pytest.mark.parametrize("content", ["text,label\n", "text,label\n,1\na,\n"])
def test_read_labelled_refuses_a_table_without_complete_rows(content: str) -> None:
    message = refused(content)
    assert message.startswith("in.csv has no row with a text and a label. Expected rows.")
    assert (
        "1 row with an empty text left out: row 2; in.csv: 1 row with no label left out: row 3"
        in message
    ) == (",1" in content)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("1", "1"),
        ("1.0", "1"),
        ("0.5", "0.5"),
        ("true", "True"),
        ('"good"', "good"),
        ('" good "', "good"),
    ],
)
def test_read_labelled_names_labels_of_json_plainly(label: str, name: str) -> None:
    assert labels(f'{{"text": "a", "label": {label}}}\n', kind="jsonl") == [(name,)]


@pytest.mark.parametrize(
    ("label", "what", "cure"),
    [
        ('["a", "b"]', "list", "Where a text may have several: `multi_label: true`"),
        ('{"a": 1}', "dict", "Write a text or a number."),
        ("[]", "list", "Where a text may have several: `multi_label: true`"),
    ],
)
def test_read_labelled_refuses_a_list_as_one_label(label: str, what: str, cure: str) -> None:
    message = refused(
        f'{{"text": "a", "label": "x"}}\n{{"text": "b", "label": {label}}}\n', kind="jsonl"
    )
    assert message == f"in.jsonl: row 2: label is a {what}. Expected one label. {cure}"


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("7", "Save it as text"),
        ("true", "Save it as text"),
        ('["a"]', "Join what it holds to one text"),
        ('{"a": 1}', "Join what it holds to one text"),
    ],
)
def test_read_labelled_refuses_a_text_that_is_not_text(text: str, cure: str) -> None:
    value = json.loads(text)
    assert (
        refused(f'{{"text": {text}, "label": 1}}\n', kind="jsonl")
        == f"in.jsonl: row 1: text is {value!r}. Expected text. {cure}."
    )


# Several labels.


def test_read_labelled_reads_a_column_for_each_label() -> None:
    content = "text,glad,sad,other\na,1,0,x\nb,0,0,\nc,1,1,y\nd,true,False,\ne, 1.0 ,0.0,\n"
    assert labels(content, MARKED) == [("glad",), (), ("glad", "sad"), ("glad",), ("glad",)]
    lines = [{"text": "a", "glad": True, "sad": 0}, {"text": "b", "glad": 0.0, "sad": "1"}]
    assert labels("\n".join(map(json.dumps, lines)), MARKED, "jsonl") == [("glad",), ("sad",)]


@pytest.mark.parametrize("value", ["7", "-1", "yes", "0.5", "2.0"])
def test_read_labelled_names_the_row_and_column_of_a_wrong_mark(value: str) -> None:
    message = refused(f"text,glad,sad\na,1,0\nb,0,{value}\n", MARKED)
    assert (
        message
        == f"in.csv: row 3: column 'sad' holds {value!r}. Expected 0 or 1: one column for each"
        " label."
    )


def test_read_labelled_omits_a_row_with_a_missing_mark() -> None:
    examples, notes = read("text,glad,sad\na,1,\nb,nan,0\nc,0,1\n", MARKED)
    assert list(examples.labels) == [("sad",)]
    assert notes == ["in.csv: 2 rows with no label left out: row 2, 3"]


def test_read_labelled_separates_several_labels_in_one_column() -> None:
    assert labels("text,label\na,x|y\nb,y\nc, z | x |\nd,x|x\ne,\n", SEVERAL) == [
        ("x", "y"),
        ("y",),
        ("z", "x"),
        ("x",),
        (),
    ]
    assert labels('text,label\na,"x, y"\nb,x|y\n', Columns("text", "label", ",")) == [
        ("x", "y"),
        ("x|y",),
    ]


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("['a b', 'c']", ("a b", "c")),  # as pandas writes a column of lists
        ("['a' 'c']", ("a", "c")),  # as NumPy does
        ('["a", "it\'s"]', ("a", "it's")),
        ("[a, c d]", ("a", "c d")),
        ("[]", ()),
        ("[removed]", ("[removed]",)),
    ],
)
def test_read_labelled_reads_several_labels_from_the_text_of_a_list(
    cell: str, names: tuple[str, ...]
) -> None:
    content = json.dumps({"text": "a", "label": cell})
    assert labels(content, SEVERAL, "jsonl") == [names]


def test_read_labelled_reads_several_labels_from_a_json_list() -> None:
    lines = [
        ["x", "y"],
        [],
        [1, 2.0, True],
        ["x", " x "],
        ["x", None, "", float("nan")],
        None,
        "x|y",
        3,
    ]
    content = "\n".join(json.dumps({"text": "a", "label": label}) for label in lines)
    assert labels(content, SEVERAL, "jsonl") == [
        ("x", "y"),
        (),
        ("1", "2", "True"),
        ("x",),
        ("x",),
        (),
        ("x", "y"),
        ("3",),
    ]


@pytest.mark.parametrize(
    ("label", "got"),
    [({"x": 1}, "is a dict"), ([["x"]], "holds a list"), ([{"x": 1}], "holds a dict")],
)
def test_read_labelled_refuses_labels_that_are_not_names(label: Any, got: str) -> None:
    assert (
        refused(json.dumps({"text": "a", "label": label}), SEVERAL, "jsonl")
        == f"in.jsonl: row 1: label {got}. Expected labels. Write a text or a number."
    )


# Weights


WEIGHED = Columns("text", "label", weight="importance")


def test_read_labelled_reads_a_weight_of_each_text() -> None:
    content = "text,label,importance\na,1,2.5\nb,0,0\n,1,3\nc,0, 1 \n"
    examples, notes = read(content, WEIGHED)
    assert examples.weights is not None
    assert examples.weights.tolist() == [2.5, 1]
    assert any("weight of 0 left out: row 3" in note for note in notes)
    assert any("from 1 to 2.5 (importance)" in note for note in notes)
    taken = examples.take([1]).weights
    assert taken is not None
    assert taken.tolist() == [1]


@pytest.mark.parametrize("weight", ["", "nan", "-1", "inf", "much", "1e-60", "1e39"])
def test_read_labelled_names_the_row_of_a_wrong_weight(weight: str) -> None:
    message = refused(f"text,label,importance\na,1,1\nb,0,{weight}\n", WEIGHED)
    assert message.startswith(f"in.csv: row 3: column 'importance' holds {weight!r}.")
    assert "no column 'importance'" in refused("text,label\na,1\n", WEIGHED)


# Several columns of text.


def test_read_labelled_joins_the_texts_of_several_columns() -> None:
    """In the order of the config; an empty cell adds nothing, and a row without text is left
    out."""
    content = "title,label,body\nA,1,b c\n,0,only\nB,1,\n , 1,\n"
    examples, notes = read(content, Columns(("body", "title"), "label", separator=" | "))
    assert list(examples.texts) == ["b c | A", "only", "B"]
    assert len(notes) == 1
    with pytest.raises(RnnkitError, match="no column 'lead'"):
        read(content, Columns(("body", "lead"), "label"))


# Numbers in place of a label


def test_read_labelled_reads_features_from_columns() -> None:
    examples, notes = read(
        "text,size,weight\na,1,2.5\nb,,3\nc,-1e1, 4 \n",
        Columns("text", "label", features=("size", "weight")),
    )
    assert examples.features is not None
    assert examples.features.tolist() == [[1, 2.5], [-10, 4]]
    assert (list(examples.texts), list(examples.labels)) == (["a", "c"], [(), ()])
    assert notes == ["in.csv: 1 row with no features left out: row 3"]
    taken = examples.take([1])
    assert taken.features is not None
    assert taken.features.tolist() == [[-10, 4]]


def test_read_labelled_reads_features_from_a_json_list() -> None:
    examples, _ = read(
        '{"text": "a", "image": [0.5, 2]}\n{"text": "b", "image": "1 -2"}\n',
        Columns("text", "label", features=("image",)),
        "jsonl",
    )
    assert examples.features is not None
    assert examples.features.tolist() == [[0.5, 2], [1, -2]]


@pytest.mark.parametrize("number", ["x", "nan,1", "inf", "1e39", "1;2"])
def test_read_labelled_names_the_row_and_column_of_a_wrong_feature(number: str) -> None:
    words = refused(f'text,size\na,1\nb,"{number}"\n', Columns("text", "label", features=("size",)))
    held = number.split(",")[0] if "nan" not in number else "nan"
    assert (
        words
        == f"in.csv: row 3: column 'size' holds {held!r}. Expected a finite number, or a list of"
        " them."
    )


@pytest.mark.parametrize("number", ["true", "[1]", "null", '{"a": 1}'])
def test_read_labelled_refuses_a_json_feature_that_is_not_a_number(number: str) -> None:
    words = refused(
        '{"text": "a", "image": [1]}\n{"text": "b", "image": [%s]}\n' % number,  # noqa: UP031
        Columns("text", "label", features=("image",)),
        "jsonl",
    )  # noqa: RUF100, UP031
    assert "in.jsonl: row 2: column 'image' holds" in words


def test_read_labelled_requires_as_many_features_for_every_text() -> None:
    words = refused(
        '{"text": "a", "image": [1, 2]}\n{"text": "b", "image": [1]}\n',
        Columns("text", "label", features=("image",)),
        "jsonl",
    )
    assert (
        words
        == "in.jsonl: row 2 has 1 feature, row 1 has 2. Expected the same number for every text."
    )


def test_read_labelled_names_a_missing_feature_column() -> None:
    assert "no column 'sise' in in.csv. It has: 'text', 'size'. Did you mean 'size'?" in refused(
        "text,size\na,1\n", Columns("text", "label", features=("sise",))
    )
