"""No hint without a case: what the sources tell a person to do, a mistake of the tests is told.

Its name puts it after the cases, whose messages of this process it takes.
"""

from __future__ import annotations

import pytest

from tests import (
    test_cures,
    test_cures_calls,
    test_cures_data,
    test_cures_own,
    test_cures_python,
    test_cures_sections,
    test_cures_trained,
)
from tests.hints import Said, hints
from tests.mistakes import HEARD, Case
from tests.stories import Story

pytestmark = pytest.mark.filterwarnings("ignore:Field name")  # pydantic's, of the same mistake

CASES: dict[str, Case] = {
    **test_cures.CASES,
    **test_cures_sections.CASES,
    **test_cures_data.CASES,
    **test_cures_calls.CASES,
    **test_cures_own.CASES,
}
STORIES: list[Story] = [*test_cures_python.CASES.values(), *test_cures_trained.CASES.values()]


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
    assert not alone
