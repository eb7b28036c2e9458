"""Hints work that are said to Python code, to who installs rnnkit, or about the streams of a
process.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest

import rnnkit
from rnnkit.api.run import Run
from rnnkit.architecture import Layer
from rnnkit.bench.peers.torch import Torch
from rnnkit.cells.lstm import LSTM
from rnnkit.cli import main
from rnnkit.data.formats.choose import format_of
from rnnkit.data.formats.npz import Npz
from rnnkit.data.formats.output import open_output
from rnnkit.environment import NAMES, is_installed, require
from rnnkit.errors import RnnkitError
from rnnkit.kernels import library
from rnnkit.models.layers.dropout import Dropout
from rnnkit.registry import PEERS, lookup
from rnnkit.run import RunFolder
from rnnkit.workflows import doctor
from rnnkit.workflows.code import import_file
from rnnkit.workflows.doctor import Finding
from rnnkit.workflows.engines import use_engine
from tests.cli.invoke import invoke
from tests.conftest import REPO
from tests.cures.hints import calls_of
from tests.cures.mistakes import forget_own
from tests.cures.stories import Story, by_its_words, run_of

SEED = "had a general"

# What is to be installed.


def brings(extra: str) -> set[str]:
    """The distributions that an extra of rnnkit brings, as pyproject.toml says."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = set[str]()
    for needed in project["optional-dependencies"][extra]:
        if match := re.match(r"rnnkit\[(.+)\]", needed):
            found |= {name for one in match[1].split(",") for name in brings(one)}
        else:
            found.add(re.split(r"[\[>=<]", needed)[0])
    return found


def installed(message: str) -> None:
    """The command brings what lacks, wherever the sources ask for a library."""
    assert re.search(r"`pip install 'rnnkit\[parquet\]'`$", message)
    asked = {call for call in calls_of("require") if is_installed(call[0])}
    assert ("pyarrow", "parquet") in asked and ("sklearn",) in asked
    for imported, *extra in {*asked, ("jax", "jax"), ("tensorflow", "tensorflow")}:
        for each in extra or ["tensorflow", "jax"]:
            assert NAMES.get(imported, imported) in brings(each), (imported, each)


def without_kernels(_: object) -> str:
    return str(library._load(Path(library.path().name)))


def needs_of_build(**settings: str) -> list[str]:
    """What pip installs before it builds rnnkit, where the environment has these variables."""
    program = "import hatchling.build; print(*hatchling.build.get_requires_for_build_wheel())"
    kept = {name: value for name, value in os.environ.items() if name != "CC"}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPO,
        env=kept | {name.upper(): value for name, value in settings.items()},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()


def built(message: str) -> None:
    """The build asks for what is named, and what it writes is found and loads."""
    (package,) = re.findall(r"the package `(\w+)`", message)
    assert needs_of_build(path="") == [package]
    if not library.why_missing():
        for file in (library.path(), library.path().with_suffix(".sha256")):
            shutil.copy(file, ".")
        assert not isinstance(library._load(Path(library.path().name).resolve()), str)


@contextlib.contextmanager
def surroundings(**settings: str) -> Iterator[pytest.MonkeyPatch]:
    """A process with these variables alone, of those that choose a backend or are rnnkit's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KERAS_BACKEND", raising=False)
        for name, value in settings.items():
            patch.setenv(name, value)
        yield patch


def found_by_doctor(name: str, **settings: str) -> Finding:
    with surroundings(**settings):
        return next(one for one in doctor.examine() if one.name == name)


def setting_of(name: str, value: str) -> Story:
    """A variable of the environment that is set wrongly."""

    def mend(cure: str) -> None:
        (choice, *_) = cure.split(": ")[1].split(", ")
        assert found_by_doctor(name, **{name: choice}).state == "ok"

    return Story(lambda _: found_by_doctor(name, **{name: value}).cure, mend)


def renamed(cure: str) -> None:
    (name,) = re.findall(r"Did you mean '(\w+)'\?", cure)
    assert found_by_doctor(name, **{name: "1"}).state == "ok"


def with_data(cure: str) -> None:
    assert "Set RNNKIT_DATA to a folder" in cure and "unset it" in cure
    assert found_by_doctor("data", RNNKIT_DATA=".").state == "ok"
    with surroundings() as patch:
        patch.delenv("RNNKIT_DATA", raising=False)
        assert not [one for one in doctor.examine() if one.name == "data"]


def run_below(name: str) -> None:
    """A run in the folder that a variable names."""
    Path("my.py").touch()
    Path("folder").mkdir(exist_ok=True)
    with surroundings(RNNKIT_RUNS=f"{name}/runs"):
        RunFolder.create("new", "a config\n")


def without_backend(_: object) -> str:
    with surroundings() as patch:
        for name in ("tensorflow", "jax"):
            patch.setitem(sys.modules, name, None)  # as if it were not installed
        return doctor._backend().cure


def with_backend(cure: str) -> None:
    (extra,) = re.findall(r"`pip install 'rnnkit\[(\w+)\]'`", cure)
    assert extra in brings(extra)
    assert doctor._backend().state == "ok"


def old_library(_: object) -> str:
    folder = Path("old/numpy-1.0.dist-info").absolute()
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 1.0\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder.parent)
        return next(one for one in doctor._libraries() if one.name == "numpy").cure


def upgraded(cure: str) -> None:
    (needed,) = re.findall(r"`pip install --upgrade 'numpy>=(.+)'`", cure)
    assert doctor._numbers(version("numpy")) >= doctor._numbers(needed)
    assert next(one for one in doctor._libraries() if one.name == "numpy").state == "ok"


def without_peer(_: object) -> str:
    """A comparison with what is not installed."""
    run_of("judge")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Torch, "requires", {"no_such_module": "torch"})
        call = ("bench", "predict", "runs/judge/config.yaml", "--against", "torch")
        return invoke(*call, "--repeats", "1", "--steps", "1").stdout


def with_peers(message: str) -> None:
    """The command names the distribution of what each peer imports, as far as it is here."""
    (name,) = re.findall(r"torch: not installed; `pip install (\w+)`", message)
    assert Torch.requires == {"torch": name}
    for peer in PEERS:
        for imported, distribution in lookup("peer", peer).requires.items():
            assert not is_installed(imported) or version(distribution)


# Streams.


@contextlib.contextmanager
def standard_output(stream: IO[str] | None) -> Iterator[None]:
    """None is what Python makes of a stream that is closed."""
    before, sys.stdout = sys.stdout, stream  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout = before


def runs_without_output(_: object) -> None:
    with standard_output(None):
        main.main(["runs"], standalone_mode=False)


def runs_with_output(message: str) -> None:
    (place,) = re.findall(r"`> (.+)`", message)
    with open(place, "w", encoding="utf-8") as file, standard_output(file):
        main.main(["runs"], standalone_mode=False)


def written(path: Path | None) -> None:
    with standard_output(None), open_output(path, "utf-8") as file:
        file.write("a")


def cp1252_lines(*keys: str) -> None:
    """A text in another encoding, by a pipe."""
    run_of("judge")
    call = ("predict", "judge", "--input", "-", "--output", "-", *keys)
    result = invoke(*call, stdin="caf\xe9\n".encode("cp1252"))
    if result.exit_code:
        raise RnnkitError("", result.stderr)


def read_numbers(path: Path | None) -> None:
    np.savez("a.npz", x=np.zeros((1, 2, 3)))
    assert len([*Npz().read(path)]) == 1


def written_archive(kind: str, path: Path | None) -> None:
    pytest.importorskip("pyarrow")
    with lookup("format", kind)().writer(path) as writer:
        writer.write([{"a": 1}])


# Objects.


class Named:
    """What a layer's `build` gives."""

    def __init__(self, name: str = "dropout_7"):
        self.name = name

    def __call__(self, x: Any) -> Any:
        return x


class Mine(Dropout):
    """A layer whose `build` forgets, or passes, its name."""

    rate: float = 0.5
    remembers: bool = False

    def build(self, layer: Layer) -> Named:
        return Named(name=layer.name) if self.remembers else Named()

    def join(self) -> None:
        self.connect(Layer("mine", "mine", self, (2, 3), (2, 3), True), None, None)


FORMAT = """
from rnnkit.data.formats.text import LineWriter, TextFormat


class Mine(TextFormat):
    suffixes = (".mine",)
    writes = True

    def rows(self, file, source):
        yield from ()
"""
ENCODER = """
    def encoder(self, file):
        return Records(file)


class Records(LineWriter):
    def write(self, records):
        self.write_lines(map(str, records))
"""


def written_by(code: str) -> None:
    """A file in a format of one's own."""
    Path("my.py").write_text(code, encoding="utf-8")
    forget_own()
    try:
        import_file("my.py")
        with sys.modules["my"].Mine().writer(Path("a.mine")) as writer:
            writer.write([{"a": 1}])
    finally:
        forget_own()


def attention_of(name: str) -> None:
    predictor: Any = run_of(name).trained.predictor
    predictor.attention("a b")


def answered(engine: str) -> None:
    with use_engine(engine):
        run_of("judge").predict("film")


def treebank(**keys: str) -> None:
    format_of(Path("a.conllu"), ["conllu"], keys=keys)


def of_relu(kernel: str) -> None:
    LSTM(units=2, activation="relu").for_training(kernel).layer_class(object)


MISTAKES_IN_PYTHON: dict[str, tuple[str, Callable[..., object]]] = {
    "other separator": ("judge", lambda run, **more: run.predict_file("semi.csv", "o.csv")),
    "other encoding": ("judge", lambda run, **more: run.predict_file("latin.csv", "o.csv")),
    "file that is there": (
        "judge",
        lambda run, **more: run.predict_file("latin.csv", "semi.csv", **more),
    ),
    "no condition": ("tunes", lambda run, **more: run.generate("film 1", **more)),
    "greedy and top_k": ("writer", lambda run, **more: run.generate(SEED, top_k=3, **more)),
    "time of a spreadsheet": ("weather", lambda run, **more: run.anomalies("excel.csv")),
}


def in_python(name: str) -> Story:
    """A mistake in a call from Python, which is mended by what its message writes."""
    kind, call = MISTAKES_IN_PYTHON[name]

    def say(_: object) -> None:
        Path("semi.csv").write_text("text;label\nfilm;good\n", encoding="utf-8")
        Path("latin.csv").write_bytes("text,label\ncaf\xe9,good\n".encode("cp1252"))
        call(run_of(kind))

    def mend(message: str) -> None:
        assert not re.search(r"(?<!-)--\w", message)
        (code,) = re.findall(r"`(rnnkit.+|\w+=.+)`|add (\w+=\w+)", message)
        code = next(filter(None, code))
        if code.startswith("rnnkit"):
            with eval(code):
                call(rnnkit.load_run(kind))
        else:
            with rnnkit.file_keys("encoding=cp1252") if "overwrite" in code else nullcontext():
                call(rnnkit.load_run(kind), **eval(f"dict({code})"))

    return Story(say, mend)


CASES = {
    **{f"in Python: {name}": in_python(name) for name in MISTAKES_IN_PYTHON},
    "library that lacks": Story(lambda _: require("no_such_library", "parquet"), installed),
    "kernels that lack": Story(without_kernels, built),
    "backend that lacks": Story(without_backend, with_backend),
    "peer that lacks": Story(without_peer, with_peers),
    "old library": Story(old_library, upgraded),
    "folder of data that is none": Story(
        lambda _: found_by_doctor("data", RNNKIT_DATA="none").cure, with_data
    ),
    "runs below a file": Story(lambda _: run_below("my.py"), lambda _: run_below("folder")),
    "setting of no device": setting_of("RNNKIT_DEVICE", "tpu"),
    "setting that nothing reads": Story(
        lambda _: found_by_doctor("RNNKIT_DEBUGG", RNNKIT_DEBUGG="1").cure, renamed
    ),
    "closed output": Story(runs_without_output, runs_with_output),
    "file on a closed output": Story(lambda _: written(None), lambda _: written(Path("a.txt"))),
    "archive from a pipe": Story(
        lambda _: read_numbers(None), lambda _: read_numbers(Path("a.npz"))
    ),
    "archive to a pipe": Story(
        lambda _: written_archive("parquet", None),
        lambda _: written_archive("parquet", Path("a.parquet")),
    ),
    "pipe in another encoding": Story(
        lambda _: cp1252_lines(), lambda message: cp1252_lines(message.split("`")[1])
    ),
    "kernel of a layer that has none": Story(
        lambda _: of_relu("fused"), lambda message: of_relu(message.split("`")[1])
    ),
    "layer of another name": Story(lambda _: Mine().join(), lambda _: Mine(remembers=True).join()),
    "run by a number": Story(
        lambda _: rnnkit.predict("film", run=3),  # type: ignore[arg-type]
        lambda _: rnnkit.predict("film", run=run_of("judge")),
    ),
    "run by a text": Story(
        lambda _: Run("judge"),  # type: ignore[arg-type]
        lambda _: Run(run_of("judge").folder),
    ),
    "record for a writer": Story(
        lambda _: run_of("writer").trained.predictor.query({"text": "a"}), by_its_words
    ),
    "record of a series": Story(
        lambda _: run_of("weekly").trained.predictor.query({"day": "2024-01-01"}), by_its_words
    ),
    "attention of a model without": Story(
        lambda _: attention_of("translator"), lambda _: attention_of("attentive")
    ),
    "key of another format": Story(
        lambda _: treebank(columns="xpos"),
        lambda message: treebank(**{message.split("Did you mean '")[1][:-2]: "xpos"}),
    ),
    "engine of another name": Story(
        lambda _: answered("kernel"),
        lambda message: answered(message.split("Did you mean '")[1][:-2]),
    ),
    "part of another name": Story(
        lambda _: run_of("weather").evaluate("validatoin"),
        lambda message: run_of("weather").evaluate(message.split("Did you mean '")[1][:-2]),
    ),
    "format without an encoder": Story(
        lambda _: written_by(FORMAT), lambda _: written_by(FORMAT + ENCODER)
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_hints_elsewhere_cure_the_mistake(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    CASES[name].require_cured(tmp_path_factory)
