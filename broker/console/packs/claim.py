"""What entries say of the rows beside them by which an order hides a pack, of legal demands, and of who was told."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

from broker.audit import keys, store
from broker.audit.canonical import Json
from broker.audit.claims import Body, Claim, Row, Told
from broker.audit.entry import Header
from broker.console.packs.models import DemandSubject, LegalDemand, PackAccess
from broker.vault.blind import subject_token


def _told(head: Header, body: Body) -> Told | None:
    """An entry of a group under a subject's key; the whole (which counts) and the pack's own have no row."""
    if head.obj != "pack" or head.grp is None or head.cnt or "pack" not in body:
        return None
    try:
        token = _token_of(head.kid)
    except LookupError:
        return None  # the names of keys are compared on their own
    if token in (keys.subject_token(None), subject_token(uuid.UUID(str(body["pack"])))):
        return None
    return Told(str(head.event_id), {"pack": str(body["pack"]), "customer": token.hex()})


@lru_cache(4096)
def _token_of(kid: bytes) -> bytes:
    """Whose a living key is. Raises LookupError."""
    found = store.rows("SELECT token FROM audit_alias WHERE field = %s AND kid = %s", [keys.SUBJECT, kid])
    if not found:
        raise LookupError("a key without its subject")
    return bytes(found[0][0])


def _rows() -> Iterator[Row]:
    for event, pack, customer in PackAccess.objects.values_list("audit_event_id", "pack_id", "customer_id").iterator():
        yield Row(str(event), event, {"pack": str(pack), "customer": subject_token(customer).hex()})


def _told_of_demand(head: Header, body: Body) -> Told | None:
    """What the operator's own entries say of a demand; those of its customers speak of their own rows."""
    facts: dict[str, Json] = {}
    match head.act:
        case "demand.recorded":
            facts = {"end_of_silence": _instant(body["gag_until"]), "decision": None}
        case "demand.gag":
            facts = {"end_of_silence": _instant(body["gag_until"])}
        case "demand.decided":
            facts = {"decision": body["decision"]}
        case "demand.subject" if "unmatched" not in body:
            return None
        case "demand.noticed" if "customers" not in body:
            return None
    return Told(str(body["demand"]), facts)


def _demands() -> Iterator[Row]:
    sealed = ("asked", "decision_note", "produced", "withheld")
    for each in LegalDemand.objects.defer(*sealed).iterator():
        facts: dict[str, Json] = {"end_of_silence": _instant(each.gag_until), "decision": each.decision}
        yield Row(str(each.id), each.audit_event_id, facts)


def _told_of_subject(head: Header, body: Body) -> Told | None:
    """That a demand names a customer, under her key, and that she was told of it."""
    if "unmatched" in body or "customers" in body:
        return None
    try:
        token = _token_of(head.kid)
    except LookupError:
        return None
    return Told(_named(body["demand"], token), {"notice": head.act == "demand.noticed"})


def _subjects() -> Iterator[Row]:
    for each in DemandSubject.objects.iterator():
        facts: dict[str, Json] = {"notice": each.notice is not None}
        yield Row(_named(each.demand_id, subject_token(each.customer_id)), each.audit_event_id, facts)


def _named(demand: object, token: bytes) -> str:
    return f"demand {demand}, customer {token.hex()}"


def _instant(value: object) -> str | None:
    """An instant in one form, whether a row or an entry holds it."""
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.astimezone(UTC).isoformat()


CLAIM = Claim(
    "packs_packaccess", "note of who sees an evidence pack", frozenset({"admin.export", "pack.read"}), _told, _rows
)
DEMANDS = Claim(
    "packs_legaldemand",
    "legal demand",
    frozenset(
        {"demand.recorded", "demand.decided", "demand.gag", "demand.subject", "demand.noticed", "demand.answered"}
    ),
    _told_of_demand,
    _demands,
)
SUBJECTS = Claim(
    "packs_demandsubject",
    "customer whom a demand names",
    frozenset({"demand.subject", "demand.noticed"}),
    _told_of_subject,
    _subjects,
)
CLAIMS = (CLAIM, DEMANDS, SUBJECTS)
