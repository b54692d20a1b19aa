"""To which request a mail may belong: what hints at it, how strongly, and in which order they are shown."""

from typing import Any
from uuid import UUID

import pytest

from requests_app.matching import (
    MAX_CANDIDATES,
    Candidate,
    Known,
    candidates,
    kind_for,
    numbers_in,
    numbers_of,
    reports_on,
)

FIRST = Known(UUID(int=1), "R-101", "tok1", ("<r.1@broker.example>",), "billing@coop.example", ("4242",))
SECOND = Known(UUID(int=2), "R-102", "tok2", ("<r.2@broker.example>",), "office@second.example", ("7777", ""))


def mail(**changed: Any) -> dict[str, Any]:
    plain = {"subject": "Usage", "texts": ["Please find it below."], "senders": [], "refers_to": [], "report": None}
    return {**plain, **changed}


HINTS = {
    "the mail carries the token of this request's thread": (50, {}, ["tok1"]),
    "it refers to a mail that we sent": (40, {"refers_to": ["<r.1@broker.example>"]}, []),
    "it names the number of this request": (30, {"subject": "Re: r-101"}, []),
    "it names the last four digits of an account": (15, {"texts": ["The account ends in 4242."]}, []),
    "its From line shows the co-op's domain": (10, {"senders": ["clerk@coop.example"]}, []),
}


@pytest.mark.parametrize("why", HINTS)
def test_each_hint_alone_names_that_request_and_no_other(why: str) -> None:
    weight, changed, tokens = HINTS[why]
    assert candidates(mail(**changed), tokens, [SECOND, FIRST]) == [Candidate(FIRST.id, "R-101", weight, (why,))]


def test_a_report_refers_to_the_mail_that_it_quotes() -> None:
    found = candidates(mail(report={"original": "<r.2@broker.example>"}), [], [FIRST, SECOND])
    assert [(each.number, each.weight) for each in found] == [("R-102", 40)]


def test_a_mail_that_hints_at_nothing_belongs_to_nothing() -> None:
    assert candidates(mail(report={"kind": "delivery"}), [], [FIRST, SECOND]) == []
    assert candidates(mail(texts=["The account ends in 942421."]), [], [FIRST]) == []  # digits of a longer number


def test_hints_add_up_and_the_strongest_comes_first_then_the_lower_number() -> None:
    both = mail(subject="R-102 and R-101", senders=["someone@second.example"])
    found = candidates(both, [], [FIRST, SECOND])
    assert [(each.number, each.weight) for each in found] == [("R-102", 40), ("R-101", 30)]
    alike = candidates(mail(subject="R-102 and R-101"), [], [SECOND, FIRST])
    assert [each.number for each in alike] == ["R-101", "R-102"]


def test_no_more_than_ten_are_shown() -> None:
    many = [Known(UUID(int=n), f"R-{n}", "same", (), "x@coop.example") for n in range(1, 15)]
    assert len(candidates(mail(), ["same"], many)) == MAX_CANDIDATES == 10


def test_only_the_first_five_texts_are_read() -> None:
    texts = ["nothing"] * 4
    assert numbers_in(mail(texts=[*texts, "R-5", "R-6"])) == ["R-5"]
    fifth = candidates(mail(texts=[*texts, "ends in 4242"]), [], [FIRST])
    assert [each.weight for each in fifth] == [15]
    assert candidates(mail(texts=[*texts, "nothing", "ends in 4242"]), [], [FIRST]) == []


def test_numbers_are_those_of_one_to_nine_digits_each_once_in_upper_case() -> None:
    assert numbers_of("r-7, R-123456789, R-1234567890, XR-8, R-7") == ["R-7", "R-123456789"]
    many = " ".join(f"R-{n}" for n in range(30))
    assert numbers_in(mail(subject=many)) == [f"R-{n}" for n in range(20)]


# --- delivery reports -------------------------------------------------------------------------------------------------

OURS = "billing@coop.example"


def report(action: str, address: str = OURS, **more: Any) -> dict[str, Any]:
    recipients = [{"recipient": address, "action": action, "remote": more.pop("to", "")}]
    return {"kind": "delivery", "original": "<r.1@broker.example>", "recipients": recipients, **more}


def test_a_report_is_about_the_mail_that_it_quotes_or_refers_to_and_about_this_address() -> None:
    assert reports_on(mail(report=report("delivered")), "<r.1@broker.example>", "Billing@Coop.example")
    assert not reports_on(mail(report=report("delivered")), "<r.2@broker.example>", OURS)
    assert not reports_on(mail(report=report("delivered")), "<r.1@broker.example>", "other@coop.example")
    assert reports_on(mail(report=report("failed", original=""), refers_to=["<x>"]), "<x>", OURS)
    assert not reports_on(mail(report=report("failed", original="")), "", OURS)  # nothing said is about nothing
    assert not reports_on(mail(report=report("failed"), refers_to=["<x>"]), "<x>", OURS)
    assert not reports_on(mail(), "<r.1@broker.example>", OURS)


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("delivered", "delivered"),
        ("failed", "bounce"),
        ("delayed", "delay"),
        ("relayed", "relayed"),
        ("odd", "unknown"),
    ],
)
def test_a_report_is_what_became_of_our_recipient(action: str, kind: str) -> None:
    assert kind_for(mail(kind="answer", report=report(action)), OURS) == kind


def test_what_is_no_delivery_report_is_what_the_reader_found() -> None:
    assert kind_for(mail(kind="answer"), OURS) == "answer"
    reading = {**report("delivered"), "kind": "reading"}
    assert kind_for(mail(kind="read_receipt", report=reading), OURS) == "read_receipt"


@pytest.mark.parametrize(
    ("server", "own", "kind"),
    [
        ("mx.coop.example", ["MX.coop.example."], "delivered"),
        ("mx.coop.example.", ["mx.coop.example"], "delivered"),
        ("mx.other.example", ["mx.coop.example"], "relayed"),
        ("mx.coop.example", [], "relayed"),
        ("", [""], "relayed"),
    ],
)
def test_handed_on_counts_as_arrived_only_at_the_utilitys_own_server(server: str, own: list[str], kind: str) -> None:
    assert kind_for(mail(report=report("relayed", to=server)), OURS, own) == kind
