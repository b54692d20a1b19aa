"""What we say ourselves, in both languages, passes the gate as mail that leaves."""

from broker.credentials import scan
from tests.fixtures.credentials.catalogue import texts
from tests.fixtures.credentials.train import profiles


def test_no_sentence_of_ours_carries_a_login_or_asks_for_one() -> None:
    ours = texts()
    assert len(ours) > 1000
    assert [text for text in ours if len(text) > 10 and scan(text, "outbound_email") is not None] == []


def test_no_line_of_a_utilitys_file_does() -> None:
    """Each is read by itself when a new file is proposed."""
    lines = profiles()
    assert len(lines) > 100
    assert [line for line in lines if scan(line, "admin_note") is not None] == []
