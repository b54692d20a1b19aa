"""What is printed and posted to a customer who deals on paper (actions)."""

from datetime import datetime

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from broker import sandbox, vault
from broker.audit import log
from broker.notices import context as site_context
from broker.notices import waiting
from broker.terms import Actor
from consents.copy_returned import went_by_post
from consents.joint import by_post
from consents.joint.models import JointMember
from consents.joint.reach import account_of
from consents.models import PaperNotice

WALL, CPU = 60.0, 40
PDF = b"%PDF-"


def opened(notice: PaperNotice, *, actor: Actor) -> bytes:
    """Give a notice as a PDF for the person who prints it: first the name and address for the envelope's window.

    One event for the notice and the address. Raises `sandbox.SandboxError`, and `jobs.Held` where it has to wait.
    """
    waiting.look_first(notice.template, notice.id)
    holder = _second_holder(notice)
    account = account_of(notice.consent) if holder else notice.consent.accounts.order_by("created_at", "id")[0]
    ref = log.append_read(
        "mail.read",
        actor=actor,
        subject=notice.consent.customer_id,
        purpose="fulfilment",
        obj="mail",
        body={
            "template": notice.template,
            "consent": notice.consent_id,
            "fields": ["name_as_billed", "service_address"],
            "why": "to post it",
        },
        cnt=1,
    )
    to = holder.name if holder else account.name_as_billed
    name, address = vault.open_all([to, account.service_address], under=ref)
    data = vault.open_file(notice.file, under=ref)
    if data.startswith(PDF):
        payload = {
            "html": page(notice, name, address, ""),
            "data": sandbox.pack(data),
            "media_type": "application/pdf",
        }
        answer = sandbox.call("consents.paper.paper_pdf:bundle", payload, wall=WALL, cpu=CPU)
    else:
        payload = {"html": page(notice, name, address, data.decode())}
        answer = sandbox.call("consents.paper.paper_pdf:letter", payload, wall=WALL, cpu=CPU)
    return sandbox.unpack(answer["pdf"])


def _second_holder(notice: PaperNotice) -> JointMember | None:
    """Give the second holder where the letter is to that holder: the key says so."""
    if notice.template not in by_post.TEMPLATES or not (notice.key or "").endswith(by_post.HOLDER):
        return None
    return JointMember.objects.get(consent_id=notice.consent_id)


def page(notice: PaperNotice, name: str, address: str, words: str) -> str:
    """Write the page with the address window, and the words where the notice is words alone; all is escaped."""
    language = notice.consent.customer.language
    context = {
        **site_context.facts(),
        "language": language,
        "name": name,
        "address": [line.strip() for line in address.replace("\n", ",").split(",") if line.strip()],
        "number": notice.consent.number,
        "made_at": notice.made_at,
        "words": words,
    }
    with translation.override(language):
        context["name"] = name or _("The other holder of the account")
        return render_to_string("paper/envelope.html", context)


def posted(notice: PaperNotice, *, actor: Actor, now: datetime) -> bool:
    """Record that a notice was posted; False where that was said before."""
    with transaction.atomic():
        row = PaperNotice.objects.select_for_update().get(id=notice.id)
        if row.posted_at is not None:
            return False
        ref = log.append(
            "notice.sent",
            actor=actor,
            subject=notice.consent.customer_id,
            obj="notice",
            body={"template": notice.template, "consent": notice.consent_id, "by": "post"},
        )
        PaperNotice.objects.filter(id=row.id).update(posted_at=now, audit_event_id=ref.id)
        went_by_post(notice.consent, notice.template, now=now)
    return True
