"""What a page asks a passkey, kept in the session until the answer comes: once, and for ten minutes (interface)."""

import time

from django.http import HttpRequest

from broker.parties.models import User
from broker.parties.signin import passkeys, webauthn

FIELD = "passkey"  # of every form that carries an answer
SIGN_IN, FIRST, MORE, AGAIN = "sign_in", "first", "more", "again"
_SECONDS = 600
_LONGEST_NAME = 60


def put(request: HttpRequest, what: str, asked: webauthn.Asked) -> str:
    """Keep the question in the session and give the options for the page; a HEAD keeps nothing."""
    if request.method != "HEAD":
        request.session[f"asked_{what}"] = {"at": int(time.time()), "state": asked.state}
    return asked.options


def taken(request: HttpRequest, what: str) -> webauthn.State | None:
    """Take the question out of the session: a second answer to it finds none; None where it is too old."""
    kept = request.session.pop(f"asked_{what}", None)
    if not kept or time.time() - kept["at"] > _SECONDS:
        return None
    state: webauthn.State = kept["state"]
    return state


def new_for(user: User) -> webauthn.Asked:
    """Ask for a new passkey of this person."""
    return webauthn.ask_new(user.id.bytes, user.username, user.full_name, passkeys.packed(user))


def name_of(request: HttpRequest) -> str:
    """Give the name that a person gave the new passkey."""
    return request.POST.get("name", "").strip()[:_LONGEST_NAME]
