"""The peer of `rnnkit predict --input`: reviews scored by a saved keras model, as a tutorial writes
it.

    python scripts/plain_keras_score.py RUN reviews.jsonl scored.csv

Reads model.keras and the vocabulary of a run of `rnnkit train imdb_lstm`.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import keras
import numpy as np

MAX_LENGTH = 500
FILTERS = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))

run = Path(sys.argv[1])
model = keras.saving.load_model(run / "model.keras")
index = json.loads((run / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
with open(sys.argv[2], encoding="utf-8") as file:
    rows = [json.loads(line) for line in file]

start, unknown = index["<start>"], index["<unk>"]
texts = [row["text"].lower().translate(FILTERS).split(" ") for row in rows]
sequences = [[start, *(index.get(word, unknown) for word in text if word)] for text in texts]
inputs = keras.utils.pad_sequences(sequences, MAX_LENGTH, padding="post", truncating="pre")
logits = model.predict(inputs, batch_size=128, verbose=0)[:, 0].astype(np.float64)
shares = 1 / (1 + np.exp(-logits))
with open(sys.argv[3], "w", encoding="utf-8", newline="") as file:
    writer = csv.writer(file)
    writer.writerow([*rows[0], "predicted_label", "probability"])
    for row, share in zip(rows, shares, strict=True):
        answer = ("positive", share) if share > 0.5 else ("negative", 1 - share)
        writer.writerow([*row.values(), answer[0], round(answer[1], 6)])
