"""Schemes of spans in the data, the model and answers; plain tags; unknown tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pytest

from rnnkit.data.raw.labelled import Examples
from rnnkit.errors import RnnkitError
from rnnkit.tasks.tagging.schemes import TagScheme, choose_scheme
from tests.helpers.tagged import PLAIN, SPANS, Rows


def examples(rows: Rows) -> Examples:
    texts = [tuple(tokens.split()) for tokens, _ in rows]
    labels = [tuple(tags.split()) for _, tags in rows]
    return Examples(texts, labels, lambda index: f"t.tsv:{index + 1}")


def chosen(
    rows: Rows,
    tags: Literal["auto", "plain", "iob2"] = "auto",
    encoded: Literal["iob2", "bioes"] = "bioes",
    listed: Sequence[str] = (),
) -> TagScheme:
    names = sorted({tag for _, row in rows for tag in row.split()})
    return choose_scheme(names, tags, encoded, listed)


def test_choose_scheme_reads_spans_where_all_tags_look_so() -> None:
    assert chosen(SPANS).names == (
        "O",
        *(f"{prefix}-{kind}" for kind in ("LOC", "PER") for prefix in "BIES"),
    )
    assert chosen(SPANS, encoded="iob2").names == ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
    assert chosen(SPANS, "plain").names == ("B-LOC", "I-LOC", "I-PER", "O")
    assert chosen(PLAIN).names == ("DET", "NOUN", "PRON", "VERB")


def test_choose_scheme_takes_the_listed_tags_or_types() -> None:
    assert chosen(PLAIN, listed=["VERB", "DET", "ADJ"]).names == ("ADJ", "DET", "VERB")
    assert chosen(SPANS, encoded="iob2", listed=["ORG"]).names == ("O", "B-ORG", "I-ORG")


def test_choose_scheme_of_a_run_gives_its_labels_again() -> None:
    for scheme in (chosen(SPANS), chosen(SPANS, encoded="iob2"), chosen(PLAIN)):
        encoded: Literal["iob2", "bioes"] = "bioes" if len(scheme.names) == 9 else "iob2"
        assert choose_scheme(scheme.names, "auto", encoded).names == scheme.names


def test_choose_scheme_of_a_run_with_plain_tags_stays_plain() -> None:
    """Those that a run of an earlier version learned as plain tags."""
    assert choose_scheme(["L-X", "O", "U-X"], "auto", "bioes").names == ("L-X", "O", "U-X")


def test_choose_scheme_notes_one_mistyped_tag_among_spans() -> None:
    (note,) = chosen([("Anna runs", "B-PER O"), ("Ben sleeps", "Z-PER O")]).notes
    assert "Z-PER" in note
    assert "B-PER" in note
    assert chosen(SPANS).notes == chosen(PLAIN).notes == []


@pytest.mark.parametrize(
    ("tags", "usual"),
    [
        ("PER-B PER-I O", "B-PER"),
        ("B_PER O I_LOC", "B-PER"),
        ("b-per i-per o", "B-per"),
        ("PS_B PS_I OG_B O", "B-OG"),
        ("B-ORG-X O b-x", ""),  # spans but for one: said otherwise
        ("NN-B DT O", ""),
        ("n_s n_b v", ""),
        ("A_x I_x", ""),
    ],
)
def test_choose_scheme_notes_spans_in_another_notation(tags: str, usual: str) -> None:
    (note,) = chosen([("a", tags)]).notes or [""]
    assert bool(usual) == ("data.tags: plain" in note)
    assert usual in note
    assert not chosen([("a", tags)], "plain").notes


def test_choose_scheme_requires_two_tags() -> None:
    with pytest.raises(RnnkitError, match=r"data\.dataset: .*single tag.*'O'"):
        chosen([("a b", "O O")])


def test_read_gives_spans_in_iob2_and_encode_in_the_models_own() -> None:
    scheme = chosen(SPANS)
    read, notes = scheme.read(examples(SPANS), "train")
    assert read.labels == [("O", "B-PER", "I-PER"), ("B-LOC", "B-LOC"), ("O",)]
    assert notes == []  # IOB1, as nearly all of it is, allows each
    encoded = [scheme.encode(tags) for tags in read.labels]
    assert encoded == [("O", "B-PER", "E-PER"), ("S-LOC", "S-LOC"), ("O",)]
    assert [scheme.decode(tags) for tags in encoded] == read.labels


def test_read_counts_and_names_illegal_sentences() -> None:
    rows = [("a b", "B-PER I-PER"), ("c d", "B-LOC O"), ("e f", "O I-PER"), ("g h", "B-PER I-LOC")]
    read, (note,) = chosen(rows).read(examples(rows), "train")
    assert note.startswith("train: 2 sentences")
    assert "IOB2" in note
    assert note.endswith("t.tsv:3, t.tsv:4")
    assert read.labels[2:] == [("O", "B-PER"), ("B-PER", "B-LOC")]  # as conlleval reads them
    _, (forced,) = chosen(SPANS, "iob2").read(examples(SPANS), "test")
    assert forced.startswith("test: 2 sentences")


def test_read_refuses_a_tag_that_the_model_lacks() -> None:
    odd = examples([("x", "NOUN"), ("the y", "NOUN DET")])
    nouns = choose_scheme(["NOUN", "VERB"], "auto", "bioes")
    with pytest.raises(RnnkitError, match=r"t\.tsv:2: step 2 .*'DET'.*NOUN, VERB.*data\.labels"):
        nouns.read(odd, "test")
    with pytest.raises(RnnkitError, match=r"the run gives no other tag"):
        nouns.read(odd, "data")
    places = examples([("Rome", "B-LOC")])
    persons = choose_scheme(["B-PER", "O"], "auto", "bioes")
    with pytest.raises(RnnkitError, match=r"t\.tsv:1: step 1 .*'B-LOC'"):
        persons.read(places, "validation")
    with pytest.raises(RnnkitError, match=r"t\.tsv:1: .*'NOUN'.*tags: plain"):
        persons.read(odd, "validation")
