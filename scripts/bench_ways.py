"""The ways in which a trained model answers: size of the model, size of what must be installed for
it, and seconds from the shell to the first answer, in turn, medians of so many rounds.

    python scripts/bench_ways.py runs/imdb_lstm --text "what a wonderful film" --rounds 7

Of the page it is the time in a browser that runs already, from opening it to its first answer.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from packaging.requirements import Requirement

import rnnkit as rk

READ = ("config.yaml", "tokenizer.json", "labels.json", "scaler.json", "weights.npz")
"""What an answer reads of a run folder, and manifest.json."""

BY_ONNX = """
import sys, numpy, onnxruntime, tokenizers
session = onnxruntime.InferenceSession(sys.argv[1])
about = session.get_modelmeta().custom_metadata_map
tokens = session.get_inputs()[0]
ids = tokenizers.Tokenizer.from_str(about["rnnkit.tokenizer"]).encode(sys.argv[2]).ids
steps = tokens.shape[1] if isinstance(tokens.shape[1], int) else len(ids)
ids = ([0] * steps + ids)[-steps:]
print(session.run(None, {tokens.name: numpy.array([ids], numpy.int32)}))
"""

BY_KERAS = """
import sys, numpy, keras, tokenizers
model = keras.models.load_model(sys.argv[1])
ids = tokenizers.Tokenizer.from_file(sys.argv[3]).encode(sys.argv[2]).ids
steps = model.input_shape[1] or len(ids)
ids = ([0] * steps + ids)[-steps:]
print(model.predict(numpy.array([ids], numpy.int32), verbose=0))
"""


@dataclass
class Way:
    """A way to an answer.

    Args:
        name: What the table calls it.
        files: Of the model.
        needs: The packages that it imports, by name.
        answer: Starts and answers once.
    """

    name: str
    files: list[Path]
    needs: list[str]
    answer: Callable[[], None]
    seconds: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("--text", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    run = Path(options.run).resolve()
    with tempfile.TemporaryDirectory() as folder, Page() as page:
        ways = list(ways_of(run, options.text, Path(folder), page))
        for _ in range(options.rounds):
            for way in ways:
                start = time.perf_counter()
                way.answer()
                way.seconds.append(time.perf_counter() - start)
        print_table(run.name, ways)


def print_table(name: str, ways: list[Way]) -> None:
    print(f"| {name} | model | installed | first answer |\n|---|---|---|---|")
    for way in ways:
        model = sum(path.stat().st_size for path in way.files) / 1e6
        installed = f"{installed_size(way.needs) / 1e6:,.0f} MB" if way.needs else "a browser"
        print(f"| {way.name} | {model:.2f} MB | {installed} | {median(way):.2f} s |")


def median(way: Way) -> float:
    return statistics.median(way.seconds)


def ways_of(run: Path, text: str, folder: Path, page: Page) -> Iterator[Way]:
    opened = rk.load_run(run)
    verb = "generate" if "language" in opened.config.name() else "predict"
    words = ["--seed", text, "--max-new-tokens", "1"] if verb == "generate" else ["--text", text]
    ours = [sys.executable, "-m", "rnnkit", verb, str(run), *words]
    read = [run / name for name in (*READ, "manifest.json") if (run / name).is_file()]
    yield Way("rnnkit, run folder", read, ["rnnkit"], lambda: call(ours))
    for name, extra in (("ONNX", []), ("ONNX, int8", ["--int8", "--max-loss", "100"])):
        file = folder / f"{name[-4:]}.onnx"
        export(run, ["onnx", "-o", str(file), *extra])
        script = [sys.executable, "-c", BY_ONNX, str(file), text]
        yield Way(name, [file], ["onnxruntime", "tokenizers"], partial(call, script))
    html = folder / "page.html"
    export(run, ["html", "-o", str(html)])
    yield Way("HTML", [html], [], lambda: page.ask(html, text))
    keras = [sys.executable, "-c", BY_KERAS, str(run / "model.keras"), text]
    keras.append(str(run / "tokenizer.json"))
    needs = ["keras", "tensorflow", "tokenizers"]
    files = [run / "model.keras", run / "tokenizer.json"]
    yield Way("Keras, model.keras", files, needs, lambda: call(keras))


def export(run: Path, words: list[str]) -> None:
    call([sys.executable, "-m", "rnnkit", "export", str(run), *words])


def call(words: list[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words[:6])}: ended with {done.returncode}\n{done.stderr[-2000:]}")


class Page:
    """Opens pages in a Chromium that runs already."""

    def __enter__(self) -> Page:
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._browser.close()
        self._playwright.stop()

    def ask(self, path: Path, text: str) -> None:
        page = self._browser.new_page()
        page.goto(path.as_uri())
        page.fill("textarea", text)
        page.wait_for_selector(".tokens li")
        page.close()


def installed_size(names: list[str]) -> int:
    """Bytes of these distributions and of all that they require, without extras."""
    done, pending = dict[str, int](), list(names)
    while pending:
        name = re.sub("[-_.]+", "-", pending.pop()).lower()
        if name in done:
            continue
        distribution = importlib.metadata.distribution(name)
        files = (Path(str(file.locate())) for file in distribution.files or [])
        done[name] = sum(path.stat().st_size for path in files if path.is_file())
        if name == "rnnkit":  # installed in place
            own = Path(rk.__file__).parent
            done[name] = sum(
                path.stat().st_size
                for path in own.rglob("*")
                if path.is_file() and "__pycache__" not in path.parts
            )
        for text in distribution.requires or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                pending.append(requirement.name)
    return sum(done.values())


if __name__ == "__main__":
    main()
