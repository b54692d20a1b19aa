"""What the ladder knows of a request: facts for the rules, the checklist, the script (queries; nothing is opened)."""

from datetime import date, datetime

from django.conf import settings

from broker import vault
from broker.utilities.calendar import Calendar
from consents.models import LetterFile
from consents.renewal import successor
from requests_app import grants
from requests_app.account_rules import allowed_days
from requests_app.clocks import calendars
from requests_app.deadlines import deadlines
from requests_app.ladder import checks, open_tasks, rules, script
from requests_app.ladder.models import FollowUp, LadderStep, LastDecision, PhoneTask
from requests_app.ladder.words import AskState, Choice, Step
from requests_app.lifecycle import ManualState
from requests_app.mailing import address_of, left_at, profile_for
from requests_app.models import ManualRequest
from requests_app.reading import read_consent

ON_ITS_WAY = (AskState.QUEUED, AskState.SENDING)
ASKED = (AskState.SENT, AskState.UNKNOWN, AskState.REFUSED)  # it left us, or we tried: nobody is asked twice at once


def dates_of(manual: ManualRequest) -> rules.Dates | None:
    """Give the days of a request's clock; None while none runs."""
    if manual.due is None or manual.expected_from is None:
        return None
    return rules.Dates(manual.expected_from, manual.due, manual.promised_for)


def calendar_of(manual: ManualRequest) -> Calendar:
    """Give the calendar in force of the utility that a request goes to."""
    return calendars.in_force(profile_for(manual)).calendar


def facts_of(manual: ManualRequest, now: datetime) -> rules.Facts:
    """Collect what the ladder of a request depends on, as it is at this moment."""
    since, consent = left_at(manual), manual.request.consent
    steps = list(LadderStep.objects.filter(manual=manual, since=since).order_by("number")) if since else []
    told = [row.about for row in steps if row.step == Step.PROMISED]
    asks = FollowUp.objects.filter(manual=manual).exclude(state=AskState.CANCELLED).order_by("number")
    calls = PhoneTask.objects.filter(manual=manual)
    last = LastDecision.objects.filter(manual=manual).order_by("-number").first()
    return rules.Facts(
        state=ManualState(manual.state),
        left_at=since,
        resting=manual.paused_on is not None,
        permitted=consent is not None and grants.not_in_force(consent, now) is None,
        unread=open_tasks.holds_back(manual, now),
        taken=frozenset(Step(row.step) for row in steps),
        told_of=told[-1] if told else None,
        asking=asks.filter(state__in=ON_ITS_WAY).exists(),
        asked_on=tuple(_day(each, manual) for each in asks.filter(state__in=ASKED)),
        called=calls.filter(created_at__gte=since).exists() if since else calls.exists(),
        deciding=open_tasks.open_decision(manual) is not None,
        wait_until=last.until if last is not None and last.choice == Choice.WAIT else None,
    )


def due(manual: ManualRequest, now: datetime) -> list[rules.Due]:
    """Give the steps of a request that are due now."""
    return rules.steps(dates_of(manual), calendar_of(manual), now, facts_of(manual, now))


def coming(manual: ManualRequest, now: datetime) -> list[rules.Coming]:
    """Give the steps that will come if nothing else happens, each with its earliest day."""
    return rules.coming(dates_of(manual), calendar_of(manual), now, facts_of(manual, now))


def checklist(manual: ManualRequest, now: datetime) -> list[checks.Check]:
    """Give what is checked before a mail of this request leaves, as it is at this moment."""
    asked, profile = manual.request, profile_for(manual)
    consent = asked.consent
    if consent is None:
        raise LookupError("a manual request without a consent")
    read = read_consent(grants.whole(consent.id))
    kept = consent.letter.files.filter(kind=LetterFile.Kind.DELIVERED).first()
    return checks.check(
        checks.Before(
            to=address_of(profile).address,
            verified=profile.contacts.email.value if profile.contacts.email.proof else "",
            letter_sha256=bytes(kept.sha256) if kept else None,
            sealed_sha256=bytes(vault.file_facts(kept.file).sha256) if kept else None,
            in_force=grants.not_in_force(consent, now) is None,
            replaced=successor(consent) is not None,
            asked_types=asked.data_types,
            granted_types=consent.data_types,
            asked_accounts=asked.accounts,
            granted_accounts=[str(each) for each in consent.accounts.values_list("id", flat=True)],
            asked_from=asked.range_from,
            asked_to=asked.range_to,
            granted_days=allowed_days(read) if read else [],
            ends=consent.ends,
            due=manual.due or _due_if_sent(manual, now),
        )
    )


def call_script(manual: ManualRequest) -> script.CallScript:
    """Give the words of a call about a request and what left in one mail with it and is to be asked about by phone too.

    With the days of the request's open phone task, where there is one.
    """
    profile = profile_for(manual)
    calls = open_tasks.calls_with(manual)
    task = next((each for each in calls if each.manual_id == manual.id), None)
    others = [each.manual for each in calls if each.manual_id != manual.id] if task else []
    return script.script(
        script.Call(
            operator=settings.OPERATOR_NAME,
            utility=profile.name,
            phone=profile.contacts.phone.value,
            about=tuple(_about(each) for each in (manual, *others)),
            sent_at=manual.sent_at.astimezone(profile.tz) if manual.sent_at else None,
            due=manual.due,
            asked_again=FollowUp.objects.filter(manual=manual, state__in=ASKED).count(),
            first_day=task.first_day if task else None,
            last_day=task.last_day if task else None,
        )
    )


def _about(manual: ManualRequest) -> script.About:
    consent, wanted = manual.request.consent, set(manual.request.accounts)
    endings = sorted(each.last_four for each in consent.accounts.all() if str(each.id) in wanted) if consent else []
    return script.About(manual.number, " and ".join(endings), consent.letter.number if consent else "")


def _due_if_sent(manual: ManualRequest, now: datetime) -> date:
    profile = profile_for(manual)
    usual, calendar = profile.clock, calendar_of(manual)
    return deadlines(now, calendar, first_days=usual.first_days, last_days=usual.last_days).due


def _day(ask: FollowUp, manual: ManualRequest) -> date:
    at = ask.asked_at or ask.created_at
    return at.astimezone(profile_for(manual).tz).date()
