"""What an approver from outside is shown of a proposal: what is done, and of people no more than it takes to judge it.

No account number, no name of a customer, no address of a service; of a mailbox its house. Digest and page are made of
the same words, so that a yes is to what was sent.
"""

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta

from broker import vault
from broker.approvals import acts
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.outside.models import Ask
from broker.console.packs.approval_words import about, told
from broker.console.packs.models import EvidencePack
from broker.db.evidence_packs import ACT as EXPORT
from broker.publishing import changing
from broker.publishing.differing import Change
from broker.publishing.models import ProposedProfile
from broker.terms import PURPOSES, Actor
from broker.vault import Sealed
from consents.joint.models import HolderMailbox
from consents.paper.entering import Original
from consents.paper.models import PaperEntry
from requests_app.forms import LABELS

# What our own people read of an act, and somebody from outside need not.
_LEFT_OUT: dict[str, frozenset[str]] = {
    "joint.end_both": frozenset({"Account"}),
    "joint.mailbox": frozenset({"Account", "Address, and how it came"}),
    "objection.dismiss": frozenset({"Account", "From the same mailbox"}),
    "organisation.enrol": frozenset({"Its contact"}),
    "pack.export": frozenset({"Customer"}),
}
_END_BOTH = (
    "let one holder alone share the data of an account of two holders, as both asked for. Both are told. What was "
    "signed before goes on waiting for the other holder."
)


@dataclass(frozen=True)
class Shown:
    """A proposal in words; `original` is what was read off a letter on paper, of which a part is shown.

    `receives`: in whose words or name somebody would receive a pack.
    """

    title: str
    facts: list[tuple[str, str]]
    about_to: str
    note: str
    changes: tuple[Change, ...] = ()
    original: Original | None = field(default=None, repr=False)
    receives: tuple[str, ...] = ()

    def digest(self, row: Approval) -> bytes:
        """Give the SHA-256 of all that is shown, and of what it is about."""
        changes = [repr(each) for each in self.changes]
        said = [str(row.id), row.act, str(row.about), row.params, self.facts, self.about_to, self.note, changes]
        if self.original is not None:
            said.append(self.original.as_json())
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).digest()


def whose(row: Approval) -> uuid.UUID:
    """Give under whose key the words about an act lie: of whoever, or whatever, it is about."""
    found = row.subject or row.about
    assert found is not None
    return found


def put_together(row: Approval, note: str, *, actor: Actor) -> Shown:
    """Put in words what somebody from outside would be shown, for a sender; what it takes is opened under one entry."""
    sealed = _sealed_of(row)
    return _words(row, note, _opened(row, sealed, actor, "to send it") if sealed else [])


def show(row: Approval, ask: Ask, *, actor: Actor, why: str) -> Shown:
    """Put in words what is shown now, for the one who was asked; it is opened under one entry."""
    note, *rest = _opened(row, [ask.note, *_sealed_of(row)], actor, why)
    return _words(row, note, rest)


def _opened(row: Approval, sealed: list[Sealed], actor: Actor, why: str) -> list[str]:
    body = {"approval": row.id, "of": row.act, "why": why}
    ref = log.append_read(
        "outside.read", actor=actor, subject=whose(row), purpose="operations", obj="approval", body=body, cnt=1
    )
    return vault.open_all(sealed, under=ref)


def _sealed_of(row: Approval) -> list[Sealed]:
    if row.act == "paper.consent":
        return [entry_of(row).form]
    if row.act == "joint.mailbox":
        return [HolderMailbox.objects.get(approval=row.id).email]
    pack = EvidencePack.objects.filter(id__in=about(row)).first()
    return [] if pack is None else [pack.recipient]


def _words(row: Approval, note: str, opened: list[str]) -> Shown:
    title = acts.act_of(row.act).title
    if row.act == "paper.consent":
        original = Original.from_json(opened[0])
        return Shown(title, _paper(entry_of(row), original), _take(row), note, original=original)
    said = told(row)
    facts = [each for each in said.facts if each[0] not in _LEFT_OUT.get(row.act, frozenset())]
    if row.act == "joint.mailbox":
        facts.append(("Mailbox", f"one at {opened[0].rpartition('@')[2]}"))
    elif opened:
        facts.append(("Recipient", opened[0]))
    done = _END_BOTH if row.act == "joint.end_both" else said.about_to
    return Shown(title, facts, done, note, _changes(row), receives=_receives(row, opened))


def _receives(row: Approval, opened: list[str]) -> tuple[str, ...]:
    return (*opened, *_authorities(row)) if row.act == EXPORT else ()


def _authorities(row: Approval) -> tuple[str, ...]:
    packs = EvidencePack.objects.filter(id__in=about(row), demand__isnull=False)
    return tuple(packs.values_list("demand__authority", flat=True))


def entry_of(row: Approval) -> PaperEntry:
    """Give what was read off the signed letter that an act is about."""
    return PaperEntry.objects.select_related("letter__organisation").get(approval=row.id)


def _take(row: Approval) -> str:
    company = entry_of(row).letter.organisation.legal_name
    return f"take a letter signed on paper, by which {company} gets a customer's data. It is in force from then on."


def _paper(entry: PaperEntry, original: Original) -> list[tuple[str, str]]:
    kinds = ", ".join(LABELS.get(each, each) for each in original.data_types)
    return [
        ("Code on the letter", f"begins with {entry.letter.code[:2]}"),
        ("Who gets the data", entry.letter.organisation.legal_name),
        ("Data", kinds),
        ("What for", str(PURPOSES.get(original.purpose, original.purpose))),
        ("Data of", f"{_day(original.history_from)} through {_day(original.history_to - timedelta(days=1))}"),
        ("Also what comes later", "yes" if original.forward else "no"),
        ("Ends", _day(original.ends - timedelta(days=1))),
        ("May pass through Nectar", "yes" if original.nectar else "no"),
        ("Signed on", _day(original.signed_on)),
    ]


def _changes(row: Approval) -> tuple[Change, ...]:
    if row.act != changing.NAME:
        return ()
    return changing.differences(ProposedProfile.objects.get(approval=row.id))


def _day(value: date) -> str:
    return f"{value:%B} {value.day}, {value.year}"


def read_as(original: Original, digits: str) -> bool:
    """Say whether these are the last four digits of the account on the letter, as it was entered."""
    return original.account[-4:] == digits.strip()
