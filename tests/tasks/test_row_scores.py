"""What each row adds to a score, for every task: the sums give the very score of an evaluation."""

import numpy as np
import pytest

from rnnkit.config import dump_config, shipped_configs
from rnnkit.metrics.paired import resampled
from rnnkit.metrics.row_scores import RowScores
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from rnnkit.workflows.trained import load_trained
from tests.helpers.untrained import untrained_run

SMALL = {
    "lstm": ["model.layers=[{lstm: 3}]"],
    "both": ["model.layers=[{gru: {units: 3, bidirectional: true}}]"],
    "pairs": ["model.encoder.layers=[{gru: 3}]", "model.decoder.layers=[{gru: 3}]"],
}


def rows(name: str, kind: str) -> tuple[list[RowScores], dict[str, float]]:
    """Those of a run with random weights, on the small sample, and its scores."""
    task = load_task(shipped_configs()[name], SMALL[kind], environment=False)
    run = untrained_run(name, dump_config(task), sample=True)
    trained = load_trained(run)
    data = trained.task.prepare(Source(sample=True), trained.predictor.codec)
    evaluator = trained.task.evaluator(trained.predictor, data)
    return evaluator.row_scores(data.watched), evaluator.evaluate(data.watched).rows[0].scores


@pytest.mark.parametrize(
    ("name", "kind", "metrics"),
    [
        ("fable", "lstm", "accuracy perplexity"),
        ("alice_char", "lstm", "perplexity accuracy"),
        ("emotions", "lstm", "accuracy macro_f1 log_loss micro_f1"),
        ("names_generator", "lstm", "perplexity accuracy"),
        ("ner_conll03", "both", "f1 accuracy sentence_accuracy"),
        ("airline", "lstm", "mae rmse mse mase"),
        ("gym", "lstm", "accuracy"),
        ("reverse_digits", "pairs", "bleu exact perplexity accuracy"),
    ],
)
def test_row_scores_give_the_scores_of_the_evaluation(name: str, kind: str, metrics: str) -> None:
    each, scores = rows(name, kind)
    assert [one.metric for one in each] == metrics.split()
    for one in filter(lambda one: one.metric in scores, each):
        assert one.value == pytest.approx(scores[one.metric], rel=1e-9), one.metric
        assert one.identity
        assert np.isfinite(resampled([one], 3)).all()
