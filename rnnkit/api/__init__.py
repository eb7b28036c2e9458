"""Python: a trained run, and the functions that train one, open one and answer with it."""

from rnnkit.api.functions import (
    evaluate,
    generate,
    generate_samples,
    load_run,
    predict,
    predict_file,
    train,
)
from rnnkit.api.run import Run
from rnnkit.data.datasets.kinds.further import file_keys

__all__ = [
    "Run",
    "evaluate",
    "file_keys",
    "generate",
    "generate_samples",
    "load_run",
    "predict",
    "predict_file",
    "train",
]
