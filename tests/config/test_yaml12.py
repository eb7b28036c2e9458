from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from rnnkit.config.dump import dump
from rnnkit.config.scalars import Loader
from rnnkit.config.yaml12 import MAX_BYTES, MAX_DEPTH, _composed, _composed_fast, parse, read
from rnnkit.errors import RnnkitError, RnnkitErrors


def refusal(text: str) -> str:
    with pytest.raises(RnnkitError) as caught:
        parse(text, "f.yaml")
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("+1.5", 1.5),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("010", 10),
        ("-7", -7),
        ("+7", 7),
        ("0o10", 8),
        ("0x1F", 31),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_parse_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    found = parse(f"a: {text}", "f.yaml").tree["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "No",
        "yes",
        "on",
        "off",
        "y",
        "tRUE",
        "12:30",
        "1:02:03",
        "1_000",
        "0b11",
        "0o8",
        "1.2.3",
        "2020-01-01",
        "e3",
        "nan",
        "inf",
        "--1",
        ".",
    ],
)
def test_parse_scalars_special_in_yaml_1_1_are_text(text: str) -> None:
    assert parse(f"a: {text}", "f.yaml").tree == {"a": text}


def test_parse_nan_is_a_number() -> None:
    assert math.isnan(parse("a: .NaN", "f.yaml").tree["a"])


def test_parse_quoted_scalars_are_text() -> None:
    assert parse("""{a: "1e-3", b: 'true', c: "null", d: ''}""", "f.yaml").tree == {
        "a": "1e-3",
        "b": "true",
        "c": "null",
        "d": "",
    }


def test_parse_keys_are_text_whatever_they_look_like() -> None:
    assert parse("{1: a, true: b, null: c, 1e3: d}", "f.yaml").tree == {
        "1": "a",
        "true": "b",
        "null": "c",
        "1e3": "d",
    }


def test_parse_merge_keys_are_plain_keys() -> None:
    assert parse("<<: {a: 1}", "f.yaml").tree == {"<<": {"a": 1}}


def test_document_where_is_the_line_of_every_key_and_item() -> None:
    document = parse("a: 1\nb:\n  - c: 2\n  - 3\n", "f.yaml")
    assert document.where(("a",)) == "f.yaml:1"
    assert document.where(("b", 0, "c")) == "f.yaml:3"
    assert document.where(("b", 1)) == "f.yaml:4"
    assert document.where(("b", 0, "missing", "deeper")) == "f.yaml:3"
    assert document.where(("missing",)) == "f.yaml:1"


@pytest.mark.parametrize(
    ("first", "again", "text"),
    [(1, 3, "a: 1\nb: 2\na: 3\n"), (2, 3, "m:\n  a: 1\n  a: 2\n"), (1, 1, "{a: 1, a: 2}")],
)
def test_parse_duplicate_key_names_both_lines(first: int, again: int, text: str) -> None:
    message = refusal(text)
    assert message.startswith(f"f.yaml:{again}: the key 'a'")
    assert f"line {first}" in message


def test_parse_duplicate_keys_are_reported_together() -> None:
    with pytest.raises(RnnkitErrors) as caught:
        parse("a: 1\nb: 2\na: 3\nb: 4\n", "f.yaml")
    assert [error.where for error in caught.value.errors] == ["f.yaml:3", "f.yaml:4"]


BOMB = "a: &a [x, x, x]\n" + "\n".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: &here 1", 1, "'here'"),
        ("x: 1\na: &list\n  - 1\nb: *list", 2, "'list'"),
        (BOMB, 1, "'a'"),
        ("a: &self [*self]", 1, "'self'"),
        ("b: *unknown", 1, "'unknown'"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]", 2, "!!python/object/apply:os.system"),
        ("a: !!python/name:os.system", 1, "!!python/name:os.system"),
        ("a: !!int abc", 1, "!!int"),
        ("a: !!float abc", 1, "!!float"),
        ("a: !!binary aGVsbG8=", 1, "!!binary"),
        ("a: !!timestamp 2020-01-01", 1, "!!timestamp"),
        ("a: !!set {x: }", 1, "!!set"),
        ("a: !mine 1", 1, "!mine"),
        ("a: !<tag:example.org,2000:x> 1", 1, "tag:example.org,2000:x"),
        ("!mine a: 1", 1, "!mine"),
        ("--- !mine\na: 1", 1, "!mine"),
    ],
)
def test_parse_refuses_anchors_aliases_and_tags(text: str, line: int, what: str) -> None:
    message = refusal(text)
    assert message.startswith(f"f.yaml:{line}: the ")
    assert what in message
    assert "plain data" in message


def test_parse_tag_never_runs_code(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    refusal(f"a: !!python/object/apply:os.mkdir ['{witness}']")
    assert not witness.exists()


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("a:\n\t- b", "f.yaml:2:1:", "spaces"),
        ("a: [1, 2\nb: 3", "f.yaml:2:2:", "brackets"),
        ("a: {b: 1", "f.yaml:1:9:", "brackets"),
        ("a: b: c", "f.yaml:1:5:", "brackets"),
        ("a: 'open", "f.yaml:1:9:", "brackets"),
        ("a: @x", "f.yaml:1:4:", "brackets"),
        ("a:\n   b: 1\n  c: 2", "f.yaml:3:3:", "indentation"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1:", "brackets"),
        ("%nonsense", "f.yaml:1:", "brackets"),
    ],
)
def test_parse_invalid_yaml_is_named_by_line_and_column(text: str, place: str, hint: str) -> None:
    message = refusal(text)
    assert message.startswith(place)
    assert "not valid YAML" in message
    assert hint in message


@pytest.mark.parametrize("text", ["a: \0", "a: \x07", "a: \ud800"])
def test_parse_refuses_control_characters(text: str) -> None:
    assert "not valid YAML" in refusal(text)


def test_parse_refuses_a_list_as_a_key() -> None:
    assert refusal("x: 1\n? [a]\n: 1").startswith("f.yaml:2: a list or mapping")


def test_parse_limits_depth() -> None:
    deepest = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert parse(deepest, "f.yaml").tree is not None
    assert "deep" in refusal(f"[{deepest}]")
    block = "".join("  " * level + "a:\n" for level in range(MAX_DEPTH + 1))
    assert refusal(block + "  " * (MAX_DEPTH + 1) + "b: 1").startswith(f"f.yaml:{MAX_DEPTH + 1}: ")


def test_parse_refuses_many_brackets_before_reading_all() -> None:
    # the parser alone would take hours: it is quadratic in open brackets
    assert "deep" in refusal("[" * (MAX_BYTES - 1))


def test_parse_refuses_a_number_of_thousands_of_digits() -> None:
    assert refusal("x: 1\na: " + "9" * 5000).startswith("f.yaml:2: a number of 5000 digits")
    assert "5002 digits" in refusal("a: 0x" + "9" * 5000)


def test_read_limits_length(tmp_path: Path) -> None:
    text = "a: 1\n#" + "-" * MAX_BYTES
    assert f"{MAX_BYTES:,}" in refusal(text)
    (tmp_path / "f.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RnnkitError, match=f"{MAX_BYTES:,}"):
        read(tmp_path / "f.yaml")


def test_read_stops_in_an_endless_file() -> None:
    with pytest.raises(RnnkitError, match="/dev/zero: a device"):
        read(Path("/dev/zero"))


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_read_ignores_byte_order_mark_and_line_ends(
    tmp_path: Path, start: bytes, end: bytes
) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(start + "a: caf\u00e9".encode() + end + b"b: 2" + end)
    document = read(path)
    assert document.tree == {"a": "caf\u00e9", "b": 2}
    assert document.where(("b",)) == f"{path}:2"


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"# only a comment\n", b"---\n...\n", b"\xef\xbb\xbf"]
)
def test_read_refuses_an_empty_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(content)
    with pytest.raises(RnnkitError, match="an empty file") as caught:
        read(path)
    assert caught.value.where == str(path)
    assert "task" in caught.value.expected


@pytest.mark.parametrize(
    ("content", "kind"), [("- a\n", "a list"), ("hello\n", "no keys"), ("3\n", "no keys")]
)
def test_read_refuses_a_root_that_is_not_a_mapping(tmp_path: Path, content: str, kind: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RnnkitError, match=f"{kind}.*a config with") as caught:
        read(path)
    assert caught.value.where == f"{path}:1"


@pytest.mark.parametrize(
    ("content", "line", "offset"),
    [
        (b"\xff", 1, 0),
        (b"a: 1\nb: caf\xe9\n", 2, 11),
        ("a: 1".encode("utf-16"), 1, 0),
        (b"a: \xed\xa0\x80", 1, 3),
    ],
)
def test_read_names_bytes_that_are_not_utf_8(
    tmp_path: Path, content: bytes, line: int, offset: int
) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(content)
    with pytest.raises(RnnkitError, match="UTF-8") as caught:
        read(path)
    assert caught.value.where == f"{path}:{line}"
    assert f"byte {offset} " in caught.value.got


def test_read_refuses_missing_files_and_directories(tmp_path: Path) -> None:
    with pytest.raises(RnnkitError, match="no such file"):
        read(tmp_path / "f.yaml")
    with pytest.raises(RnnkitError, match="a directory"):
        read(tmp_path)


LOOKS_LIKE_SOMETHING_ELSE = [
    "no",
    "true",
    "null",
    "~",
    "",
    "1",
    "010",
    "1e-3",
    ".nan",
    "-.inf",
    "0o7",
    "0x1",
    " a",
    "a ",
    "a: b",
    "- a",
    "#",
    "a #b",
]
MORE_OF_IT = [
    "[",
    "{",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "'",
    '"',
    "%",
    "@",
    "`",
    "?",
    ":",
    "-",
    "---",
    "...",
    "<<",
    "=",
    "a\nb",
    "\n",
    "\t",
    "\u2028",
    "\ufeff",
    "\x85",
    "a\u2028b",
    " \n ",
    "\r",
]
scalars = (
    st.text()
    | st.sampled_from([*LOOKS_LIKE_SOMETHING_ELSE, *MORE_OF_IT])
    | st.integers()
    | st.floats(allow_nan=False)
    | st.booleans()
    | st.none()
)
keys = st.text() | st.sampled_from([*LOOKS_LIKE_SOMETHING_ELSE, *MORE_OF_IT])
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def same(first: Any, second: Any) -> bool:
    """Equal in value and in type at every place."""
    if type(first) is not type(second):
        return False
    if isinstance(first, dict):
        return list(first) == list(second) and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list):
        return len(first) == len(second) and all(
            same(one, other) for one, other in zip(first, second, strict=True)
        )
    return bool(first == second)


@given(trees)
def test_dump_is_read_back_by_parse(tree: Any) -> None:
    assert same(parse(dump(tree), "f.yaml").tree, tree)


@pytest.mark.parametrize("text", [*LOOKS_LIKE_SOMETHING_ELSE, *MORE_OF_IT, "9" * 5000])
def test_dump_quotes_text_that_looks_like_something_else(text: str) -> None:
    assert parse(dump({text: [text]}), "f.yaml").tree == {text: [text]}


def test_dump_writes_shared_parts_out() -> None:
    shared = [1]
    assert parse(dump({"a": shared, "b": shared}), "f.yaml").tree == {"a": [1], "b": [1]}


yaml_like = (
    st.text(alphabet=st.sampled_from("ab01.-+e:,[]{}#&*!|>'\"%@`? \n\t~<=\\\r\u00e9")) | st.text()
)


@given(yaml_like)
def test_parse_reads_or_refuses_any_text(text: str) -> None:
    try:
        document = parse(text, "f.yaml")
    except RnnkitError as error:
        assert str(error).startswith("f.yaml")
    else:
        assert same(parse(dump(document.tree), "f.yaml").tree, document.tree) or "nan" in repr(
            document.tree
        )


def plain(node: yaml.Node) -> Any:
    """What a node holds, and the lines of its texts."""
    if isinstance(node, yaml.MappingNode):
        return [(plain(key), plain(value)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [plain(item) for item in node.value]
    return node.tag, node.value, node.start_mark.line if node.value else None


@given(yaml_like)
@example("!")
@example("*0")
@example("a: >2-#\n  b")
def test_composed_fast_reads_what_the_other_reads(text: str) -> None:
    """And refuses what the other refuses, in the same words."""
    try:
        fast = _composed_fast(text, "f.yaml")
    except RnnkitError as refusal:
        with pytest.raises(RnnkitError, match=f"^{re.escape(str(refusal))}$"):
            _composed(text, "f.yaml", Loader)
        return
    if fast is not None:
        slow = _composed(text, "f.yaml", Loader)
        assert slow is not None and repr(plain(fast)) == repr(plain(slow))


@given(st.binary())
def test_read_reads_or_refuses_any_bytes(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    path.write_bytes(content)
    try:
        assert isinstance(read(path).tree, dict)
    except RnnkitError as error:
        assert str(error).startswith(str(path))
