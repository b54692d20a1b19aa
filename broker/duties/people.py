"""Who works here (reads)."""

from collections import defaultdict

from broker.duties import bars
from broker.parties.models import Role, User
from broker.parties.signin import leaving
from broker.parties.signin.models import Passkey
from broker.parties.signin.sessions import is_rehearsal


def able() -> list[User]:
    """Give our own accounts that can sign in and are not suspended.

    Whoever has no passkey yet opens no page, and is not there; in a rehearsal a password is as good.
    """
    with_passkey = set(Passkey.objects.filter(removed_at=None).values_list("user_id", flat=True))
    by_password = is_rehearsal()
    rows = User.objects.filter(is_active=True).exclude(id__in=bars.suspended_people()).exclude(role=Role.ANALYST)
    return [each for each in rows if each.id in with_passkey or (by_password and each.has_usable_password())]


def deciders() -> list[User]:
    """Give the accounts of those who decide, of whoever can sign in and is not suspended."""
    return [each for each in able() if each.role in leaving.BY_TWO]


def team() -> list[frozenset[str]]:
    """Give the roles of each of the people of `able`; two accounts of one full name are one person."""
    found = defaultdict(set)
    for each in able():
        found[each.full_name.strip().lower()].add(each.role)
    return [frozenset(roles) for roles in found.values()]
