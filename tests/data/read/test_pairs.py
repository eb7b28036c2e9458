"""Pairs out of a table: what is read, and what is left out."""

from __future__ import annotations

import pytest

from rnnkit.data.raw.pairs import Pairs
from rnnkit.data.read.pairs import read_pairs
from rnnkit.errors import RnnkitError
from tests.data.tables import table


def read(
    text: str, kind: str = "tsv", source: str = "source", target: str = "target", **options: bool
) -> tuple[Pairs, list[str]]:
    return read_pairs(table(text, kind, f"pairs.{kind}", **options), source, target)


def refusal(text: str, kind: str = "tsv", **options: bool) -> str:
    with pytest.raises(RnnkitError) as caught:
        read(text, kind, **options)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("tsv", "source\ttarget\nI am.\tJe suis.\n Hi. \tSalut.\n"),
        ("csv", 'target,source\n"Je suis.","I am."\nSalut.,Hi.\n'),
        (
            "jsonl",
            (
                '{"source": "I am.", "target": "Je suis."}\n{"source": "Hi.", "target": "Salut.",'
                ' "more": 1}\n'
            ),
        ),
    ],
)
def test_read_pairs_reads_two_columns(kind: str, text: str) -> None:
    pairs, notes = read(text, kind)
    assert (list(pairs.sources), list(pairs.targets), notes) == (
        ["I am.", "Hi."],
        ["Je suis.", "Salut."],
        [],
    )
    assert pairs.place(1) == ("pairs.jsonl: row 2" if kind == "jsonl" else f"pairs.{kind}: row 3")
    assert pairs.take([1]).place(0) == pairs.place(1)


def test_read_pairs_counts_rows_without_a_source_or_a_target() -> None:
    """A row with one column, an empty target, an empty source, white space."""
    pairs, notes = read(
        "source\ttarget\na\tb\none column\nempty\t\n\tno source\nspace\t   \n", quotes=False
    )
    assert list(pairs.sources) == ["a"]
    assert notes == [
        "pairs.tsv: 1 row without a source left out: row 5",
        "pairs.tsv: 3 rows without a target left out: row 3, 4, 6",
    ]


def test_read_pairs_omits_a_null_target() -> None:
    pairs, notes = read(
        '{"source": "a", "target": "b"}\n{"source": "c", "target": null}\n', "jsonl"
    )
    assert (len(pairs), notes) == (1, ["pairs.jsonl: 1 row without a target left out: row 2"])


def test_read_pairs_refuses_bad_tables() -> None:
    assert refusal("source\ttarget\n").startswith(
        "pairs.tsv has no row with a source and a target. Expected pairs."
    )
    assert "row 2" in refusal("source\ttarget\na\t\n")
    assert "no column 'target' in pairs.tsv. It has: 'source'" in refusal("source\na\nb\n")
    assert "pairs.tsv: row 3 has 3 fields where the first has 2" in refusal(
        "source\ttarget\na\tb\na\tb\tc\n"
    )
    assert "pairs.jsonl: row 2: target is 3. Expected text" in refusal(
        '{"source": "a", "target": "b"}\n{"source": "c", "target": 3}\n', "jsonl"
    )
    assert "no column 'target' in pairs.jsonl: row 2" in refusal(
        '{"source": "a", "target": "b"}\n{"source": "c"}\n', "jsonl"
    )


def test_read_pairs_by_column_number_without_a_header() -> None:
    pairs, _ = read("a\tb\nc\td\n", source="1", target="0", header=False)
    assert (list(pairs.sources), list(pairs.targets)) == (["b", "d"], ["a", "c"])
