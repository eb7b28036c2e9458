"""What damages a run folder, and what the message then says."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from rnnkit.storage import npz_bytes

Damage = Callable[[Path], None]


def forged(change: Callable[[dict[str, np.ndarray]], object]) -> Damage:
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


def write(name: str, content: str | bytes) -> Damage:
    def damage(run: Path) -> None:
        (run / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return damage


def edit(name: str, old: str, new: str) -> Damage:
    def damage(run: Path) -> None:
        text = (run / name).read_text(encoding="utf-8")
        assert old in text
        (run / name).write_text(text.replace(old, new), encoding="utf-8")

    return damage


def remove(name: str) -> Damage:
    return lambda run: (run / name).unlink()


def cut(name: str) -> Damage:
    def damage(run: Path) -> None:
        (run / name).write_bytes((run / name).read_bytes()[:200])

    return damage


def as_folder(name: str) -> Damage:
    def damage(run: Path) -> None:
        (run / name).unlink()
        (run / name).mkdir()

    return damage


DAMAGE: dict[str, tuple[Damage, list[str]]] = {
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
        ["weights.npz: damaged", "Expected an .npz of plain numbers"],
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
        ["tokenizer.json: another model"],
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
