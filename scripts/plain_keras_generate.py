"""The peer of `rnnkit generate`: greedy words from a saved keras model, as a tutorial writes it.

    python scripts/plain_keras_generate.py RUN "had a general" 32

Reads model.keras and the vocabulary of a run of a window model.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import keras
import numpy as np

run, seed, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
model = keras.saving.load_model(run / "model.keras")
index = json.loads((run / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
words = {number: word for word, number in index.items()}
window = model.input_shape[1]

tokens = [index[word] for word in seed.lower().split()]
for _ in range(count):
    logits = model.predict(np.array([tokens[-window:]]), verbose=0)[0]
    logits[index["<unk>"]] = -np.inf
    tokens.append(int(logits.argmax()))
print(" ".join(words[token] for token in tokens))
