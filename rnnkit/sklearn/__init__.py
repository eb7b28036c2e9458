"""Recurrent models as estimators of scikit-learn."""

from __future__ import annotations

from rnnkit.environment import require

require("sklearn")

from rnnkit.sklearn.classifier import RNNClassifier  # noqa: E402
from rnnkit.sklearn.forecaster import RNNForecaster  # noqa: E402
from rnnkit.sklearn.regressor import RNNRegressor  # noqa: E402
from rnnkit.sklearn.tagger import RNNTagger  # noqa: E402

__all__ = ["RNNClassifier", "RNNForecaster", "RNNRegressor", "RNNTagger"]
