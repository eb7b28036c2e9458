"""The Python interface: functions that train and open runs, and the trained run itself."""

from rnnkit.api.comparison import Comparison, compare
from rnnkit.api.config import Config
from rnnkit.api.data_audit import DataAudit, inspect_data
from rnnkit.api.datasets import load_data
from rnnkit.api.functions import (
    evaluate,
    generate,
    load_run,
    predict,
    predict_file,
    predict_files,
    train,
)
from rnnkit.api.rate_test import LearningRateTest, learning_rate_test
from rnnkit.api.run import Run
from rnnkit.api.run_table import runs
from rnnkit.api.scores import Evaluations
from rnnkit.data.datasets.kinds.further import file_keys

__all__ = [
    "Comparison",
    "Config",
    "DataAudit",
    "Evaluations",
    "LearningRateTest",
    "Run",
    "compare",
    "evaluate",
    "file_keys",
    "generate",
    "inspect_data",
    "learning_rate_test",
    "load_data",
    "load_run",
    "predict",
    "predict_file",
    "predict_files",
    "runs",
    "train",
]
