"""What a count of the signs of abuse says."""

import pytest

from consents.joint.signs import HELPER, MAILBOX, MEANING, in_words


@pytest.mark.parametrize("code", MEANING)
def test_one_is_one_and_several_are_several(code: str) -> None:
    one, several = in_words(code, 1), in_words(code, 3)
    assert one.startswith("1 ")
    assert several.startswith("3 ")
    assert one[2:] != several[2:]


def test_one_account_is_not_different_from_itself() -> None:
    assert in_words(MAILBOX, 1) == "1 account shared from one mailbox within a day"
    assert in_words(HELPER, 4) == "4 different accounts that one person helped with within 30 days"
    assert in_words("a newer sign", 2) == "2 a newer sign"
