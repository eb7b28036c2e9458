from __future__ import annotations

from pathlib import Path

import pytest

from rnnkit.config import dump_config, load_config, parse_config, shipped_configs
from rnnkit.config.yaml12 import parse
from rnnkit.errors import RnnkitError
from rnnkit.names import find_config
from rnnkit.tasks.prepared import Source
from tests.config.base import BASE, mistake, with_line


def layers(*lines: str) -> str:
    return with_line("    - lstm: 32\n", "".join(f"    - {line}\n" for line in lines))


def test_find_config_takes_a_path(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(BASE, encoding="utf-8")
    assert find_config("mine.yaml") == Path("mine.yaml")
    assert find_config(str(tmp_path / "mine.yaml")) == tmp_path / "mine.yaml"


def test_find_config_takes_a_shipped_name_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    path = find_config("fable")
    assert path.name == "fable.yaml"
    assert path.is_absolute()
    assert path == shipped_configs()["fable"]


def test_find_config_prefers_a_file_to_a_shipped_config(tmp_path: Path) -> None:
    (tmp_path / "fable").write_text(BASE, encoding="utf-8")
    assert find_config("fable") == Path("fable")


def test_find_config_takes_a_run_folder(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.yaml").write_text(BASE, encoding="utf-8")
    assert find_config("run") == Path("run/config.yaml")
    assert load_config(find_config("run")) == parse_config(BASE)


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("fabel", "fable"),
        ("fable_simple_rn", "fable_simple_rnn"),
        ("configs/fable_chr.yaml", "fable_char"),
        ("min.yaml", "mine.yaml"),
        ("folder/mine.yml", "folder/mine.yaml"),
    ],
)
def test_find_config_suggests_a_near_name(tmp_path: Path, name: str, guess: str) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "mine.yaml", tmp_path / "folder" / "mine.yaml"):
        path.write_text(BASE, encoding="utf-8")
    with pytest.raises(RnnkitError) as caught:
        find_config(name)
    assert caught.value.where == name
    assert caught.value.got == "no such file"
    assert repr(guess) in caught.value.hint


def test_find_config_suggests_nothing_where_no_name_is_near() -> None:
    with pytest.raises(RnnkitError) as caught:
        find_config("zzzzzzzzzzzz")
    assert "Did you mean" not in caught.value.hint
    assert "rnnkit config list" in caught.value.hint


def test_shipped_configs_are_there() -> None:
    assert {"fable", "fable_lstm1", "fable_simple_rnn", "fable_char"} <= shipped_configs().keys()


@pytest.mark.parametrize("name", sorted(shipped_configs())[::3])
def test_dump_config_reads_back_equal(name: str, tmp_path: Path) -> None:
    config = load_config(shipped_configs()[name])
    text = dump_config(config)
    assert parse_config(text) == config
    assert dump_config(parse_config(text)) == text
    (tmp_path / "again.yaml").write_text(text, encoding="utf-8")
    assert load_config(tmp_path / "again.yaml") == config


def test_dump_config_writes_every_default() -> None:
    tree = parse(dump_config(parse_config(BASE)), "dumped").tree
    assert tree["train"]["batch_size"] == 32
    assert tree["train"]["optimizer"]["adam"]["beta_2"] == 0.999
    assert tree["model"]["layers"][0]["lstm"]["recurrent_initializer"] == {
        "orthogonal": {"gain": 1.0}
    }
    assert tree["data"]["tokenizer"]["word"]["punctuation"] == "separate"
    assert tree["generate"]["temperature"] == 0.0
    assert "published" not in tree


def test_parse_config_takes_a_mapping() -> None:
    assert parse_config(parse(BASE, "base").tree) == parse_config(BASE)


@pytest.mark.parametrize(
    "stack",
    [
        ["lstm: 4"],
        ["lstm: 4", "gru: 4", "simple_rnn: {units: 4, bidirectional: true}"],
        ["lstm: 4", "pool: max"],
        ["pool: attention"],
        ["dense: 3", "lstm: 4", "dropout: 0.5", "dense: 3"],
        ["dropout: 0.1", "lstm: 4", "pool: last", "dense: 3"],
    ],
)
def test_parse_config_accepts_a_stack_that_ends_in_one_vector(stack: list[str]) -> None:
    assert len(parse_config(layers(*stack)).model.layers) == len(stack)


@pytest.mark.parametrize(
    ("stack", "place", "found", "hint"),
    [
        (
            ["lstm: 4", "pool: max", "pool: mean"],
            "c.yaml:10: model.layers.2",
            "pool",
            "Remove",
        ),
        (
            ["pool: max", "lstm: 4"],
            "c.yaml:9: model.layers.1",
            "lstm",
            "before the pool",
        ),
        (
            ["pool: last", "dense: 3", "gru: 4"],
            "c.yaml:10: model.layers.2",
            "gru",
            "before the pool",
        ),
        (
            ["lstm: 4", "pool: max", "simple_rnn: 4", "pool: max"],
            "c.yaml:10: model.layers.2",
            "simple_rnn",
            "before the pool",
        ),
        (
            ["dense: 4"],
            "c.yaml:7: model.layers",
            "no layer",
            "Add one",
        ),
        (
            ["dropout: 0.5", "dense: 4"],
            "c.yaml:7: model.layers",
            "no layer",
            "Add one",
        ),
    ],
)
def test_parse_config_refuses_an_impossible_stack_with_its_line(
    stack: list[str], place: str, found: str, hint: str
) -> None:
    message = mistake(layers(*stack))
    assert message.startswith(f"{place}: {found}")
    assert hint in message


def test_parse_config_refuses_an_empty_stack() -> None:
    message = mistake(with_line("layers:\n    - lstm: 32", "layers: []"))
    assert message.startswith("c.yaml:7: model.layers: no layer")


def test_parse_config_refuses_held_out_shares_that_leave_nothing() -> None:
    assert "data.split: " in mistake(with_line("split: 0.1", "split: {validation: 0.5, test: 0.5}"))


def test_prepare_refuses_a_window_longer_than_the_text() -> None:
    config = parse_config(with_line("window: 3", "window: 500"))
    with pytest.raises(RnnkitError, match=r"window of 500.*at most \d+") as caught:
        config.prepare(Source())
    assert caught.value.where == "task.language_model.window"
