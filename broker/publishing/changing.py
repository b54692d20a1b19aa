"""A profile is changed by two people: one proposes a text, another publishes it (actions).

What is proposed is read by the loader that reads the file, so a line without source or certainty is refused. A change
of where letters and calls go needs a call back first: to the number that was in force before, not to the new one.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max

from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.audit import log
from broker.looking import TOO_LONG, look
from broker.publishing import in_force
from broker.publishing.differing import Change, change_contacts, changes, fixed
from broker.publishing.models import ProposedProfile, PublishedProfile
from broker.terms import Actor
from broker.utilities import ProfileError, UnknownUtility, read_text

NAME = "profile.change"
LONGEST = 200_000  # characters of a profile
OLDEST_CALL = timedelta(days=30)


class NotProposed(ValueError):
    """This text cannot be proposed; the message says why, for the person who proposes it."""


@dataclass(frozen=True)
class CallBack:
    """When the co-op was called at the number in force, and what was said there."""

    on: date
    said: str


def propose(
    utility: str,
    text: str,
    *,
    requester: Actor,
    reason: str,
    call_back: CallBack | None = None,
    now: datetime,
) -> Approval:
    """Ask that a text become the profile in force; raises `NotProposed`, `decide.NotAllowed`, `UnknownUtility`."""
    text = text.replace("\r\n", "\n")
    old = in_force.offer(utility)
    if old is None:
        raise UnknownUtility(utility)
    new, found = _read(utility, text)
    contacts = change_contacts(found)
    if contacts and call_back is None:
        raise NotProposed("This changes where letters or calls go: call the co-op back at the number in force first.")
    if call_back is not None and not now - OLDEST_CALL <= _noon(call_back.on, now) <= now + timedelta(days=1):
        raise NotProposed("The call was made within the last 30 days.")
    about = _about(utility)
    if decide.is_open(NAME, about=about):
        raise NotProposed("A change of this profile already waits for a second person.")
    said = f"{reason}\n\nCalled back on {call_back.on}: {call_back.said}" if call_back else reason
    params = {"utility": utility, "version": new, "against": old.version, "lines": len(found), "contacts": contacts}
    with transaction.atomic():
        made = decide.request(NAME, requester=requester, reason=said, now=now, about=about, params=params)
        ProposedProfile.objects.create(
            utility=utility,
            text=text,
            version=new,
            against=old.version,
            approval=made.id,
            contacts_change=contacts,
            called_back_on=call_back.on if call_back else None,
            at=now,
            audit_event_id=made.audit_event_id,
        )
    return made


def differences(proposal: ProposedProfile) -> tuple[Change, ...]:
    """Give what a proposal changes, against the version that it was written against; nothing once that is not in force.

    For whoever decides: after the decision the log and the two texts say it.
    """
    old = in_force.offer(proposal.utility)
    if old is None or old.version != proposal.against:
        return ()
    return changes(old, read_text(proposal.text, proposal.utility))


def _read(utility: str, text: str) -> tuple[str, tuple[Change, ...]]:
    old = in_force.offer(utility)
    if old is None:
        raise UnknownUtility(utility)
    if len(text) > LONGEST:
        raise NotProposed("This file is too long for a profile.")
    known = set(in_force.text_in_force(utility).splitlines())
    # Line by line: a title that speaks of passwords and the sentence below it are two lines of a file, not a login.
    against = [look(line, "admin_note", in_file=True) for line in text.splitlines() if line not in known]
    if any(each is not None and each.kind != TOO_LONG for each in against):
        # promise: no-passwords
        raise NotProposed("A new line looks like a portal login. We never take one: please remove it.")
    if any(against):
        raise NotProposed("A new line is too long to be checked. Please write it as several lines.")
    try:
        new = read_text(text, utility)
    except ProfileError as wrong:
        raise NotProposed(str(wrong)) from None
    if names := fixed(old, new):
        raise NotProposed(f"A version cannot change {', '.join(names)}: that is another file.")
    found = changes(old, new)
    if not found:
        raise NotProposed("This changes no line of the profile in force.")
    return new.version, found


def _publish(approval: Approval, approver: Actor, now: datetime) -> None:
    proposal = ProposedProfile.objects.get(approval=approval.id)
    old = in_force.offer(proposal.utility)
    if old is None or old.version != proposal.against:
        raise decide.NotAllowed("approval.over")
    newest = PublishedProfile.objects.filter(utility=proposal.utility).aggregate(newest=Max("number"))["newest"]
    number = (newest or in_force.FILE) + 1
    ref = log.append(
        "profile.changed",
        actor=approver,
        subject=None,
        obj="profile",
        body={
            "utility": proposal.utility,
            "number": number,
            "proposal": proposal.id,
            "approval": approval.id,
            "version": proposal.version,
            "before": proposal.against,
            "proposer": approval.requester,
            "lines": [each.path for each in differences(proposal)],
        },
    )
    PublishedProfile.objects.create(
        utility=proposal.utility,
        number=number,
        proposal=proposal,
        proposer=approval.requester,
        approver=approver.id,
        at=now,
        audit_event_id=ref.id,
    )
    decide.execute(approval, actor=approver, now=now)


def _about(utility: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"urn:utility-data-broker:profile:{utility}")


def _noon(day: date, now: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=now.tzinfo)


ACT = TwoPersonAct(
    NAME,
    "Change what is known of a utility",
    requesters=frozenset({"officer"}),
    approvers=frozenset({"approver"}),
    life=timedelta(days=7),
    run=_publish,
)
