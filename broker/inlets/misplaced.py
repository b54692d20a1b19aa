"""A secret of the sender's own in the wrong place: a key of ours, or the login of its webhook's host.

It is refused like a customer's login, and nothing of it is kept; but it is nobody else's, so it is neither counted nor
followed. Whether it is all that was found is asked of the message without it: whatever else is found there is what it
was, and nothing is let through by this. Of a webhook's address only the plainest form is the sender's own: one word, a
colon, another word, before a host to which we would send. A portal, a mailbox as the name, anything encoded are not.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest

from broker.audit import log
from broker.inlets.parts import Part
from broker.inlets.sending import Sender
from broker.parties.keys import WRITTEN
from broker.transport import outward

BODY = "body"  # our name of that part
KEY, ADDRESS = "key.misplaced", "webhook.address"
WEBHOOKS = "api-hooks"  # the one view that takes such an address, in the member `url` of its body
LOGIN_IN_IT = {"fields": ["url"], "detail": "The address carries a user name and a password."}
_KEY = re.compile(rf"(?<![A-Za-z0-9_-]){WRITTEN}(?![A-Za-z0-9_-])")
_LOGIN = re.compile(r"(https://)[A-Za-z0-9._~-]{1,64}:[A-Za-z0-9._~!$&'()*+,;-]{1,64}@([^/@]+(?:/.*)?)")


@dataclass(frozen=True, repr=False)
class Without:
    """A message without what is the sender's own in it, and the refusal: its code, and what is said beside it."""

    texts: tuple[Part, ...]
    code: str
    more: Mapping[str, object]


def taken_out(request: HttpRequest, view: str, texts: Sequence[Part], sender: Sender) -> Without | None:
    """Give a message without a key of ours and without the login in its webhook's address; None where neither is in it.

    Of our own people a key is none of their own: they have it from somewhere.
    """
    if sender.actor.kind == "s" and sender.organisation is None:
        return None
    keyed = any(_KEY.search(each.text) for each in texts)
    has_body = any(each.name == BODY for each in texts)
    login = _login(request.body) if view == WEBHOOKS and has_body and sender.application is not None else None
    if not keyed and login is None:
        return None
    bare = [each if login is None or each.name != BODY else _bare(each, *login) for each in texts]
    without = tuple(replace(each, text=_KEY.sub("", each.text)) for each in bare)
    return Without(without, KEY, {}) if keyed else Without(without, ADDRESS, LOGIN_IN_IT)


def note(code: str, part: str, sender: Sender) -> None:
    """Log that it was turned away: of a key somebody has to make another one."""
    body = {"code": code, "part": part}
    log.append("gate.misplaced", actor=sender.actor, subject=None, body=body, res="denied")


def _login(body: bytes) -> tuple[str, str] | None:
    """Give the address in the body and the same without its login, where it stands there once, as it is written."""
    try:
        found = json.loads(body, object_pairs_hook=list)  # a name that stands twice counts twice
    except (ValueError, RecursionError):
        return None
    members: list[Any] = [value for name, value in found if name == "url"] if _is_object(found) else []
    if len(members) != 1 or not isinstance(members[0], str):
        return None
    url = members[0]
    match = _LOGIN.fullmatch(url)
    if match is None or body.count(url.encode()) != 1:
        return None
    bare = match[1] + match[2]
    return (url, bare) if outward.why_not(bare) == "" else None


def _is_object(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(each, tuple) for each in found)


def _bare(part: Part, url: str, bare: str) -> Part:
    return replace(part, text=part.text.replace(url, bare))
