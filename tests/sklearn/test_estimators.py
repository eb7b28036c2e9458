"""scikit-learn's estimators: they do what its own do."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from rnnkit.sklearn import RNNClassifier, RNNForecaster, RNNRegressor, RNNTagger

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")

SMALL: dict[str, Any] = {"cell": "simple_rnn", "units": 4, "random_state": 0}
TEXTS = ["a good film", "a bad film"] * 20
YES = ["no", "yes"] * 20
X = np.random.default_rng(0).normal(size=(40, 5))
WAVES = pd.Series(np.sin(np.arange(80) / 3), pd.date_range("2024-01-01", periods=80), name="waves")
WITHOUT_FIT = (
    *("check_get_params_invariance", "check_set_params", "check_no_attributes_set_in_init"),
    *("check_parameters_default_constructible", "check_do_not_raise_errors_in_init_or_set_param"),
    *("check_estimator_cloneable", "check_estimator_repr", "check_estimators_unfitted"),
)


def checked(estimator: type[BaseEstimator]) -> BaseEstimator:
    """One that learns scikit-learn's small data sets."""
    return estimator(cell="gru", units=8, random_state=0, epochs=30, learning_rate=0.05)


@pytest.mark.parametrize("kind", [RNNClassifier, RNNRegressor])
def test_scikit_learn_s_checks_without_fit(kind: type[BaseEstimator]) -> None:
    """Its other checks fit some sixty times: those are `soak`."""
    done = []
    for estimator, check in estimator_checks_generator(checked(kind)):
        name = check.func.__name__
        if name in WITHOUT_FIT:
            check(estimator)
            done.append(name)
    assert len(done) > 5


@pytest.mark.soak
@pytest.mark.timeout(1800)  # a minute of one idle core each, of sixty to ninety trainings
@pytest.mark.parametrize("kind", [RNNClassifier, RNNRegressor])
def test_scikit_learn_s_checks(kind: type[BaseEstimator]) -> None:
    """All that it runs for such an estimator. It has none for a tagger or a forecaster, whose X or
    y is none of its arrays.
    """
    results = check_estimator(checked(kind), on_fail=None, on_skip=None)
    failed = {one["check_name"]: one["exception"] for one in results if one["status"] == "failed"}
    assert failed == {}


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> RNNClassifier:
    """A classifier of texts that learned them, and left nothing behind."""
    model = RNNClassifier(**SMALL, embedding=8, epochs=15, learning_rate=0.05)
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        model.fit(pd.Series(TEXTS), ["yes", "no"] * 20)
    assert not list(folder.iterdir())
    return model


def test_classifier_of_texts(reviews: RNNClassifier) -> None:
    assert reviews.classes_.tolist() == ["no", "yes"]
    assert not hasattr(reviews, "gradients_")  # train.diagnose was not asked for
    assert reviews.predict(["a good one", "a bad one"]).tolist() == ["yes", "no"]
    probabilities = reviews.predict_proba(["good", "", "bad"])
    assert probabilities.shape == (3, 2)
    assert probabilities[1].tolist() == [0.5, 0.5]  # nothing to read: the shares of training
    assert reviews.score(TEXTS, ["yes", "no"] * 20) == 1


def test_classifier_is_pickled_and_cloned(reviews: RNNClassifier) -> None:
    again = pickle.loads(pickle.dumps(reviews))
    assert (again.predict_proba(TEXTS[:2]) == reviews.predict_proba(TEXTS[:2])).all()
    fresh = clone(reviews).set_params(units=8)
    assert (fresh.get_params()["units"], reviews.units) == (8, 4)
    assert not fresh.__sklearn_is_fitted__()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda model: model.predict("a text"), "X is one text"),
        (lambda model: model.predict(["a", 1]), r"X\[1\] is 1"),
        (lambda model: model.predict(X), "X is not texts"),
        (lambda model: clone(model).fit(["a", "b"], [1, 1]), "one class"),
        (lambda model: clone(model).fit(["a", "b"], [1]), "inconsistent numbers of samples"),
        (lambda model: clone(model).set_params(cell="lstn").fit(TEXTS, TEXTS), "lstn"),
        (lambda model: clone(model).set_params(config=[1]).fit(TEXTS, TEXTS), "^config is"),
        (lambda model: clone(model).set_params(class_weight={7: 2}).fit(TEXTS, TEXTS), "has 7"),
        (lambda model: model.fit(TEXTS, ["no"] * 40), "one class"),
        (lambda model: model.fit(TEXTS, None), "target y is None"),
        (lambda model: model.fit(TEXTS, ["no", None] * 20), r"y\[1\] is missing"),
        (lambda model: model.fit(TEXTS, pd.Series(["a", pd.NA] * 20)), r"y\[1\] is missing"),
        (lambda model: model.fit([None, *TEXTS], ["no"] * 41), r"X\[0\] is None"),
        (lambda model: model.predict([]), "X is empty"),
        (lambda model: model.predict(None), "X is None"),
        (lambda model: model.predict({"text": TEXTS}), "X is a mapping"),
        (lambda model: model.predict(iter(TEXTS)), r"list\(X\)"),
        (lambda model: model.predict([b"a"]), r"X\[0\] is b'a'"),
        (lambda model: model.predict([text.split() for text in TEXTS]), "Join its tokens"),
        (lambda model: model.predict([[[1, 2], [3]], [[1, 2]]]), r"X\[0\] is a list.*features"),
        (lambda model: model.predict(pd.DataFrame({"a": TEXTS, "n": 1})), "'a' is not one of num"),
        (lambda model: clone(model).set_params(units=0).fit(TEXTS, YES), "^units: found 0"),
        (lambda model: clone(model).set_params(epochs=-1).fit(TEXTS, YES), "^epochs: found -1"),
        (lambda model: clone(model).set_params(validation=2).fit(TEXTS, YES), "^validation: .* 2"),
        (lambda model: clone(model).set_params(cell="lsmt").fit(TEXTS, YES), "^cell: .*'lstm'"),
        (
            lambda model: clone(model).set_params(layers=[{"lstm": 0}]).fit(TEXTS, YES),
            r"^layers\.0\.lstm\.units: found 0",
        ),
        (
            lambda model: clone(model).set_params(config={"train.epochs": 0}).fit(TEXTS, YES),
            r"^config: train\.epochs: found 0",
        ),
        (
            lambda model: clone(model).set_params(class_weight="balance").fit(TEXTS, YES),
            "^class_weight: .*'balanced'",
        ),
        (lambda model: clone(model).fit(["", "a"] * 20, YES), "^y: .* one label only: 'yes'"),
    ],
)
def test_classifier_refuses(
    reviews: RNNClassifier, call: Callable[[RNNClassifier], object], match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        call(reviews)
    assert reviews.classes_.tolist() == ["no", "yes"]


def test_classifier_of_sparse_data(reviews: RNNClassifier) -> None:
    with pytest.raises(TypeError, match="without a vectorizer"):
        reviews.predict(csr_matrix(X))


def test_classifier_of_sequences_in_lists() -> None:
    """Of one length or of several, as arrays are; a label whose texts are empty is not learned."""
    model = RNNClassifier(**SMALL, epochs=1)
    assert len(model.fit([[1, 2, 3], [1, 2]] * 4, [0, 1] * 4).predict([[1.0, 2.0]])) == 1
    model.fit(["", "a b", "b"] * 8, ["a", "b", "c"] * 8)
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert model.predict_proba(["b"])[0, 0] == 0


def test_classifier_in_a_pipeline(capfd: pytest.CaptureFixture[str]) -> None:
    model = RNNClassifier(**SMALL, epochs=15, learning_rate=0.05)
    y = X.sum(axis=1) > 0
    pipeline = make_pipeline(StandardScaler(), model)
    assert pipeline.fit(X, y).score(X, y) > 0.8
    assert capfd.readouterr() == ("", "")


def test_tagger() -> None:
    sentences, tags = [["a", "cat"], ["the", "dog"]] * 10, [["DET", "NOUN"]] * 20
    config = {"train.diagnose": True}
    model = RNNTagger(**SMALL, epochs=15, learning_rate=0.05, config=config).fit(sentences, tags)
    assert model.gradients_.epoch.tolist() == list(range(1, 16))
    assert set(model.gradients_.layer) == {"simple_rnn"}
    assert model.predict([["the", "cat"], []]) == [["DET", "NOUN"], []]
    assert model.score(sentences, tags) == 1
    assert model.classes_.tolist() == ["DET", "NOUN"]
    of_two, of_none = model.predict_proba([["the", "cat"], []])
    assert (of_two.shape, of_none.shape) == ((2, 2), (0, 2))
    assert of_two.sum(axis=1) == pytest.approx(1)
    assert of_two.argmax(axis=1).tolist() == [0, 1]
    with pytest.raises(ValueError, match=r"y\[0\] has 1 tag, X\[0\] has 2"):
        model.fit(sentences, [["DET"]] * 20)
    with pytest.raises(ValueError, match=r"target y is None"):
        model.fit(sentences, None)
    with pytest.raises(ValueError, match="X is None"):
        model.predict(None)
    for wrong, own, match in (
        (["a cat"], [["DET"]], r"'a cat'\.split\(\)"),
        ([["a", None]], tags[:1], r"X\[0\]\[1\] is missing"),
        (sentences[:1], [["DET", None]], r"y\[0\]\[1\] is missing"),
        (sentences, tags[:2], "2 of y for 20 of X"),
        (pd.DataFrame({"t": sentences}), tags, "X is a table"),
        ([X] * 20, [["DET"] * 40] * 20, "X is not sentences"),
    ):
        with pytest.raises(ValueError, match=match):
            model.score(wrong, own)


def test_tagger_of_spans_knows_how_probable_each_tag_is() -> None:
    """In IOB2, whatever the model's own scheme is and y was written in."""
    sentences, tags = (
        [["Anna", "Bo", "sleeps"], ["Eva", "runs"]] * 10,
        [["B-P", "E-P", "O"], ["S-P", "O"]] * 10,
    )
    model = RNNTagger(**SMALL, epochs=25, learning_rate=0.05, crf=True).fit(sentences, tags)
    assert model.classes_.tolist() == ["B-P", "I-P", "O"]
    assert model.predict(sentences[:2]) == [["B-P", "I-P", "O"], ["B-P", "O"]]
    assert model.score(sentences, tags) == 1
    for shares, answer in zip(
        model.predict_proba(sentences[:2]), model.predict(sentences[:2]), strict=True
    ):
        assert shares.sum(axis=1) == pytest.approx(1)
        assert model.classes_[shares.argmax(axis=1)].tolist() == answer


def test_forecaster_on_the_series_own_times() -> None:
    model = RNNForecaster(**SMALL, timesteps=6, horizon=3, epochs=2).fit(WAVES)
    ahead = model.predict()
    assert (ahead.name, str(ahead.index[0].date()), len(ahead)) == ("waves", "2024-03-21", 3)
    assert model.predict(2, WAVES[:40]).index[0] == WAVES.index[40]
    assert len(pickle.loads(pickle.dumps(model)).predict(7)) == 7
    assert model.predict(2, WAVES[:40].rename("other")).equals(model.predict(2, WAVES[:40]))
    with pytest.raises(ValueError, match=r"horizon is 1\.5"):
        model.predict(1.5)
    with pytest.raises(ValueError, match="y has the columns"):
        model.predict(2, pd.DataFrame({"a": WAVES, "b": WAVES}))
    table = WAVES.rename_axis("day").reset_index()
    for wrong, cure in (
        (WAVES.drop(WAVES.index[5:8]), {"resample": "1D", "fill": "previous"}),
        (WAVES.where(WAVES < 0.9), {"fill": "linear"}),
        (pd.concat([WAVES, WAVES]), {"resample": "1D"}),
        (table, "set_index"),
        (WAVES.rename(dict.fromkeys(WAVES.index, WAVES.index[0])), r"y\.array"),
        (np.zeros((2, 3, 4)), r"\(2, 3, 4\)"),
        (csr_matrix(X), "csr_matrix"),
    ):
        match = cure if isinstance(cure, str) else f"{next(iter(cure))}="
        with pytest.raises(ValueError, match=f"^y: .*{match}"):
            clone(model).fit(wrong)
        if not isinstance(cure, str):
            assert len(clone(model).set_params(**cure, epochs=1).fit(wrong).predict(2)) == 2
    assert len(clone(model).fit(table.set_index("day")).predict(2)) == 2
    with pytest.raises(ValueError, match=r"horizon is 0"):
        model.predict(0)


def test_regressor() -> None:
    model = checked(RNNRegressor)
    assert model.fit(X, X.sum(axis=1)).score(X, X.sum(axis=1)) > 0.8
    with pytest.raises(ValueError, match="4 features"):
        model.predict(X[:, :4])
    for wrong, y, match in (
        (X, np.full(40, np.nan), "^y: .* y contains NaN"),
        (X, ["a"] * 40, "^y: could not convert"),
        ([], [], "X is empty"),
        (TEXTS, X[:, 0], "X holds texts"),
    ):
        with pytest.raises(ValueError, match=match):
            model.fit(wrong, y)
    with pytest.raises(ValueError, match="loss is 'quantile'"):
        clone(model).set_params(loss="quantile").fit(X, X[:, 0])


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_search_in_several_processes() -> None:
    y = X.sum(axis=1) > 0
    model = RNNClassifier(**SMALL, learning_rate=0.05)
    search = GridSearchCV(model, {"epochs": [1, 15]}, cv=2, n_jobs=2).fit(X, y)
    assert search.best_params_ == {"epochs": 15}
    assert len(cross_val_score(model, TEXTS, ["yes", "no"] * 20, cv=2, n_jobs=2)) == 2


def test_rnnkit_does_not_import_scikit_learn() -> None:
    code = "import sys, rnnkit.api; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from rnnkit.errors import RnnkitError\n"
        "try:\n    import rnnkit.sklearn\n"
        "except RnnkitError as error:\n    sys.exit('pip install' not in str(error))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
