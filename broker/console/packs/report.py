"""The report of a pack, for a reader who never saw a log: HTML, the same as a PDF, and a README (interface)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from broker import sandbox
from broker.audit import receipts, store
from broker.audit.encoding import b64
from broker.audit.packing import Covered
from broker.console.outside.models import Approver
from broker.console.packs import records, signing
from broker.console.packs.earlier import Part
from broker.console.packs.lifecycle import BASES, LEVELS, Basis, Redaction, Scope
from broker.console.packs.models import EvidencePack
from broker.console.packs.selection import About
from broker.console.packs.sentences import Line
from broker.db import installation
from broker.parties.models import User

WALL, CPU = 40.0, 35
# About the keys of other entries: counted, not told. A destruction or a hold is told, for it is about her data.
UPKEEP = frozenset({"key.created", "key.alias", "key.rewrapped", "vault.key_created", "vault.key_rewrapped"})
MOST_LINES = 300  # of the timeline on paper; records/events.json holds all
# What the log cannot show, as the operator says it to everybody (docs: the log's limits).
LIMITS = (
    "A program of the operator that was broken into could read data without writing an entry until that is noticed. "
    "Wherever possible the database itself refuses to open data without an entry.",
    "The time of an entry is the clock of the operator's computer. Signed checkpoints and anchors held by others bound "
    "it: an entry is older than the checkpoint that covers it.",
    "That no entry was left out is proved against whoever changes the database. It is not proved against a program "
    "that never writes an entry.",
    "Without an anchor outside the operator's hands, a log proves nothing against its own operator.",
)


@dataclass(frozen=True)
class Facts:
    """All that the report states."""

    pack: EvidencePack
    whole: About
    covered: Covered
    purpose: str
    recipient: str
    made_at: datetime
    lines: tuple[Line, ...]
    withheld: tuple[str, ...]
    stated: About  # of whom permissions, requests and documents are listed
    earlier: tuple[Part, ...]  # the logs before this one


def files(facts: Facts, *, anchored: list[str]) -> dict[str, bytes]:
    """Give the report as HTML and PDF, and the README; raises `sandbox.SandboxError` where it cannot be printed."""
    context = _context(facts, anchored)
    html = render_to_string("console/packs/report.html", context)
    answer = sandbox.call("broker.console.packs.pdf:report", {"html": html}, wall=WALL, cpu=CPU)
    readme = render_to_string("console/packs/README.txt", context)
    return {
        "report.html": html.encode(),
        "report.pdf": sandbox.unpack(answer["pdf"]),
        "README.txt": readme.encode(),
    }


def _context(facts: Facts, anchored: list[str]) -> dict[str, Any]:
    pack, listed = facts.pack, facts.pack.redaction != Redaction.HEADERS
    told = [line for line in facts.lines if line.act not in UPKEEP]
    return {
        "listed": listed,
        "pack": pack,
        "operator": {
            "name": settings.OPERATOR_NAME,
            "address": settings.OPERATOR_ADDRESS,
            "phone": settings.OPERATOR_PHONE,
            "email": settings.OPERATOR_EMAIL,
        },
        "public_url": settings.PUBLIC_URL,
        "is_rehearsal": installation.mode() != "live",
        "purpose": facts.purpose,
        "recipient": facts.recipient,
        "basis": BASES[Basis(pack.basis)],
        "demand": pack.demand,
        "people": _people(pack),
        "scope": _scope(facts),
        "level": LEVELS[Redaction(pack.redaction)],
        "widened": pack.redaction == Redaction.HEADERS and pack.scope in (Scope.CONSENT, Scope.REQUEST),
        "withheld": facts.withheld,
        "made_at": facts.made_at.astimezone(UTC),
        "lines": told[:MOST_LINES],
        "more": max(len(told) - MOST_LINES, 0),
        "upkeep": len(facts.lines) - len(told),
        "count": len(facts.lines),
        "opened": sum(line.opened for line in facts.lines),
        "consents": records.consents(facts.stated) if listed else [],
        "requests": records.requests(facts.stated) if listed else [],
        "documents": records.documents(facts.stated) if listed else {},
        "signings": signing.listed(facts.stated) if listed else [],
        "access": [line for line in facts.lines if line.act in records.ACCESS][:MOST_LINES],
        "origin": settings.LOG_ORIGIN,
        "earlier": facts.earlier,
        "size": facts.covered.size,
        "root": b64(facts.covered.root),
        "anchors": anchored,
        "log_keys": [key.encode() for key in store.verifier_keys()],
        "receipt_key": receipts.verifier().encode(),
        "limits": LIMITS,
    }


def _people(pack: EvidencePack) -> dict[str, str]:
    """Name the two who answer for the pack."""
    approver = pack.approval.approver if pack.approval else None
    named = {
        each.id: f"{each.full_name} ({each.get_role_display()})"
        for each in User.objects.filter(id__in=[each for each in (pack.requester, approver) if each])
    }
    for one in Approver.objects.defer("email").filter(id__in=[approver] if approver else []):
        named[one.id] = f"{one.full_name} of {one.house}, an approver from outside"
    return {
        "requester": named.get(pack.requester, "a program of the operator"),
        "approver": named.get(approver, "") if approver else "",
    }


def _scope(facts: Facts) -> str:
    pack = facts.pack
    match Scope(pack.scope):
        case Scope.CUSTOMER:
            return "One customer: all permissions and requests, and every entry of the log about this person"
        case Scope.CONSENT:
            return "One permission: " + ", ".join(each.number for each in facts.whole.consents)
        case Scope.REQUEST:
            numbers = [each.number for each in facts.whole.manual()] or [str(each.id) for each in facts.whole.requests]
            return "One request: " + ", ".join(numbers)
        case Scope.PERIOD:
            return f"The period from {pack.period_from} to before {pack.period_to}, everybody"
