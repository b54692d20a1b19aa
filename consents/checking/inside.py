"""What a letter's file says of itself: read in the sandbox, and put beside our rows (rules; no Django)."""

import io
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from broker.sandbox.errors import Refused
from broker.sandbox.wire import unpack

if TYPE_CHECKING:
    from pikepdf import Pdf

RECORD, EVIDENCE = "consent-record.json", "signature-evidence.json"
LARGEST = 200_000  # bytes of one attachment

# What is held against the row, in the order in which a page names it.
FIELDS = (
    "letter", "code", "name", "signer", "accounts", "recipient", "data_types", "history", "future", "term", "text",
)  # fmt: skip


def read(payload: dict[str, Any]) -> dict[str, Any]:
    """Give the facts that the attached records state, as text by field of `FIELDS`; `pdf` is packed bytes.

    `Refused` where the file carries no readable record.
    """
    import pikepdf  # not at the top: our own process needs the comparing alone, and would load PDF libraries for 0.03 s

    try:
        with pikepdf.open(io.BytesIO(unpack(payload["pdf"]))) as document:
            record, evidence = (_attached(document, name) for name in (RECORD, EVIDENCE))
        return facts(record, evidence)
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, LookupError):
        raise Refused("check.no_record") from None


def facts(record: Mapping[str, Any], evidence: Mapping[str, Any]) -> dict[str, str]:
    """Put the two attached records into comparable text; letters of every version are read."""
    if "schema" in record:  # loa 1.0.0
        head, letter, types = record, record, record["pii_categories"]
        recipients = [each["name"] for each in record["parties"] if each["role"] == "recipient"]
    else:
        head, letter = record["header"], record["letter"]
        types = [each["pii_type"] for each in record["processing"]["purposes"][0]["pii_information"]]
        recipients = [each["party_name"] for each in record["parties"] if each["party_role"] == "recipient"]
    return stated(
        letter=head["record_id"],
        code=letter["verification_code"],
        name=head["pii_principal_id"],
        signer=evidence.get("signer_name", ""),
        accounts=[(each["number"], each["service_address"]) for each in letter["accounts"]],
        recipient=", ".join(recipients),
        data_types=types,
        history=(letter["history"]["from"], letter["history"]["to_exclusive"]),
        future=letter["future_data"]["until_exclusive"],
        term=(letter["term"]["from"], letter["term"]["to_exclusive"]),
        text=evidence.get("presented_sha256", ""),
    )


def stated(
    *,
    letter: str,
    code: str,
    name: str,
    signer: str,
    accounts: Iterable[tuple[str, str]],
    recipient: str,
    data_types: Iterable[str],
    history: tuple[date | str | None, date | str | None],
    future: date | str | None,
    term: tuple[date | str, date | str],
    text: str,
) -> dict[str, str]:
    """Write a letter's facts in the one form in which file and row are compared (dates as ISO 8601, ends exclusive)."""
    return {
        "letter": letter,
        "code": code,
        "name": name,
        "signer": signer,
        "accounts": account_text(accounts),
        "recipient": recipient,
        "data_types": ",".join(sorted(data_types)),
        "history": "/".join(str(each or "") for each in history),
        "future": str(future or ""),
        "term": "/".join(map(str, term)),
        "text": text,
    }


def account_text(accounts: Iterable[tuple[str, str]]) -> str:
    """Write account numbers with their service addresses as text, in one order."""
    return json.dumps(sorted([number, address] for number, address in accounts))


def differing(file: Mapping[str, object], row: Mapping[str, object]) -> tuple[str, ...]:
    """Name the fields that both state and that differ, in the order of `FIELDS`."""
    return tuple(name for name in FIELDS if name in file and name in row and file[name] != row[name])


def _attached(document: "Pdf", name: str) -> dict[str, Any]:
    attached = document.attachments.get(name)
    if attached is None:
        if name == EVIDENCE:
            return {}  # a letter as it was shown, before the signature
        raise LookupError(name)
    data = attached.get_file().read_bytes()
    if len(data) > LARGEST:
        raise ValueError(name)
    found = json.loads(data)
    if not isinstance(found, dict):
        raise TypeError(name)
    return found
