from __future__ import annotations

import gc
from pathlib import Path

import pytest

import rnnkit
from rnnkit.workflows.sweep.plan import SweepOptions
from rnnkit.workflows.sweep.sweep import sweep
from rnnkit.workflows.train import train


@pytest.mark.soak
def test_sweep_of_a_run_that_keeps_its_data_in_memory(runs: Path, said: list[str]) -> None:
    words = [f"a {adjective} film {n}" for n in range(20) for adjective in ("lovely", "dull")]
    config = {
        "task": "classification",
        "model": {"embedding": 2, "layers": [{"gru": 2}]},
        "train": {"epochs": 1},
    }
    table = {"text": words, "label": ["good", "bad"] * 20}
    run = rnnkit.train(config, data=table, text="text", label="label", keep_data=True)
    folder = str(run.path)
    del run
    gc.collect()  # nobody holds the data in memory any more
    swept = sweep(SweepOptions(folder, ["train.learning_rate=0.1,0.01"])).result
    assert swept is not None
    assert [one.state for one in swept.outcomes] == ["complete"] * 2
    assert "there is no test part, on which the winner would be scored" in said
    gc.collect()
    best = train(str(Path(swept.folder) / "best.yaml"))
    assert (best.run.path / "data.parquet").read_bytes() == (
        Path(folder) / "data.parquet"
    ).read_bytes()
