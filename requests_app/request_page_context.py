"""What the page of a request shows the desk: thread, clock, permission, checklist, files; masked (reads only)."""

from datetime import datetime, timedelta
from typing import Any

from broker.utilities import UtilityProfile
from consents.models import Consent
from requests_app import clock, resending, worklist_marks, worklist_steps
from requests_app.clocks import calendars
from requests_app.completeness import query
from requests_app.deadlines import is_overdue
from requests_app.desk import turns
from requests_app.desk_work import assigning, people
from requests_app.desk_work.forms import NoteForm
from requests_app.desk_work.models import Note
from requests_app.forms import LABELS
from requests_app.grants import not_in_force
from requests_app.ladder import looking, open_tasks
from requests_app.lifecycle import FACTS, OVER, OWED, ClockMode, ManualState
from requests_app.mailing import profile_for
from requests_app.models import ManualRequest, ReceivedFile

# Why a permission permits nothing, as the ribbon says it.
RIBBON = {
    "consent.revoked": "ENDED",
    "consent.expired": "ENDED",
    "consent.superseded": "ENDED",
    "consent.suspended": "ON HOLD",
    "consent.paused_dormant": "PAUSED",
    "consent.not_started": "NOT YET IN FORCE",
}


def of(manual: ManualRequest, now: datetime) -> dict[str, Any]:
    """Give the context of the page; opens nothing that is sealed."""
    asked, profile, state = manual.request, profile_for(manual), ManualState(manual.state)
    consent = asked.consent
    assert consent is not None
    files = list(ReceivedFile.objects.filter(message__manual=manual).order_by("received_at"))
    waiting = next((each for each in files if each.state == ReceivedFile.State.QUARANTINED), None)
    unread = list(open_tasks.unread(manual)) if state not in OVER else []
    desk, held_by = people.desk(now), assigning.who(manual)
    over, resend = state in OVER, resending.may_resend(manual)
    waits = worklist_steps.Waits(
        file=waiting.id if waiting else None,
        resend=not over and resend,
        held=any(each.kind in open_tasks.HELD for each in unread),
        unread=bool(unread),
        call=open_tasks.open_calls().filter(manual=manual).exists(),
        decide=open_tasks.open_decision(manual) is not None,
    )
    return {
        "manual": manual,
        "asked": asked,
        "last_day": asked.range_to - timedelta(days=1) if asked.range_to else None,
        "consent": consent,
        "consent_last_day": consent.ends - timedelta(days=1),
        "ribbon": _ribbon(consent, now),
        "profile": profile,
        "desk_address": profile.contacts.email.value,
        "accounts": consent.accounts.filter(id__in=asked.accounts),
        "data_types": [LABELS[each] for each in asked.data_types],
        "thread": worklist_marks.thread(manual),
        "files": files,
        "state": FACTS[state].name,
        "next_step": worklist_steps.next_step(manual, unusable=bool(query.unusable([manual.id]))),
        "steps": worklist_steps.steps_of(manual, waits),
        "rungs": open_tasks.taken(manual),
        "coming": [(worklist_steps.COMING[each.step], each.day) for each in looking.coming(manual, now)],
        "unread": {each.id for each in unread},
        "over": over,
        "leaves": turns.expected(manual, now=now),
        "doubted": resending.is_doubted(manual),
        "may_resend": resend,
        "checklist": looking.checklist(manual, now),
        "assignment": held_by,
        "assigned": desk.says(held_by.person_id) if held_by else "",
        "colleagues": people.working().exclude(id=held_by.person_id) if held_by else people.working(),
        "empty_note": NoteForm(),
        "note_count": Note.objects.filter(manual=manual).count(),
        **_clock(manual, profile, state, now),
        **query.context(manual, staff=True),
    }


def _ribbon(consent: Consent, now: datetime) -> str:
    code = not_in_force(consent, now)
    return "" if code is None else RIBBON.get(code, "NOT IN FORCE")


def _clock(manual: ManualRequest, profile: UtilityProfile, state: ManualState, now: datetime) -> dict[str, Any]:
    usual = profile.clock.last_days
    if manual.due is None or FACTS[state].clock not in (ClockMode.RUNS, ClockMode.RESTS):
        return {"day": "", "overdue": False}
    calendar = calendars.in_force(profile).calendar
    late = state in OWED and is_overdue(manual.due, now, calendar)
    return {"day": f"{clock.day_of(manual, now, usual, calendar)} of {usual}", "overdue": late}
