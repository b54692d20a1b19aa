"""Telling every mailbox that was written to before as another holder's of this account (actions).

The signer may name another address for her next permission. Whoever was told of an earlier one hears of it all the
same, and can ask through the own link that both must agree.
"""

from collections.abc import Mapping

from django.db import transaction
from django.urls import reverse

from broker import notices, vault
from broker.audit import log
from broker.notices.models import Notice
from broker.terms import SERVICE
from broker.transport import Proof, ProvenAddress
from consents.joint import members
from consents.joint.models import JointMember
from consents.joint.reach import account_of, members_of, same

WRITER = SERVICE("notices")


def tell(member: JointMember, facts: Mapping[str, object]) -> int:
    """Write once to each earlier mailbox about the permission of this second holder; gives to how many."""
    told = 0
    for each in _earlier(member):
        event = log.append_read(
            "joint.read",
            actor=WRITER,
            subject=each.id,
            purpose="operations",
            obj="joint_member",
            body={"member": str(each.id), "fields": ["email"]},
            cnt=1,
        )
        assert each.email is not None
        to = ProvenAddress(vault.open(each.email, under=event), Proof("invitation", str(each.id)))
        path = reverse("joint", args=[members.token(each.id)])
        with transaction.atomic():
            log.append(
                "notice.queued",
                actor=WRITER,
                subject=member.consent.customer_id,
                obj="notice",
                body={"consent": str(member.consent_id), "member": str(each.id), "asks": False, "first": False},
            )
            notices.send_later(
                "joint_notice",
                to=to,
                subject=each.id,
                language=each.language,
                context={**facts, "asks": False, "further": each.consent.number, "path": path},
                key=_key(member, each),
            )
        told += 1
    return told


def _earlier(member: JointMember) -> list[JointMember]:
    """Give the newest second holder of each mailbox that was told before, but for this one's own."""
    about = members_of(same(account_of(member.consent))).select_related("consent")
    rows = about.filter(told_at__isnull=False, email_index__isnull=False)
    rows = rows.exclude(consent=member.consent).exclude(email_index=bytes(member.signer_index))
    found: dict[bytes, JointMember] = {}
    for each in rows.filter(created_at__lt=member.created_at).order_by("created_at"):
        if each.email_index is not None:
            found[bytes(each.email_index)] = each
    if member.email_index is not None:
        found.pop(bytes(member.email_index), None)
    return [each for each in found.values() if not Notice.objects.filter(key=_key(member, each)).exists()]


def _key(member: JointMember, earlier: JointMember) -> str:
    return f"joint:{member.id}:further:{earlier.id}"
