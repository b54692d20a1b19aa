"""What is asked of an authenticator, and whether its answer is good: Yubico's python-fido2 with our demands (rules).

Our demands: a discoverable credential, so that nobody types a name and a stranger learns of none; the authenticator
knows its holder (finger, face or PIN: "user verification"), so that a passkey is two factors; this very site.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

LONGEST = 16_384  # characters of an answer; a certificate chain is not asked for
_REQUIRED = UserVerificationRequirement.REQUIRED
type State = dict[str, str]


class NotGood(Exception):
    """The answer is not what this site asked for, or it is not signed by that passkey."""


@dataclass(frozen=True)
class Asked:
    """What a page hands to the browser (JSON), and what the session keeps to hold the answer against."""

    options: str
    state: State


@dataclass(frozen=True)
class Touch:
    """A passkey's answer, read but not yet checked."""

    credential_id: bytes
    user: bytes | None
    counter: int
    said: AuthenticationResponse


def ask_new(user_id: bytes, username: str, full_name: str, known: list[bytes]) -> Asked:
    """Ask for a new passkey for this person on an authenticator that holds none of these."""
    options, state = _server().register_begin(
        PublicKeyCredentialUserEntity(id=user_id, name=username, display_name=full_name),
        credentials=[AttestedCredentialData(each) for each in known],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=_REQUIRED,
    )
    return Asked(json.dumps(dict(options)), state)


def read_new(answer: str, state: State) -> bytes:
    """Give the packed credential of a new passkey; NotGood where the answer is not to this question."""
    try:
        said = RegistrationResponse.from_dict(_object(answer))
        made = _server().register_complete(state, said).credential_data
    except NotGood:
        raise
    except Exception as error:
        raise NotGood from error
    if made is None:
        raise NotGood
    return bytes(made)


def credential_id(packed: bytes) -> bytes:
    """Give the id of a packed credential."""
    return AttestedCredentialData(packed).credential_id


def ask_touch(known: list[bytes] | None = None) -> Asked:
    """Ask for a touch of one of these passkeys, or of any."""
    options, state = _server().authenticate_begin(
        credentials=None if known is None else [AttestedCredentialData(each) for each in known],
        user_verification=_REQUIRED,
    )
    return Asked(json.dumps(dict(options)), state)


def read_touch(answer: str) -> Touch:
    """Read which passkey answers; nothing of it is believed yet."""
    try:
        said = AuthenticationResponse.from_dict(_object(answer))
        return Touch(said.raw_id, said.response.user_handle, said.response.authenticator_data.counter, said)
    except NotGood:
        raise
    except Exception as error:
        raise NotGood from error


def check_touch(touch: Touch, state: State, packed: bytes, *, counter: int) -> None:
    """Check an answer against the question and the passkey; NotGood where a copy of the passkey may be in use.

    An authenticator that counts never counts down: whoever does has copied one (WebAuthn level 3, 6.1.1).
    """
    try:
        _server().authenticate_complete(state, [AttestedCredentialData(packed)], touch.said)
    except Exception as error:
        raise NotGood from error
    if (touch.counter or counter) and touch.counter <= counter:
        raise NotGood


def _object(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST or not isinstance(found := json.loads(answer), dict):
        raise NotGood
    return found


def _server() -> Fido2Server:
    site = urlsplit(settings.PUBLIC_URL)
    ours = PublicKeyCredentialRpEntity(id=site.hostname or "", name=settings.OPERATOR_NAME)
    origin = f"{site.scheme}://{site.netloc}"
    return Fido2Server(ours, verify_origin=lambda said: said == origin)
