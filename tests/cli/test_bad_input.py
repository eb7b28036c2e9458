"""Whatever a user names wrongly: one clear message on stderr, exit code 2, and nothing written."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from rnnkit.storage import npz_bytes
from tests.cli.invoke import done, invoke
from tests.conftest import Rnnkit

GOOD = """\
task: {language_model: {window: 3}}
data: {dataset: fable}
model:
  embedding: 4
  layers:
    - simple_rnn: 4
train: {epochs: 1}
"""
SEED = ("--seed", "had a general")


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    """What a user may have lying about in the current folder."""
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "empty.yaml").write_bytes(b"")
    (tmp_path / "latin.yaml").write_bytes(GOOD.encode() + b"# caf\xe9\n")
    (tmp_path / "list.yaml").write_text("- task\n", encoding="utf-8")
    (tmp_path / "prose.yaml").write_text("Train me a model.\n", encoding="utf-8")
    (tmp_path / "tab.yaml").write_text(GOOD.replace("    - simple", "\t- simple"), encoding="utf-8")
    (tmp_path / "open.yaml").write_text(GOOD.replace("{epochs: 1}", "{epochs: 1"), encoding="utf-8")
    (tmp_path / "twice.yaml").write_text(GOOD + "train: {epochs: 2}\n", encoding="utf-8")
    (tmp_path / "tag.yaml").write_text(
        GOOD + "published: !!python/object/apply:os.mkdir [witness]\n", encoding="utf-8"
    )
    (tmp_path / "alias.yaml").write_text(
        GOOD.replace("{epochs: 1}", "&again {epochs: 1}") + "generate: *again\n", encoding="utf-8"
    )
    (tmp_path / "folder").mkdir()
    (tmp_path / "not_a_run").mkdir()
    (tmp_path / "not_a_run" / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "blank.txt").write_bytes(b"\n \n\t\n")
    (tmp_path / "latin.txt").write_bytes(b"one two\nthr\xe9e four " * 20)
    (tmp_path / "utf16.txt").write_bytes(("one two three " * 20).encode("utf-16"))
    (tmp_path / "short.txt").write_text("one two", encoding="utf-8")
    (tmp_path / "good.txt").write_text("one two three four five six seven " * 10, encoding="utf-8")
    (tmp_path / "broken.py").write_text("import nosuch_module\n", encoding="utf-8")


@pytest.fixture
def run(fable_run: Path, runs: Path) -> Path:
    """A trained run of one's own, as runs/fable: what tests may damage."""
    return Path(
        shutil.copytree(
            fable_run, runs / "fable", ignore=shutil.ignore_patterns("tensorboard", "model.keras")
        )
    )


def snapshot(folder: Path) -> dict[str, str]:
    """Every file and folder below `folder`, with a checksum of the content."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        )
        for path in sorted(folder.rglob("*"))
    }


def explains(
    stdout: str, stderr: str, code: int, words: Sequence[str], *, mistakes: int = 1
) -> None:
    """What every refusal has in common."""
    errors = [line for line in stderr.splitlines() if line.startswith("Error: ")]
    assert code == 2, stderr
    assert stdout == ""
    assert len(errors) == mistakes, stderr
    assert "Traceback" not in stderr
    assert all(word in "\n".join(errors) for word in words), (words, errors)
    assert all(len(line) < 1000 for line in errors)


Refused = Callable[..., None]


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """Checks that a command is refused with one message that holds `words`, and that no file came,
    went or changed.
    """

    def check(
        *arguments: object,
        words: Sequence[str],
        mistakes: int = 1,
        stdin: str | bytes | None = None,
        env: dict[str, str] | None = None,
    ) -> None:
        before = snapshot(tmp_path)
        result = invoke(*arguments, stdin=stdin, env=env)
        explains(result.stdout, result.stderr, result.exit_code, words, mistakes=mistakes)
        assert snapshot(tmp_path) == before

    return check


# Configs: every verb that reads one refuses it in the same words.

READS_A_CONFIG: list[list[str]] = [
    ["train"],
    ["check"],
    ["check", "--build"],
    ["config", "show"],
    ["inspect", "summary"],
    ["config", "diff", "fable"],
]
BAD_CONFIGS: list[tuple[str, list[str]]] = [
    ("nosuch", ["nosuch: no such file", "shipped config: ", "fable"]),
    ("gud.yaml", ["gud.yaml: no such file", "Did you mean 'good.yaml'?"]),
    ("fabel", ["fabel: no such file", "Did you mean 'fable'?"]),
    ("folder", ["folder: a folder without a config.yaml"]),
    ("", ["an empty name", "shipped config"]),
    ("empty.yaml", ["empty.yaml: an empty file", "task, data and model", "rnnkit config list"]),
    ("/dev/null", ["/dev/null: an empty file"]),
    ("latin.yaml", ["latin.yaml:8: byte ", "is not UTF-8", "Save the file as UTF-8"]),
    ("list.yaml", ["list.yaml:1: a list", "Expected a mapping with task"]),
    ("prose.yaml", ["prose.yaml:1: a str", "Expected a mapping with task"]),
    ("tab.yaml", ["tab.yaml:6:1: not valid YAML", "not tabs"]),
    ("open.yaml", ["open.yaml:8:1: not valid YAML", "Check brackets"]),
    ("twice.yaml", ["twice.yaml:8: the key 'train' a second time", "line 7"]),
    ("tag.yaml", ["tag.yaml:8: the tag", "os.mkdir"]),
    ("good.txt", ["good.txt:1: a str", "Expected a mapping"]),
    ("n" * 5000, ["File name too long"]),
]


@pytest.mark.parametrize(
    ("name", "words"), BAD_CONFIGS, ids=[name[:20] or "nothing" for name, _ in BAD_CONFIGS]
)
@pytest.mark.parametrize("command", READS_A_CONFIG, ids=" ".join)
def test_find_config_refuses_what_holds_no_config(
    command: list[str], name: str, words: list[str], refused: Refused
) -> None:
    if len(name) > 1000:
        result = invoke(*command, name)
        assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
        assert words[0] in result.stderr
    else:
        refused(*command, name, words=words)


def test_parse_refuses_anchors_and_aliases(refused: Refused) -> None:
    refused(
        "check",
        "alias.yaml",
        words=["alias.yaml:7: the anchor or alias 'again'", "alias.yaml:8: "],
        mistakes=2,
    )


MISTAKES: list[tuple[str, str, list[str]]] = [
    (
        "simple_rnn: 4",
        "simple_rnn: {units: 4, unit: 3}",
        ["c.yaml:6: model.layers.0.simple_rnn.unit: unknown key", "Did you mean 'units'?"],
    ),
    (
        "train: {epochs",
        "train: {epoch: 1, epochs",
        ["c.yaml:7: train.epoch: unknown key", "Did you mean 'epochs'?"],
    ),
    ("train:", "trian:", ["c.yaml:7: trian: unknown key", "Did you mean 'train'?"]),
    (
        "simple_rnn: 4",
        "simple_rnn: many",
        [
            "c.yaml:6: model.layers.0.simple_rnn.units: found 'many' (text)",
            "Expected a whole number",
        ],
    ),
    (
        "simple_rnn: 4",
        "simple_rnn: 0",
        ["c.yaml:6: model.layers.0.simple_rnn.units: found 0", "Expected at least 1"],
    ),
    (
        "simple_rnn: 4",
        "simple_rnn: -1",
        ["c.yaml:6: model.layers.0.simple_rnn.units: found -1", "Expected at least 1"],
    ),
    (
        "simple_rnn: 4",
        "simple_rnn: 1000000000",
        ["c.yaml:6: model.layers.0.simple_rnn.units: found 1000000000", "Expected at most"],
    ),
    (
        "simple_rnn: 4",
        "simple_rnm: 4",
        ["c.yaml:6: model.layers.0: unknown layer 'simple_rnm'", "Did you mean 'simple_rnn'?"],
    ),
    (
        "simple_rnn: 4",
        "transformer: 4",
        ["c.yaml:6: model.layers.0: unknown layer 'transformer'", "Expected one of: conv"],
    ),
    (
        "simple_rnn: 4",
        "simple_rnn: {units: 4, dropout: 1.5}",
        ["c.yaml:6: model.layers.0.simple_rnn.dropout: found 1.5", "Expected less than 1"],
    ),
    (
        "simple_rnn: 4",
        "simple_rnn: {units: 4, activation: tahn}",
        ["model.layers.0.simple_rnn.activation: found 'tahn'", "Did you mean 'tanh'?"],
    ),
    (
        "simple_rnn: 4",
        "simple_rnn: {units: 4, bias_initializer: orthogonal}",
        ["bias_initializer: found 'orthogonal'"],
    ),
    (
        "simple_rnn: 4",
        "'os:system': 4",
        ["c.yaml:6: model.layers.0: 'os:system' is not a valid layer"],
    ),
    (
        "simple_rnn: 4",
        "'my_module:Mine': 4",
        ["c.yaml:6: model.layers.0: layer 'my_module:Mine'", "--code my_module.py"],
    ),
    (
        "    - simple_rnn: 4",
        "    - pool: max\n    - pool: max",
        ["c.yaml:7: model.layers.1: pool after pool"],
    ),
    (
        "    - simple_rnn: 4",
        "    - pool: max\n    - lstm: 4",
        ["c.yaml:7: model.layers.1: lstm after pool", "Move it before the pool"],
    ),
    (
        "simple_rnn: 4",
        "dense: 4",
        ["c.yaml:5: model.layers: no layer turns the sequence into one vector"],
    ),
    (
        "window: 3",
        "window: 0",
        ["c.yaml:1: task.language_model.window: found 0", "Expected at least 1"],
    ),
    ("window: 3", "window: three", ["c.yaml:1: task.language_model.window: found 'three' (text)"]),
    (
        "language_model: {window: 3}",
        "translation: {}",
        ["c.yaml:1: task: unknown task 'translation'", "language_model"],
    ),
    (
        "dataset: fable",
        "dataset: fabel",
        ["c.yaml:2: data.dataset: unknown dataset 'fabel'", "Did you mean 'fable'?"],
    ),
    ("dataset: fable", "split: 0.1", ["c.yaml:2: data.dataset: missing"]),
    (
        "dataset: fable",
        "dataset: fable, split: {validation: 0.7, test: 0.3}",
        ["c.yaml:2: data.split: validation and test take everything"],
    ),
    (
        "embedding: 4",
        "embedding: onehot",
        ["c.yaml:4: model.embedding: unknown input 'onehot'", "Did you mean 'one_hot'?"],
    ),
    (
        "embedding: 4",
        "embedding: none",
        ["c.yaml:4: model.embedding: found 'none'", "numbers"],
    ),
    (
        "epochs: 1",
        "optimizer: adm",
        ["c.yaml:7: train.optimizer: unknown optimizer 'adm'", "Did you mean 'adam'?"],
    ),
    (
        "epochs: 1",
        "optimizer: {adamw: {weight_decay: null}}",
        ["c.yaml:7: train.optimizer.adamw.weight_decay: found nothing"],
    ),
    ("epochs: 1", "learning_rate: .nan", ["c.yaml:7: train.learning_rate: found nan"]),
    ("epochs: 1", "batch_size: 0", ["c.yaml:7: train.batch_size: found 0", "Expected at least 1"]),
    (
        "epochs: 1",
        "clip_norm: 1, clip_value: 1",
        ["c.yaml:7: train.clip_value: clip_value and clip_norm"],
    ),
    (
        "epochs: 1",
        "monitor: val_loss",
        ["c.yaml:7: train.monitor: found 'val_loss'", "Did you mean 'loss'?"],
    ),
    ("epochs: 1", f"epochs: {'9' * 5000}", ["c.yaml:7: a number of 5000 digits"]),
]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    MISTAKES,
    ids=[words[0].split(": ", 1)[-1][:60] for *_, words in MISTAKES],
)
def test_load_config_names_place_and_remedy_of_a_mistake(
    old: str, new: str, words: list[str], tmp_path: Path, refused: Refused
) -> None:
    assert GOOD.count(old) == 1
    (tmp_path / "c.yaml").write_text(GOOD.replace(old, new), encoding="utf-8")
    refused("check", "c.yaml", words=words)
    refused("train", "c.yaml", words=words)


def test_load_config_prints_each_mistake_on_its_line(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "c.yaml").write_text(
        GOOD.replace("window: 3", "window: 0").replace("embedding: 4", "embedding: 0"),
        encoding="utf-8",
    )
    refused(
        "train",
        "c.yaml",
        "train.epochs=0",
        words=["c.yaml:1: ", "c.yaml:4: ", "command line: train.epochs"],
        mistakes=3,
    )


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["train.epoch=3"], ["command line: train.epoch: unknown key", "Did you mean 'epochs'?"]),
        (["train.epochs=0"], ["command line: train.epochs: found 0"]),
        (["train.epochs=-1"], ["command line: train.epochs: found -1"]),
        (["train.epochs=many"], ["command line: train.epochs: found 'many' (text)"]),
        (["train.epochs"], ["command line: train.epochs: not an override", "KEY=VALUE"]),
        (["train.epochs", "=", "3"], ["command line: train.epochs: not an override"]),
        (
            ["model.layers.3.lstm.units=4"],
            [
                "command line: model.layers.3.lstm.units=4: no item '3' in model.layers",
                "from 0 to 0",
            ],
        ),
        (
            ["model.layers.0.simple_rnn.unts=4"],
            ["command line: model.layers.0.simple_rnn.unts: unknown key", "Did you mean 'units'?"],
        ),
        (["nosuch.key=4"], ["command line: nosuch: unknown key"]),
        (["train.epochs=["], ["command line: train.epochs=[", "not valid YAML"]),
        (["task.language_model.window=0"], ["command line: task.language_model.window: found 0"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_apply_overrides_names_the_override_in_error(
    overrides: list[str], words: list[str], refused: Refused
) -> None:
    for verb in (["train"], ["check"], ["config", "show"]):
        refused(*verb, "good.yaml", *overrides, words=words)


def test_load_config_names_the_environments_override_in_error(refused: Refused) -> None:
    refused(
        "train",
        "good.yaml",
        words=["RNNKIT_CONFIG_OVERRIDES: train.epoch: unknown key"],
        env={"RNNKIT_CONFIG_OVERRIDES": "train.epoch=3"},
    )
    refused(
        "train",
        "good.yaml",
        words=["RNNKIT_CONFIG_OVERRIDES: cannot be split"],
        env={"RNNKIT_CONFIG_OVERRIDES": "train.epochs='3"},
    )


# Data: refused before a run folder is made.


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        ("{text: empty.txt}", ["data.dataset.text.path: empty.txt is empty"]),
        ("{text: blank.txt}", ["data.dataset.text.path: blank.txt is empty"]),
        ("{text: /dev/null}", ["data.dataset.text.path: /dev/null is empty"]),
        ("{text: nosuch.txt}", ["data.dataset.text.path: no such file: 'nosuch.txt'"]),
        (
            "{text: god.txt}",
            ["data.dataset.text.path: no such file: 'god.txt'", "Did you mean 'good.txt'?"],
        ),
        ("{text: nosuch/good.txt}", ["data.dataset.text.path: no such file: 'nosuch/good.txt'"]),
        (
            "{text: ~nosuch_user/good.txt}",
            ["data.dataset.text.path: no such file: '~nosuch_user/good.txt'"],
        ),
        ("{text: folder}", ["data.dataset.text.path: 'folder' is a directory without *.txt"]),
        ("{text: ''}", ["data.dataset.text.path: "]),
        ('{text: "a\\0b"}', ["data.dataset.text.path: no such file"]),
        (
            "{text: latin.txt}",
            [
                "data.dataset.text.path: latin.txt:2: byte 11 (0xe9) is not UTF-8",
                "encoding: latin-1",
            ],
        ),
        ("{text: utf16.txt}", ["data.dataset.text.path: utf16.txt:1: byte 0 (0xff) is not UTF-8"]),
        ("{text: {path: good.txt, encoding: klingon}}", ["unknown encoding 'klingon'"]),
        (
            "{text: {path: latin.txt, encoding: ascii}}",
            ["latin.txt:2: byte 11 (0xe9) is not ASCII"],
        ),
        (f"{{text: {'n' * 300}}}", ["File name too long"]),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_text_refuses_a_file_that_it_cannot_read(
    dataset: str, words: list[str], refused: Refused
) -> None:
    for verb in (["train"], ["check", "--build"]):
        refused(*verb, "good.yaml", f"data.dataset={dataset}", words=words)
    refused(
        "inspect",
        "summary",
        "good.yaml",
        words=words,
        env={"RNNKIT_CONFIG_OVERRIDES": f"'data.dataset={dataset}'".replace("''", "\"''\"")},
    )


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            ["task.language_model.window=300"],
            [
                "task.language_model.window: a window of 300",
                "part of fable has",
                "Expected at most",
            ],
        ),
        (
            ["task.language_model.window=180", "data.split=0.5"],
            ["task.language_model.window: a window of 180"],
        ),
        (
            ["data.dataset={text: short.txt}", "data.split=0"],
            ["task.language_model.window: a window of 3", "2 tokens"],
        ),
        (["data.dataset={text: short.txt}"], ["data.split"]),
        (["data.split={validation: 0.1, test: 0.001}"], ["test"]),
    ],
    ids=lambda value: " ".join(value)[:60],
)
def test_train_refuses_a_text_shorter_than_a_window(
    overrides: list[str], words: list[str], refused: Refused
) -> None:
    refused("train", "good.yaml", *overrides, words=words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["datasets", "show", "fabel"],
            ["fabel: unknown dataset 'fabel'", "Did you mean 'fable'?"],
        ),
        (["datasets", "show", ""], ["unknown dataset ''"]),
        (["datasets", "show", "os:path"], ["os:path: no data set"]),
        (["datasets", "fetch", "nosuch"], ["nosuch: unknown dataset 'nosuch'", "fable"]),
        (["datasets", "fetch", "text"], ["text: the user's own data", "Nothing to fetch"]),
        (
            ["config", "new", "languagemodel"],
            ["unknown task 'languagemodel'", "Did you mean 'language_model'?"],
        ),
        (["check", "good.yaml", "--code", "nosuch.py"], ["--code: no Python file 'nosuch.py'"]),
        (["check", "good.yaml", "--code", "good.txt"], ["--code: no Python file 'good.txt'"]),
        (
            ["check", "good.yaml", "--code", "broken.py"],
            ["broken.py:1: ModuleNotFoundError", "nosuch_module"],
        ),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_main_refuses_unknown_names(
    arguments: list[str], words: list[str], refused: Refused
) -> None:
    refused(*arguments, words=words)


# Runs.

ASKS_A_RUN: list[tuple[str, ...]] = [
    ("generate", *SEED),
    ("predict", "--text", "had a general"),
    ("evaluate",),
]


@pytest.mark.parametrize("command", ASKS_A_RUN, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nosuch", ["nosuch: no such run"]),
        ("fabel", ["fabel: no such run", "Did you mean 'fable'?"]),
        ("", ["no such run"]),
        ("not_a_run", ["not_a_run: not a run: it holds no config.yaml"]),
        ("good.txt", ["good.txt: a file", "Expected a run folder"]),
        ("good.yaml", ["good.yaml: a file", "Expected a run folder"]),
        ("/dev/null", ["/dev/null: a file"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_find_run_refuses_what_holds_no_run(
    command: tuple[str, ...], name: str, words: list[str], run: Path, refused: Refused
) -> None:
    verb, *options = command
    refused(verb, name, *options, words=words)
    refused("train", name, "--resume", words=words)
    refused("runs", "show", name, words=words)


@pytest.mark.parametrize("command", ASKS_A_RUN, ids=lambda command: command[0])
def test_find_trained_without_any_run_names_the_folder_and_train(
    command: tuple[str, ...], runs: Path, refused: Refused
) -> None:
    refused(*command, words=[str(runs), "no trained", "rnnkit train fable"])
    assert not runs.exists()


def forged(change: Callable[[dict[str, np.ndarray]], object]) -> Callable[[Path], None]:
    """Other weights with a checksum that fits: only what is in the file can tell."""

    def damage(run: Path) -> None:
        with np.load(run / "weights.npz") as archive:
            arrays = dict(archive)
        made = change(arrays)
        content = made if isinstance(made, bytes) else npz_bytes(arrays)
        (run / "weights.npz").write_bytes(content)
        manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
        manifest["sha256"] = hashlib.sha256(content).hexdigest()
        (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    return damage


def flip(run: Path) -> None:
    content = bytearray((run / "weights.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (run / "weights.npz").write_bytes(content)


def objects(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, **{**arrays, "logits/bias": np.array([{}], dtype=object)})
    return buffer.getvalue()


def one_array(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, arrays["logits/bias"])
    return buffer.getvalue()


def text_member(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO(
        npz_bytes({name: array for name, array in arrays.items() if name != "logits/bias"})
    )
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("logits/bias", "hello")
    return buffer.getvalue()


def broken_deflate(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    content = bytearray(buffer.getvalue())
    content[200:400] = bytes(200)
    return bytes(content)


class Witness:
    """Unpickled, it makes a folder."""

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.mkdir, (Path("witness"),))


def write(name: str, content: str | bytes) -> Callable[[Path], None]:
    def damage(run: Path) -> None:
        (run / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return damage


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def damage(run: Path) -> None:
        text = (run / name).read_text(encoding="utf-8")
        assert old in text
        (run / name).write_text(text.replace(old, new), encoding="utf-8")

    return damage


def remove(name: str) -> Callable[[Path], None]:
    return lambda run: (run / name).unlink()


def cut(name: str) -> Callable[[Path], None]:
    def damage(run: Path) -> None:
        (run / name).write_bytes((run / name).read_bytes()[:200])

    return damage


def as_folder(name: str) -> Callable[[Path], None]:
    def damage(run: Path) -> None:
        (run / name).unlink()
        (run / name).mkdir()

    return damage


DAMAGE: dict[str, tuple[Callable[[Path], None], list[str]]] = {
    "weights: a flipped bit": (flip, ["weights.npz: damaged weights", "checksum"]),
    "weights: cut short": (cut("weights.npz"), ["weights.npz: damaged weights", "checksum"]),
    "weights: empty": (write("weights.npz", b""), ["weights.npz: damaged weights", "checksum"]),
    "weights: gone": (remove("weights.npz"), ["not trained yet: it holds no weights", "--resume"]),
    "weights: a folder": (as_folder("weights.npz"), ["not trained yet: it holds no weights"]),
    "weights: objects": (
        forged(objects),
        ["weights.npz: damaged", "Expected an .npz of plain numbers"],
    ),
    "weights: a pickle": (
        forged(lambda arrays: pickle.dumps(Witness())),
        ["weights.npz: damaged", "Expected an .npz of plain numbers"],
    ),
    "weights: one array": (
        forged(one_array),
        ["weights.npz: damaged", "Expected an .npz of plain numbers"],
    ),
    "weights: text inside": (
        forged(text_member),
        ["weights.npz: logits/bias is ", "Expected finite float32[113]"],
    ),
    "weights: no zip": (forged(lambda arrays: b"PK\x03\x04 not really"), ["weights.npz: damaged"]),
    "weights: broken compression": (forged(broken_deflate), ["weights.npz: damaged"]),
    "weights: another shape": (
        forged(lambda arrays: arrays.update({"logits/bias": arrays["logits/bias"][:-1]})),
        ["weights.npz: logits/bias is float32[112]", "Expected finite float32[113]"],
    ),
    "weights: another type": (
        forged(
            lambda arrays: arrays.update({"logits/bias": arrays["logits/bias"].astype(np.float64)})
        ),
        ["weights.npz: logits/bias is float64[113]", "Expected finite float32[113]"],
    ),
    "weights: not numbers": (
        forged(
            lambda arrays: arrays.update({"logits/bias": arrays["logits/bias"] * np.float32("nan")})
        ),
        ["weights.npz: logits/bias", "Expected finite float32[113]"],
    ),
    "weights: an array gone": (
        forged(lambda arrays: arrays.pop("logits/bias") is None),
        ["weights.npz: no array 'logits/bias'"],
    ),
    "manifest: gone": (remove("manifest.json"), ["not trained yet"]),
    "manifest: empty": (write("manifest.json", ""), ["manifest.json: damaged JSON"]),
    "manifest: cut short": (cut("manifest.json"), ["manifest.json: damaged JSON"]),
    "manifest: not UTF-8": (write("manifest.json", b"\xff\xfe{}"), ["manifest.json: damaged JSON"]),
    "manifest: a list": (write("manifest.json", "[]"), ["manifest.json: damaged JSON"]),
    "manifest: a number": (write("manifest.json", "3"), ["manifest.json: damaged JSON"]),
    "manifest: a mass of brackets": (
        write("manifest.json", "[" * 100_000),
        ["manifest.json: damaged JSON"],
    ),
    "manifest: no format": (write("manifest.json", "{}"), ["manifest.json: damaged: no 'format'"]),
    "manifest: a later format": (
        edit("manifest.json", '"format": 1', '"format": 2'),
        ["manifest.json: format 2", "Expected format 1"],
    ),
    "manifest: no task": (
        edit("manifest.json", '"task"', '"tsk"'),
        ["manifest.json: damaged: no 'task'"],
    ),
    "manifest: another checksum": (
        edit("manifest.json", '"sha256": "', '"sha256": "0'),
        ["weights.npz: damaged weights", "checksum"],
    ),
    "tokenizer: gone": (remove("tokenizer.json"), ["tokenizer.json: no such file"]),
    "tokenizer: empty": (write("tokenizer.json", ""), ["tokenizer.json: damaged tokenizer"]),
    "tokenizer: cut short": (cut("tokenizer.json"), ["tokenizer.json: damaged tokenizer"]),
    "tokenizer: not UTF-8": (
        write("tokenizer.json", b"\xff" * 50),
        ["tokenizer.json: damaged tokenizer"],
    ),
    "tokenizer: other JSON": (write("tokenizer.json", "{}"), ["tokenizer.json: damaged tokenizer"]),
    "tokenizer: no unknown token": (
        edit("tokenizer.json", "<unk>", "<nil>"),
        ["tokenizer.json: damaged tokenizer"],
    ),
    "tokenizer: ids out of range": (
        edit("tokenizer.json", '"cat": ', '"cat": 9'),
        ["tokenizer.json: damaged tokenizer"],
    ),
    "config: gone": (remove("config.yaml"), ["not a run: it holds no config.yaml"]),
    "config: empty": (write("config.yaml", ""), ["config.yaml: an empty file"]),
    "config: not UTF-8": (
        write("config.yaml", b"task: \xff"),
        ["config.yaml:1: byte 6 is not UTF-8"],
    ),
    "config: a wrong key": (
        edit("config.yaml", "max_steps:", "max_stps:"),
        ["config.yaml:", "train.max_stps: unknown key"],
    ),
    "config: another model": (
        edit("config.yaml", "units: 128", "units: 64"),
        ["weights.npz: simple_rnn/kernel is float32[64, 128]"],
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_load_trained_refuses_a_damaged_run(what: str, run: Path, refused: Refused) -> None:
    damage, words = DAMAGE[what]
    damage(run)
    for verb, *options in ASKS_A_RUN:
        refused(verb, run, *options, words=[str(run), *words])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (remove("environment.json"), ["environment.json: no such file"]),
        (write("environment.json", "[]"), ["environment.json: damaged JSON"]),
        (write("environment.json", "{}"), ["environment.json: damaged: no "]),
    ],
)
def test_evaluate_refuses_damaged_records(
    damage: Callable[[Path], None], words: list[str], run: Path, refused: Refused
) -> None:
    damage(run)
    refused("evaluate", run, words=[str(run), *words])
    assert done("generate", run, *SEED).stdout  # answering needs no records


@pytest.mark.parametrize("content", ["[]", "{", "junk"])
def test_evaluate_rewrites_damaged_scores(content: str, run: Path) -> None:
    (run / "metrics.json").write_text(content, encoding="utf-8")
    result = done("evaluate", run)
    assert "this run" in result.stdout
    assert "metrics.json: damaged JSON" in result.stderr
    assert "this run" in json.loads((run / "metrics.json").read_text(encoding="utf-8"))["train"]


def test_evaluate_prints_scores_that_it_cannot_keep(run: Path) -> None:
    (run / "metrics.json").unlink()
    (run / "metrics.json").mkdir()  # not even root can write this file
    assert "this run" in done("evaluate", run).stdout


def test_find_trained_skips_a_newer_damaged_run(run: Path) -> None:
    shutil.copytree(run, run.with_name("newer"))
    (run.with_name("newer") / "manifest.json").write_text("junk", encoding="utf-8")
    assert done("generate", *SEED).stdout


def test_generate_without_a_name_names_the_damaged_run(run: Path, refused: Refused) -> None:
    flip(run)
    refused("generate", *SEED, words=[str(run / "weights.npz"), "damaged weights"])


# What is asked of a run.


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["an empty text", "at least 3 words"]),
        ("   ", ["an empty text"]),
        ("\n", ["an empty text"]),
        ("mice", ["1 word in 'mice'", "Expected at least 3", "Add 2 more"]),
        ("the mice", ["2 words in 'the mice'", "Add 1 more"]),
        (
            "had a generall",
            ["not in the vocabulary of 112: 'generall'", "near 'generall': general"],
        ),
        ("the mise had qqqqq", ["'mise', 'qqqqq'", "near 'mise': mice"]),
        ("had a <unk>", ["not in the vocabulary of 112: '<unk>'"]),
        ("had a g\u00e9n\u00e9ral", ["'g\u00e9n\u00e9ral'", "near 'g\u00e9n\u00e9ral': general"]),
        ("\u732b\u304c\u9cf4\u304f", ["not in the vocabulary of 112"]),
        ("had a \U0001f42d", ["'\U0001f42d'"]),
        ("had a \udcff", ["not in the vocabulary of 112"]),
        ("had\x00a general", ["not in the vocabulary of 112"]),
    ],
)
def test_generate_and_predict_refuse_an_unusable_text(
    text: str, words: list[str], run: Path, refused: Refused
) -> None:
    refused("generate", "--seed", text, words=["--seed: ", *words])
    refused("predict", "--text", text, words=["--text: ", *words])
    if not text.endswith(("\udcff", "\n")):
        refused("generate", "--seed", "-", words=["--seed: ", *words], stdin=text + "\n")


def test_text_from_refuses_bytes_that_are_not_utf8(run: Path, refused: Refused) -> None:
    refused(
        "generate",
        "--seed",
        "-",
        words=["standard input: byte 6 is not UTF-8"],
        stdin=b"had a \xff\xfe",
    )
    refused("predict", "--text", "-", words=["standard input: byte 0 is not UTF-8"], stdin=b"\xff")
    refused("generate", "--seed", "-", words=["--seed: an empty text"], stdin=b"")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--temperature", "-1"], ["--temperature", "-1"]),
        (["--temperature", "nan"], ["--temperature", "nan"]),
        (["--temperature", "inf"], ["--temperature", "inf"]),
        (["--temperature", "warm"], ["--temperature", "'warm'"]),
        (["--max-new-tokens", "0"], ["--max-new-tokens", "0"]),
        (["--max-new-tokens", "-5"], ["--max-new-tokens", "-5"]),
        (["--max-new-tokens", "many"], ["--max-new-tokens", "'many'"]),
        (["--max-new-tokens", "1.5"], ["--max-new-tokens", "'1.5'"]),
        (["--max-new-tokens", "99999999999"], ["--max-new-tokens", "99999999999"]),
        (["--random-seed", "-1"], ["--random-seed", "-1"]),
        (["--random-seed", "x"], ["--random-seed", "'x'"]),
        (["--top-k", "0"], ["--top-k", "0"]),
        (["--top-p", "0"], ["--top-p", "0"]),
        (["--top-p", "1.5"], ["--top-p", "1.5"]),
        (["--top-p", "nan", "--temperature", "1"], ["--top-p", "nan"]),
        (["--repetition-penalty", "nan"], ["--repetition-penalty", "nan"]),
        (["--num-samples", "0"], ["--num-samples", "0"]),
        (["--beam-size", "0"], ["--beam-size", "0"]),
        (["--oov", "guess"], ["--oov", "'guess'"]),
        (["--interactive"], ["--seed", "--interactive"]),
        (["--top", "3"], ["No such option", "--top"]),
    ],
    ids=" ".join,
)
def test_generate_refuses_options_out_of_range(
    options: list[str], words: list[str], run: Path, refused: Refused
) -> None:
    refused("generate", *SEED, *options, words=words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["generate"], ["--seed"]),
        (["generate", "fable", "--seed"], ["--seed"]),
        (["predict"], ["--text"]),
        (["predict", "--text", "had a general", "--top", "0"], ["--top", "0"]),
        (["predict", "--text", "had a general", "--top", "-1"], ["--top", "-1"]),
        (["predict", "--text", "had a general", "--top", "few"], ["--top", "'few'"]),
        (["evaluate", "--part", "everything"], ["--part", "'everything'", "'validation'"]),
        (["evaluate", "--part", "test"], ["--part: no part 'test'", "train"]),
        (["evaluate", "--part", "validation"], ["--part: no part 'validation'", "train"]),
        (["evaluate", "--data", "nosuch.txt"], ["--data: no such file: 'nosuch.txt'"]),
        (
            ["evaluate", "--data", "god.txt"],
            ["--data: no such file: 'god.txt'", "Did you mean 'good.txt'?"],
        ),
        (["evaluate", "--data", "folder"], ["--data: 'folder' is a directory"]),
        (["evaluate", "--data", "empty.txt"], ["--data: empty.txt is empty"]),
        (["evaluate", "--data", "latin.txt"], ["--data: latin.txt:2: byte 11 (0xe9) is not UTF-8"]),
        (["evaluate", "--data", "short.txt"], ["a window of 3", "short.txt has 2 tokens"]),
        (["evaluate", "--data", "good.txt", "--part", "train"], ["--data", "a file has no parts"]),
        (["evaluate", "fable", "fable-2"], ["fable-2", "KEY=VALUE"]),
        (["inspect", "summary"], ["CONFIG|RUN"]),
        (["inspect", "summary", "not_a_run"], ["not_a_run: a folder"]),
        (["train"], ["CONFIG"]),
        (["check"], ["CONFIG"]),
        (["config", "show"], ["CONFIG"]),
        (["trian", "fable"], ["No such command 'trian'", "Did you mean 'train'?"]),
        (["frobnicate"], ["No such command 'frobnicate'", "Expected one of: ", "train"]),
        (["config", "shwo"], ["No such command 'shwo'"]),
        (["--bogus"], ["No such option", "--bogus"]),
        (["check", "good.yaml", "--bogus"], ["No such option", "--bogus"]),
        (["train", "good.yaml", "--epochs", "3"], ["No such option", "--epochs"]),
        (["train", "good.yaml", "--device", "tpu"], ["--device", "'tpu'", "'cpu'"]),
        (["train", "good.yaml", "--backend", "torch"], ["--backend", "'torch'", "'tensorflow'"]),
        (
            ["train", "good.yaml", "--smoke", "--resume"],
            ["--smoke and --resume exclude each other"],
        ),
    ],
    ids=lambda value: " ".join(value)[:50],
)
def test_main_refuses_wrong_arguments(
    arguments: list[str], words: list[str], run: Path, refused: Refused
) -> None:
    refused(*arguments, words=words)


def test_backend_options_refuse_unknown_environment_values(refused: Refused) -> None:
    refused("train", "good.yaml", words=["--device", "'tpu'"], env={"RNNKIT_DEVICE": "tpu"})
    refused("train", "good.yaml", words=["--backend", "'torch'"], env={"RNNKIT_BACKEND": "torch"})


@pytest.mark.parametrize("place", ["good.txt", "good.txt/below", "/proc/nosuch"])
def test_train_refuses_an_unusable_runs_folder(place: str, refused: Refused) -> None:
    refused(
        "train",
        "good.yaml",
        "--smoke",
        words=["folder for the run", "RNNKIT_RUNS"],
        env={"RNNKIT_RUNS": place},
    )


# Resuming.


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            ["model.layers.0.simple_rnn.units=64"],
            [
                "command line: model.layers.0.simple_rnn.units=64: cannot be changed in a"
                " resumed run"
            ],
        ),
        (
            ["task.language_model.window=2"],
            ["cannot be changed in a resumed run", "train.KEY=VALUE"],
        ),
        (["train=3"], ["command line: train=3: cannot be changed in a resumed run"]),
        (
            ["epochs=3"],
            ["epochs=3: cannot be changed in a resumed run", "Did you mean 'train.epochs=3'?"],
        ),
        (["train.epochs"], ["command line: train.epochs: not an override"]),
        (["train.epochs=0"], ["command line: train.epochs: found 0"]),
        (["train.epoch=9"], ["command line: train.epoch: unknown key", "Did you mean 'epochs'?"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_resume_refuses_overrides_that_change_the_model(
    overrides: list[str], words: list[str], run: Path, refused: Refused
) -> None:
    refused("train", run, "--resume", *overrides, words=words)


@pytest.mark.parametrize("checkpoints", ["gone", "empty"])
def test_resume_refuses_a_run_without_a_checkpoint(
    checkpoints: str, run: Path, refused: Refused
) -> None:
    shutil.rmtree(run / "checkpoints")
    if checkpoints == "empty":
        (run / "checkpoints").mkdir()
    refused(
        "train",
        run,
        "--resume",
        "train.epochs=200",
        words=[str(run / "checkpoints"), "no checkpoint", "Train a new run"],
    )


def test_resume_refuses_what_holds_no_run(refused: Refused) -> None:
    refused("train", "fable", "--resume", words=["fable: no such run"])
    refused("train", "good.yaml", "--resume", words=["good.yaml: a file"])


# The same in processes of their own, where nothing is caught for the user's sake.


@pytest.mark.parametrize(
    ("arguments", "words", "env"),
    [
        (["train", "good.yaml", "train.epoch=3"], ["command line: train.epoch: unknown key"], {}),
        (["train", "latin.yaml"], ["latin.yaml:8: byte "], {}),
        (["generate", "fable", "--seed", "had a \udcff"], ["--seed: not in the vocabulary"], {}),
        (
            ["train", "good.yaml", "--smoke"],
            ["KERAS_BACKEND: found 'torch'", "tensorflow"],
            {"KERAS_BACKEND": "torch"},
        ),
    ],
    ids=["override", "bytes", "seed", "backend"],
)
def test_main_explains_a_mistake_in_a_process(
    arguments: list[str],
    words: list[str],
    env: dict[str, str],
    run: Path,
    tmp_path: Path,
    rnnkit: Rnnkit,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    before = snapshot(tmp_path)
    result = rnnkit(*arguments)
    explains(result.stdout, result.stderr, result.returncode, words)
    assert len(result.stderr.splitlines()) == 1
    assert snapshot(tmp_path) == before


def test_generate_explains_damaged_weights_in_a_process(
    run: Path, tmp_path: Path, rnnkit: Rnnkit
) -> None:
    flip(run)
    before = snapshot(tmp_path)
    result = rnnkit("generate", *SEED)
    explains(
        result.stdout, result.stderr, result.returncode, [f"{run}/weights.npz: damaged weights"]
    )
    assert len(result.stderr.splitlines()) == 1
    assert snapshot(tmp_path) == before


def test_text_from_refuses_closed_standard_input(run: Path) -> None:
    command = ["sh", "-c", 'exec "$0" -m rnnkit generate --seed - <&-', sys.executable]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    explains(result.stdout, result.stderr, result.returncode, ["standard input: closed"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_main_explains_a_full_standard_output(run: Path, tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "rnnkit", "generate", *SEED]
        result = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=tmp_path
        )
    assert result.returncode == 1
    assert result.stderr == "Error: input or output: No space left on device.\n"


# A forecaster's run.


@pytest.mark.parametrize(
    "numbers",
    ["[]", "[1]", "[1, 2]", "[1, 2, x]", "[1, 2, .nan, 4]", "[1, 2, 1e300]", "3", "[[1, 2], [3]]"],
)
def test_numbers_refuses_what_holds_no_series(numbers: str, refused: Refused) -> None:
    errors = 2 if numbers.startswith("[[") else 1
    refused(
        "train", "toy_two_steps", f"data.dataset.numbers={numbers}", words=[": "], mistakes=errors
    )


def test_resume_prints_only_the_mistake_in_an_override(run: Path) -> None:
    (run / "checkpoints").mkdir(exist_ok=True)
    result = invoke("train", run, "--resume", "train.batch_sise=3")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "train.batch_sise: unknown key" in result.stderr
