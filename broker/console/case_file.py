"""Everything of one consent or one manual request, as one page (reads of our own tables and of the log)."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from broker.audit import query, timeline
from broker.audit.timeline import Entry
from broker.console.milestones import Milestone, counted
from broker.terms import EventRef
from broker.utilities.calendar import Calendar
from consents.models import Consent, LetterFile, LetterOfAuthorization
from requests_app.clocks import calendars, why
from requests_app.mailing import profile_for
from requests_app.models import Decision, ManualRequest, Message, ReceivedFile, Release

ONE_DAY = timedelta(days=1)  # `ends` is the first day that does not count


@dataclass(frozen=True)
class CaseFile:
    """What a case file shows; facts of messages and files, never their content."""

    consent: Consent
    accounts: list[str]
    letter: LetterOfAuthorization | None
    letter_files: list[tuple[LetterFile, str]]
    manuals: list[ManualRequest]
    milestones: list[Milestone]
    messages: list[tuple[Message, str]]
    files: list[tuple[ReceivedFile, str]]
    decisions: list[Decision]
    releases: list[Release]
    entries: list[Entry]


def of_consent(consent: Consent, now: datetime, *, under: EventRef) -> CaseFile:
    """Collect the case of a consent; `under` is the committed `log.read` event of its customer."""
    manuals = list(ManualRequest.objects.filter(request__consent=consent).order_by("created_at"))
    steps: list[tuple[str, Any]] = [
        ("Notice shown", consent.notice_at),
        ("Signed", consent.signed_at),
        *((f"State: {each.state}", each.at) for each in consent.events.order_by("at")),
        *((f"{manual.number} sent", manual.sent_at) for manual in manuals),
        ("First release", _first_release(consent)),
        ("Ended", consent.ended_at),
        ("Last day", consent.ends - ONE_DAY),
    ]
    return _collect(consent, manuals, steps, now, under, {str(consent.id), consent.number})


def of_request(manual: ManualRequest, now: datetime, *, under: EventRef) -> CaseFile:
    """Collect the case of a manual request; `under` is the committed `log.read` event of its customer."""
    consent = manual.request.consent
    assert consent is not None  # a manual request is made for a consent
    incoming = manual.messages.filter(direction="in").order_by("at")
    steps: list[tuple[str, Any]] = [
        ("Asked by the recipient", manual.request.made_at),
        ("Sent to the utility", manual.sent_at),
        ("Delivery proven", manual.delivered_at),
        ("Day 0", manual.day0),
        ("Answer expected from", manual.expected_from),
        ("Due", manual.due),
        ("We ask again", manual.first_follow_up),
        *((f"Message received ({each.kind})", each.at) for each in incoming),
        *((f"File {each.state}", each.decided_at) for each in ReceivedFile.objects.filter(message__manual=manual)),
        ("First release", _first_release(consent, manual.request_id)),
        ("Consent ended", consent.ended_at),
    ]
    about = {str(manual.id), manual.number, str(manual.request_id)}
    return _collect(consent, [manual], steps, now, under, about, only=manual)


def _collect(
    consent: Consent,
    manuals: list[ManualRequest],
    steps: Iterable[tuple[str, Any]],
    now: datetime,
    under: EventRef,
    about: set[str],
    only: ManualRequest | None = None,
) -> CaseFile:
    asked = {"request": only.request} if only else {"request__consent": consent}
    messages = Message.objects.filter(manual__in=manuals).order_by("at")
    files = ReceivedFile.objects.filter(message__manual=only) if only else ReceivedFile.objects.filter(consent=consent)
    decisions = list(Decision.objects.filter(**asked).order_by("decided_at"))
    letter = LetterOfAuthorization.objects.filter(consent=consent).first()
    about |= {str(each.request_id) for each in decisions} | {manual.number for manual in manuals}
    return CaseFile(
        consent=consent,
        accounts=[str(each) for each in consent.accounts.all()],
        letter=letter,
        letter_files=[(each, bytes(each.sha256).hex()) for each in letter.files.order_by("made_at")] if letter else [],
        manuals=manuals,
        milestones=counted(steps, now, _calendar(manuals, only), day0=only.day0 if only else None),
        messages=[(each, bytes(each.sha256).hex()) for each in messages],
        files=[(each, bytes(each.sha256).hex()) for each in files.order_by("received_at")],
        decisions=decisions,
        releases=list(
            Release.objects.filter(**asked).select_related("application", "request__organisation").order_by("at")
        ),
        entries=_entries(consent, about, under),
    )


def _calendar(manuals: list[ManualRequest], only: ManualRequest | None) -> Calendar:
    """Give the closing days of the request's own dates, else those in force at the utility that was asked."""
    if only is not None:
        return why.counted_by(only, profile_for(only)).calendar
    if manuals:
        return calendars.in_force(profile_for(manuals[0])).calendar
    return calendars.of_utility(settings.HOME_UTILITY).calendar


def _first_release(consent: Consent, request: uuid.UUID | None = None) -> datetime | None:
    rows = Release.objects.filter(consent=consent).order_by("at")
    first = (rows.filter(request_id=request) if request else rows).first()
    return first.at if first else None


def _entries(consent: Consent, about: set[str], under: EventRef) -> list[Entry]:
    """The customer's events whose bodies name this case; the bodies themselves are shown one by one, elsewhere."""
    found = query.for_subject(consent.customer_id, under=under)
    ids = {event.id for event in found if _names(event.body, about)} | {consent.granted_event}
    return timeline.some(sorted(ids))


def _names(value: Any, about: set[str]) -> bool:
    if isinstance(value, dict):
        return any(_names(each, about) for each in value.values())
    if isinstance(value, list):
        return any(_names(each, about) for each in value)
    return isinstance(value, str) and value in about
