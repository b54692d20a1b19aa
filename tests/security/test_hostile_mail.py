"""Line ends in whatever a mail is made of: no header more, none less, and none of them in another place.

A line end is each sign that some program takes for one. After it stand the header that a stranger would add, and the
empty line that would end the headers. Either nothing is written, or the bytes that go over the wire have the headers
that they have without it, in the mail and in each of its parts.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from broker.channels import follow_up, mail_part, manual_request, surplus_notice, thread_answer
from broker.notices import compose
from broker.notices.compose import Attachment
from broker.transport import smtp
from tests.integration.test_notices import CONTEXTS, TO
from tests.unit.test_channels import COOP, item, letter, rehearsal
from tests.unit.test_channels_later import FACTS, KINDS, OTHER, PAGE, THREAD, UTILITY

__all__ = ["rehearsal"]
pytestmark = pytest.mark.django_db  # a mail asks whether the database is a rehearsal
EVIL = "evil-marker.example"
ENDS = {
    "CR": "\r", "LF": "\n", "CRLF": "\r\n", "LFCR": "\n\r", "VT": "\x0b", "FF": "\x0c", "FS": "\x1c", "GS": "\x1d",
    "RS": "\x1e", "NEL": "\x85", "LS": "\u2028", "PS": "\u2029", "NUL": "\x00\n", "folded": "\r\n ", "tab": "\n\t\r\n",
}  # fmt: skip
# What says that a value is none: the mail, a rule of the order, or a filter of a template that knows a closed list.
REFUSED = (ValueError, LookupError)


def spoiled(thing: Any, end: str) -> Iterator[tuple[str, Any]]:
    """Give the thing once for each text in it, with the line end and a header behind that text, and where it stood."""
    match thing:
        case str():
            yield "", f"{thing}{end}Bcc: x@{EVIL}{end}{end}{thing}"
        case dict():
            for name, value in thing.items():
                yield from ((f"{name}{at}", {**thing, name: other}) for at, other in spoiled(value, end))
        case list() | tuple():
            for number, value in enumerate(thing):
                for at, other in spoiled(value, end):
                    yield f".{number}{at}", type(thing)([*thing[:number], other, *thing[number + 1 :]])
        case _ if is_dataclass(thing) and not isinstance(thing, type):
            for each in fields(thing):
                value = getattr(thing, each.name)
                for at, other in spoiled(value, end):
                    yield f".{each.name}{at}", Late(thing, each.name, other)


class Late:
    """A row with one value changed, made when the mail is written: the row itself may refuse it."""

    def __init__(self, thing: Any, name: str, value: Any) -> None:
        self.thing, self.name, self.value = thing, name, value


def made(thing: Any) -> Any:
    """Make what is late, in whatever it stands."""
    match thing:
        case Late():
            return replace(thing.thing, **{thing.name: made(thing.value)})
        case list() | tuple():
            return type(thing)(made(each) for each in thing)
    return thing


def names(raw: bytes) -> list[list[str]]:
    """Give the names of the headers of a mail and of its parts, in order; the mail's own as a server reads them."""
    head, _, _ = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert not any(sign in line for line in lines for sign in (b"\r", b"\n", b"\x00")), head
    own = [line.partition(b":")[0].decode() for line in lines if line[:1] not in b" \t"]
    parts = [part.keys() for part in message_from_bytes(raw, policy=SMTP).walk()]
    assert parts[0] == own, head
    return parts


def sent(mail: EmailMessage, to: Any) -> list[list[str]]:
    """Give the names of the headers as they leave, if they may."""
    smtp.check(mail, to=to)
    raw = smtp.as_sent(mail)
    assert b"\r\nbcc:" not in raw.partition(b"\r\n\r\n")[0].lower()
    return names(raw)


def held(write: Callable[[Any], list[list[str]]], thing: Any, kinds: Iterable[str] = ENDS) -> tuple[int, int]:
    """Ask for each text of a thing and each line end that the headers stay; give how many were written and refused."""
    right, written, refused = write(thing), 0, 0
    for kind in kinds:
        for at, other in spoiled(thing, ENDS[kind]):
            try:
                found = write(made(other))
            except REFUSED:
                refused += 1
            else:
                assert found == right, (at, kind)
                written += 1
    return written, refused


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("template", CONTEXTS)
def test_no_field_of_a_mail_to_people_adds_a_header(template: str, language: str) -> None:
    found: dict[str, list[list[str]]] = {}  # by subject: of a context nothing else comes near a header

    def write(context: dict[str, Any]) -> list[list[str]]:
        rendered = compose.render(template, language=language, context=context)
        if rendered.subject not in found:
            mail = compose.message(rendered, to=TO.address, message_id="<1@broker.localhost>", language=language)
            found[rendered.subject] = sent(mail, TO)
        return found[rendered.subject]

    # Both languages come out of one engine: the second one meets fewer.
    ends = list(ENDS) if language == "en" else ["CRLF", "NEL", "LS"]
    written, refused = held(write, CONTEXTS[template], ends)
    assert written + refused >= len(ends)
    assert written > refused, template


@pytest.mark.parametrize("kind", ENDS)
def test_a_text_ends_no_headers_and_begins_none(kind: str) -> None:
    """The body comes after the empty line, whatever stands at its beginning."""
    text = f"{ENDS[kind]}Bcc: x@{EVIL}{ENDS[kind]}{ENDS[kind]}Text"
    right, wrong = compose.Rendered("A subject", "Text\n"), compose.Rendered("A subject", text)
    mails = [compose.message(each, to=TO.address, message_id="<1@broker.localhost>") for each in (right, wrong)]
    assert sent(mails[0], TO) == sent(mails[1], TO)


# --- to a co-op -----------------------------------------------------------------------------------------------------

OPEN = (follow_up.Open(item()), follow_up.Open(item("R-119", "0042"), date(2026, 3, 20)))
ASKED = follow_up.FollowUp(
    THREAD,
    COOP,
    FACTS[2],
    (THREAD.message_id,),
    UTILITY,
    OPEN,
    ("LOA-1",),
    date(2026, 3, 2),
    others=(OTHER,),
    page=PAGE,
)
TAKEN_BACK = manual_request.Withdrawal(
    THREAD,
    COOP,
    FACTS[2],
    UTILITY,
    (("R-118", "7702"),),
    "LOA-1",
    "LOA-2",
    fees=(manual_request.Fee("R-118", "$5", True),),
)
ANSWERED = thread_answer.ThreadAnswer(
    *FACTS, "7702", "our_answer", "Acme Advisors", amount="$35.00", words="It is the barn's.", newer="R-130", page=PAGE
)
TOO_MUCH = surplus_notice.SurplusNotice(*FACTS, "7702", date(2026, 3, 12), KINDS, True, "", page=PAGE)
TO_A_COOP: dict[str, tuple[Callable[[Any], manual_request.Mailing], Callable[[], Any]]] = {
    "request": (
        manual_request.request,
        lambda: letter(others=(OTHER,), page=PAGE, more_codes=(("R-119", "K7QX-AC"),), items=(item(letter="LOA-1"),)),
    ),
    "follow-up": (follow_up.follow_up, lambda: ASKED),
    "withdrawal": (manual_request.withdrawal, lambda: TAKEN_BACK),
    "answer": (thread_answer.answer, lambda: ANSWERED),
    **{
        what: (thread_answer.answer, lambda what=what: replace(ANSWERED, what=what))
        for what in ("fee_accepted", "fee_declined", "closed", "replaced")
    },
    "surplus": (surplus_notice.notice, lambda: TOO_MUCH),
}


@pytest.mark.parametrize("name", TO_A_COOP)
def test_no_name_number_or_thread_in_a_mail_to_a_coop_adds_a_header(name: str) -> None:
    """A member's letter, a recipient's name, the ids of threads, the desk's words: each text of the order in turn."""
    write, order = TO_A_COOP[name]

    def out(row: Any) -> list[list[str]]:
        mailing = write(row)
        return sent(mailing.message, mailing.to)

    written, refused = held(out, order())
    # An address, the end of an account and the ids of a thread are refused; names and words are written as text.
    assert written >= len(ENDS)
    assert refused >= len(ENDS)


def test_her_part_of_a_mail_keeps_its_headers() -> None:
    mail = manual_request.request(letter()).message

    def write(rows: tuple[Any, ...]) -> list[list[str]]:
        items, letters, whole = rows
        return names(mail_part.part_of(mail, items, letters, whole=whole))

    written, refused = held(write, ((item(letter="LOA-1"),), (mail_part.SignedLetter("LOA-1", "ab" * 32),), "cd" * 32))
    assert written
    assert refused


# --- names of files, display names, whoever runs the place ----------------------------------------------------------


def test_a_files_name_and_kind_add_no_header() -> None:
    def write(file: Attachment) -> list[list[str]]:
        rendered = compose.render("declined", language="en", context=CONTEXTS["declined"])
        return sent(compose.message(rendered, to=TO.address, message_id="<1@x.example>", attachments=[file]), TO)

    written, refused = held(write, Attachment("bill of José.pdf", "application/pdf", b"%PDF-1.7"))
    assert written + refused == 2 * len(ENDS)


def test_the_operators_own_words_add_no_header(settings: Any) -> None:
    names_of = ("OPERATOR_NAME", "OPERATOR_ADDRESS", "OPERATOR_PHONE", "OPERATOR_EMAIL", "MAIL_FROM", "PUBLIC_URL")
    facts = {name: getattr(settings, name) or "x" for name in names_of}

    def write(changed: dict[str, str]) -> list[list[str]]:
        for name, value in changed.items():
            setattr(settings, name, value)
        rendered = compose.render("receipt", language="en", context=CONTEXTS["receipt"])
        return sent(compose.message(rendered, to=TO.address, message_id="<1@x.example>"), TO)

    written, refused = held(write, facts)
    assert written
    assert refused  # the name and the address that stand in From


def test_the_headers_that_a_caller_gives_add_no_other() -> None:
    headers = {"Reply-To": "r.abc@broker.localhost", "In-Reply-To": "<1@x>", "References": "<1@x> <2@x>"}
    rendered = compose.Rendered("A subject", "A text\n")
    given = {"subject": rendered.subject, "to": TO.address, "id": "<1@x.example>", "headers": headers}

    def write(facts: dict[str, Any]) -> list[list[str]]:
        words = compose.Rendered(facts["subject"], rendered.text)
        mail = compose.message(words, to=facts["to"], message_id=facts["id"], headers=facts["headers"])
        return sent(mail, TO)

    written, refused = held(write, given)
    assert written + refused == 6 * len(ENDS)
    assert refused


def test_a_header_that_gets_in_is_noticed() -> None:
    right = compose.message(compose.Rendered("A", "B\n"), to=TO.address, message_id="<1@x.example>")
    wrong = smtp.as_sent(right).replace(b"Subject: A\r\n", b"Subject: A\r\nBcc: x@evil-marker.example\r\n")
    assert names(wrong) != sent(right, TO)
    with pytest.raises(AssertionError):
        names(smtp.as_sent(right).replace(b"Subject: A\r\n", b"Subject: A\nBcc: x\r\n"))
