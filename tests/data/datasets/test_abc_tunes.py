from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from rnnkit.data.datasets.abc_tunes import SAMPLE, AbcTunes, AbcTunesByKey
from rnnkit.data.encode.tokenizer_specs import Char
from rnnkit.data.raw.labelled import label_counts
from rnnkit.errors import RnnkitError
from tests.cli.invoke import done


def test_abc_tunes_load_gives_the_tunes_as_one_text(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    text = AbcTunes().load().train
    assert len(text) == 197_618
    assert len(re.findall(r"^X:", text, re.MULTILINE)) == 804
    assert len(Char().train(text)) == 84  # 83 characters and <unk>


def test_abc_tunes_by_key_load_gives_the_tunes_one_by_one(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    every = AbcTunesByKey(min_tunes=1).load()
    assert every.notes == []
    examples = every.parts["train"]
    assert len(examples) == 804
    # Counted by another way: the first K: after each X:.
    raw = (shared_data / "music" / "irish.abc").read_text(encoding="utf-8")
    keys = Counter(re.findall(r"^X:[\s\S]*?^K: *(.*?) *$", raw, re.MULTILINE))
    assert label_counts(examples.labels) == keys
    assert not any(key != key.strip() for key in keys)
    assert {"D Major", "G Major", "A Dorian"} <= keys.keys()
    for text in examples.texts:
        assert re.match(r"M:.*\n", text)
        # a title would tell nothing of the tune
        assert not re.search(r"^[XTZL]:", text, re.MULTILINE)
        assert text == text.strip()
    assert examples.place(803) == "tune 804"

    frequent = AbcTunesByKey().load()
    kept = label_counts(frequent.parts["train"].labels)
    assert kept == {key: count for key, count in keys.items() if count >= 10}
    rare = [count for count in keys.values() if count < 10]
    assert frequent.notes == [
        f"{sum(rare)} tunes in {len(rare)} keys with fewer than 10 are left out"
    ]
    assert kept.total() + sum(rare) == 804


def write(tmp_path: Path, text: str) -> AbcTunesByKey:
    (tmp_path / "mine.abc").write_text(text, encoding="utf-8")
    return AbcTunesByKey(path="mine.abc", min_tunes=1)


def test_abc_tunes_by_key_load_keeps_a_tune_from_metre_to_last_bar(tmp_path: Path) -> None:
    text = (
        "%abc\nM:C\n\nX:1\nT:One\nM:6/8\nK: D Major"
        " \n\nABc|\n\nX:2\nK:G\nGAB|\nK:D\nd2|\n\n\nX:3\nT:no key\nabc\n\nX:4\nK:C\n\n"
    )
    found = write(tmp_path, text).load().parts["train"]
    # Some leave a blank line before the notes; a key that changes on the way belongs to the tune;
    # what has no key or no notes is none.
    assert list(found.texts) == ["M:6/8\nABc|", "GAB|\nK:D\nd2|"]
    assert list(found.labels) == [("D Major",), ("G",)]


def test_abc_tunes_by_key_load_omits_rare_keys_and_keeps_tune_numbers(tmp_path: Path) -> None:
    keys = ["C", "D", "C", "E", "C"]
    (tmp_path / "mine.abc").write_text(
        "\n\n".join(f"X:{number}\nK:{key}\nabc" for number, key in enumerate(keys, 1)),
        encoding="utf-8",
    )
    found = AbcTunesByKey(path="mine.abc", min_tunes=2).load()
    assert [found.parts["train"].place(index) for index in range(3)] == [
        "tune 1",
        "tune 3",
        "tune 5",
    ]
    assert found.notes == ["2 tunes in 2 keys with fewer than 2 are left out"]


@pytest.mark.parametrize(
    ("text", "min_tunes", "message"),
    [
        (
            "Alice was beginning to get very tired",
            1,
            "data.dataset.abc_tunes_by_key: no tune with a key. Expected ABC notation",
        ),
        (
            SAMPLE,
            10,
            "data.dataset.abc_tunes_by_key: min_tunes is 10",
        ),
    ],
)
def test_abc_tunes_by_key_load_refuses_a_file_without_enough_tunes(
    tmp_path: Path, text: str, min_tunes: int, message: str
) -> None:
    (tmp_path / "mine.abc").write_text(text, encoding="utf-8")
    with pytest.raises(RnnkitError) as caught:
        AbcTunesByKey(path="mine.abc", min_tunes=min_tunes).load()
    assert message in str(caught.value)
    assert caught.value.exit_code == 2


def test_abc_tunes_load_refuses_a_missing_file() -> None:
    for spec, name in (
        (AbcTunes(path="jig.abc"), "abc_tunes"),
        (AbcTunesByKey(path="jig.abc"), "abc_tunes_by_key"),
    ):
        with pytest.raises(RnnkitError, match=rf"data\.dataset\.{name}: no such file: 'jig\.abc'"):
            spec.load()


@pytest.mark.parametrize("name", ["abc_tunes", "abc_tunes_by_key"])
def test_abc_tunes_fetch_searches_rnnkit_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "irish.abc").write_text(SAMPLE, encoding="utf-8")
    monkeypatch.setenv("RNNKIT_DATA", str(tmp_path))
    assert done("datasets", "fetch", name).stdout == f"{name}: {tmp_path / 'irish.abc'}\n"
    assert AbcTunes().load().train == SAMPLE


def test_abc_tunes_sample_needs_no_file() -> None:
    assert AbcTunes().sample().train.startswith("X:1\n")
    sample = AbcTunesByKey().sample()
    assert label_counts(sample.parts["train"].labels) == {"D Major": 10, "G Major": 10}
    assert sample.parts["train"].texts[0].startswith("M:4/4\nABcd ABcd|")
