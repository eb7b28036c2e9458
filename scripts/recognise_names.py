"""Are generated names recognised? A classifier of real names is asked about generated ones.

python scripts/recognise_names.py CLASSIFIER_RUN GENERATOR_RUN   (runs of configs/names_char.yaml
and configs/names_generator.yaml)

As many names of each language are generated as the classifier's test part has.
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
from rnnkit.workflows.answer import load_trained

from rnnkit.run import RunFolder
from rnnkit.workflows.generate import Generator


def warn(line: str) -> None:
    print(line, file=sys.stderr)


def main() -> None:
    classifier = load_trained(RunFolder.open(sys.argv[1]), warn)
    data = classifier.config.load_data(codec=classifier.codec)
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
        generator = Generator.open(
            sys.argv[2], {"num_samples": count, "random_seed": 0}, condition=label, warn=warn
        )
        names += [sample.text for sample in generator.samples("")]
        labels += [label] * count

    def accuracy(texts: list[str], truth: list[str]) -> float:
        answers = classifier.config.answer_all(classifier.codec, classifier.outputs, texts)
        return float(
            np.mean(
                [
                    answer is not None and answer["label"] == label
                    for answer, label in zip(answers, truth, strict=True)
                ]
            )
        )

    real = accuracy(list(test.texts), [label for (label,) in test.labels])
    made = accuracy(names, labels)
    new = np.mean([name not in known for name in names])
    print(
        f"real names {real:.1%}, generated names {made:.1%}: {made / real:.1%} of the accuracy on"
        " real ones"
    )
    print(
        f"{new:.1%} of {len(names):,} generated names are on no list of real ones;"
        f" {len(set(names)) / len(names):.1%} are different"
    )


if __name__ == "__main__":
    main()
