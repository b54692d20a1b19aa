"""How often a password may be tried: by name and address, and by name over all addresses (actions).

By the name alone, anybody could lock anybody out, and acts of two people would stop. One address spends five tries of
a name in a quarter of an hour and nothing more of it, so it takes many addresses to lock a name for all; guessing from
many is stopped all the same. A try is counted before the password is looked at, so that many at once share the limit.
"""

import hmac
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from broker.audit import log
from broker.limits.address import address_of
from broker.limits.counting import Limit, give_back, take_all
from broker.terms import UNKNOWN
from broker.vault import keyring

SPAN = timedelta(minutes=15)
BY_ONE, BY_ALL = Limit("login", 5, SPAN), Limit("login-all", 100, SPAN)


def may_try(request: HttpRequest, *, now: datetime) -> bool:
    """Count one try at the name of this form; False, with an entry, where no more are open."""
    if take_all(*_counted(request), now=now):
        return True
    locked()
    return False


def was_right(request: HttpRequest, *, now: datetime) -> None:
    """Take back what was counted: whoever signs in often is not locked out."""
    give_back(*_counted(request), now=now)


def locked(**_facts: Any) -> None:
    """Note that a try was turned away unread."""
    log.append("auth.locked", actor=UNKNOWN, subject=None, body={"factor": "password"}, res="denied")


def name_for_lock_out(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """Give what the lock-out counts by: a keyed hash, because people type all sorts of things as a user name."""
    typed = (credentials or {}).get("username") or (request.POST.get("username") if request else None) or ""
    return hmac.digest(keyring.secret("lock-out"), str(typed).casefold().encode(), "sha256").hex()


def address_for_lock_out(request: HttpRequest) -> str | None:
    """Give the address by which the lock-out counts: the first one of an IPv6 network; None where it is not known."""
    address = address_of(request).partition("/")[0]
    return None if address == "unknown" else address


def _counted(request: HttpRequest) -> tuple[tuple[Limit, str], tuple[Limit, str]]:
    name = name_for_lock_out(request)
    return (BY_ONE, f"{name}|{address_of(request)}"), (BY_ALL, name)
