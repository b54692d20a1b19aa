"""Who works here (reads)."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, Value
from django.db.models.functions import Lower, Trim

from broker.duties import bars
from broker.duties.models import Bar
from broker.parties.models import Role, User
from broker.parties.rehearsal import printed_names
from broker.parties.signin import leaving
from broker.parties.signin.models import Passkey
from broker.parties.signin.sessions import is_rehearsal

LATELY = timedelta(days=30)


def able() -> list[User]:
    """Give our own accounts that can sign in and are not suspended.

    Whoever has no passkey yet opens no page, and is not there; in a rehearsal a password is as good.
    """
    with_passkey = set(Passkey.objects.filter(removed_at=None).values_list("user_id", flat=True))
    rows = User.objects.filter(is_active=True).exclude(id__in=bars.suspended_people()).exclude(role=Role.ANALYST)
    return _who_signs_in(rows, with_passkey)


def deciders() -> list[User]:
    """Give the accounts of those who decide, of whoever can sign in and is not suspended."""
    return [each for each in able() if each.role in leaving.BY_TWO]


def team() -> list[frozenset[str]]:
    """Give the roles of each of the people of `able`; two accounts of one full name are one person."""
    return _people(able())


def lately(now: datetime) -> list[frozenset[str]]:
    """Give the roles of each person who can sign in, could within the last 30 days, or whom an officer alone put out.

    What a small team may do for want of a second person must not come about by putting the second one out first.
    """
    since = now - LATELY
    with_passkey = set(
        Passkey.objects.filter(Q(removed_at=None) | Q(removed_at__gte=since)).values_list("user_id", flat=True)
    )
    # Of a review that somebody missed no single person is the author.
    long_out = Bar.objects.filter(of=Bar.Of.PERSON, because=Bar.Because.REVIEW, lifted_at=None, since__lt=since)
    rows = User.objects.exclude(role=Role.ANALYST).exclude(id__in=long_out.values("person"))
    return _people(_who_signs_in(rows, with_passkey))


def accounts_of(user: User) -> set[uuid.UUID]:
    """Give the accounts of the person who has this one, as the database sees them: of one full name, they are one's."""
    named = User.objects.annotate(plain=Lower(Trim("full_name"))).filter(plain=Lower(Trim(Value(user.full_name))))
    return {user.id, *named.values_list("id", flat=True)}


def _who_signs_in(accounts: Iterable[User], with_passkey: set[uuid.UUID]) -> list[User]:
    by_password = is_rehearsal()
    printed = printed_names() if by_password else frozenset()  # such an account has no password of its own
    return [
        each
        for each in accounts
        if each.id in with_passkey or each.username in printed or (by_password and each.has_usable_password())
    ]


def _people(accounts: Iterable[User]) -> list[frozenset[str]]:
    found = defaultdict(set)
    for each in accounts:
        found[each.full_name.strip().lower()].add(each.role)
    return [frozenset(roles) for roles in found.values()]
