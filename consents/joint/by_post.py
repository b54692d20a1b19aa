"""What is printed and posted to a second holder of whom we know no mailbox (action).

It goes to the service address, so only where a proof (L2) names that address: an unproven one is whatever the signer
typed, and nothing personal goes there.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from broker import vault
from broker.audit import log
from broker.notices import compose
from broker.terms import Actor
from consents.joint.models import JointMember
from consents.joint.reach import account_of, is_proven
from consents.models import PaperNotice

TEMPLATES = ("joint_notice", "joint_ended")
HOLDER = ":to-holder"  # how the key of such a letter ends


def may(member: JointMember) -> bool:
    """Say whether a letter may go to the holder's service address: a proof names it."""
    return is_proven(account_of(member.consent))


def write(
    member: JointMember, template: str, context: Mapping[str, object], *, key: str, actor: Actor, now: datetime
) -> bool:
    """Seal the words for staff to print and post, once per key; False where they may not go, or were written before."""
    consent, key = member.consent, key + HOLDER
    if not may(member) or PaperNotice.objects.filter(key=key).exists():
        return False
    rendered = compose.render(template, language=member.language, context=context)
    text = f"{rendered.subject}\n\n{rendered.text}".encode()
    with transaction.atomic():
        ref = log.append(
            "electronic.printed",
            actor=actor,
            subject=consent.customer_id,
            body={"consent": consent.id, "number": consent.number, "template": template, "to": "second holder"},
        )
        PaperNotice.objects.create(
            consent=consent,
            template=template,
            file=vault.seal_file(text, subject=consent.customer_id, name=f"{template}.txt", retention=vault.CASE),
            key=key,
            made_at=now,
            audit_event_id=ref.id,
        )
    return True


def written(member: JointMember) -> PaperNotice | None:
    """Give the newest letter to this holder about the sharing, posted or waiting for it."""
    return _letters(member).order_by("-made_at").first()


def posted(member: JointMember) -> PaperNotice | None:
    """Give the newest letter to this holder that was posted."""
    return _letters(member).filter(posted_at__isnull=False).order_by("-posted_at").first()


def _letters(member: JointMember) -> QuerySet[PaperNotice]:
    return PaperNotice.objects.filter(key__startswith=f"joint:{member.id}:", key__endswith=HOLDER)
