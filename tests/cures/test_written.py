"""No hint without a case: what the sources tell a person to do, a mistake of the tests is told.

Its name puts it after the cases, whose messages of this process it takes.
"""

from __future__ import annotations

import pytest

from tests.cures import (
    test_audit,
    test_calls,
    test_compare,
    test_config,
    test_data,
    test_explain,
    test_files,
    test_memory,
    test_own,
    test_prose,
    test_python,
    test_sections,
    test_trained,
)
from tests.cures.hints import Said, hints
from tests.cures.mistakes import HEARD, Case
from tests.cures.stories import Story

pytestmark = pytest.mark.filterwarnings("ignore:Field name")  # pydantic's, of the same mistake

CASES: dict[str, Case] = {
    **test_config.CASES,
    **test_sections.CASES,
    **test_data.CASES,
    **test_calls.CASES,
    **test_own.CASES,
}
STORIES: list[Story] = [
    *test_memory.CASES.values(),
    *test_audit.CASES.values(),
    *test_compare.CASES.values(),
    *test_explain.CASES.values(),
    *test_files.CASES.values(),
    *test_python.CASES.values(),
    *test_prose.CASES.values(),
    *test_trained.CASES.values(),
]


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> list[Said]:
    """What every case is refused for; most of them were in this process already."""
    said = []
    for case in [*CASES.values(), *STORIES]:
        with pytest.MonkeyPatch.context() as patch:
            folder = tmp_path_factory.mktemp("case")
            patch.chdir(folder)
            patch.setenv("RNNKIT_RUNS", str(folder / "runs"))
            said.append(HEARD.get(id(case)) or case.heard(tmp_path_factory))
    return said


def test_every_hint_is_said_by_a_case(heard: list[Said]) -> None:
    """A new hint needs a case whose message has it, and, where others have the same words, that is
    made where it is written.
    """
    written = list(hints())
    alone = []
    for hint in written:
        said = [one for one in heard if hint.said_in(f"{one.message}\n{one.by_keys_alone}")]
        if sum(hint.said_in(other.text) for other in written) > 1:
            said = [one for one in said if hint.written_at(one.lines)]
        if not said:
            alone.append(f"{hint.file}:{hint.lines.start}: {hint.text}")
    assert not alone, "\n".join(alone)
