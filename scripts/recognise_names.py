"""Are generated names recognised? A classifier of real names is asked about generated ones.

python scripts/recognise_names.py CLASSIFIER_RUN GENERATOR_RUN   (runs of configs/names_char.yaml
and configs/names_generator.yaml)

As many names of each language are generated as the classifier's test part has.
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np

from rnnkit.progress import to_stderr
from rnnkit.tasks.classification.predictor import TextClassifier
from rnnkit.tasks.classification.task import Classification
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.generate import Generator
from rnnkit.workflows.trained import find_trained, load_trained


def main() -> None:
    to_stderr()
    run = load_trained(find_trained(sys.argv[1]))
    task, classifier = run.task, run.predictor
    assert isinstance(task, Classification)
    assert isinstance(classifier, TextClassifier)
    data = task.prepare(Source(), classifier.codec)
    test = data.parts["test"].examples
    known = (
        set(data.parts["train"].examples.texts)
        | set(data.parts["validation"].examples.texts)
        | set(test.texts)
    )
    wanted = Counter(label for (label,) in test.labels)

    names: list[str] = []
    labels: list[str] = []
    for label, count in sorted(wanted.items()):
        options = {"num_samples": count, "random_seed": 0}
        generator = Generator.open(sys.argv[2], options, condition=label)
        names += [sample.text for sample in generator.samples("")]
        labels += [label] * count

    def accuracy(texts: list[str], truth: list[str]) -> float:
        answers = classifier.predict(texts)
        correct = [
            answer is not None and classifier.records(text, answer)[0]["label"] == label
            for text, answer, label in zip(texts, answers, truth, strict=True)
        ]
        return float(np.mean(correct))

    real = accuracy(list(test.texts), [label for (label,) in test.labels])
    generated = accuracy(names, labels)
    new = np.mean([name not in known for name in names])
    print(
        f"real names {real:.1%}, generated names {generated:.1%}: {generated / real:.1%} of the"
        " accuracy on real ones"
    )
    print(
        f"{new:.1%} of {len(names):,} generated names are on no list of real ones;"
        f" {len(set(names)) / len(names):.1%} are different"
    )


if __name__ == "__main__":
    main()
