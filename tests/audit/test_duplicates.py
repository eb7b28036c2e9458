"""Rows that occur more than once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rnnkit.audit.duplicates import (
    Content,
    conflicting_labels,
    normal_forms,
    repeated_rows,
    shared_rows,
)


def place(index: int) -> str:
    return f"t.csv: row {index + 2}"


def content(*texts: str, words: int = 10) -> Content:
    return Content(texts, normal_forms(texts), place, "texts", [words] * len(texts))


def test_normal_forms_ignores_case_and_punctuation_alone() -> None:
    long = "one two three four five six seven eight nine ten eleven twelve"
    texts = [
        "A film!",
        "a FILM",
        "a film noir",
        "!?",
        "?!",
        f"{long} a",
        f"{long.upper()}, B",
        long,
    ]
    forms = normal_forms(texts)
    assert forms[0] == forms[1]
    assert len(set(forms)) == len(texts) - 1
    assert (
        normal_forms([f"{long} a", f"{long}: A!"])[0] == normal_forms([f"{long} a", f"{long} a"])[0]
    )


def test_repeated_rows_names_the_later_ones() -> None:
    (found,) = repeated_rows("train", content("a b", "c", "A b.", "c"))
    assert (found.count, list(found.rows)) == (2, ["t.csv: row 4", "t.csv: row 5"])
    assert found.severity == "medium"
    assert "1 of them in other case" in found.what
    (found,) = repeated_rows("train", content("a", "a", words=1))
    assert found.severity == "low"  # short texts are alike by chance


def test_conflicting_labels_names_all_rows_of_a_text() -> None:
    (found,) = conflicting_labels(content("a b", "c", "A b!", "c"), ["x", "y", "z", "y"])
    assert list(found.rows) == ["t.csv: row 2", "t.csv: row 4"]


def test_shared_rows_names_those_of_the_held_out_part() -> None:
    both = normal_forms(["a b", "c", "d", "A B", "e"])
    parts = {
        "train": Content(["a b", "c"], both[:2], place, "texts"),
        "validation": Content(["d", "A B"], both[2:4], place, "texts"),
        "test": Content(["e"], both[4:], place, "texts"),
    }
    (found,) = shared_rows(parts)
    assert (found.part, list(found.rows), found.severity) == (
        "validation",
        ["t.csv: row 3"],
        "high",
    )


@given(st.sets(st.text("abc ", min_size=1).map(str.strip), min_size=3))
def test_different_rows_give_no_finding(texts: set[str]) -> None:
    each = content(*{" ".join(text.split()): 0 for text in texts})
    assert not [*repeated_rows("train", each), *conflicting_labels(each, range(len(each)))]
