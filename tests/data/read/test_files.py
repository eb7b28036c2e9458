"""Reading the user's files: every byte that can go wrong, and the message that helps."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnkit.data.read.files import find_file, find_folder, read_text
from rnnkit.errors import RnnkitError

TEXT = "où est\nla bibliothèque ?\nici.\n"


def write(folder: Path, content: bytes) -> Path:
    path = folder / "text.txt"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode(),
    ],
    ids=["plain", "byte order mark", "CRLF", "CR", "byte order mark and CRLF"],
)
def test_read_text_ignores_byte_order_marks_and_line_ends(tmp_path: Path, content: bytes) -> None:
    assert read_text(write(tmp_path, content)) == TEXT


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le", "utf-8-sig", "cp1252"])
def test_read_text_decodes_a_named_encoding(tmp_path: Path, encoding: str) -> None:
    assert read_text(write(tmp_path, TEXT.replace("\n", "\r\n").encode(encoding)), encoding) == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_read_text_removes_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    assert read_text(write(tmp_path, ("\ufeff" + TEXT).encode(encoding)), encoding) == TEXT


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (TEXT.encode("latin-1"), "text.txt:1: byte 1 (0xf9) is not UTF-8"),
        (b"first\nsecond\nthird \xe9t\xe9\n", "text.txt:3: byte 19 (0xe9) is not UTF-8"),
        (TEXT.encode("utf-16"), "text.txt:1: byte 0 (0xff) is not UTF-8"),
        ("first\nsecond".encode("utf-16-le"), "text.txt:1: character 1 is a NUL: not UTF-8 text"),
        (b"first\nsecond\0", "text.txt:2: character 12 is a NUL: not UTF-8 text"),
        # the last character is cut off
        (b"first\nsecond\xe2\x82", "text.txt:2: byte 12 (0xe2) is not UTF-8"),
    ],
    ids=[
        "latin-1",
        "latin-1 in line 3",
        "utf-16",
        "utf-16 without byte order mark",
        "NUL",
        "cut off",
    ],
)
def test_read_text_names_line_and_byte_that_are_not_utf8(
    tmp_path: Path, content: bytes, place: str
) -> None:
    with pytest.raises(RnnkitError) as caught:
        read_text(write(tmp_path, content), "utf-8")
    message = str(caught.value)
    assert message.startswith(f"{tmp_path}/")
    assert place in message
    assert "\n" not in message
    assert caught.value.exit_code == 2


def test_read_text_names_a_wrong_encoding(tmp_path: Path) -> None:
    with pytest.raises(RnnkitError, match=r"text\.txt:1: byte 1 \(0xc3\) is not ASCII"):
        read_text(write(tmp_path, TEXT.encode()), "ascii")


@pytest.mark.parametrize("encoding", ["utf8000", "base64", "rot13", "undefined", "", "a\0b"])
def test_read_text_refuses_an_unknown_encoding(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(
        RnnkitError, match=r"unknown encoding .* Expected a name such as utf-8, latin-1 or utf-16"
    ):
        read_text(write(tmp_path, b"text"), encoding)


@pytest.mark.parametrize(
    "content",
    [b"", b" \n\t\r\n ", b"\xef\xbb\xbf", "\u00a0\u2003\n".encode()],
    ids=["empty", "white space", "mark", "no-break"],
)
def test_read_text_refuses_an_empty_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(RnnkitError, match=r".*text\.txt is empty\. Expected text") as caught:
        read_text(write(tmp_path, content))
    assert caught.value.exit_code == 2


def test_read_text_refuses_a_directory(tmp_path: Path) -> None:
    with pytest.raises(RnnkitError, match=r"cannot be read \(Is a directory\)"):
        read_text(tmp_path)


def test_find_file_refuses_a_directory(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    with pytest.raises(
        RnnkitError,
        match=r"'texts' is a directory\. Expected a UTF-8 text file\. Name a file in it",
    ):
        find_file("texts")


@pytest.mark.parametrize(
    ("asked", "named"), [("poems.txt", "poem.txt"), ("texts/Alice.text", "texts/alice.txt")]
)
def test_find_file_suggests_a_near_name(tmp_path: Path, asked: str, named: str) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "poem.txt").touch()
    (tmp_path / "texts" / "alice.txt").touch()
    (tmp_path / "unlike.csv").touch()
    with pytest.raises(RnnkitError) as caught:
        find_file(asked)
    assert (
        str(caught.value)
        == f"no such file: {asked!r}. Expected a UTF-8 text file. Did you mean {named!r}?"
    )
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "asked",
    ["nothing-like-it.txt", "no/such/folder/poem.txt", "~nobody-of-this-name/poem.txt", "a\0b"],
)
def test_find_file_without_a_near_name_mentions_rnnkit_data(tmp_path: Path, asked: str) -> None:
    (tmp_path / "poem.md").touch()
    with pytest.raises(RnnkitError, match=r"no such file.*set RNNKIT_DATA to the folder it is in"):
        find_file(asked)


def test_find_file_expands_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "poem.txt").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_file("~/poem.txt") == tmp_path / "poem.txt"


def test_find_file_searches_rnnkit_data_after_the_path_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    (data / "poems").mkdir(parents=True)
    (data / "poems" / "sea.txt").write_text("from the data folder", encoding="utf-8")
    with pytest.raises(RnnkitError):
        find_file("poems/sea.txt")

    monkeypatch.setenv("RNNKIT_DATA", str(data))
    assert read_text(find_file("poems/sea.txt")) == "from the data folder"
    assert find_file(str(data / "poems" / "sea.txt")) == data / "poems" / "sea.txt"

    (tmp_path / "poems").mkdir()
    (tmp_path / "poems" / "sea.txt").write_text("from the current folder", encoding="utf-8")
    assert read_text(find_file("poems/sea.txt")) == "from the current folder"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    content=st.binary(max_size=200),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-7", "latin-1", "ascii"]),
)
def test_read_text_of_any_bytes_is_text_or_a_clear_error(
    tmp_path: Path, content: bytes, encoding: str
) -> None:
    path = write(tmp_path, content)
    try:
        text = read_text(path, encoding)
    except RnnkitError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
    else:
        assert text.strip()
        assert "\r" not in text
        assert "\0" not in text


def test_read_text_accepts_an_empty_file_where_it_may_be_empty(tmp_path: Path) -> None:
    assert read_text(write(tmp_path, b"\xef\xbb\xbf \r\n"), may_be_empty=True) == " \n"


def test_find_folder_searches_rnnkit_data_after_the_path_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data" / "reviews").mkdir(parents=True)
    assert find_folder("data/reviews") == Path("data/reviews")
    monkeypatch.setenv("RNNKIT_DATA", str(tmp_path / "data"))
    assert find_folder("reviews") == tmp_path / "data" / "reviews"
    (tmp_path / "reviews").mkdir()
    assert find_folder("reviews") == Path("reviews")


def test_find_folder_refuses_a_file(tmp_path: Path) -> None:
    (tmp_path / "reviews").touch()
    with pytest.raises(RnnkitError, match=r"'reviews' is a file\. Expected a folder\."):
        find_folder("reviews")


def test_find_folder_refuses_a_missing_folder(tmp_path: Path) -> None:
    (tmp_path / "reviews").mkdir()
    with pytest.raises(RnnkitError) as caught:
        find_folder("review")
    assert (
        str(caught.value) == "no such folder: 'review'. Expected a folder. Did you mean 'reviews'?"
    )
    with pytest.raises(
        RnnkitError, match=r"no such folder: 'nothing/here'.*set RNNKIT_DATA to the folder it is in"
    ):
        find_folder("nothing/here")
