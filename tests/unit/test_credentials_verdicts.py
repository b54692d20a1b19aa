"""What the gate says of thousands of lines is what it said when somebody last looked: rule and place, one by one."""

from tests.fixtures.credentials import verdicts
from tests.fixtures.credentials.train import CORPORA


def test_every_verdict_is_the_one_that_was_kept() -> None:
    changed = list(verdicts.otherwise())
    assert changed == [], "if it is meant, read them; then python -m tests.fixtures.credentials.verdicts --write"


def test_enough_of_each_kind_are_kept() -> None:
    before = verdicts.kept()
    assert list(before) == list(CORPORA)
    every = [each for said in before.values() for each in said]
    assert min(every.count(verdicts.PASSED), len(every) - every.count(verdicts.PASSED)) > 2_500
