"""Who works here (reads)."""

from collections import defaultdict

from broker.duties import bars
from broker.parties.models import Role, User
from broker.parties.signin.models import Passkey
from broker.parties.signin.sessions import is_rehearsal


def team() -> list[frozenset[str]]:
    """Give the roles of each person who can sign in and is not suspended; two accounts of one full name are one person.

    Whoever has no passkey yet opens no page, and is none; in a rehearsal a password is as good.
    """
    with_passkey = set(Passkey.objects.filter(removed_at=None).values_list("user_id", flat=True))
    by_password, found = is_rehearsal(), defaultdict(set)
    rows = User.objects.filter(is_active=True).exclude(id__in=bars.suspended_people()).exclude(role=Role.ANALYST)
    for each in rows:
        if each.id in with_passkey or (by_password and each.has_usable_password()):
            found[each.full_name.strip().lower()].add(each.role)
    return [frozenset(roles) for roles in found.values()]
