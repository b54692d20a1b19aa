"""What events say of asks, so that none can vanish, or end, alone."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from consents.asking.lifecycle import State
from consents.asking.models import AskBlock, ConsentAsk


def accounts_mark(accounts: Sequence[Mapping[str, str]]) -> list[Json]:
    """Give what an entry says of the accounts that an ask names: how many, and the SHA-256 of the list as it is kept.

    The last four digits and the blind indexes of sixty accounts are more than an entry of every ask should hold.
    """
    text = json.dumps([[each["ending"], each["index"]] for each in accounts], separators=(",", ":"))
    return [len(accounts), hashlib.sha256(text.encode()).hexdigest()]


_STATE = {
    "ask.made": State.PENDING,
    "ask.granted": State.GRANTED,
    "ask.declined": State.DECLINED,
    "ask.cancelled": State.CANCELLED,
    "ask.expired": State.EXPIRED,
}


def _told(head: Header, body: Body) -> Told:
    if head.act == "ask.repeated":
        return Told(str(body["ask"]), {"mails": body["mails"]})
    facts: dict[str, Json] = {"organisation": body["organisation"], "state": _STATE[head.act].value}
    if head.act == "ask.made":
        facts |= {"purpose": body["purpose"], "data_types": body["data_types"], "mails": int(bool(body["by_mail"]))}
        facts["accounts"] = body.get("accounts")
    return Told(str(body["ask"]), facts)


def _rows() -> Iterator[Row]:
    for each in ConsentAsk.objects.defer("email").iterator():
        facts: dict[str, Json] = {
            "organisation": str(each.organisation_id),
            "state": each.state,
            "purpose": each.purpose,
            "data_types": each.data_types,
            "mails": each.mails,
            "accounts": accounts_mark(each.accounts) if each.accounts else None,
        }
        yield Row(str(each.id), each.audit_event_id, facts)


def _told_of_block(head: Header, body: Body) -> Told:  # noqa: ARG001
    return Told(str(body["block"]), {"organisation": body["organisation"]})


def _blocks() -> Iterator[Row]:
    for each in AskBlock.objects.iterator():
        yield Row(str(each.id), each.audit_event_id, {"organisation": str(each.organisation_id)})


CLAIMS = (
    Claim("asking_consentask", "ask for a consent", frozenset({*_STATE, "ask.repeated"}), _told, _rows),
    Claim("asking_askblock", "wish not to be asked again", frozenset({"ask.blocked"}), _told_of_block, _blocks),
)
