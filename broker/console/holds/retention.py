"""What is due for destruction, on which day, and what holds keep of it (look-ups; nothing sealed is opened)."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connection
from django.db.models import Count, Max, Q
from django.utils import timezone

from broker.approvals.lifecycle import OPEN
from broker.approvals.models import Approval
from broker.audit import keeper, keys
from broker.audit.retention import OF_SUBJECTS
from broker.console.holds.models import HoldState, LegalHold, Scope
from broker.console.holds.placing import SHRED
from broker.console.holds.times import Times, case_ends, evidence_ends, last_came, login_ends
from broker.console.hours import local
from broker.parties.models import Customer
from broker.vault import CASE
from broker.vault.models import SealedFile, VaultKey
from consents.lifecycle import ENDED
from consents.models import Consent
from requests_app.inbound.holding import HOLDER, LOGINS
from requests_app.inbound.models import MailChoice

# Mail that is no customer's. Nobody's permission ends for it, so its times count from its own year or day.
OF_NOBODY = {HOLDER: "Held mail of nobody known", LOGINS: "Mail with a portal login"}


class Due(NamedTuple):
    """A piece of what is kept: a class of a customer's year, with the day on which it goes."""

    on: date
    subject: uuid.UUID
    retention: str
    period: int
    scope: str
    keys: int
    held: bool
    asked: bool
    until: date | None = None  # mail with a portal login: what came until this day

    @property
    def whose(self) -> str:
        """Name what is no customer's; empty for a customer."""
        return OF_NOBODY.get(self.subject, "")

    @property
    def code(self) -> str:
        """Give what a form sends for it."""
        return f"{self.subject}:{self.retention}:{self.period}:{self.scope}"


class LoginDue(NamedTuple):
    """A key of a mail with a portal login, its year, and the first day on which it must go."""

    on: date
    key: uuid.UUID
    period: int


class _Piece(NamedTuple):
    subject: uuid.UUID
    retention: str
    period: int
    scope: str


def times() -> Times:
    """Give this installation's times of keeping."""
    return Times(settings.RETENTION_EVIDENCE_YEARS, settings.RETENTION_CASE_MONTHS, settings.RETENTION_DAYS_AFTER_END)


def allowed(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Refuse to start with a time of keeping that no installation may have."""
    try:
        times()
    except ValueError as problem:
        return [Error(f"RETENTION_…: {problem}", id="holds.E001")]
    return []


def due_until(day: date) -> list[Due]:
    """Give everything that is due by this day, the oldest first; what a hold keeps is in it and says so."""
    figures, ends = times(), _last_ends()
    counts = _pieces([*ends, *OF_NOBODY])
    found: list[tuple[date, _Piece, int, date | None]] = []
    for piece, count in counts.items():
        if _is_login_mail(piece):
            continue
        on = _day(piece, ends.get(piece.subject), figures)
        if on is not None and on <= day:
            found.append((on, piece, count, None))
    found += _login_mail(day)
    subjects = {piece.subject for _, piece, *_ in found}
    held, asked = _held(subjects), _asked(subjects)
    rows = [
        Due(on, *piece, count, _keeps(held[piece.subject], piece.scope), piece in asked, until)
        for on, piece, count, until in found
    ]
    return sorted(rows, key=lambda row: row[:6])


def due_on(subject: uuid.UUID, retention: str, period: int, scope: str, until: date | None = None) -> date | None:
    """Give the day on which a piece is due; None while a permission is in force, or where nobody knows the subject.

    `until`: of mail with a portal login, what came until this day; without it all of the year.
    """
    piece = _Piece(subject, retention, period, scope)
    if subject in OF_NOBODY:
        return login_ends(until or date(period, 12, 31)) if _is_login_mail(piece) else _day(piece, None, times())
    ends = _last_ends(subject)
    return _day(piece, ends[subject], times()) if subject in ends else None


def login_keys(period: int, until: date) -> list[uuid.UUID]:
    """Give the live keys of a year that seal mails with a portal login, if nothing that came later lies under them."""
    return [key for key, its_period, came in _login_keys() if its_period == period and came <= until]


def logins_due(day: date) -> list[LoginDue]:
    """Give the keys of mails with a portal login that must go by this day, the oldest first; a hold may keep them."""
    rows = [LoginDue(login_ends(came), key, period) for key, period, came in _login_keys()]
    return sorted(row for row in rows if row.on <= day)


def _day(piece: _Piece, last_end: date | None, figures: Times) -> date | None:
    if (piece.retention, piece.scope) == (CASE, Scope.RECORDS):
        return case_ends(piece.period, last_end, figures)
    if piece.subject in OF_NOBODY:
        return evidence_ends(piece.period, date(piece.period, 12, 31), figures)
    return evidence_ends(piece.period, last_end, figures)


def _is_login_mail(piece: _Piece) -> bool:
    return (piece.subject, piece.retention, piece.scope) == (LOGINS, CASE, Scope.RECORDS)


def _login_mail(day: date) -> list[tuple[date, _Piece, int, date | None]]:
    """Give what of the mails with a portal login is due by this day, by year: each goes days after it came."""
    came = defaultdict(list)
    for _key, period, on in _login_keys():
        if login_ends(on) <= day:
            came[period].append(on)
    return [
        (login_ends(min(days)), _Piece(LOGINS, CASE, period, Scope.RECORDS), len(days), min(last_came(day), max(days)))
        for period, days in came.items()
    ]


def _login_keys() -> list[tuple[uuid.UUID, int, date]]:
    """Give each live key of a mail with a portal login, its year, and the day on which the last thing under it came."""
    live = VaultKey.objects.filter(token=keys.subject_token(LOGINS), retention=CASE, shredded_event__isnull=True)
    rows = list(live.order_by("id").values_list("id", "period", "created"))
    files = SealedFile.objects.filter(vault_key__in=[key for key, *_ in rows]).order_by().values("vault_key")
    newest = dict(files.annotate(came=Max("created_at")).values_list("vault_key", "came"))
    return [(key, period, local(max(made, newest.get(key, made))).date()) for key, period, made in rows]


def in_the_pen(subject: uuid.UUID, retention: str, period: int, scope: str) -> tuple[uuid.UUID, ...]:
    """Give the held mails that a person attached to a customer's requests and that lie in the pen, too, as they came.

    One that was divided ends with the first customer's records; not while a hold keeps another's who has a part of it.
    `period`: the year under whose key her own copy lies; both go together, and with records of a case alone.
    """
    if retention != CASE or scope == Scope.LOG:
        return ()
    keys_of_year = VaultKey.objects.filter(period=period).values("id")
    hers = SealedFile.objects.filter(subject=subject, vault_key__in=keys_of_year).values("id")
    found = MailChoice.objects.filter(Q(attached__raw__in=hers) | Q(message__also_attached__attached__raw__in=hers))
    rows = found.select_related("message", "manual__request").order_by("message__at", "message_id").distinct()
    return tuple(each.message.raw for each in rows if not _kept_for_another(each, subject, scope))


def _kept_for_another(choice: MailChoice, subject: uuid.UUID, scope: str) -> bool:
    """Say whether a mail was divided, and a hold keeps the records of another customer who has a part of it."""
    given = [choice.manual, *(each.manual for each in choice.message.also_attached.select_related("manual__request"))]
    others = {each.request.customer_id for each in given if each is not None} - {subject, None}
    return any(keeper.is_held(each, scope) for each in others if each is not None)


def years_of(subject: uuid.UUID) -> list[int]:
    """Give the years of which a customer's case can still be read: what a request to erase is about."""
    pieces = _pieces({subject: None})
    return sorted({piece.period for piece in pieces if piece.retention == CASE})


def last_end(subject: uuid.UUID) -> date | None:
    """Give the day from which a customer's times of keeping count; None while a permission is in force."""
    return _last_ends().get(subject)


def live_keys(subject: uuid.UUID, kind: str, period: int, scope: str) -> int:
    """Count the keys that a destruction of this class, year and scope would end."""
    pieces = _pieces({subject: None}).items()
    fit = [n for each, n in pieces if (each.retention, each.period) == (kind, period) and _keeps({scope}, each.scope)]
    return sum(fit)


def _last_ends(only: uuid.UUID | None = None) -> dict[uuid.UUID, date | None]:
    """Give the day on which each customer's last permission ended (None while one is in force), else of her record."""
    ends: dict[uuid.UUID, date | None] = {}
    consents, customers = Consent.objects.all(), Customer.objects.all()
    if only is not None:
        consents, customers = consents.filter(customer_id=only), customers.filter(id=only)
    for customer, state, ends_on, ended_at in consents.values_list("customer_id", "state", "ends", "ended_at"):
        end = local(ended_at).date() if ended_at else ends_on
        before = ends.get(customer, end)
        ends[customer] = None if state not in ENDED or before is None else max(before, end)
    for customer, made in customers.values_list("id", "created_at"):
        ends.setdefault(customer, local(made).date())
    return ends


def _pieces(subjects: Iterable[uuid.UUID]) -> dict[_Piece, int]:
    """Count the live keys of each piece: entries and evidence go as a whole class, records of a case apart."""
    tokens = {keys.subject_token(subject): subject for subject in subjects}
    counts: dict[_Piece, int] = defaultdict(int)
    live = VaultKey.objects.filter(shredded_event__isnull=True).values_list("token", "retention", "period")
    for token, retention, period, count in live.annotate(count=Count("id")).order_by():
        if subject := tokens.get(bytes(token)):
            scope = Scope.RECORDS if retention == CASE else Scope.EVERYTHING
            counts[_Piece(subject, retention, period, scope)] += count
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT a.token, k.class, k.period, count(*) FROM audit_alias a JOIN audit_key k ON k.kid = a.kid
            WHERE a.field = %s AND a.epoch = %s AND k.shredded_event IS NULL GROUP BY a.token, k.class, k.period""",
            [keys.SUBJECT, keys.EPOCH],
        )
        for token, retention, period, count in cursor.fetchall():
            subject = tokens.get(bytes(token))
            if subject and retention in OF_SUBJECTS:
                scope = Scope.LOG if retention == CASE else Scope.EVERYTHING
                counts[_Piece(subject, retention, period, scope)] += count
    return counts


def _held(subjects: set[uuid.UUID]) -> dict[uuid.UUID, set[str]]:
    found: dict[uuid.UUID, set[str]] = defaultdict(set)
    rows = LegalHold.objects.exclude(state=HoldState.RELEASED).values_list("subject", "scope")
    for subject, scope in rows:
        if subject in subjects:
            found[subject].add(scope)
    return found


def _keeps(held: set[str], scope: str) -> bool:
    return bool(held) and (Scope.EVERYTHING in (scope, *held) or scope in held)


def _asked(subjects: set[uuid.UUID]) -> set[_Piece]:
    rows = Approval.objects.filter(act=SHRED, state__in=OPEN, expires_at__gt=timezone.now())
    return {
        _Piece(subject, params["class"], params["period"], params["scope"])
        for subject, params in rows.values_list("subject", "params")
        if subject in subjects
    }
