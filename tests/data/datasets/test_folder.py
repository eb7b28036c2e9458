"""A folder with a sub-folder, or a file, for each label."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnkit.config import parse_config
from rnnkit.data.datasets.folder import Folder
from rnnkit.data.raw.labelled import Examples
from rnnkit.errors import RnnkitError

WHERE = "data.dataset.folder.path"


def save(files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = Path("in", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def train(**options: str) -> Examples:
    (part,) = Folder(path="in", **options).load().parts.values()
    return part


def rows(examples: Examples) -> list[tuple[str, str]]:
    return [(label, text) for text, (label,) in zip(examples.texts, examples.labels, strict=True)]


def test_folder_load_reads_a_sub_folder_for_each_label() -> None:
    save(
        {
            "pos/2.txt": "good\nfilm\n",
            "pos/10.txt": " fine ",
            "neg/1.txt": "bad",
            "neg/notes.md": "no text",
            "loose.txt": "no label",
        }
    )
    examples = train()
    assert rows(examples) == [("neg", "bad"), ("pos", "fine"), ("pos", "good\nfilm")]
    assert [examples.place(index) for index in range(3)] == [
        "in/neg/1.txt",
        "in/pos/10.txt",
        "in/pos/2.txt",
    ]


def test_folder_load_reads_a_file_for_each_label() -> None:
    save({"Irish.txt": "Adam\r\nÓ Néill\r\n", "Greek.txt": "\ufeffAkra", "names.csv": "x"})
    examples = train()
    assert rows(examples) == [("Greek", "Akra"), ("Irish", "Adam"), ("Irish", "Ó Néill")]
    assert [examples.place(index) for index in range(3)] == [
        "in/Greek.txt: row 1",
        "in/Irish.txt: row 1",
        "in/Irish.txt: row 2",
    ]


def test_folder_load_keeps_parts_of_sub_folders() -> None:
    save(
        {
            f"{part}/{label}/1.txt": f"{part} {label}"
            for part in ("train", "validation", "test")
            for label in ("pos", "neg")
        }
    )
    parts = Folder(path="in").load().parts
    assert {part: rows(examples) for part, examples in parts.items()} == {
        part: [("neg", f"{part} neg"), ("pos", f"{part} pos")]
        for part in ("train", "validation", "test")
    }


def test_folder_load_keeps_parts_of_files() -> None:
    save(
        {
            "train/pos.txt": "a\nb\n",
            "train/neg.txt": "c\n",
            "test/pos.txt": "d\n",
            "readme.txt": "x",
        }
    )
    parts = Folder(path="in").load().parts
    assert {part: rows(examples) for part, examples in parts.items()} == {
        "train": [("neg", "c"), ("pos", "a"), ("pos", "b")],
        "test": [("pos", "d")],
    }


def test_folder_load_ignores_readmes_licences_and_hidden_files() -> None:
    save(
        {
            "README.txt": "x",
            "readme-first.txt": "x",
            "LICENSE_of_data.txt": "x",
            "Licence.txt": "x",
            ".hidden.txt": b"\xff",
            "licensed.txt": "a label",  # merely begins so
            "other.txt": "b",
        }
    )
    assert rows(train()) == [("licensed", "a label"), ("other", "b")]


def test_folder_load_ignores_files_and_folders_that_are_not_labels() -> None:
    # As macOS leaves it, and as aclImdb comes: reviews without a verdict, and lists of addresses.
    save(
        {
            "pos/1.txt": "a",
            "pos/._1.txt": b"\0\xff",
            "pos/README.txt": "x",
            "neg/1.txt": "b",
            ".git/1.txt": "x",
            "__MACOSX/x.md": "x",
        }
    )
    save(
        {
            "unsup/1.txt": "x",
            "urls_pos.txt": "http://x",
            "labeledBow.feat": "1",
            "licenses/x.txt": "a label",
        }
    )
    assert rows(train()) == [("licenses", "a label"), ("neg", "b"), ("pos", "a")]


def test_folder_load_follows_pattern_and_encoding() -> None:
    save({"pos/a.md": "été".encode("latin-1"), "pos/a.txt": "x", "neg/b.md": "b"})
    assert rows(train(pattern="*.md", encoding="latin-1")) == [("neg", "b"), ("pos", "été")]


@pytest.mark.parametrize(
    ("files", "texts", "notes"),
    [
        ({"a.txt": "one\n\n \ntwo\n", "b.txt": "three"}, 3, ["in: 2 empty lines left out"]),
        # no line end at the end
        ({"a.txt": "one\n\ntwo", "b.txt": "three"}, 3, ["in: 1 empty line left out"]),
        ({"a.txt": "one\n", "b.txt": "two\n\n"}, 2, ["in: 1 empty line left out"]),
        ({"a.txt": "one\n", "b.txt": "two"}, 2, []),
        (
            {"pos/1.txt": "one", "pos/2.txt": "", "neg/1.txt": " \n", "neg/2.txt": "two"},
            2,
            ["in: 2 empty files left out"],
        ),
    ],
)
def test_folder_load_counts_empty_texts(
    files: dict[str, str | bytes], texts: int, notes: list[str]
) -> None:
    save(files)
    found = Folder(path="in").load()
    assert len(found.parts["train"]) == texts
    assert found.notes == notes


@pytest.mark.parametrize(
    "files", [{}, {"a.csv": "x"}, {"pos/a.csv": "x"}, {"README.txt": "x"}, {"pos/1.txt": ""}]
)
def test_folder_load_refuses_a_folder_without_texts(files: dict[str, str | bytes]) -> None:
    Path("in").mkdir()
    save(files)
    with pytest.raises(RnnkitError) as caught:
        Folder(path="in").load()
    assert str(caught.value).startswith(
        f"{WHERE}: no text in any *.txt of in, nor in its subfolders. Expected a file or a"
        " folder for each label"
    )
    assert caught.value.exit_code == 2


def test_folder_load_names_an_empty_file_of_a_label() -> None:
    save({"a.txt": "", "b.txt": "x"})
    with pytest.raises(RnnkitError, match=rf"{WHERE}: in/a\.txt is empty"):
        train()


def test_folder_load_names_a_part_without_texts() -> None:
    save({"train/pos/1.txt": "a", "test/pos/1.csv": "b"})
    with pytest.raises(RnnkitError, match=r"no text in any \*\.txt of in/test"):
        Folder(path="in").load()


def test_folder_load_names_the_file_that_is_not_utf8() -> None:
    save({"pos/1.txt": "a", "pos/2.txt": b"a\nb\xe9\n"})
    with pytest.raises(
        RnnkitError, match=rf"{WHERE}: in/pos/2\.txt:2: byte 3 \(0xe9\) is not UTF-8"
    ):
        train()


def test_folder_load_refuses_a_missing_folder(tmp_path: Path) -> None:
    (tmp_path / "reviews").mkdir()
    with pytest.raises(
        RnnkitError,
        match=rf"{WHERE}: no such folder: 'review'\. Expected a folder\. Did you mean 'reviews'\?",
    ):
        Folder(path="review").load()
    (tmp_path / "file").touch()
    with pytest.raises(RnnkitError, match=rf"{WHERE}: 'file' is a file"):
        Folder(path="file").fetch()
    assert Folder(path="reviews").fetch() == "reviews"


@pytest.mark.parametrize("pattern", ["", "/etc/*"])
def test_folder_refuses_wrong_patterns(pattern: str) -> None:
    data = {"dataset": {"folder": {"path": "in", "pattern": pattern}}}
    with pytest.raises(RnnkitError, match=r"data\.dataset\.folder\.pattern"):
        parse_config(
            {
                "task": "classification",
                "data": data,
                "model": {"embedding": 4, "layers": [{"lstm": 4}]},
            }
        )


def test_folder_load_reads_the_real_names(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    found = Folder(path="names").load()
    examples = found.parts["train"]
    assert (len(examples), found.notes) == (20_050, [])
    languages = [label for (label,) in examples.labels]
    assert len(set(languages)) == 18
    assert (languages.count("Russian"), languages.count("Vietnamese")) == (9384, 73)
    assert "Ślusarski" in examples.texts


def test_folder_load_counts_files_outside_the_label_folders() -> None:
    save({"pos/1.txt": "good", "neg/1.txt": "bad", "neutral.txt": "so so\nwell"})
    labelled = Folder(path="in").load()
    assert labelled.notes == [
        "in: it has a folder for each label, so 1 file outside them is left out: neutral.txt"
    ]
    assert rows(labelled.parts["train"]) == [("neg", "bad"), ("pos", "good")]


def test_folder_read_reads_a_further_folder() -> None:
    save({"pos.txt": "good\nfine", "neg.txt": "bad"})
    assert rows(Folder(path="elsewhere").read("in").parts["data"]) == [
        ("neg", "bad"),
        ("pos", "good"),
        ("pos", "fine"),
    ]


def test_folder_load_groups_by_the_folders_within_labels() -> None:
    save({f"{label}/{who}/{n}.txt": f"{who} {n}" for label in "ab" for who in "xy" for n in "12"})
    assert train(pattern="*/*.txt").columns["folder"] == list("xxyyxxyy")
