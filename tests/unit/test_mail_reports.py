"""What a report about mail says, field by field: RFC 3464 on delivery, RFC 8098 on reading."""

import email
from email.message import Message
from typing import Any

import pytest

from requests_app.inbound import reports
from requests_app.matching import kind_for

CLERK, OURS = "clerk@coop.example", "<r.101@broker.example>"
MDN = "message/disposition-notification"


def delivery(*blocks: str) -> Message:
    """Give the part of a delivery report: the block about the mail itself, and one for each recipient."""
    about = "Reporting-MTA: dns; mx.broker.example\nArrival-Date: Mon, 2 Mar 2026 09:00:00 -0600"
    return email.message_from_string("Content-Type: message/delivery-status\n\n" + "\n\n".join([about, *blocks]) + "\n")


def block(recipient: str, action: str, *more: str) -> str:
    return "\n".join([f"Final-Recipient: rfc822; {recipient}", f"Action: {action}", *more])


def said_of(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["recipient"], each["action"]) for each in report["recipients"]]


def test_of_an_action_its_first_word_is_taken_and_a_comment_behind_it_is_not() -> None:
    found = reports.of_part(delivery(block(CLERK, "Failed (mailbox unknown)", "Status: 5.1.1")), None)
    assert said_of(found) == [(CLERK, "failed")]
    assert said_of(reports.of_part(delivery(block(CLERK, "(delayed) still trying")), None)) == [(CLERK, "delayed")]


def test_whom_we_wrote_to_counts_before_where_an_alias_led() -> None:
    forwarded = block("box17@hosting.example", "failed", f"Original-Recipient: rfc822; {CLERK}")
    assert said_of(reports.of_part(delivery(forwarded), None)) == [(CLERK, "failed")]
    as_text = reports.of_text(forwarded, None)
    assert as_text is not None
    assert said_of(as_text) == [(CLERK, "failed")]


def test_a_report_whose_parts_fell_together_is_read_block_by_block() -> None:
    text = "\n\n".join(["This is the mail system at mx.", block(CLERK, "failed"), block("b@coop.example", "delayed")])
    found = reports.of_text(text, None)
    assert found is not None
    assert said_of(found) == [(CLERK, "failed"), ("b@coop.example", "delayed")]
    apart = f"Final-Recipient: rfc822; {CLERK}\n\nAction: failed"
    assert reports.of_text(apart, None) is None  # an address without what became of it


def test_fifty_blocks_are_read_and_no_more() -> None:
    many = [block(f"c{number}@coop.example", "failed") for number in range(60)]
    parts = reports.of_part(delivery(*many), None)["recipients"]
    assert parts[-1]["recipient"] == "c48@coop.example"  # the first block is about the mail itself
    found = reports.of_text("\n\n".join(many), None)
    assert found is not None
    assert found["recipients"][-1]["recipient"] == "c49@coop.example"


def test_of_a_text_two_hundred_thousand_signs_are_read() -> None:
    end = f"\n\n{block(CLERK, 'failed')}"
    found = reports.of_text("x" * (200_000 - len(end)) + end + "-or-not", None)
    assert found is not None
    assert said_of(found) == [(CLERK, "failed")]


def test_an_address_and_a_server_are_kept_as_long_as_mail_allows_them_to_be() -> None:
    address = "a" * 64 + "@" + "b" * 255
    longest = block(address + "cc", "relayed", "Remote-MTA: dns; " + "d" * 255 + "ee")
    found = reports.of_part(delivery(longest), None)["recipients"]
    assert found == [{"recipient": address, "action": "relayed", "remote": "d" * 255}]


def test_who_was_not_reached_is_named_and_nobody_else() -> None:
    part = delivery(block(CLERK, "failed"), block("b@coop.example", "delivered"), block("c@coop.example", "failed"))
    assert reports.failed(reports.of_part(part, None)) == [CLERK, "c@coop.example"]
    assert reports.failed({}) == []


def test_of_two_blocks_about_one_address_the_last_counts_with_the_server_that_it_names() -> None:
    refused = block(CLERK, "failed", "Remote-MTA: dns; mail.coop.example")
    elsewhere = block(CLERK, "relayed", "Remote-MTA: dns; mx.hosting.example")
    found = reports.of_part(delivery(refused, elsewhere), None)
    assert (reports.action_for(found, CLERK), reports.handed_to(found, CLERK)) == ("relayed", "mx.hosting.example")
    assert reports.handed_to(found, "b@coop.example") == ""
    said = {"report": found, "kind": "relayed"}  # so the server that refused it is no evidence that it arrived
    assert kind_for(said, CLERK, ["mail.coop.example"]) == "relayed"
    assert kind_for(said, CLERK, ["mx.hosting.example"]) == "delivered"


# --- which mail it is about -------------------------------------------------------------------------------------------


def receipt(*fields: str) -> Message:
    return email.message_from_string("\n".join([f"Content-Type: {MDN}", "", *fields, ""]))


def test_a_read_receipt_names_the_mail_that_was_read() -> None:
    fields = ("Reporting-UA: desk.coop.example", f"Final-Recipient: rfc822;{CLERK}", f"Original-Message-ID: {OURS}")
    found = reports.of_part(receipt(*fields, "Disposition: manual-action/MDN-sent-manually; displayed"), None)
    assert found == {"kind": "reading", "recipients": [], "original": OURS}


def test_what_an_earlier_part_named_stays() -> None:
    known = {"kind": "delivery", "recipients": [], "original": OURS}
    assert reports.of_part(receipt("Original-Message-ID: <other@coop.example>"), known)["original"] == OURS
    returned = email.message_from_string("Message-ID: <other@coop.example>\nSubject: Data\n\n")
    assert reports.with_original(known, returned)["original"] == OURS


@pytest.mark.parametrize("payload", [None, "", "displayed", []], ids=repr)
def test_a_read_receipt_without_fields_says_only_that_it_is_one(payload: Any) -> None:
    part = Message()
    part["Content-Type"] = MDN
    part.set_payload(payload)
    assert reports.of_part(part, None) == {"kind": "reading", "recipients": [], "original": ""}


def test_returned_headers_name_the_mail_that_a_report_is_about() -> None:
    returned = email.message_from_string(f"From: desk@broker.example\nMessage-ID: {OURS}\n\n")
    assert reports.with_original(None, returned) == {"kind": "delivery", "recipients": [], "original": OURS}
    bare = email.message_from_string("From: desk@broker.example\n\n")
    assert reports.with_original(None, bare)["original"] == ""
