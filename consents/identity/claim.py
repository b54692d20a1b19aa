"""What events say of the proofs of an account, so that none can vanish or appear alone."""

from collections.abc import Iterator

from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from consents.identity.models import Proof


def _told(head: Header, body: Body) -> list[Told]:
    """One event proves several accounts of a customer; each has its row."""
    accounts = body["accounts"]
    if not isinstance(accounts, list):
        raise TypeError("accounts")
    facts = {name: body[name] for name in ("level", "how", "consent")}
    return [Told(_name(account, head.event_id), facts) for account in accounts]


def _rows() -> Iterator[Row]:
    for each in Proof.objects.iterator():
        facts = {"level": each.level, "how": each.how, "consent": str(each.consent_id) if each.consent_id else None}
        yield Row(_name(each.account_id, each.audit_event_id), each.audit_event_id, facts)


def _name(account: object, event: int) -> str:
    return f"account {account}, event {event}"


CLAIM = Claim("identity_proof", "proof of an account", frozenset({"identity.proven"}), _told, _rows)
