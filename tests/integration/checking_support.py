"""What the tests of the public page of a letter share."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from broker import vault
from broker.demo.visitor import Visitor
from consents.models import Consent, LetterFile, LetterOfAuthorization
from tests.factories import read_event
from tests.integration.grant_support import ACCOUNT, Desk

LAST_FOUR = ACCOUNT["number"][-4:]


def words(answer: httpx.Response | str) -> str:
    """A page's text in one line, without its tags."""
    text = answer if isinstance(answer, str) else answer.text
    return " ".join(
        re.sub(r"<[^>]+>", " ", text.partition("<main")[2].partition(">")[2].partition("</main>")[0]).split()
    )


def letter() -> LetterOfAuthorization:
    """The newest letter."""
    return LetterOfAuthorization.objects.select_related("consent").order_by("-signed_at")[0]


def enter(person: Visitor, code: str, digits: str = LAST_FOUR, *, expect: int = 200) -> httpx.Response:
    """Enter code and digits as a clerk does."""
    return person.submit("/v/", {"code": code, "digits": digits}, expect=expect)


def opened(desk: Desk) -> Visitor:
    """A clerk before the opened letter."""
    person = desk.visitor()
    enter(person, letter().verification_code)
    return person


def bytes_of(kind: str = "delivered") -> bytes:
    """The exact bytes of the newest letter, as a clerk has them."""
    kept = LetterFile.objects.filter(letter=letter(), kind=kind).latest("id")
    return vault.open_file(kept.file, under=read_event(letter().consent.customer_id, obj="letter"))


def upload(person: Visitor, data: bytes, *, expect: int = 200) -> str:
    """Hold a file against ours; give the page's text."""
    return words(person.submit("/v/file/", files={"file": ("letter.pdf", data, "application/pdf")}, expect=expect))


def consent() -> Consent:
    """The newest consent."""
    return Consent.objects.order_by("-signed_at")[0]


@contextmanager
def profile_mailbox(desk: Desk, settings: Any) -> Iterator[None]:
    """Let mail to the co-op's own mailbox reach the desk's mailbox of people, as it would reach the co-op."""
    settings.UTILITY_MAIL_SERVER = ""
    yield


def clerk_code(desk: Desk) -> str:
    """The newest code in the co-op's mailbox."""
    mail = desk.mail("Code to confirm your member", to="billing@coop.example")
    return str(mail["codes"][0])
