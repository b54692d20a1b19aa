"""What a deployment must have for its sign-in to hold."""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import NoReverseMatch, get_resolver

from broker.parties.signin.step_up import LISTED

GUARD = "broker.parties.signin.guard.SignInMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"


@register(Tags.security)
def guarded(**_facts: Any) -> list[CheckMessage]:
    """Refuse to run without the guard right behind the authentication, or with a listed act that has no address."""
    found: list[CheckMessage] = []
    order = list(settings.MIDDLEWARE)
    if GUARD not in order or order.index(GUARD) != order.index(AUTHENTICATION) + 1:
        found.append(Error("The guard of sign-ins must follow the authentication.", id="signin.E001"))
    missing = sorted(name for name in LISTED if not _is_known(name))
    if missing:
        found.append(Error(f"These ask for a fresh touch and have no address: {missing}", id="signin.E002"))
    return found


@register(Tags.security, deploy=True)
def a_name_over_https(app_configs: Sequence[Any] | None = None, **_facts: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Refuse an address at which no browser gives out a passkey."""
    site = urlsplit(settings.PUBLIC_URL)
    if site.scheme == "https" and not _is_number(site.hostname or ""):
        return []
    return [Error("Passkeys need PUBLIC_URL to be https:// and a name, not a number.", id="signin.E003")]


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_known(name: str) -> bool:
    space, _colon, last = name.rpartition(":")
    resolver = get_resolver()
    try:
        for part in filter(None, space.split(":")):
            resolver = resolver.namespace_dict[part][1]
    except (KeyError, NoReverseMatch):
        return False
    return last in resolver.reverse_dict
