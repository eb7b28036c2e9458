"""Fresh environments, made by pip from the wheel: rnnkit alone answers, and JAX alone trains."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.conftest import REPO
from tests.helpers import classified

pytestmark = [pytest.mark.install, pytest.mark.timeout(1800)]

Call = Callable[..., subprocess.CompletedProcess[str]]
NOT_IN_BASE = ["tensorflow", "keras", "jax", "sklearn", "matplotlib", "sacrebleu", "rich"]
# one config of each task
OF_EACH_TASK = [
    "fable_simple_rnn",
    "imdb_bilstm",
    "ner_conll03",
    "temperature",
    "translate_en_fr",
    "names_generator",
]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=REPO, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def environment(folder: Path, requirement: str) -> Call:
    """A fresh virtual environment with `requirement`; gives what calls its python."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--no-compile", "-c", str(REPO / "scripts" / "constraints.txt")]
    subprocess.run([*pip, *options, requirement], check=True)

    def call(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        ours = ("PYTHONPATH", "KERAS_BACKEND")
        inherited = {name: value for name, value in os.environ.items() if name not in ours}
        return subprocess.run(
            [str(python), *map(str, arguments)],
            env=inherited | variables,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    return call


@pytest.fixture(scope="module")
def base(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Call:
    return environment(tmp_path_factory.mktemp("base"), str(wheel))


@pytest.fixture(scope="module")
def jax_alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Call:
    return environment(tmp_path_factory.mktemp("jax"), f"{wheel}[jax]")


def missing(call: Call, modules: list[str]) -> list[str]:
    """Those of the modules that an environment cannot import."""
    program = (
        "import importlib.util, sys;"
        " print(*(name for name in sys.argv[1:] if importlib.util.find_spec(name) is None))"
    )
    return call("-c", program, *modules).stdout.split()


def done(call: Call, *arguments: object) -> str:
    process = call("-m", "rnnkit", *arguments)
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_base_holds_no_framework(base: Call) -> None:
    assert missing(base, NOT_IN_BASE) == NOT_IN_BASE
    assert missing(base, ["rnnkit", "numpy", "tokenizers"]) == []


def test_base_answers(
    base: Call, fable_run: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With run folders that were trained elsewhere."""
    verdict = classified.copied("verdict", tmp_path_factory, tmp_path)
    (tmp_path / "reviews.csv").write_text("text\na lovely film\n", encoding="utf-8")
    assert done(base, "generate", fable_run, "--seed", "had a general").startswith("had a general")
    assert done(base, "predict", fable_run, "--text", "had a general").strip()
    assert "good" in done(base, "predict", verdict, "--text", "a lovely film")
    header, row = done(base, "predict", verdict, "--input", "reviews.csv").splitlines()
    assert header.startswith("text,")
    assert row.startswith("a lovely film,good")
    assert "ok" in done(base, "check", "fable")
    assert "perplexity" in done(base, "evaluate", fable_run)
    assert "fable_char" in done(base, "config", "list")
    assert done(base, "config", "new", "language_model").startswith("# A language model")
    assert done(base, "--version").strip()


@pytest.mark.soak
def test_dockerfile_lines_build_what_serves(tmp_path: Path) -> None:
    """Each stage's RUN lines in an environment of its own, but for the one that adds a user."""
    source, wheels = tmp_path / "src", tmp_path / "wheels"
    ignored = shutil.ignore_patterns(".*", "build", "dist", "runs", "__pycache__", "librnnkit.*")
    shutil.copytree(REPO, source, ignore=ignored)
    stages = re.split(r"^FROM .*$", (REPO / "Dockerfile").read_text(), flags=re.M)[1:]
    for number, stage in enumerate(stages):
        folder = tmp_path / f"stage{number}"
        venv.create(folder, with_pip=True)
        path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        for line in re.findall(r"^RUN (.*)$", stage, re.M):
            if not line.startswith("useradd "):
                command = line.replace("/wheels", str(wheels))
                subprocess.run(
                    command, shell=True, check=True, cwd=source, env=kept | {"PATH": path}
                )
    process = subprocess.run(
        [folder / "bin" / "rnnkit", "serve", "--help"], capture_output=True, text=True, check=True
    )
    assert "rnnkit serve" in process.stdout


@pytest.mark.soak
def test_an_installation_without_a_compiler_has_kernels(tmp_path: Path) -> None:
    """By Zig's, which pip fetches for the build."""
    ignored = shutil.ignore_patterns(".*", "build", "dist", "runs", "__pycache__", "librnnkit.*")
    source = shutil.copytree(REPO, tmp_path / "src", ignore=ignored)
    kept = {name: value for name, value in os.environ.items() if name not in ("CC", "PYTHONPATH")}
    for number, compiler in enumerate(("no such command", "false")):
        folder = tmp_path / f"wheels{number}"
        command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", str(folder), "."]
        environment = kept | {"PATH": "", "CC": compiler}
        subprocess.run(command, check=True, cwd=source, env=environment)
        (wheel,) = folder.glob("*.whl")
        assert "any" not in wheel.name
        assert [name for name in ZipFile(wheel).namelist() if "/librnnkit." in name]


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["train", "fable"], "pip install 'rnnkit[tensorflow]'"),
        (["train", "fable", "--backend", "jax"], "pip install 'rnnkit[jax]'"),
        (["check", "fable", "--build"], "pip install 'rnnkit[tensorflow]'"),
        (["train", "RUN", "--resume"], "pip install 'rnnkit[tensorflow]'"),
    ],
    ids=["train", "train on jax", "check --build", "resume"],
)
def test_base_says_what_training_needs(
    base: Call, fable_run: Path, arguments: list[str], command: str
) -> None:
    words = [str(fable_run) if word == "RUN" else word for word in arguments]
    process = base("-m", "rnnkit", *words)
    assert process.returncode == 2
    assert command in process.stderr
    assert not Path(os.environ["RNNKIT_RUNS"]).exists()  # nothing was begun


def test_jax_alone_holds_no_tensorflow(jax_alone: Call) -> None:
    assert missing(jax_alone, ["tensorflow", "keras", "jax"]) == ["tensorflow"]


# Every verb in one process: what a start of JAX costs is paid once.
VERBS = """
import json, sys
from pathlib import Path
from rnnkit.cli import main

for run, arguments in json.loads(sys.argv[1]):
    print(json.dumps(arguments), flush=True)
    main(arguments, prog_name="rnnkit", standalone_mode=False)
    print("steps of", run, json.loads(Path(run, "manifest.json").read_text())["steps"])
"""


def test_jax_alone_trains_resumes_evaluates(jax_alone: Call, runs: Path) -> None:
    longer = ["train.epochs=2", "train.max_steps=5"]
    verbs = [
        (str(runs / config), arguments)
        for config in OF_EACH_TASK
        for arguments in (
            ["train", config, "--smoke"],
            ["train", str(runs / config), "--resume", *longer],
            ["evaluate", str(runs / config), "--json"],
        )
    ]
    process = jax_alone("-c", VERBS, json.dumps(verbs))
    assert process.returncode == 0, process.stderr
    for config in OF_EACH_TASK:
        run = runs / config
        assert process.stdout.count(f"saved in {run}\n") == 2
        assert json.loads((run / "environment.json").read_text())["backend"] == "jax"
        assert (run / "model.keras").is_file()
        first, resumed, _ = re.findall(rf"steps of {re.escape(str(run))} (\d+)", process.stdout)
        assert int(resumed) > int(first)
        printed = process.stdout.split(json.dumps(["evaluate", str(run), "--json"]), 1)[1]
        (evaluation, *_), _ = json.JSONDecoder().raw_decode(printed.lstrip())
        assert evaluation["rows"][0]["who"] == "this run"
