"""Answers against plain Keras, as its users write it: the same weights in turn, in one run.

    python scripts/bench_answers.py token                        # tokens, in one process
    python scripts/bench_answers.py generate RUN                 # from the shell: 32 words of fable
    python scripts/bench_answers.py score RUN reviews.jsonl      # from the shell: an imdb_lstm run

Prints for each of the two the median of the clock and of processor time, their ratio, and whether
the answers are the same. [--rounds 5] [--threads 1]
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
VOCABULARY, UNITS, WINDOW, TOKENS = 113, 512, 3, 32
SEED = "had a general"
Times = dict[str, list[tuple[float, float]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", choices=["token", "generate", "score"])
    parser.add_argument("run", nargs="?")
    parser.add_argument("reviews", nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    if options.threads:
        names = ("RNNKIT_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
        os.environ |= dict.fromkeys(names, str(options.threads))
        os.environ |= {f"TF_NUM_{one}_THREADS": str(options.threads) for one in TF_POOLS}
    {"token": tokens, "generate": generate, "score": score}[options.work](options)


TF_POOLS = ("INTRAOP", "INTEROP")


def clock() -> tuple[float, float]:
    """Seconds of the clock, and of the processor for this process and its children."""
    return time.perf_counter(), sum(os.times()[:4])


def timed(times: list[tuple[float, float]], work: Callable[[], Any]) -> Any:
    before = clock()
    answer = work()
    after = clock()
    times.append((after[0] - before[0], after[1] - before[1]))
    return answer


def report(title: str, times: Times, count: int = 1) -> None:
    medians = {
        name: [statistics.median(one) / count for one in zip(*pairs, strict=True)]
        for name, pairs in times.items()
    }
    keras, own = medians["keras"], medians["rnnkit"]
    print(
        f"{title}: keras {keras[0]:.4f} s, rnnkit {own[0]:.4f} s, ratio {keras[0] / own[0]:.1f}"
        f" (processor {keras[1]:.4f} s, {own[1]:.4f} s, ratio {keras[1] / own[1]:.1f})"
    )


def tokens(options: argparse.Namespace) -> None:
    """A token of 2 x LSTM(512): of a window of 3, and with carried state."""
    from rnnkit.engine.forward import Engine
    from rnnkit.generation.decode import generate as decode
    from rnnkit.generation.options import Generate
    from rnnkit.generation.stepper import StreamStepper, window_stepper
    from rnnkit.models.build import get_weights

    seed = np.array([[5, 17, 29]], np.int32)
    for title, stateful in (("window 3", False), ("carried state", True)):
        architecture, model = same_model(stateful)
        engine = Engine(architecture, get_weights(model, architecture))
        stepper = StreamStepper(engine) if stateful else window_stepper(engine, WINDOW)
        loop = carried_loop(model) if stateful else window_loop(model)
        times: Times = {"keras": [], "rnnkit": []}
        for _ in range(options.rounds + 1):
            theirs = timed(times["keras"], lambda: loop(seed[0].tolist()))  # noqa: B023
            drawn = timed(
                times["rnnkit"],
                lambda: list(decode(stepper, seed, Generate(max_new_tokens=TOKENS))),  # noqa: B023
            )
            same = theirs == [int(token[0]) for token in drawn]
        times = {name: pairs[1:] for name, pairs in times.items()}  # the first one compiles
        report(f"a token, {title}", times, TOKENS)
        print(f"  greedy text {'the same' if same else 'DIFFERS'}")
        report_rounded(engine, stateful, seed, options.rounds)


def report_rounded(engine: Any, stateful: bool, seed: np.ndarray, rounds: int) -> None:
    """The same tokens with each `precision` against float32, in turn."""
    from rnnkit.generation.stepper import StreamStepper, window_stepper
    from rnnkit.kernels import PRECISIONS

    engines = {name: engine.rounded(name) for name in PRECISIONS[1:]}
    if None in engines.values():
        print("  rounded weights: there are no kernels here")
        return
    engines = {"float32": engine, **engines}
    logits: dict[str, np.ndarray] = {}
    times: Times = {name: [] for name in engines}
    drawn = np.random.default_rng(0).integers(0, VOCABULARY, (8 * TOKENS, 1))
    for _ in range(4 * rounds):
        for name, one in engines.items():
            stepper = StreamStepper(one) if stateful else window_stepper(one, WINDOW)
            logits[name] = timed(times[name], lambda: read(stepper, seed, drawn))  # noqa: B023
    seconds = {name: statistics.median(pair[1] for pair in times[name]) for name in times}
    each = {name: 1e6 * one / len(drawn) for name, one in seconds.items()}
    # later ones tell nothing: random weights are chaotic, and float32 weights moved by as little as
    # they are rounded by come as far from each other
    logits = {name: rows[:TOKENS] for name, rows in logits.items()}
    for name in PRECISIONS[1:]:
        difference = np.abs(logits["float32"] - logits[name]).max()
        same = (logits["float32"].argmax(-1) == logits[name].argmax(-1)).mean()
        print(
            f"  {name}: {each[name]:.0f} us of the processor a token, float32"
            f" {each['float32']:.0f}, ratio {each['float32'] / each[name]:.2f}; logits differ by"
            f" {difference:.1e} at most, of up to {np.abs(logits['float32']).max():.1f}; the most"
            f" probable token is the same in {same:.1%}"
        )


def read(stepper: Any, seed: np.ndarray, token_ids: np.ndarray) -> np.ndarray:
    """The logits after each of these tokens, (tokens, vocabulary)."""
    _, state = stepper.init_state(seed)
    rows = []
    for token_id in token_ids:
        logits, state = stepper.step(token_id, state)
        rows.append(logits[0])
    return np.array(rows)


def same_model(stateful: bool) -> tuple[Any, Any]:
    """rnnkit's list of layers, and a keras model of the same weights' shapes."""
    import keras

    from rnnkit.architecture import Interface, resolve
    from rnnkit.cells.lstm import LSTM
    from rnnkit.models.layers.dense import Dense
    from rnnkit.models.layers.embedding import Embedding

    architecture = resolve(
        "bench",
        Embedding(dim=64),
        [LSTM(units=UNITS), LSTM(units=UNITS)],
        {"logits": Dense(units=VOCABULARY)},
        Interface(
            timesteps=None if stateful else WINDOW,
            features=VOCABULARY,
            sequence_output=stateful,
            carries_state=stateful,
        ),
    )
    keras.utils.set_random_seed(0)
    names = [layer.name for layer in architecture.layers]
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(1, 1 if stateful else WINDOW), dtype="int32"),
            keras.layers.Embedding(VOCABULARY, 64, name=names[0]),
            keras.layers.LSTM(UNITS, return_sequences=True, stateful=stateful, name=names[1]),
            keras.layers.LSTM(UNITS, return_sequences=stateful, stateful=stateful, name=names[2]),
            keras.layers.Dense(VOCABULARY, name=names[3]),
        ]
    )
    for (
        variable
    ) in model.trainable_variables:  # sharper than the initial ones, so that words change
        variable.assign(2.5 * variable)
    return architecture, model


def window_loop(model: Any) -> Callable[[list[int]], list[int]]:
    def loop(seed: list[int]) -> list[int]:
        tokens = list(seed)
        for _ in range(TOKENS):
            logits = model.predict(np.array([tokens[-WINDOW:]]), verbose=0)
            tokens.append(int(logits[0].argmax()))
        return tokens[len(seed) :]

    return loop


def carried_loop(model: Any) -> Callable[[list[int]], list[int]]:
    def loop(seed: list[int]) -> list[int]:
        for layer in model.layers[1:3]:
            layer.reset_states()
        tokens = list(seed)
        for token in seed[:-1]:
            model.predict(np.array([[token]]), verbose=0)
        for _ in range(TOKENS):
            logits = model.predict(np.array([tokens[-1:]]), verbose=0)
            tokens.append(int(logits[0, -1].argmax()))
        return tokens[len(seed) :]

    return loop


def shell(*command: str) -> str:
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    return process.stdout


def generate(options: argparse.Namespace) -> None:
    """32 words, from the shell."""
    plain = (sys.executable, str(HERE / "plain_keras_generate.py"), options.run, SEED, str(TOKENS))
    own = [sys.executable, "-m", "rnnkit", "generate", options.run, "--seed", SEED, "--raw"]
    own += ["--max-new-tokens", str(TOKENS), "--temperature", "0"]
    times: Times = {"keras": [], "rnnkit": []}
    for _ in range(options.rounds):
        theirs = timed(times["keras"], lambda: shell(*plain)).split()
        words = timed(times["rnnkit"], lambda: shell(*own)).split()
    report("rnnkit generate, 32 words from the shell", times)
    print(f"  greedy text {'the same' if theirs[len(SEED.split()) :] == words else 'DIFFERS'}")


def score(options: argparse.Namespace) -> None:
    """A file of reviews, from the shell."""
    with tempfile.TemporaryDirectory() as folder:
        theirs, own = f"{folder}/keras.csv", f"{folder}/rnnkit.csv"
        script = str(HERE / "plain_keras_score.py")
        plain = (sys.executable, script, options.run, options.reviews, theirs)
        ours = [sys.executable, "-m", "rnnkit", "predict", options.run, "--overwrite"]
        ours += ["--input", options.reviews, "--output", own]
        times: Times = {"keras": [], "rnnkit": []}
        for _ in range(options.rounds):
            timed(times["keras"], lambda: shell(*plain))
            timed(times["rnnkit"], lambda: shell(*ours))
        report("reviews scored from the shell", times)
        shares = [positive(file) for file in (theirs, own)]
        print(f"  largest difference of a probability {np.abs(shares[0] - shares[1]).max():.1e}")


def positive(file: str) -> np.ndarray:
    """The probability of `positive` of each row."""
    with open(file, encoding="utf-8", newline="") as rows:
        return np.array(
            [
                float(row["probability"])
                if row[name] == "positive"
                else 1 - float(row["probability"])
                for row in csv.DictReader(rows)
                for name in [("predicted_label" if "predicted_label" in row else "label")]
            ]
        )


if __name__ == "__main__":
    main()
