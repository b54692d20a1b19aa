"""Who sent a mail: how many headers and results are looked at, and which check speaks of which domain."""

from typing import Any

import pytest

from broker.sandbox.wire import pack
from requests_app.inbound import senders
from requests_app.mail_reading import read

US, CLERK = "mx.own.example", "clerk@coop.example"
PASSED = f"Authentication-Results: {US}; dmarc=pass header.from=coop.example"
FROM = f"From: Clerk <{CLERK}>"
UNPROVEN, FAILED, ODD = ["mail.unauthenticated"], ["mail.auth_failed"], ["mail.results_odd"]


def facts(*lines: str) -> dict[str, Any]:
    return read({"raw": pack("\r\n".join([*lines, "", "x"]).encode())})


def why_not(*lines: str) -> list[str]:
    return senders.why_not(facts(*lines), "billing@coop.example", US)


def checked(*results: str) -> list[str]:
    return why_not("; ".join([f"Authentication-Results: {US}", *results]), FROM)


def test_a_second_from_line_is_a_second_sender_even_where_it_shows_no_address() -> None:
    assert why_not(PASSED, FROM, "From: Billing") == ["mail.from_many"]
    assert why_not(PASSED, FROM, "From: Billing", "From: Office") == ["mail.from_many"]
    assert why_not(PASSED, f"{FROM}, Office <office@coop.example>") == ["mail.from_many"]


def test_one_address_beside_one_that_cannot_be_compared_proves_nothing() -> None:
    assert why_not(PASSED, f"{FROM}, Joe <joe]@coop.example>") == ["mail.from_domain"]
    assert why_not(PASSED, f"{FROM}, Office <office>") == ["mail.from_domain"]
    assert why_not(PASSED, FROM) == []


def test_an_address_has_one_domain_written_in_plain_letters() -> None:
    assert senders.is_address(CLERK)
    assert not any(map(senders.is_address, ["a..b@coop.example", "a@coop..example", "a@b@coop.example", "coop", "@"]))
    assert senders.domain_of("clerk@Coop.Example.") == "coop.example"


def test_fifty_senders_are_kept() -> None:
    many = ", ".join(f"c{number}@coop.example" for number in range(60))
    assert senders_of(many)[-1] == "c49@coop.example"
    assert len(senders_of(many)) == 50


def senders_of(line: str) -> list[str]:
    found: list[str] = facts(f"From: {line}")["senders"]
    return found


@pytest.mark.parametrize(
    ("results", "codes"),
    [
        (["dmarc=fail header.from=coop.example"], FAILED),
        (["dmarc=permerror header.from=coop.example", "dkim=pass header.d=coop.example"], FAILED),
        (["dmarc=temperror header.from=coop.example", "dkim=pass header.d=coop.example"], []),
        (["dkim=fail header.d=coop.example", "spf=pass smtp.mailfrom=coop.example"], FAILED),
        # A list's own broken signature says nothing of the co-op's.
        (["dkim=fail header.d=list.example", "dkim=pass header.d=coop.example"], []),
        # Mail sent from another server than usual: a signature of the domain still proves it.
        (["spf=fail smtp.mailfrom=coop.example", "dkim=pass header.d=coop.example"], []),
        (["dkim=neutral header.d=coop.example"], UNPROVEN),
        (["spf=pass smtp.mailfrom=bounces.example"], UNPROVEN),
        (["spf=pass smtp.mfrom=clerk@coop.example"], []),
        (["dmarc=pass header.from=second.example"], UNPROVEN),
        (["arc=pass header.d=coop.example header.from=coop.example"], UNPROVEN),
        (["dkim=pass header.d=xcoop.example"], ["mail.dkim_unaligned"]),
    ],
)
def test_a_check_counts_by_its_own_method_and_for_its_own_domain(results: list[str], codes: list[str]) -> None:
    assert checked(*results) == codes


def test_a_signature_of_a_domain_above_proves_one_below_and_not_the_other_way() -> None:
    signed = f"Authentication-Results: {US}; dkim=pass header.d=coop.example"
    below = facts(signed, "From: clerk@billing.coop.example")
    assert senders.why_not(below, "office@billing.coop.example", US) == []
    above = signed.replace("header.d=", "header.d=billing.")
    assert why_not(above, FROM) == ["mail.dkim_unaligned"]


def test_below_another_servers_line_ours_is_not_looked_for() -> None:
    foreign = "Authentication-Results: mx.other.example; dmarc=none header.from=coop.example"
    assert why_not(PASSED, foreign, FROM) == []
    assert why_not(foreign, PASSED, FROM) == UNPROVEN
    assert why_not(PASSED, foreign, PASSED.replace("pass", "fail"), FROM) == []
    assert why_not(PASSED.replace(US, US.upper()), FROM) == []


def test_a_second_line_of_ours_may_take_the_proof_away_and_never_gives_it() -> None:
    none = f"Authentication-Results: {US}; none"
    assert why_not(PASSED, none, FROM) == []
    assert why_not(none, PASSED, FROM) == UNPROVEN
    assert why_not(PASSED, f"Authentication-Results: {US}; dmarc", FROM) == ODD


def test_twenty_results_are_a_list_that_we_trust_and_one_more_is_none() -> None:
    assert why_not(*[PASSED] * 20, FROM) == []
    assert why_not(*[PASSED] * 21, FROM) == ODD


def test_results_are_looked_for_among_the_first_three_hundred_headers() -> None:
    trace = ["Delivered-To: desk@own.example"]
    assert why_not(*trace * 299, PASSED, FROM) == []
    assert why_not(*trace * 300, PASSED, FROM) == UNPROVEN


def test_only_headers_of_servers_may_stand_above_our_servers_word() -> None:
    assert why_not("Return-Path: <clerk@coop.example>", "Received-SPF: pass", PASSED, FROM) == []
    assert why_not("X-Spam-Score: 0", PASSED, FROM) == UNPROVEN
    assert why_not(PASSED, "Received: from a by b", PASSED, FROM) == []
    assert why_not("Received: from a by b", "Return-Path: <x@y.example>", PASSED, FROM) == ["mail.results_below"]
