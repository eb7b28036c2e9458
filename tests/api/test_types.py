"""A user's own code passes mypy's strict check."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPO

SNIPPET = '''\
"""What a user writes."""

from __future__ import annotations

from pathlib import Path

import rnnkit as rk


def best(path: Path) -> float:
    run: rk.Run = rk.train("fable", {"train.epochs": 3}, smoke=True, verbose=False)
    run = rk.train({"task": "classification"}, data=([], []), validation=0.1).resume(epochs=20)
    texts: list[str] = run.generate("had a general", temperature=0.8, num_samples=3)
    for piece in run.generate("had a general", stream=True):
        texts.append(piece)
    print(run.predict(texts, top=3), run.predict(path), run.tag(texts), run.translate(texts))
    print(run.forecast(path, horizon=7), run.anomalies(gap="1h"), run.plot().get_title())
    config: rk.Config = rk.Config(task="classification", model={"layers": [{"lstm": 4}]})
    config = config.changed({"train.epochs": 3}, data={"dataset": "imdb"})
    missing: list[str] = config.missing
    print(missing, config["train"], config.to_yaml(), config.check() == rk.Config.load("fable"))
    print(run.evaluate(data=([], []), text="a").frame(), rk.load_data("fable")["train"])
    with rk.file_keys("separator=;"):
        count: int = rk.predict_file("a.csv", "b.csv", run=run) + run.predict_file(path, path)
    print(count, rk.predict("a", run=run).shape, rk.generate("a", run=run), rk.load_run("a").config)
    print(run.gates("a", layer="lstm").token, run.saturation(), run.followed(), run.vectors())
    print(run.gradients().verdict, run.memory(random_seed=1).change, run.embeddings("a", top=3))
    rk.compare("fable", data=([], []), text="a", layers=["gru"], random_seeds=2, validation=0.1)
    rates: rk.LearningRateTest = rk.learning_rate_test("fable", data=([], []), text="a")
    run = rk.train("fable", rates.overrides, {"train.learning_rate": rates.suggestion or 0.001})
    print(rates.losses.min(), rates.rates.max(), rates.plot(path), rates.frame().smoothed)
    print(rk.compare([run, "fable"]), rk.runs(), run.history, run.metrics, run.path.name)
    try:
        scores: rk.Evaluations = rk.evaluate("test", run=run)
    except rk.RnnkitError as error:
        raise SystemExit(error.exit_code) from error
    return scores[0].rows[0].scores["accuracy"]
'''


@pytest.mark.soak
def test_mypy_accepts_the_code_of_a_user(tmp_path: Path) -> None:
    (tmp_path / "snippet.py").write_text(SNIPPET, encoding="utf-8")
    options = ["--strict", "--follow-imports=silent", "--config-file=", "--no-incremental"]
    process = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "snippet.py"],
        cwd=tmp_path,
        env={"MYPYPATH": str(REPO), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
