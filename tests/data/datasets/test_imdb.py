"""IMDB reviews: raw, in keras' ids, and in a file that must never run code."""

from __future__ import annotations

import builtins
import gzip
import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnkit.config import parse_config
from rnnkit.data.datasets.imdb import (
    REVIEWS,
    WORD_INDEX,
    Imdb,
    read_word_index,
)
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.raw.labelled import Examples
from rnnkit.data.read.id_lists import read_keras_npz
from rnnkit.errors import RnnkitError

FLAT = "flat.npz"
INDEX = {"the": 1, "film": 2, "bad": 3, "good": 4, "was": 5, "it's": 6, "été": 7, "br": 8}
RANKS = {"train": [[1, 2, 5, 4], [3], [7, 2], [2, 2, 2, 6], [1]], "test": [[4, 4], [3, 8, 1], []]}
MARKS = {"train": [1, 0, 1, 0, 1], "test": [1, 0, 0]}


def objects(lists: list[list[int]]) -> np.ndarray:
    array = np.empty(len(lists), object)
    array[:] = lists
    return array


def save_index(folder: str = "in") -> None:
    Path(folder).mkdir(exist_ok=True)
    Path(folder, "imdb_word_index.json").write_text(json.dumps(INDEX), encoding="utf-8")


def save_keras(path: str | Path = "in/imdb.npz", **changes: Any) -> Path:
    """As keras' own file is written."""
    save_index(str(Path(path).parent))
    arrays: dict[str, Any] = {f"x_{part}": objects(RANKS[part]) for part in RANKS} | {
        f"y_{part}": np.array(MARKS[part]) for part in MARKS
    }
    np.savez(path, **(arrays | changes))
    return Path(path)


def save_flat(**changes: Any) -> None:
    save_index()
    arrays: dict[str, Any] = {}
    for part, reviews in RANKS.items():
        arrays |= {
            f"x_{part}_flat": np.concatenate([np.array(review, np.int32) for review in reviews])
        }
        arrays |= {
            f"x_{part}_len": np.array(list(map(len, reviews))),
            f"y_{part}": np.array(MARKS[part]),
        }
    np.savez(Path("in", FLAT), **(arrays | changes))


def save_raw(lines: dict[str, list[dict[str, Any]]] | None = None) -> None:
    save_index()
    for part in RANKS:
        reviews = (lines or {}).get(part) or [
            {"text": f"{part} {number} <br />", "label": number % 2} for number in range(4)
        ]
        Path("in", f"aclImdb_{part}.jsonl.gz").write_bytes(
            gzip.compress("\n".join(map(json.dumps, reviews)).encode())
        )


def rows(examples: Examples) -> list[tuple[str, str]]:
    return [(text, label) for text, (label,) in zip(examples.texts, examples.labels, strict=True)]


def keras_order(sizes: list[int]) -> list[list[int]]:
    """The order in which keras.datasets.imdb.load_data leaves its rows."""
    generator = np.random.RandomState(113)
    orders = []
    for size in sizes:
        indices = np.arange(size)
        generator.shuffle(indices)
        orders.append(indices.tolist())
    return orders


def expected_rows() -> dict[str, list[tuple[str, str]]]:
    words = {rank: word for word, rank in INDEX.items()}
    orders = keras_order([5, 3])
    return {
        part: [
            (
                " ".join(words[rank] for rank in RANKS[part][row]),
                ("negative", "positive")[MARKS[part][row]],
            )
            for row in order
        ]
        for part, order in zip(RANKS, orders, strict=True)
    }


@pytest.mark.parametrize("save", [save_keras, save_flat])
def test_imdb_load_decodes_ids_in_keras_order(save: Callable[[], object]) -> None:
    save()
    parts = Imdb(path="in").load().parts
    assert {part: rows(examples) for part, examples in parts.items()} == expected_rows()
    first = keras_order([5, 3])[0][0]
    assert parts["train"].place(0) == f"train: review {first + 1}"


def test_imdb_load_gives_raw_reviews_in_keras_order() -> None:
    save_raw()
    orders = keras_order([4, 4])
    for (part, examples), order in zip(Imdb(path="in").load().parts.items(), orders, strict=True):
        assert rows(examples) == [
            (f"{part} {row} <br />", ("negative", "positive")[row % 2]) for row in order
        ]
        assert examples.place(0).endswith(f"aclImdb_{part}.jsonl.gz: row {order[0] + 1}")


def test_imdb_load_prefers_raw_reviews_to_ids(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    save_keras(tmp_path / "imdb.npz")
    monkeypatch.setenv("RNNKIT_DATA", str(tmp_path))
    assert len(Imdb().load().parts["train"]) == 5
    assert Imdb().fetch() == f"{tmp_path / 'imdb.npz'} and {tmp_path / 'imdb_word_index.json'}"
    save_raw()
    Path("in").rename("imdb")
    assert len(Imdb().load().parts["train"]) == 4
    raw = tmp_path / "imdb" / "aclImdb_train.jsonl.gz"
    assert Imdb().fetch() == f"{raw} and {tmp_path / 'imdb' / 'imdb_word_index.json'}"
    assert Imdb(vocab_size=None).fetch() == str(raw)
    assert Imdb(path="imdb", vocab_size=None).fetch() == "imdb/aclImdb_train.jsonl.gz"


# The vocabulary of keras.


def test_own_tokenizer_gives_the_ids_of_keras() -> None:
    save_keras()
    tokenizer = Imdb(path="in").own_tokenizer()
    assert tokenizer.vocabulary == ["<pad>", "<start>", "<unk>", "<reserved>", *INDEX]
    # What keras.datasets.imdb makes of the very same file: start_char=1, oov_char=2, index_from=3.
    for part, examples in Imdb(path="in").load().parts.items():
        order = keras_order([5, 3])[list(RANKS).index(part)]
        assert [tokenizer.encode(text).tolist() for text in examples.texts] == [
            [1, *(rank + 3 for rank in RANKS[part][row])] for row in order
        ]


def test_own_tokenizer_splits_raw_text_as_keras() -> None:
    save_index()
    tokenizer = Imdb(path="in").own_tokenizer()
    assert tokenizer.encode("It's THE film,<br />the--bad\tfilm\nété!").tolist() == [
        1,
        9,
        4,
        5,
        11,
        4,
        6,
        5,
        10,
    ]
    assert tokenizer.encode("unheard of <pad> <start>").tolist() == [1, 2, 2, 2, 2]
    assert tokenizer.encode("").tolist() == [1]


def test_own_tokenizer_keeps_only_the_most_frequent_words() -> None:
    save_index()
    tokenizer = Imdb(path="in", vocab_size=10, skip_top=2).own_tokenizer()
    assert len(tokenizer) == 10
    assert tokenizer.encode("the film was bad it's été").tolist() == [1, 2, 2, 8, 6, 9, 2]
    assert not Imdb(vocab_size=None).has_own_tokenizer
    assert len(Imdb(path="in", vocab_size=1000).own_tokenizer()) == 4 + len(INDEX)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vocab_size": 9}, "vocab_size"),
        (
            {"vocab_size": 20, "skip_top": 16},
            "skip_top: found 16. Expected at most 15, for a vocab_size of 20",
        ),
        ({"vocab_size": None, "skip_top": 1}, "skip_top: found 1. Expected at most 0"),
        ({"skip_top": -1}, "skip_top"),
    ],
)
def test_imdb_refuses_wrong_options(options: dict[str, Any], message: str) -> None:
    data = {"dataset": {"imdb": options}}
    with pytest.raises(RnnkitError) as caught:
        parse_config(
            {
                "task": "classification",
                "data": data,
                "model": {"embedding": 4, "layers": [{"lstm": 4}]},
            }
        )
    assert f"data.dataset.imdb.{message}" in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[1, 2]",
        '{"the": 1, "film": 3}',
        '{"the": "1"}',
        '{"the": null}',
        '{"a": 1, "b": 1}',
        "[" * 100_000,
    ],
)
def test_read_word_index_names_a_damaged_file(content: str) -> None:
    save_keras()
    Path("in/imdb_word_index.json").write_text(content, encoding="utf-8")
    for read in (
        lambda: read_word_index("in"),
        Imdb(path="in").load,
        Imdb(path="in").own_tokenizer,
    ):
        with pytest.raises(
            RnnkitError,
            match=r"in/imdb_word_index\.json: not keras' word index: .*Download it again",
        ):
            read()


# Files that are not what they should be.


def refused(path: str | Path = "in/imdb.npz") -> str:
    with pytest.raises(RnnkitError) as caught:
        read_keras_npz(Path(path))
    message = str(caught.value)
    assert message.startswith(f"{path}: not IMDB reviews: ")
    assert message.endswith("Expected lists of ids and labels. Download it again.")
    assert caught.value.exit_code == 2
    return message


def test_imdb_load_refuses_a_folder_without_reviews() -> None:
    save_index()
    with pytest.raises(RnnkitError) as caught:
        Imdb(path="in").load()
    assert str(caught.value).startswith("data.dataset.imdb.path: neither aclImdb_train.jsonl.gz")


def test_imdb_load_refuses_half_of_the_raw_reviews() -> None:
    save_raw()
    Path("in/aclImdb_test.jsonl.gz").unlink()
    with pytest.raises(RnnkitError, match=r"aclImdb_test\.jsonl\.gz cannot be read \(No such file"):
        Imdb(path="in").load()


@pytest.mark.parametrize("label", [7, "pos", -1, 0.5])
def test_imdb_load_refuses_a_raw_label_that_is_neither_zero_nor_one(label: object) -> None:
    save_raw({"train": [{"text": "a", "label": 1}, {"text": "b", "label": label}]})
    with pytest.raises(
        RnnkitError, match=rf"aclImdb_train\.jsonl\.gz: row 2: label is '{label}'\. Expected 0 or 1"
    ):
        Imdb(path="in").load()


@pytest.mark.parametrize(
    "changes",
    [
        {"x_train": np.array([1, 2, 3, 4, 5])},
        {"x_train": objects(RANKS["train"][:4])},
        {"x_train": objects([[1], [2], ["x"], [3], [4]])},  # type: ignore[list-item]
        {"x_train": objects([[1], [2], [[3]], [3], [4]])},  # type: ignore[list-item]
        {"x_train": np.array(["a", None, [1], [2], [3]], object)},
        {"y_train": np.array([1, 0, 7, 0, 1])},
        {"y_train": np.array([1.5, 0, 1, 0, 1])},
        {"y_train": np.array(3)},
        {"y_test": objects([[1], [0], [0]])},
    ],
)
def test_read_keras_npz_refuses_reviews_of_another_form(changes: dict[str, Any]) -> None:
    refused(save_keras(**changes))


def test_imdb_load_refuses_an_id_without_a_word() -> None:
    path = save_keras(x_test=objects([[4], [99], [1]]))
    with pytest.raises(RnnkitError, match=rf"{path}: it has a word of number 99"):
        Imdb(path="in").load()


def test_read_keras_npz_reads_reviews_of_one_length() -> None:
    reviews = read_keras_npz(save_keras(x_test=np.array([[1, 2], [3, 4], [5, 6]])))
    assert list(reviews["test"][0]) == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize(
    "changes",
    [
        {"x_train_len": np.array([1, 2])},
        {"x_train_flat": np.arange(3)},
        {"y_train": np.arange(5)},
        {"y_test": objects([[1]] * 3)},
    ],
)
def test_imdb_load_refuses_flat_reviews_of_another_form(changes: dict[str, Any]) -> None:
    save_flat(**changes)
    with pytest.raises(RnnkitError, match=rf"in/{FLAT}: not IMDB reviews: "):
        Imdb(path="in").load()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_imdb_load_refuses_a_truncated_file(share: float) -> None:
    for save, name in ((save_keras, "imdb.npz"), (save_flat, FLAT)):
        save()
        path = Path("in", name)
        path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
        with pytest.raises(
            RnnkitError, match=rf"in/{name}: not IMDB reviews: .+ Expected lists of ids and labels"
        ):
            Imdb(path="in").load()
        path.unlink()


@settings(
    max_examples=2 * settings().max_examples,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.floats(0, 1, exclude_max=True), new=st.binary(max_size=6))
def test_read_keras_npz_refuses_or_survives_damage_anywhere(place: float, new: bytes) -> None:
    content = npy(pickle.dumps(objects(RANKS["train"]), protocol=2 + len(new) % 4))
    start = int(place * len(content))
    path = save_npy(content[:start] + new + content[start + len(new) :])
    try:
        reviews = read_keras_npz(path)["train"][0]
    except RnnkitError as error:
        assert str(path) in str(error)
    else:
        assert all(isinstance(number, int) for review in reviews for number in review)


def test_read_keras_npz_reserves_no_memory_for_what_is_not_there() -> None:
    content = npy(pickle.dumps(objects(RANKS["train"]), protocol=3))
    memo = content.index(b"q\x01")
    far = content[:memo] + b"r" + (2**31).to_bytes(4, "little") + content[memo + 2 :]
    with pytest.raises(RnnkitError, match=r"names object 2,147,483,648"):
        read_keras_npz(save_npy(far))


# A pickle may call anything that it names. This one must not.


def npy(pickled: bytes) -> bytes:
    """A file of NumPy's that says it holds objects, and a pickle."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": "|O", "fortran_order": False, "shape": (5,)}
    )
    return file.getvalue() + pickled


def save_npy(content: bytes, name: str = "x_train") -> Path:
    path = save_keras()
    with zipfile.ZipFile(path) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for member, whole in members.items():
            archive.writestr(member, content if member == f"{name}.npy" else whole)
    return path


class Calls:
    """Pickled, it is a call of `function`."""

    def __init__(self, function: Callable[..., Any], *arguments: Any):
        self.called = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.called


def touch(name: str) -> Calls:
    return Calls(os.system, f"touch {name}")


ATTACKS: dict[str, Any] = {
    "os.system": touch("hacked"),
    "eval": Calls(builtins.eval, "open('hacked', 'w').close()"),
    "in a list of lists": [[1, 2], [touch("hacked")]],
    "in an array": objects([[1], [touch("hacked")], [2], [3], [4]]),  # type: ignore[list-item]
    "in an array in an array": objects([[objects([[touch("hacked")]])], [1], [1], [1], [1]]),  # type: ignore[list-item]
    "beside what is allowed": (objects(RANKS["train"]), touch("hacked")),
    "a getattr": Calls(getattr, np.ndarray, "tofile"),
    "np.save": Calls(np.save, "hacked.npy", [1]),
    "np.load": Calls(np.load, "in/other.npy", None, True),
    "np.fromfile": Calls(np.fromfile, "in/imdb.npz"),
    "np.memmap": Calls(np.memmap, "hacked", "uint8", "w+", 0, (4,)),
    "a partial": Calls(__import__("functools").partial, os.system, "touch hacked"),
}


@pytest.mark.parametrize("protocol", [0, 2, pickle.HIGHEST_PROTOCOL])
@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("name", ["x_train", "y_train"])
def test_read_keras_npz_runs_no_code(attack: str, protocol: int, name: str) -> None:
    path = save_npy(npy(pickle.dumps(ATTACKS[attack], protocol)), name)
    before = sorted(Path().rglob("*"))
    message = refused(path)
    assert name == "y_train" or "it names " in message  # labels are never a pickle
    with pytest.raises(RnnkitError):
        Imdb(path="in").load()
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize(
    "program",
    [
        b"cnumpy._core.multiarray\nfromfile\n(S'in/imdb.npz'\ntR.",
        b"cnumpy\nload\n(S'in/other.npy'\nNI01\ntR.",
        b"cnumpy.testing._private.utils\nrunstring\n(S'import os; os.mkdir(\"hacked\")'\n}tR.",
        b"\x80\x04\x8c\x05numpy\x8c\x10ndarray.__init__\x93.",
        b"\x80\x04\x8c\x05numpy\x8c\x0fndarray.tofile\x93.",
        b"cos\nsystem\n(S'touch hacked'\ntR.",
        b"(S'touch hacked'\nios\nsystem\n.",
        b"\x80\x02\x82\x01.",  # copyreg's extensions
        b"Pid\n.",  # a persistent id
        b"cnumpy\nndarray\n(I1000000000000\ntR.",  # nothing of that size is made
        b"cnumpy\nndarray\nN.",
        b"cnumpy\nndarray\n}S'content'\n]I1\nasb.",  # sets an attribute of the type itself
        b"cnumpy\ndtype\n(S'O8'\ntR(I3\nS'|'\nNNNI-1\nI-1\nI63\ntb.",
        b".",
        b"",
        b"\x80\xff",
        b"]\x94(" * 1000,
        b"(" * 100_000,
    ],
)
def test_read_keras_npz_refuses_pickles_written_by_hand(program: bytes) -> None:
    path = save_npy(npy(program))
    before = sorted(Path().rglob("*"))
    refused(path)
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("module", [b"numpy._core.multiarray", b"numpy.core.multiarray"])
def test_read_keras_npz_reads_lists_of_any_age(protocol: int, module: bytes) -> None:
    pickled = pickle.dumps(objects(RANKS["train"]), protocol)
    if module not in pickled:
        if protocol >= 4:
            return  # lengths before its strings: cannot be replaced so
        pickled = pickled.replace(b"numpy._core.multiarray", module)
    if b"_codecs" in pickled:  # NumPy 1 of Python 2 had a plain string there
        pickled = pickle_without_codecs(pickled)
    assert list(read_keras_npz(save_npy(npy(pickled)))["train"][0]) == RANKS["train"]


def pickle_without_codecs(pickled: bytes) -> bytes:
    import pickletools

    # c_codecs encode, its text and encoding, TUPLE2, REDUCE -> the byte string b"b"
    start = pickled.index(b"c_codecs\nencode\n")
    end = next(
        place
        for opcode, _, place in pickletools.genops(pickled)
        if opcode.name == "REDUCE" and place is not None and place > start
    )
    return pickled[:start] + b"U\x01b" + pickled[end + 1 :]


# The public files.


@pytest.mark.parametrize("file", [REVIEWS, WORD_INDEX])
def test_remote_files_of_imdb_are_those_of_keras(file: Any) -> None:
    assert file.url.startswith("https://storage.googleapis.com/tensorflow/tf-keras-datasets/")
    assert len(file.sha256) == 64


CHECKED = 1000


@pytest.mark.soak
def test_imdb_load_of_the_genuine_reviews_equals_keras(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raw text, by keras' rules, gives the ids of keras' own file, row by row in keras' order."""
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    dataset = Imdb()
    found = dataset.load()
    assert found.notes == []
    assert {part: len(examples) for part, examples in found.parts.items()} == {
        "train": 25_000,
        "test": 25_000,
    }
    tokenizer = dataset.own_tokenizer()
    assert (len(tokenizer), tokenizer.vocabulary[:8]) == (
        10_000,
        ["<pad>", "<start>", "<unk>", "<reserved>", "the", "and", "a", "of"],
    )
    # The first review is the one that every tutorial shows.
    assert (
        found.parts["train"]
        .texts[0]
        .startswith("this film was just brilliant,casting,location scenery,story,direction")
    )
    assert tokenizer.encode(found.parts["train"].texts[0])[:12].tolist() == [
        1,
        14,
        22,
        16,
        43,
        530,
        973,
        1622,
        1385,
        65,
        458,
        4468,
    ]

    whole = Imdb(vocab_size=88_588).own_tokenizer()
    assert len(whole) == 88_588
    with np.load(next((shared_data / "imdb").glob("*.npz"))) as archive:
        flat = dict(archive)
    same = 0
    for (part, examples), order in zip(
        found.parts.items(), keras_order([25_000, 25_000]), strict=True
    ):
        labels = np.array([label == ("positive",) for label in examples.labels])
        assert labels.sum() == 12_500
        np.testing.assert_array_equal(labels, flat[f"y_{part}"][order])
        reviews = Sequences(flat[f"x_{part}_flat"], flat[f"x_{part}_len"])
        encoded = whole.encode_all(examples.texts[:CHECKED])
        for text, row in enumerate(order[:CHECKED]):
            expected = np.append(1, reviews[row] + 3)
            # keras' file has no trace of words that only the test part has.
            same += np.array_equal(encoded[text][encoded[text] != 2], expected)
    assert same / (2 * CHECKED) >= 0.999
