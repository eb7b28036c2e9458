"""rnnkit: recurrent sequence models on Keras 3, from a YAML file to a figure that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnkit.api import (
        Comparison,
        Config,
        DataAudit,
        Evaluations,
        LearningRateTest,
        Run,
        compare,
        evaluate,
        file_keys,
        generate,
        inspect_data,
        learning_rate_test,
        load_data,
        load_run,
        predict,
        predict_file,
        predict_files,
        runs,
        train,
    )
    from rnnkit.errors import RnnkitError

__version__ = "0.1.0"
__all__ = [
    "Comparison",
    "Config",
    "DataAudit",
    "Evaluations",
    "LearningRateTest",
    "RnnkitError",
    "Run",
    "__version__",
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


def __getattr__(name: str) -> Any:
    # Lazily, so that `import rnnkit` and the command line start at once.
    if name == "RnnkitError":
        from rnnkit.errors import RnnkitError

        return RnnkitError
    if name in __all__:
        from rnnkit import api

        return getattr(api, name)
    raise AttributeError(f"module 'rnnkit' has no attribute {name!r}")
