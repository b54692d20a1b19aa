"""What waits for a second person: list, detail, the reason by click, the decision (interface)."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core import signing
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker import vault
from broker.approvals import acts
from broker.approvals import decide as deciding
from broker.approvals.lifecycle import OPEN, State
from broker.approvals.models import Approval
from broker.console.outside.models import Approver
from broker.console.packs.approval_words import about, told
from broker.console.packs.guard import actor_of, opened, two_people, viewed
from broker.console.packs.models import EvidencePack
from broker.db.evidence_packs import ACT as EXPORT
from broker.duties import people as ours
from broker.parties.models import User
from broker.publishing import changing
from broker.publishing.differing import Change
from broker.publishing.models import ProposedProfile
from requests_app.recipients import joining
from requests_app.recipients.models import SignUp

SHOWN = 200
THOUGHT_OVER = timedelta(minutes=15)  # how long the question "are you sure" stands
_SURE = signing.TimestampSigner(salt="approval.sure")
REFUSALS = {
    "approval.role": "Your role does not decide this kind of act.",
    "approval.same_person": "You asked for it yourself, or it is for you: another person decides.",
    "approval.not_yours": "Only the person who asked takes it back.",
    "approval.over": "It is decided already.",
    "approval.expired": "Its time is over.",
    "approval.held": "A day of waiting was begun for it, in which the customer can say no: decide it after that day.",
}


@two_people
@require_GET
def approvals(request: HttpRequest, user: User) -> HttpResponse:
    """What waits for this person, what this person asked for, and what is decided; no reason is opened."""
    now = timezone.now()
    mine = [name for name in _known() if user.role in acts.act_of(name).approvers]
    open_rows = Approval.objects.filter(state=State.REQUESTED, expires_at__gt=now)
    own = ours.accounts_of(user)  # what one asked for by another account waits for the other person
    waiting = open_rows.filter(act__in=mine).exclude(Q(requester__in=own) | Q(beneficiary__in=own))
    asked = Approval.objects.filter(requester=user.id)
    decided = Approval.objects.filter(approver=user.id)
    lists = [
        ("Waiting for you", _rows(waiting.order_by("requested_at")[:SHOWN])),
        ("Asked for by you", _rows(asked.order_by("-requested_at")[:SHOWN])),
        ("Decided by you", _rows(decided.order_by("-decided_at")[:SHOWN])),
    ]
    viewed(user, "approvals", cnt=sum(len(rows) for _, rows in lists))
    return render(request, "console/packs/approvals.html", {"lists": lists})


@two_people
@require_GET
def approval(request: HttpRequest, user: User, approval_id: uuid.UUID) -> HttpResponse:
    """One act; its reason stays closed until somebody asks to read it. `?sure` asks once more before a yes."""
    row, sure = _visible(user, approval_id), "sure" in request.GET
    viewed(user, "approval", {"approval": row.id, "sure": sure})
    return _page(request, user, row, sure=sure, refusing="refuse" in request.GET)


@two_people
@require_POST
def reason(request: HttpRequest, user: User, approval_id: uuid.UUID) -> HttpResponse:
    """Open the reason for this one page, and a pack's recipient with it; the reading is one event."""
    row, sure = _visible(user, approval_id), "sure" in request.POST
    pack = _pack(row)
    if pack is not None:  # the reason of a pack is its purpose, which lies beside the recipient under the pack's key
        facts = {"approval": row.id, "number": pack.number, "fields": ["purpose", "recipient"]}
        ref = opened(user, "approval", pack.id, "approval", facts)
        text, recipient = vault.open_all([pack.purpose, pack.recipient], under=ref)
        return _page(request, user, row, reason=text, recipient=recipient, sure=sure)
    subject = row.subject or row.requester
    ref = opened(user, "approval", subject, "approval", {"approval": row.id, "fields": ["reason"]})
    return _page(request, user, row, reason=vault.open(row.reason, under=ref), sure=sure)


@two_people
@require_POST
def decide(request: HttpRequest, user: User, approval_id: uuid.UUID) -> HttpResponse:
    """Approve, refuse, or take back; a yes counts only from the page that says what it will do."""
    row, actor, now = _visible(user, approval_id), actor_of(user), timezone.now()
    if request.POST.get("decision") == "approve" and _may_decide(row, user) and not _was_asked(request, row, user):
        return redirect(f"{reverse('console-approval', args=[row.id])}?sure=1")
    try:
        match request.POST.get("decision"):
            case "approve":
                deciding.approve(row.id, approver=actor, now=now)
                messages.success(request, "Approved.")
            case "refuse":
                deciding.refuse(row.id, approver=actor, now=now)
                messages.success(request, "Refused.")
            case "withdraw":
                deciding.withdraw(row.id, requester=actor, now=now)
                messages.success(request, "Taken back.")
            case _:
                return redirect("console-approval", row.id)
    except deciding.NotAllowed as error:
        messages.error(request, REFUSALS.get(error.code, error.code))
        return redirect("console-approval", row.id)
    return redirect("console-approvals")


def _question(row: Approval, user: User) -> str:
    """What the confirming page asked, and whom: a yes brings it back."""
    return f"{row.id}/{user.id}"


def _was_asked(request: HttpRequest, row: Approval, user: User) -> bool:
    try:
        signed = bytes.fromhex(request.POST.get("confirmed", "")).decode("ascii")
        asked = _SURE.unsign(signed, max_age=THOUGHT_OVER)
    except (ValueError, signing.BadSignature):
        return False
    return asked == _question(row, user)


def signed_question(row: Approval, user: User) -> str:
    """Give what the confirming page carries and a yes brings back.

    Hexadecimal throughout: as Django writes a signature, chance makes a user name and a password of it once in some
    hundred, and the gate refuses those.
    """
    return _SURE.sign(_question(row, user)).encode("ascii").hex()


def _may_decide(row: Approval, user: User) -> bool:
    """Say whether this person is the second one for this act, and it waits for a decision."""
    is_open = row.state == State.REQUESTED and timezone.now() < row.expires_at
    others = ours.accounts_of(user).isdisjoint({row.requester, row.beneficiary})
    return is_open and others and user.role in acts.act_of(row.act).approvers


def _known() -> list[str]:
    return [each.name for each in acts.registered()]


def _visible(user: User, approval_id: uuid.UUID) -> Approval:
    """Give the act if this person asked for it, decided it, or may decide it."""
    row = get_object_or_404(Approval, id=approval_id, act__in=_known())
    if user.id not in (row.requester, row.approver) and user.role not in acts.act_of(row.act).approvers:
        raise Http404
    return row


def _rows(rows: Any) -> list[dict[str, Any]]:
    found = list(rows)
    names = dict(User.objects.filter(id__in={each.requester for each in found}).values_list("id", "full_name"))
    joins = [each.about for each in found if each.act == joining.NAME]
    houses = dict(SignUp.objects.filter(id__in=joins).values_list("id", "legal_name"))
    return [
        {
            "row": each,
            "title": _title(each),
            "name": houses.get(each.about, ""),
            "by": names.get(each.requester, "a program"),
            "state": _state(each),
        }
        for each in found
    ]


def _title(row: Approval) -> str:
    return acts.act_of(row.act).title if row.act in _known() else row.act


def _state(row: Approval) -> str:
    over = row.state in OPEN and timezone.now() >= row.expires_at
    return "expired" if over else row.state


def _pack(row: Approval) -> EvidencePack | None:
    return EvidencePack.objects.filter(id__in=about(row)).first() if row.act == EXPORT else None


def _changes(row: Approval) -> tuple[Change, ...] | None:
    """Give the lines that a change of a profile is about; nothing for other acts."""
    if row.act != changing.NAME or row.state not in OPEN:
        return None
    return changing.differences(ProposedProfile.objects.get(approval=row.id))


def _page(request: HttpRequest, user: User, row: Approval, **more: Any) -> HttpResponse:
    kind = acts.act_of(row.act)
    people = {each.id: each for each in User.objects.filter(id__in=[row.requester, row.approver or row.requester])}
    context = {
        "row": row,
        "title": kind.title,
        "state": _state(row),
        "requester": people.get(row.requester),
        "approver": people.get(row.approver) if row.approver else None,
        "outside": Approver.objects.defer("email").filter(id__in=[row.approver] if row.approver else []).first(),
        "told": told(row),
        "pack": _pack(row),
        "organisation": SignUp.objects.filter(id__in=about(row)).first() if row.act == joining.NAME else None,
        "changes": _changes(row),
        "may_decide": _may_decide(row, user),
        "question": signed_question(row, user),
        "own": row.requester in ours.accounts_of(user),
        "may_withdraw": row.requester == user.id and row.state in OPEN and timezone.now() < row.expires_at,
        **more,
    }
    return render(request, "console/packs/approval.html", context)
