"""Jobs that tell people: the customer that her co-op was asked, the recipient that data is ready (actions)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from broker import jobs, notices
from broker.notices.models import Notice, NoticeState
from broker.terms import SERVICE
from broker.transport import Proof, ProvenAddress
from consents import electronic
from consents.identity.levels import prove_path
from requests_app import records, release, what_asked
from requests_app.decision import PASSING_STATES
from requests_app.mailing import profile_for
from requests_app.models import DataRequest, ManualRequest, Release

WRITER = SERVICE("notices")
READY = "files-ready"
AGAIN = timedelta(days=1)


@jobs.handler("request.told")
def customer_told_job(job: jobs.JobView) -> None:
    """Tell the customer that her letter went out, and when an answer can be expected."""
    rows = ManualRequest.objects.select_related("request__consent__customer", "request__consent__recipient")
    manual = rows.get(id=job.subject_id)
    consent = manual.request.consent
    if consent is None or consent.state not in PASSING_STATES:
        return
    profile = profile_for(manual)
    context = {
        "number": manual.number,
        "who": consent.recipient.legal_name,
        "utility_name": profile.name,
        **what_asked.of(manual),
        "expected_from": manual.expected_from,
        "due": manual.due,
        "first_days": profile.clock.first_days,
        "last_days": profile.clock.last_days,
        "my_path": reverse("my"),
        "prove_path": prove_path(consent),
    }
    message = electronic.Message("request_sent", consent.customer, context, f"request-sent:{manual.id}", consent)
    electronic.tell(message, why="your co-op was asked", actor=WRITER, now=timezone.now())


@jobs.handler(records.WAITS_FOR_HER)
def waits_for_her_job(job: jobs.JobView) -> None:
    """Tell the customer that an ask waits for files that she downloads herself, once a day for each permission.

    Not where a file that answers it is there already, or the permission is over.
    """
    asked = DataRequest.objects.select_related("consent__customer", "consent__recipient").get(id=job.subject_id)
    consent, now = asked.consent, timezone.now()
    if consent is None or consent.state not in PASSING_STATES or release.files_of(asked).exists():
        return
    context = {
        "number": consent.number,
        "who": consent.recipient.legal_name,
        **what_asked.of_request(asked),
        "share_path": reverse("my-share-file", args=[consent.id]),
        "my_path": reverse("my"),
    }
    key = f"share-wanted:{consent.id}:{now:%Y-%m-%d}"
    message = electronic.Message("share_wanted", consent.customer, context, key, consent)
    electronic.tell(message, why="an ask waits for her own files", actor=WRITER, now=now)


@jobs.handler("recipient.told")
def recipient_told_job(job: jobs.JobView) -> None:
    """Tell the recipient's verified contact that data is ready; nothing personal is in the mail.

    The mail names the request alone, so one of them tells of everything that came since the recipient last fetched:
    files that are accepted one after the other are no reason for the same mail again, before a day is over.
    """
    manual = ManualRequest.objects.filter(request_id=job.subject_id).first()
    with transaction.atomic():
        rows = DataRequest.objects.select_for_update(of=("self",)).select_related("organisation", "consent")
        asked = rows.get(id=job.subject_id)  # locked: of two jobs at once the second sees the mail of the first
        if asked.consent is None or asked.consent.state not in PASSING_STATES or _was_told(asked, timezone.now()):
            return
        notices.send_later(
            "files_ready_recipient",
            to=ProvenAddress(asked.organisation.contact_email, Proof("party", str(asked.organisation_id))),
            subject=asked.organisation_id,
            context={
                "number": manual.number if manual else str(asked.id)[:8],
                "path": reverse("api-request", args=[asked.id]),
                "page": reverse("recipient-request", args=[asked.id]),
            },
            key=f"{READY}:{asked.id}:{job.id}",
        )


def _was_told(asked: DataRequest, now: datetime) -> bool:
    """Say whether a mail of the last day tells the recipient of this request, and nothing was fetched since."""
    written = Notice.objects.exclude(state=NoticeState.REFUSED).filter(
        key__startswith=f"{READY}:{asked.id}:", created_at__gt=now - AGAIN
    )
    last = written.order_by("-created_at").values_list("created_at", flat=True).first()
    return last is not None and not Release.objects.filter(request=asked, at__gt=last).exists()
