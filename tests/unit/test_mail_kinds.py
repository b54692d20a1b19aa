"""By which signals a mail is told to be what it is, and what the holding pen says of one that nobody can read."""

from typing import Any

import pytest

from broker.sandbox.wire import pack
from requests_app.inbound import holding
from requests_app.inbound.kinds import judge
from requests_app.mail_reading import read, unread

PLAIN: dict[str, Any] = {
    "report": None, "senders": ["clerk@coop.example"], "names": [], "marks": [], "subject": "Usage data", "texts": [],
    "files": [], "refers_to": [], "from_headers": 1, "from_odd": 0, "partial": False,
}  # fmt: skip
SYSTEM = {"senders": ["mailer-daemon@mx.coop.example"], "marks": ["empty return path"]}
FAILED = "The mail system: <clerk@coop.example>: user unknown"


def judged(**changed: Any) -> tuple[str, tuple[str, ...]]:
    kind, signals = judge({**PLAIN, **changed})
    return kind.value, signals


def reported(*actions: str) -> dict[str, Any]:
    recipients = [{"recipient": f"c{number}@coop.example", "action": each} for number, each in enumerate(actions)]
    return {"kind": "delivery", "recipients": recipients, "original": ""}


@pytest.mark.parametrize(
    ("actions", "kind", "signals"),
    [
        (("failed",), "bounce", ("action: failed",)),
        (("delivered", "delayed", "delivered"), "delay", ("action: delayed", "action: delivered")),
        ((), "unknown", ("action: none",)),
        (("abcdefghijklmnopqrstuvwxyz",), "unknown", ("action: abcdefghijklmnopqrst",)),
    ],
)
def test_a_report_is_told_by_its_actions_each_shown_once_and_short(
    actions: tuple[str, ...], kind: str, signals: tuple[str, ...]
) -> None:
    assert judged(report=reported(*actions)) == (kind, signals)


@pytest.mark.parametrize(
    "wrote",
    [
        {"senders": ["MAILER-DAEMON@mx.coop.example"]},
        {"senders": ["bounces@mx.coop.example"], "names": ["Mail Delivery System"]},
    ],
)
def test_a_mail_system_is_known_by_its_address_or_by_its_name(wrote: dict[str, Any]) -> None:
    assert judged(**wrote, texts=[FAILED]) == ("bounce", ("from: mail system", "words: failed"))


def test_a_mail_systems_name_and_an_empty_return_path_alone_make_no_bounce() -> None:
    both = ("from: mail system", "empty return path")
    assert judged(**SYSTEM, texts=["Your mail of Monday."]) == ("unknown", (*both, "empty return path"))
    away = judged(**SYSTEM, subject="Out of office: Usage data", texts=["Back on Monday."])
    assert away == ("auto_reply", (*both, "empty return path", "subject: automatic"))


def test_a_delay_is_told_by_its_subject_or_by_its_words() -> None:
    by_subject = judged(**SYSTEM, subject="Delayed Mail (still being retried)", texts=["See below."])
    assert by_subject == ("delay", ("from: mail system", "empty return path", "subject: returned"))
    by_words = judged(**SYSTEM, subject="Notice", texts=["You do not need to resend your message."])
    assert by_words == ("delay", ("from: mail system", "empty return path", "words: delayed"))


@pytest.mark.parametrize(
    ("changed", "signals"),
    [
        ({"subject": "Automatic reply: Usage data"}, ("precedence: bulk", "subject: automatic")),
        ({"texts": ["I am on vacation until Monday."]}, ("precedence: bulk", "words: away")),
    ],
)
def test_two_weak_signs_of_a_program_make_an_automatic_reply(changed: dict[str, Any], signals: tuple[str, ...]) -> None:
    assert judged(**changed, marks=["precedence: bulk"]) == ("auto_reply", signals)
    kind, found = judged(**{"texts": ["The file follows."], **changed})
    assert (kind, found) == ("answer", (signals[1], "has words"))  # one of them alone is a person's


def test_one_strong_sign_is_enough_and_is_shown_with_the_weak_ones() -> None:
    found = judged(marks=["x-autoreply", "list"], texts=["Thank you."])
    assert found == ("auto_reply", ("list", "x-autoreply"))


def test_a_piece_of_a_mail_and_one_without_a_usable_sender_are_told_apart() -> None:
    assert judged(partial=True)[1] == ("a piece of a mail",)
    assert judged(senders=[], from_headers=0)[1] == ("no one usable sender",)


def test_of_the_words_twenty_thousand_letters_are_looked_at() -> None:
    last = "x" * (20_000 - len(FAILED)) + FAILED
    assert judged(**SYSTEM, texts=[last])[0] == "bounce"
    assert judged(**SYSTEM, texts=[f"x{last}"])[0] == "unknown"


def test_five_texts_are_looked_at() -> None:
    assert judged(**SYSTEM, texts=["x"] * 4 + [FAILED])[0] == "bounce"
    assert judged(**SYSTEM, texts=["x"] * 5 + [FAILED])[0] == "unknown"


# --- the holding pen --------------------------------------------------------------------------------------------------


def test_a_mail_of_which_only_the_bytes_are_kept_is_said_to_be_unreadable() -> None:
    assert holding.by_content(unread(b"From: clerk@coop.example\r\n\r\nx", "ValueError")) == ["mail.unreadable"]


def test_a_mail_with_a_sender_is_readable_even_where_a_part_of_it_is_broken() -> None:
    broken = b"From: clerk@coop.example\r\nContent-Type: multipart/mixed\r\n\r\n"
    found = read({"raw": pack(broken)})
    assert found["why"]
    assert holding.by_content(found) == ["mail.kind_unknown"]
