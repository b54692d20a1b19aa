"""What we say ourselves, in both languages, passes the gate as mail that leaves."""

from broker.credentials import scan
from tests.fixtures.credentials.catalogue import texts


def test_no_sentence_of_ours_carries_a_login_or_asks_for_one() -> None:
    ours = texts()
    assert len(ours) > 1000
    assert [text for text in ours if len(text) > 10 and scan(text, "outbound_email") is not None] == []
