"""What a sealed letter says of its signing's record: how the signer was known, and what binds us to the rest (rules).

Address, browser and pages stay out of the file that a utility gets. A commitment stands there instead: who is given
the record and its salt can show that it is the one that was kept when the letter was sealed.
"""

from collections.abc import Mapping
from typing import Any

COMMITMENT_OF = (
    "SHA-256 over a salt and the record of this signing (canonical JSON); the record is given to the signer,"
    " to a court, or to the utility on the signer's word"
)
LINK, CODE, KNOWLEDGE, NUMBER = "email_link", "email_code", "knowledge_typed", "number_typed"
BILLS = "bills_compared"  # of many accounts, each its own
_MAILBOX = {
    (LINK,): "a link sent to one mailbox",
    (CODE,): "a 6-digit code sent to one mailbox",
    (LINK, CODE): "a link and a 6-digit code sent to one mailbox",
}
_KNOWN = {
    KNOWLEDGE: "account number and name as billed typed by the signer",
    BILLS: "name as billed typed by the signer; a recent bill of each account handed over by the signer and compared"
    " (account number, name, service address, date, amount)",
    NUMBER: "account number typed by the signer; name and address shown, from the permission that this one renews",
}
_OPENED = {"word": "the word printed in it was typed", "declared": "the signer said so after fetching it"}


def stated(bundle: Mapping[str, Any], commitment: bytes) -> dict[str, Any]:
    """Give the facts of a record that stand in the letter itself, as JSON values.

    Raises ValueError for a record that names a method which has no words here: a letter states no method by default.
    """
    attribution, agreed, intent = bundle["attribution"], bundle["electronic_records"], bundle["intent"]
    methods, opened = list(attribution["methods"]), agreed["pdf_method"]
    return {
        "identity": bundle["identity"],
        "template": bundle["template"],
        "method": method_words(methods, opened),
        "methods": [*methods, f"pdf_{opened}"],
        "role": attribution["role"],
        "email_masked": masked(attribution["email"]),
        "button": intent["button"],
        "adoption": intent["adoption"],
        "attestations": intent["attestations"],
        "disclosure": {
            "version": agreed["disclosure_version"],
            "locale": agreed["locale"],
            "sha256": agreed["sha256"],
        },
        "evidence_sha256": commitment.hex(),
        "evidence_sha256_of": COMMITMENT_OF,
    }


def method_words(methods: list[str], opened: str) -> str:
    """Say how the signer was known and how the letter was opened, in words for a clerk and a judge."""
    mailbox = tuple(each for each in (LINK, CODE) if each in methods)
    unknown = set(methods) - {LINK, CODE, *_KNOWN}
    if unknown or mailbox not in _MAILBOX or opened not in _OPENED:
        raise ValueError("a method of the signing has no words")
    known = [
        f"e-mail verified ({_MAILBOX[mailbox]}; one factor)",
        *(_KNOWN[each] for each in methods if each in _KNOWN),
    ]
    return f"{'; '.join(known)}. Letter opened before signing: {_OPENED[opened]}"


def masked(address: str) -> str:
    """Mask a mailbox: its owner knows it again, nobody else can write to it."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"
