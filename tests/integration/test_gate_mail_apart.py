"""A login that is named in one part of what came and whose secret stands in another, a file say, is found."""

import uuid
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.utils import timezone

from broker.inlets import parts, refusing
from broker.looking import look
from broker.terms import Refusal
from requests_app.desk import acts
from requests_app.models import ManualRequest
from requests_app.watching import enclosed
from tests.integration.mail_support import mail, packed, take
from tests.integration.test_gate_files import thread
from tests.integration.test_gate_mail_unread import mixed, part, whole

__all__ = ["thread"]
NAMED = "My SmartHub password is:"
SECRET = "bluebird7"
READINGS = "account,start,kwh\r\n" + "".join(f"40900017,2026-02-{day:02},1.{day}\r\n" for day in range(1, 29))


def text(words: str) -> bytes:
    return part("text/plain", f"{words}\r\n")


def file(name: str, words: str) -> bytes:
    return part(f'text/plain; name="{name}"', f"{words}\r\n", f'Content-Disposition: attachment; filename="{name}"')


APART: dict[str, Callable[[], bytes]] = {
    "words and a file": lambda: whole(mixed(text("My SmartHub password is in the file."), file("a.txt", SECRET))),
    "a sentence and a file": lambda: whole(mixed(text(f"Hello. {NAMED}"), file("a.txt", SECRET))),
    "words and a name": lambda: whole(mixed(text(f"Hello. {NAMED}"), file(f"{SECRET}.txt", "x"))),
    "a name and its file": lambda: whole(mixed(text("Hello."), file("SmartHub password.txt", SECRET))),
    "who gets a copy and words": lambda: b'Cc: "SmartHub password" <a@b.example>\r\n' + whole(text(SECRET)),
    "words and who gets a copy": lambda: (
        f'Cc: "{SECRET}" <a@b.example>\r\n'.encode() + whole(text("My SmartHub password:"))
    ),
    "words and a keyword": lambda: f"Keywords: {SECRET}\r\n".encode() + whole(text(NAMED)),
    "two files": lambda: whole(mixed(text("Hello."), file("a.txt", NAMED), file("b.txt", SECRET))),
    "a subject and words of a mail within": lambda: whole(
        mixed(text("Hello."), part("message/rfc822", f"Subject: my SmartHub password\r\n\r\n{SECRET}"))
    ),
    "a subject and words of a mail that came back": lambda: whole(
        mixed(text("Hello."), part("message/rfc822", f"Subject: my SmartHub password\r\n\r\n{SECRET}"))
    ).replace(b"multipart/mixed;", b"multipart/report;"),
    "a subject and a file": lambda: whole(mixed(text("Hello."), file("a.txt", SECRET))).replace(
        b"Re: your data", b"my SmartHub password"
    ),
}


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("where", APART)
def test_a_login_in_two_parts_of_a_mail_is_sealed(thread: ManualRequest, where: str) -> None:
    assert take(APART[where](), thread).kind == "credentials"


def test_so_is_one_that_is_named_in_a_mail_and_stands_in_a_file_of_the_next(thread: ManualRequest) -> None:
    assert take(whole(text(NAMED)), thread).kind == "message"
    assert take(whole(mixed(text("Hello."), file("a.txt", SECRET))), thread).kind == "credentials"


def test_and_one_that_is_named_in_a_file_and_stands_in_the_next_mail(thread: ManualRequest) -> None:
    assert take(whole(mixed(text("Hello."), file("a.txt", "SmartHub password:"))), thread).kind == "answer"
    assert take(whole(text(SECRET)), thread).kind == "credentials"


def test_names_in_an_archive_and_signs_of_programs_are_no_half_of_a_login(thread: ManualRequest) -> None:
    """Beside them nearly any words read like one: a co-op's second mail would lie sealed for two people."""
    archive = packed({"[Content_Types].xml": b"x", "word/styles.xml": b"x", "inner.zip": b"MZ", "a.7z": b"x"})
    assert take(mail("Here it is.", {"bills.zip": archive}), thread).kind == "answer"
    assert take(whole(text("Attached is what you asked for.")), thread).kind == "message"
    assert list(enclosed.of_small([(archive, False)])) == []


@pytest.mark.parametrize("name", ["Gravel9Road.txt", "Gravel!Road.txt", "4471"])
def test_a_name_that_may_be_a_secret_is_one(name: str) -> None:
    assert name in list(enclosed.of_small([(packed({name: b"x"}), False)]))


@pytest.mark.parametrize(
    "words",
    [
        "The file is protected, we will call you with the password, and answer other questions, this week.",
        "Attached is what you asked for.",
        "Never share your SmartHub password. We never ask for it.",
    ],
)
def test_readings_beside_words_about_passwords_are_an_answer(thread: ManualRequest, words: str) -> None:
    assert take(whole(mixed(text(words), file("usage-40900017.csv", READINGS))), thread).kind == "answer"


@pytest.mark.parametrize(("earlier", "words"), [("", NAMED), (NAMED, "Hello.")])
def test_the_page_of_the_desk_reads_its_files_beside_words(thread: ManualRequest, earlier: str, words: str) -> None:
    if earlier:
        assert take(whole(text(earlier)), thread).kind == "message"
    said = acts.Said(acts.Kind.FILES, uuid.uuid4(), words, files=(("a.txt", SECRET.encode()),))
    assert acts.say(thread, said, address="desk@coop.example", now=timezone.now()) == Refusal(refusing.CODE)


def found(words: str, inside: str, name: str = "a.txt") -> bool:
    upload = SimpleUploadedFile(name, inside.encode())
    request = RequestFactory().post("/anywhere/", {"note": words, "file": upload})
    texts = [*parts.parts(request, ""), *parts.of_files(request, "")]
    assert not any(look(each.text, each.inlet) for each in texts)
    return any(look(each.text, each.inlet) for each in parts.with_files(request, "", texts))


def test_a_form_and_its_file_are_read_together() -> None:
    assert found("SmartHub password", SECRET)
    assert found("Hello.", SECRET, name="SmartHub password.txt")
    assert not found("Attached is what you asked for.", READINGS)
