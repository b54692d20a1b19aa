"""Which ways of writing an address reach one mailbox."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.parties.mailbox import mailbox_of


@pytest.mark.parametrize(
    ("written", "mailbox"),
    [
        ("Gwen@Member.Example", "gwen@member.example"),
        ("gwen+rates@member.example", "gwen@member.example"),
        ("gwen+a+b@member.example.", "gwen@member.example"),
        ("g.w.e.n+x@GoogleMail.com", "gwen@gmail.com"),
        ("g_w-e.n@pm.me", "gwen@proton.me"),
        ("gwen@me.com", "gwen@icloud.com"),
    ],
)
def test_one_mailbox_has_one_way(written: str, mailbox: str) -> None:
    assert mailbox_of(written) == mailbox


@pytest.mark.parametrize("two", [("g.wen@member.example", "gwen@member.example"), ("+a@x.example", "+b@x.example")])
def test_two_people_are_not_taken_for_one(two: tuple[str, str]) -> None:
    assert mailbox_of(two[0]) != mailbox_of(two[1])


@given(st.emails())
def test_a_mailbox_is_its_own_way_and_never_empty(email: str) -> None:
    found = mailbox_of(email)
    assert mailbox_of(found) == found
    assert found.partition("@")[0]
