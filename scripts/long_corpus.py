"""Shows that a corpus larger than memory trains in little memory: peak of a training on SIZE_GB
compared with those on a small text and on a toy.

python scripts/long_corpus.py [SIZE_GB]   (2 where unset; needs as much room in the temporary
folder, and half of it in RNNKIT_CACHE)
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

CONFIG = """
task: {{language_model: {{stream: true, bptt: 20}}}}
data:
  dataset: {{text: {path}}}
  tokenizer: {{word: {{punctuation: kept, vocab_size: 10000}}}}
  split: {{validation: 0.001}}
model: {{embedding: 64, layers: [{{lstm: 64}}]}}
train: {{batch_size: 32, epochs: 1, max_steps: 500, checkpoint: {{every_seconds: null}}}}
"""
SMALL_MEGABYTES = 2


def write_corpus(path: Path, size: int) -> None:
    """Lines of synthetic words, whose frequencies fall as those of a language do (Zipf)."""
    generator = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = np.array(
        ["".join(generator.choice(letters, length)) for length in generator.integers(2, 9, 20_000)]
    )
    odds = 1 / np.arange(1, len(words) + 1)
    odds /= odds.sum()
    with open(path, "w", encoding="utf-8") as file:
        while file.tell() < size:
            drawn = words[generator.choice(len(words), 200_000, p=odds)].reshape(-1, 20)
            file.write("\n".join(map(" ".join, drawn.tolist())) + "\n")


def peak_megabytes(config: Path) -> float:
    """The largest resident size of `rnnkit train CONFIG`, in MB."""
    started = time.monotonic()
    process = os.posix_spawn(
        sys.executable, [sys.executable, "-m", "rnnkit", "train", str(config)], dict(os.environ)
    )
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit("the training failed")
    print(
        f"{config.stem}: peak {usage.ru_maxrss / 1024:,.0f} MB, {time.monotonic() - started:,.0f} s"
    )
    return usage.ru_maxrss / 1024


def main() -> None:
    size = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RNNKIT_RUNS"] = folder
        # the smallest model there is: TensorFlow, keras and rnnkit themselves
        framework = peak_megabytes(Path("toy_two_steps"))
        peaks = []
        for name, megabytes in (("small", SMALL_MEGABYTES), ("long", size * 1024)):
            corpus, config = Path(folder) / f"{name}.txt", Path(folder) / f"{name}.yaml"
            write_corpus(corpus, round(megabytes * 2**20))
            config.write_text(CONFIG.format(path=corpus), encoding="utf-8")
            peaks.append(peak_megabytes(config))
        print(
            f"{peaks[1] - peaks[0]:,.0f} MB more for {size:g} GB of text;"
            f" {peaks[1] - framework:,.0f} MB more than the framework's own"
        )


if __name__ == "__main__":
    main()
